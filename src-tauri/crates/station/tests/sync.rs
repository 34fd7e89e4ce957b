//! People from a real directory server: who is gone from it leaves, and nobody leaves because it broke off.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../directory/tests/slapd/mod.rs"]
mod slapd;

use slapd::{BASE, PASSWORD, Plan, READER, Slapd};
use station::wire::{ImportCounts, ImportOptions, ImportStay};
use station::{ImportError, LdapPlan, Outcome, Secrets, Store, import_file, sync_server};
use std::fmt::Write as _;
use std::path::Path;
use store::PersonRow;
use tempfile::TempDir;

fn people(numbers: impl Iterator<Item = usize>) -> String {
    let mut ldif = String::new();
    for n in numbers {
        write!(
            ldif,
            "dn: uid=p{n},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: Person {n}\nsn: {n}\nmail: p{n}@example.com\n\
             manager: uid=p0,ou=people,{BASE}\n\n"
        )
        .unwrap();
    }
    ldif
}

fn declared(folder: &Path, slapd: &Slapd) -> LdapPlan {
    let plan = LdapPlan {
        url: slapd.url(),
        unencrypted: false,
        bind_dn: Some(READER.into()),
        password: Some(PASSWORD.into()),
        password_file: None,
        base: BASE.into(),
        filter: None,
        groups: None,
        attributes: [].into(),
        ca_file: Some(slapd.authority()),
        every_hours: 24,
    };
    let mut secrets = Secrets::open(folder).unwrap();
    secrets.set_ldap(Some(plan.clone())).unwrap();
    plan
}

async fn sync(folder: &Path) -> Result<Outcome, ImportError> {
    sync_server(folder, false, false, |_, _| ()).await
}

async fn looked<T>(folder: &Path, look: impl AsyncFnOnce(&Store) -> T) -> T {
    let store = Store::open(folder).await.unwrap();
    let report = store.check().await.unwrap();
    assert!(report.fault.is_none(), "{:?}", report.fault);
    let seen = look(&store).await;
    store.close().await;
    seen
}

async fn person(folder: &Path, n: usize) -> PersonRow {
    looked(folder, async |store| store.person_by_email(&format!("p{n}@example.com")).await.unwrap().unwrap())
        .await
}

#[tokio::test]
async fn the_directory_follows_the_server_and_a_broken_reading_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let mut slapd = Slapd::start(&Plan { people: people(0..50), ..Plan::default() });
    let plan = declared(folder.path(), &slapd);
    assert_eq!(sync(folder.path()).await.unwrap().preview.counts.added, 50);
    // Their manager by the key the source has for them; who is named as their own has none.
    let boss = person(folder.path(), 0).await;
    let key =
        looked(folder.path(), async |store| store.sources_of(boss.id).await.unwrap().remove(0).external_id)
            .await;
    assert_eq!((boss.detail.manager, person(folder.path(), 1).await.detail.manager), (None, key));
    let head = looked(folder.path(), async |store| store.head().await.unwrap().0).await;
    assert_eq!(
        sync(folder.path()).await.unwrap().preview.counts,
        ImportCounts { unchanged: 50, ..ImportCounts::default() }
    );
    assert_eq!(looked(folder.path(), async |store| store.head().await.unwrap().0).await, head);

    slapd.modify(&format!(
        "dn: uid=p7,ou=people,{BASE}\nchangetype: delete\n\n\
         dn: uid=p8,ou=people,{BASE}\nchangetype: modify\nreplace: mail\nmail: new8@example.com\n\n\
         dn: uid=p9,ou=people,{BASE}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n\n"
    ));
    let outcome = sync(folder.path()).await.unwrap();
    let counts = ImportCounts { changed: 1, deactivated: 1, unchanged: 48, ..ImportCounts::default() };
    assert_eq!(outcome.preview.counts, counts);
    assert!(!person(folder.path(), 7).await.active);

    // Back, as another account with the same name and address.
    slapd.modify(&people(7..8).replacen('\n', "\nchangetype: add\n", 1));
    assert_eq!(sync(folder.path()).await.unwrap().preview.counts.reactivated, 1);
    assert!(person(folder.path(), 7).await.active);

    slapd.kill();
    assert!(matches!(sync(folder.path()).await.err().unwrap(), ImportError::Server(_)));
    for n in [0, 7, 49] {
        assert!(person(folder.path(), n).await.active, "gone with the server: {n}");
    }
    drop(plan);
}

