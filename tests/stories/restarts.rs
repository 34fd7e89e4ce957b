//! The program stops anywhere; the doors don't. Nothing is sent again, nothing acknowledged is lost.

use station::Error;
use station::wire::{OpeningState, Step};
use stories::Room;

#[tokio::test(flavor = "multi_thread")]
async fn a_door_open_at_the_restart_completes_when_it_is_shut() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    let frames = room.bank.unlocks().len();
    let room = room.restart().await;
    assert_eq!(room.state(package).await, "Stored");
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    assert_eq!(room.bank.unlocks().len(), frames, "no second unlock");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_shut_while_the_program_was_away_is_collected() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    let room = room.restart_after(|bank| bank.shut(channel)).await;
    room.until_state(package, "Collected").await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_nobody_saw_the_end_of_is_unknown_and_the_badge_still_works() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    room.bank.jam(channel, true);
    let state = room.kiosk().badge("1111").await.unwrap();
    let opening = stories::items(&state)[0].opening.clone().unwrap().id.parse().unwrap();
    let frames = room.bank.unlocks().len();
    let room = room.restart_after(|bank| bank.jam(channel, false)).await;
    room.until_opening(opening, OpeningState::Unknown).await;
    assert_eq!(room.bank.unlocks().len(), frames, "nothing is sent by itself");
    assert_eq!(room.state(package).await, "Stored");
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_throttle_survives_a_restart() {
    let room = Room::new().await;
    for _ in 0..6 {
        assert!(matches!(room.kiosk().enter_code("0000 0000").await, Err(Error::CredentialRefused)));
    }
    assert!(matches!(room.kiosk().enter_code("0000 0000").await, Err(Error::Throttled { .. })));
    let room = room.restart().await;
    assert!(matches!(room.kiosk().enter_code("0000 0000").await, Err(Error::Throttled { .. })));
    let ada = room.person("Ada", "1111").await;
    room.stored(ada).await;
    room.kiosk().badge("1111").await.unwrap();
}
