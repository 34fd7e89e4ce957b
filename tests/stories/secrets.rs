//! New keys for old ones, while people go on as before.

use station::wire::{ImportCounts, ImportOptions, Visit};
use station::{Error, NodeLock, SecretKey, Secrets, Store, import_file};
use std::path::Path;
use stories::{Room, stamp};

async fn rotate(folder: &Path, what: SecretKey) {
    let lock = NodeLock::take(folder).unwrap();
    let store = Store::open(folder).await.unwrap();
    let mut secrets = Secrets::open(folder).unwrap();
    station::rotate(&lock, &store, &mut secrets, stamp(), what).await.unwrap();
    store.close().await;
}

/// How many earlier keys are kept.
fn earlier(room: &Room, what: SecretKey) -> usize {
    let keys = Secrets::open(room.folder.path()).unwrap().keys();
    keys.iter().find(|key| key.what == what).unwrap().earlier
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_before_signs_in_once_more_and_is_then_kept_under_the_new_pepper() {
    let room = Room::mailing().await;
    let clerk = room.signed_in().await;
    drop(clerk);
    let room = room.restart_changing(async |folder| rotate(folder, SecretKey::Pepper).await).await;
    assert_eq!(earlier(&room, SecretKey::Pepper), 1, "the password needs it");
    let wrong = room.station.sign_in("rosa@example.com", "rowing past nine swans").await;
    assert!(matches!(wrong, Err(Error::SignInRefused)));
    room.sign_in("rosa@example.com").await;
    drop(room.admin().await);
    let room = room.restart().await;
    assert_eq!(earlier(&room, SecretKey::Pepper), 0, "nothing needs it any more");
    room.sign_in("rosa@example.com").await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_is_known_after_every_rotation_and_changes_over_when_it_is_presented() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let bob = room.person("Bob", "2222").await;
    let room = room
        .restart_changing(async |folder| {
            rotate(folder, SecretKey::BadgeKey).await;
            rotate(folder, SecretKey::BadgeKey).await;
        })
        .await;
    assert_eq!(earlier(&room, SecretKey::BadgeKey), 1, "both badges are of the first key");
    let found = room.staff.search_people("1111", None).await.unwrap();
    assert_eq!(found.rows[0].id, ada.to_string());
    let room = room.restart().await;
    assert_eq!(earlier(&room, SecretKey::BadgeKey), 1, "Bob's still needs it");
    room.kiosk().badge("2222").await.unwrap();
    assert!(matches!(room.kiosk().badge("3333").await, Err(Error::CredentialRefused)));
    let room = room.restart().await;
    assert_eq!(earlier(&room, SecretKey::BadgeKey), 0);
    let found = room.staff.search_people("2222", None).await.unwrap();
    assert_eq!(found.rows[0].id, bob.to_string());
    room.verify().await;
}

/// A spreadsheet of two people with their badges, imported as on the command line.
async fn import(folder: &Path) -> ImportCounts {
    let list = "Name;Email;Badge\nAda;ada@example.com;1111\nBob;bob@example.com;2222\n";
    let options = ImportOptions { encoding: None, columns: [].into(), leavers: false, many_leavers: false };
    import_file(folder, list.as_bytes(), &options, false, |_, _| ()).await.unwrap().preview.counts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_after_a_rotation_knows_its_badges_again_and_the_old_key_goes() {
    let room = Room::new().await;
    let room = room
        .restart_changing(async |folder| {
            assert_eq!(import(folder).await.added, 2);
            rotate(folder, SecretKey::BadgeKey).await;
            let again = import(folder).await;
            assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2));
        })
        .await;
    assert_eq!(room.count("badges.taken").await, 0, "nobody's badge was exchanged for itself");
    assert_eq!(earlier(&room, SecretKey::BadgeKey), 0, "both are kept under the new key");
    for (badge, name) in [("1111", "Ada"), ("2222", "Bob")] {
        assert_eq!(room.staff.search_people(badge, None).await.unwrap().rows[0].name, name);
    }
    room.kiosk().badge("1111").await.unwrap();
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_of_before_opens_the_staff_side_and_changes_over() {
    let room = Room::mailing().await;
    drop(room.signed_in().await);
    let session = room.sign_in("rosa@example.com").await;
    let confirmed = room.station.confirmed(&session).await.unwrap();
    room.station.set_my_pin(&session, &confirmed, "204917").await.unwrap();
    let rosa = room.station.store().person_by_email("rosa@example.com").await.unwrap().unwrap();
    room.staff.give_badge(rosa.id, "7777").await.unwrap();
    let room = room.restart_changing(async |folder| rotate(folder, SecretKey::Pepper).await).await;
    room.kiosk().badge("7777").await.unwrap();
    assert!(room.kiosk().pin("204918").await.is_err());
    room.kiosk().pin("204917").await.unwrap();
    assert!(matches!(room.kiosk().state().await.unwrap().visit, Some(Visit::Staff { .. })));
    room.kiosk().end().await.unwrap();
    // Now only what others have not used yet holds the old one.
    room.sign_in("rosa@example.com").await;
    drop(room.admin().await);
    let room = room.restart().await;
    assert_eq!(earlier(&room, SecretKey::Pepper), 0, "nothing needs it any more");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_rotated_under_a_running_node() {
    let room = Room::new().await;
    let file = room.folder.path().join("secrets.json");
    let before = std::fs::read(&file).unwrap();
    assert!(NodeLock::take(room.folder.path()).is_err(), "rotating needs the lock");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}
