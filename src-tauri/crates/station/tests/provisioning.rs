//! What an identity provider keeps here, through a stop of the node in the middle of it.

#![allow(clippy::unwrap_used)] // clippy takes helpers of a test for no test

use domain::time::{Mono, Wall};
use domain::{BootId, PersonId, TeamId};
use scim::{Base, Resource};
use serde_json::json;
use station::{Directory, Kept, Options, Scope, Staff, Stamp, Station, Store};
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
