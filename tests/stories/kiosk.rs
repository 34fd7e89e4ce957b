//! The lobby at 22:00.

use domain::event::Report;
use station::Error;
use station::wire::{Step, TaskName, Visit};
use stories::{Room, items, until};

#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_persons_packages_one_door_after_another() {
    let room = Room::new().await;
    let ada = room.person("Ada Lovelace", "1111").await;
    let (first, one) = room.stored(ada).await;
    let (second, two) = room.stored(ada).await;
    let state = room.kiosk().badge("1111").await.unwrap();
    assert_eq!(items(&state).len(), 2);
    let Some(Visit::Pickup { who, .. }) = &state.visit else { panic!("a pickup") };
    assert_eq!(who, "A. L•••••");
    room.until_step(Step::Open).await;
    assert!(!room.bank.door(two).unwrap().open, "the second waits");
    room.bank.shut(one);
    room.until_state(first, "Collected").await;
    until("the second door", async || room.bank.door(two).unwrap().open).await;
    room.bank.shut(two);
    room.until_state(second, "Collected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_tapped_twice_opens_one_door_once() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    room.stored(ada).await;
    let before = room.bank.unlocks().len();
    let kiosk = room.kiosk();
    let (a, b) = tokio::join!(kiosk.badge("1111"), kiosk.badge("1111"));
    assert!(a.is_ok() && b.is_ok());
    room.until_step(Step::Open).await;
    assert_eq!(room.bank.unlocks().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_person_waits_while_a_door_is_open() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let bob = room.person("Bob", "2222").await;
    let (_, one) = room.stored(ada).await;
    let (hers, _) = room.stored(bob).await;
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    assert!(matches!(room.kiosk().badge("2222").await, Err(Error::KioskBusy)));
    room.bank.shut(one);
    until("the kiosk is free", async || room.kiosk().badge("2222").await.is_ok()).await;
    room.until_step(Step::Open).await;
    assert_eq!(room.state(hers).await, "Stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn shut_too_soon_it_opens_again_for_the_same_person() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    let kiosk = room.kiosk();
    kiosk.badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    let state = room.until_step(Step::Shut).await;
    assert!(items(&state)[0].reopen_seconds.is_some_and(|left| (1..=90).contains(&left)));
    kiosk.reopen(package).await.unwrap();
    until("open again", async || room.bank.door(channel).unwrap().open).await;
    room.bank.shut(channel);
    room.until_step(Step::Shut).await;
    assert_eq!(room.state(package).await, "Collected");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reported_missing_is_nobodys_until_staff_have_looked() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    let kiosk = room.kiosk();
    kiosk.badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    kiosk.report(package, Report::NotThere).await.unwrap();
    until("a task", async || room.tasks().await.iter().any(|t| t.kind == TaskName::NotThere)).await;
    assert_eq!(room.state(package).await, "Disputed");
    let held = room
        .station
        .store()
        .compartments()
        .await
        .unwrap()
        .into_iter()
        .find(|c| c.channel == channel)
        .unwrap();
    assert_eq!(held.package, Some(package), "its compartment is not offered");
    let task = room.tasks().await.into_iter().find(|t| t.kind == TaskName::NotThere).unwrap();
    let id = task.id.parse().unwrap();
    let inside = domain::event::Outcome::PackageInside;
    assert!(room.staff.settle_task(id, inside).await.is_err(), "not while the door stands open");
    room.bank.shut(channel);
    until("settled", async || room.staff.settle_task(id, inside).await.is_ok()).await;
    assert_eq!(room.state(package).await, "Stored", "the shut door of a disputed package collects nothing");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_help_reaches_staff_once() {
    let room = Room::new().await;
    room.kiosk().call_help().await.unwrap();
    room.kiosk().call_help().await.unwrap();
    let tasks = room.tasks().await;
    assert_eq!(tasks.iter().filter(|t| t.kind == TaskName::Help && t.urgent).count(), 1);
}
