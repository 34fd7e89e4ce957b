//! The door is the truth and the record follows it.

use domain::package::PackageSize;
use station::wire::{OpeningState, Step, TaskName};
use stories::{Room, items, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_package_goes_in_and_out_and_its_compartment_is_free_again() {
    let room = Room::new().await;
    let ada = room.person("Ada", "40856634").await;
    let (package, channel) = room.stored(ada).await;
    room.kiosk().badge("0040856634").await.unwrap();
    room.until_step(Step::Open).await;
    assert_eq!(room.state(package).await, "Stored", "open is not yet collected");
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    let compartments = room.station.store().compartments().await.unwrap();
    assert!(compartments.iter().all(|c| c.package.is_none()));
    assert_eq!(room.bank.unlocks().len(), 2, "one frame in, one frame out");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_on_the_wire_had_a_durable_decision() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    room.stored(ada).await;
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    let decided = room.station.store().events(0, 1_000).await.unwrap();
    let decided = decided.iter().filter(|e| e.kind == "opening.decided").count();
    assert_eq!(room.bank.unlocks().len(), decided);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jam_is_told_tried_three_times_and_then_staff_come() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    let before = room.bank.unlocks().len();
    room.bank.jam(channel, true);
    let kiosk = room.kiosk();
    kiosk.badge("1111").await.unwrap();
    for tries in 1..=3 {
        let state = room.until_step(Step::NotOpened).await;
        assert_eq!(room.bank.unlocks().len(), before + tries, "an acknowledged door is never sent to twice");
        let opening = items(&state)[0].opening.clone().unwrap().id.parse().unwrap();
        if tries < 3 {
            kiosk.try_again(opening).await.unwrap();
        } else {
            kiosk.try_again(opening).await.unwrap_err();
        }
    }
    assert_eq!(room.state(package).await, "Stored", "nothing is lost");
    assert!(room.tasks().await.iter().any(|t| t.kind == TaskName::Jam));
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_cable_before_the_frame_says_so_at_once() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let package = room.received(ada, PackageSize::S).await;
    room.bank.plug(false);
    until("offline", async || !room.staff.banks().await.unwrap()[0].online).await;
    let refused = room.staff.deposit(package, None).await;
    assert!(refused.is_err(), "no door is proposed that can't be seen: {refused:?}");
    assert_eq!(room.bank.unlocks().len(), 0);
    room.bank.plug(true);
    until("online", async || room.staff.banks().await.unwrap()[0].online).await;
    until("a free door", async || room.staff.deposit(package, None).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_door_is_an_alarm_tied_to_the_package_inside() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    room.bank.pull(channel);
    until("alarm", async || room.tasks().await.iter().any(|t| t.kind == TaskName::Forced)).await;
    let task = room.tasks().await.into_iter().find(|t| t.kind == TaskName::Forced).unwrap();
    assert!(task.urgent);
    assert_eq!(task.package_id, Some(package.to_string()));
    assert_eq!(room.state(package).await, "Stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_39_it_does_not_fit_a_bigger_one_opens_and_the_small_one_is_free() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let package = room.received(ada, PackageSize::S).await;
    let small = room.staff.deposit(package, None).await.unwrap();
    room.until_opening(small.id.parse().unwrap(), OpeningState::Open).await;
    let big = room.staff.deposit_bigger(package).await.unwrap();
    assert_ne!(big.compartment, small.compartment);
    room.bank.shut(room.channel(small.compartment.parse().unwrap()).await);
    room.until_opening(big.id.parse().unwrap(), OpeningState::Open).await;
    assert_eq!(room.state(package).await, "Received", "the small door shut means nothing");
    room.bank.shut(room.channel(big.compartment.parse().unwrap()).await);
    room.until_state(package, "Stored").await;
    let row = room.station.store().package(package).await.unwrap().unwrap();
    assert_eq!(row.compartment().unwrap().to_string(), big.compartment);
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_39_a_full_bank_says_so_and_the_shelf_takes_it() {
    let room = Room::with_doors(2).await;
    let ada = room.person("Ada", "1111").await;
    room.stored(ada).await;
    room.stored(ada).await;
    let third = room.received(ada, PackageSize::S).await;
    let refused = room.staff.deposit(third, None).await.unwrap_err();
    assert_eq!(refused.to_string(), "no free compartment fits");
    let row = room.staff.shelve(third, "C-12").await.unwrap();
    assert_eq!(row.place.as_deref(), Some("C-12"));
    room.staff.hand_over(third, None).await.unwrap();
    assert_eq!(room.state(third).await, "HandedOver");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_moves_from_its_compartment_to_the_shelf() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    let opening = room.staff.removal(package).await.unwrap();
    room.until_opening(opening.id.parse().unwrap(), OpeningState::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Received").await;
    room.staff.shelve(package, "C-1").await.unwrap();
    assert_eq!(room.state(package).await, "Shelved");
    room.verify().await;
}
