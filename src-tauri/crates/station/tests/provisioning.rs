//! What an identity provider keeps here, through a stop of the node in the middle of it.

#![allow(clippy::unwrap_used)] // clippy takes helpers of a test for no test

use domain::time::{Mono, Wall};
use domain::{BootId, PersonId, TeamId};
use scim::{Base, Resource};
use serde_json::json;
use station::{
    Directory, Kept, NodeLock, Options, Scope, SecretKey, Secrets, Staff, Stamp, Station, Store,
    Unprovisioned,
};
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A condition of a test holds within this, or never.
const DEADLINE: Duration = Duration::from_secs(20);

fn stamp() -> Stamp {
    Stamp { wall: Wall(0), mono: Mono(0), boot: BootId(Uuid::nil()) }
}

async fn start(folder: &Path) -> Station {
    Station::start(Options { folder: folder.into(), demo: false, desktop: false }).await.unwrap()
}

async fn provider(station: &Station) -> Directory {
    let token = Station::create_token(station.store(), stamp(), Scope::Directory).await.unwrap();
    let access = station.access(&token).await.unwrap().unwrap();
    station.directory_by(access, Base::new("http://localhost/scim/v2")).unwrap()
}

async fn staff(station: &Station) -> Staff {
    let token = Station::create_token(station.store(), stamp(), Scope::Staff).await.unwrap();
    station.staff_by(station.access(&token).await.unwrap().unwrap()).unwrap()
}

const BADGES: &str = "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User";

/// The folder is free once the last task of the node that was stopped has gone.
async fn lock(folder: &Path) -> NodeLock {
    let began = Instant::now();
    loop {
        match NodeLock::take(folder) {
            Ok(lock) => return lock,
            Err(error) => assert!(began.elapsed() < DEADLINE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn rotate_badge_key(folder: &Path) {
    let lock = lock(folder).await;
    let store = Store::open(folder).await.unwrap();
    let mut secrets = Secrets::open(folder).unwrap();
    station::rotate(&lock, &store, &mut secrets, stamp(), SecretKey::BadgeKey).await.unwrap();
    store.close().await;
}

fn id(resource: &Resource) -> Uuid {
    resource.text("id").unwrap().parse().unwrap()
}

#[tokio::test]
async fn whose_groups_changed_before_a_stop_is_told_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let station = start(folder.path()).await;
    let idp = provider(&station).await;
    let (ada, _) = idp.add(Kept::User, json!({ "userName": "ada" })).await.unwrap();
    let ada = PersonId(id(&ada));
    let lab = json!({ "displayName": "Lab", "members": [{ "value": ada.to_string() }] });
    let (lab, _) = idp.add(Kept::Group, lab).await.unwrap();
    assert_eq!(staff(&station).await.person(ada).await.unwrap().teams, ["Lab"]);
    // Who holds on to the node keeps its folder.
    drop(idp);
    station.stop().await;

    // The group is written, and the power goes before its people are.
    let store = Store::open(folder.path()).await.unwrap();
    let mut tx = store.begin(stamp()).await.unwrap();
    tx.drop_members(TeamId(id(&lab)), &[ada]).await.unwrap();
    tx.put_stale_words(&[ada]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;

    let station = start(folder.path()).await;
    let staff = staff(&station).await;
    let began = Instant::now();
    while !staff.person(ada).await.unwrap().teams.is_empty() {
        assert!(began.elapsed() < DEADLINE, "nobody told her");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(station.store().check().await.unwrap().fault, None);
}

#[tokio::test]
async fn a_provider_may_say_the_badges_of_before_once_their_key_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let station = start(folder.path()).await;
    let idp = provider(&station).await;
    let ada = json!({ "userName": "ada", BADGES: { "badges": ["40856634"] } });
    let bob = json!({ "userName": "bob", BADGES: { "badges": ["1111"] } });
    let ada_id = id(&idp.add(Kept::User, ada.clone()).await.unwrap().0).to_string();
    let bob_id = id(&idp.add(Kept::User, bob).await.unwrap().0).to_string();
    let badges = async |station: &Station, of: &str| {
        staff(station)
            .await
            .person(of.parse().unwrap())
            .await
            .unwrap()
            .badges
            .into_iter()
            .map(|b| b.id)
            .collect::<Vec<_>>()
    };
    let before = (badges(&station, &ada_id).await, badges(&station, &bob_id).await);
    assert_eq!((before.0.len(), before.1.len()), (1, 1));
    drop(idp);
    station.stop().await;
    rotate_badge_key(folder.path()).await;

    let station = start(folder.path()).await;
    let idp = provider(&station).await;
    // Said whole again; said of somebody else, who is refused; and another thing said of who has one.
    idp.replace(Kept::User, &ada_id, None, ada).await.unwrap();
    let theft = json!({ "userName": "eve", BADGES: { "badges": ["1111"] } });
    assert!(matches!(
        idp.add(Kept::User, theft).await,
        Err(Unprovisioned::Protocol(_) | Unprovisioned::Room(_))
    ));
    let patch = |ops: serde_json::Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": ops });
    let renamed = patch(json!([{ "op": "replace", "path": "displayName", "value": "Bob B" }]));
    idp.patch(Kept::User, &bob_id, None, renamed).await.unwrap();
    assert_eq!(
        (badges(&station, &ada_id).await, badges(&station, &bob_id).await),
        before,
        "nobody's badge is another"
    );
    // Taken away by its number.
    let less = patch(json!([{ "op": "remove", "path": format!("{BADGES}:badges"), "value": ["1111"] }]));
    idp.patch(Kept::User, &bob_id, None, less).await.unwrap();
    assert_eq!((badges(&station, &ada_id).await, badges(&station, &bob_id).await), (before.0, vec![]));
    // The old key stays as long as it is needed: a badge changes over when it is presented.
    let keys = Secrets::open(folder.path()).unwrap().keys();
    assert_eq!(keys.iter().find(|key| key.what == SecretKey::BadgeKey).unwrap().earlier, 1);
}