#[tokio::test]
async fn a_server_that_shows_nobody_or_hardly_anybody_sends_nobody_away() {
    let folder = TempDir::new().unwrap();
    let slapd = Slapd::start(&Plan { people: people(0..60), ..Plan::default() });
    let plan = declared(folder.path(), &slapd);
    sync(folder.path()).await.unwrap();
    let filtered = async |filter: &str| {
        let mut secrets = Secrets::open(folder.path()).unwrap();
        secrets.set_ldap(Some(LdapPlan { filter: Some(filter.into()), ..plan.clone() })).unwrap();
        sync(folder.path()).await
    };
    assert!(matches!(filtered("(uid=nobody)").await.err().unwrap(), ImportError::Nobody));
    let outcome = filtered("(uid=p1*)").await.unwrap();
    assert_eq!(outcome.preview.stay, Some(ImportStay::TooMany { leavers: 49, of: 60 }));
    assert!(person(folder.path(), 2).await.active);
    // An entry nobody can read isn't somebody who left.
    slapd.modify(&format!(
        "dn: uid=p3,ou=people,{BASE}\nchangetype: modify\nreplace: mail\nmail: nowhere\n\n"
    ));
    let outcome = filtered("(objectClass=inetOrgPerson)").await.unwrap();
    assert_eq!((outcome.faults.len(), outcome.preview.counts.deactivated), (1, 0));
    assert!(person(folder.path(), 3).await.active);
}

#[tokio::test]
async fn one_person_from_two_sources_is_one_and_the_server_has_the_word() {
    let folder = TempDir::new().unwrap();
    let options = ImportOptions { encoding: None, columns: [].into(), leavers: true, many_leavers: false };
    let csv = async |text: &str| {
        import_file(folder.path(), text.as_bytes(), &options, false, |_, _| ()).await.unwrap()
    };
    csv("id,name,email,badge,phone\n1,Typed Name,P1@example.com,5001,+34 1\n2,Only here,only@example.com,5002,\n").await;
    let slapd = Slapd::start(&Plan { people: people(0..3), ..Plan::default() });
    declared(folder.path(), &slapd);
    let outcome = sync(folder.path()).await.unwrap();
    assert_eq!((outcome.preview.counts.added, outcome.preview.counts.changed), (2, 1));
    let one = person(folder.path(), 1).await;
    assert_eq!(
        (one.detail.name.as_str(), one.detail.phone.as_deref(), one.has_badge),
        ("Person 1", Some("+34 1"), true)
    );
    // The spreadsheet says otherwise, in vain, and is told so.
    let outcome = csv("id,name,email,badge,phone\n1,Other Name,p1@example.com,5001,+34 2\n2,Only here,only@example.com,5002,\n").await;
    assert_eq!(outcome.preview.counts.held, 1);
    assert_eq!(outcome.preview.held[0].fields[0].field, "name");
    let one = person(folder.path(), 1).await;
    assert_eq!((one.detail.name.as_str(), one.detail.phone.as_deref()), ("Person 1", Some("+34 2")));
    // Each list sends away its own people only.
    assert_eq!(sync(folder.path()).await.unwrap().preview.counts.deactivated, 0);
    let only = looked(folder.path(), async |store| {
        store.person_by_email("only@example.com").await.unwrap().unwrap()
    })
    .await;
    assert!(only.active);
}
