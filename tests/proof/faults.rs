//! Single faults of the table, each told once in simulated time. What chance tries too is told here so that it is
//! sure to be tried.

use crate::boards::Fate;
use crate::law::Place;
use crate::world::World;
use domain::PackageId;
use domain::time::{DAY, HOUR, MINUTE};
use station::Error;
use station::wire::{OpeningState, TaskName};
use stories::items;

type Told = Result<(), Box<dyn std::error::Error>>;

/// A quiet room with one package behind a door, its recipient's badge and its code.
async fn room() -> Result<(World, PackageId, u8, String), Box<dyn std::error::Error>> {
    let mut world = World::new(7, false).await;
    world.careful = true;
    world.boards.kind(true);
    let (package, channel) = stored(&mut world).await?;
    let who = world.recipients[&package];
    let badge = world.people.iter().find(|(id, _)| *id == who).map(|(_, b)| b.clone()).ok_or("no badge")?;
    Ok((world, package, channel, badge))
}

async fn stored(world: &mut World) -> Result<(PackageId, u8), Box<dyn std::error::Error>> {
    let package = world.receive().await?.ok_or("not received")?;
    world.staff().deposit(package, None).await?;
    world.pass(8_000).await?;
    let Some(Place::In(compartment)) = world.law.packages.get(&package).copied() else {
        return Err("not stored".into());
    };
    Ok((package, world.channels[&compartment]))
}

async fn has_task(world: &World, kind: TaskName) -> bool {
    world.staff().tasks().await.unwrap().iter().any(|t| t.kind == kind)
}

async fn done(mut world: World) -> Told {
    world.verify().await?;
    world.stop().await;
    Ok(())
}

fn place(world: &World, package: PackageId) -> Option<Place> {
    world.law.packages.get(&package).copied()
}

/// A power cut in every place has a test of its own; here the plain order of what a start finds.
pub async fn fault_03_a_frame_whose_end_nobody_saw() -> Told {
    let (mut world, package, _, badge) = room().await?;
    world.boards.fate(Fate::Sticks);
    world.kiosk().badge(&badge).await?;
    world.stop().await;
    world.begin_again().await?;
    world.pass(5_000).await?;
    assert!(has_task(&world, TaskName::VerifyDoor).await, "staff are asked to look");
    assert!(matches!(place(&world, package), Some(Place::In(_))));
    // The credential is still good.
    world.kiosk().badge(&badge).await?;
    world.pass(8_000).await?;
    assert_eq!(place(&world, package), Some(Place::Gone));
    done(world).await
}

/// It gave way after "did not open" was told, while nothing ran that could have seen it.
pub async fn fault_03_a_door_that_gives_way_while_nothing_runs_is_looked_into() -> Told {
    let (mut world, package, channel, badge) = room().await?;
    world.hold_hands = true;
    world.boards.fate(Fate::Late);
    world.kiosk().badge(&badge).await?;
    world.pass(3_500).await?;
    assert!(!has_task(&world, TaskName::VerifyDoor).await, "so far it is only a door that sticks");
    world.stop().await;
    world.pass_away(2_000);
    world.boards.shut(channel);
    world.inside.remove(&channel);
    world.begin_again().await?;
    world.pass(3_000).await?;
    assert!(matches!(place(&world, package), Some(Place::In(_))), "nobody saw it leave");
    assert!(has_task(&world, TaskName::VerifyDoor).await, "so staff look");
    world.settle_tasks().await?;
    assert_eq!(place(&world, package), Some(Place::Gone));
    world.stop().await;
    world.begin_again().await?;
    world.pass(3_000).await?;
    assert!(!has_task(&world, TaskName::VerifyDoor).await, "and are asked once");
    done(world).await
}

/// The kernel drops what it could not write and calls the next sync a success.
pub async fn fault_06_a_sync_that_failed_once_is_never_forgiven() -> Told {
    let mut world = World::new(7, true).await;
    world.careful = true;
    world.boards.kind(true);
    let (package, _) = stored(&mut world).await?;
    let who = world.recipients[&package];
    let badge = world.people.iter().find(|(id, _)| *id == who).map(|(_, b)| b.clone()).ok_or("no badge")?;
    let power = world.power.clone().ok_or("no power")?;
    let frames = world.law.counts["frames"];
    power.fail_a_sync();
    assert!(world.kiosk().badge(&badge).await.is_err(), "it can't be written down");
    // It is noticed with the next look at the doors, a tenth of a second later.
    let _ = world.station().pass_time().await;
    for _ in 0..3 {
        world.time.pass(2_000);
        let refused = world.kiosk().badge(&badge).await;
        let again = refused.err();
        assert!(matches!(again, Some(Error::OutOfService(_))), "nor is it tried again: {again:?}");
    }
    assert!(world.boards.take_frames().is_empty(), "no door moves");
    // What a new start finds is what the disk really has.
    world.stop().await;
    power.restore(1)?;
    world.begin_again().await?;
    world.pass(3_000).await?;
    world.kiosk().badge(&badge).await?;
    world.pass(8_000).await?;
    assert_eq!(place(&world, package), Some(Place::Gone), "and a new act opens it");
    assert_eq!(world.law.counts["frames"], frames + 1);
    done(world).await
}

pub async fn fault_21_a_door_left_ajar_frees_nothing_and_is_an_alarm_after_five_minutes() -> Told {
    let (mut world, package, channel, badge) = room().await?;
    world.hold_hands = true;
    world.kiosk().badge(&badge).await?;
    world.pass(4 * MINUTE).await?;
    assert!(!has_task(&world, TaskName::Ajar).await, "four minutes are only a hint");
    assert!(matches!(place(&world, package), Some(Place::In(_))), "an open door frees nothing");
    world.pass(2 * MINUTE).await?;
    assert!(has_task(&world, TaskName::Ajar).await);
    world.inside.remove(&channel);
    world.boards.shut(channel);
    world.pass(2_000).await?;
    assert_eq!(place(&world, package), Some(Place::Gone), "shut at last, it is collected");
    done(world).await
}

pub async fn fault_22_shut_too_soon_it_opens_again_for_ninety_seconds_and_no_longer() -> Told {
    let (mut world, package, channel, badge) = room().await?;
    world.hold_hands = true;
    world.kiosk().badge(&badge).await?;
    world.pass(500).await?;
    world.boards.shut(channel);
    world.pass(2_000).await?;
    let state = world.kiosk().reopen(package).await?;
    assert_eq!(items(&state).len(), 1);
    world.pass(500).await?;
    assert!(world.boards.is_open(channel), "the same person, within the grace");
    world.inside.remove(&channel);
    world.boards.shut(channel);
    world.pass(95_000).await?;
    assert!(world.kiosk().reopen(package).await.is_err(), "the grace is over");
    done(world).await
}

pub async fn fault_24_two_people_at_the_same_moment() -> Told {
    let (mut world, package, channel, badge) = room().await?;
    let other = world.people.iter().map(|(_, b)| b.clone()).find(|b| *b != badge).ok_or("nobody else")?;
    world.hold_hands = true;
    let (first, second) = (world.kiosk(), world.kiosk());
    let (one, two) = tokio::join!(first.badge(&badge), second.badge(&other));
    one?;
    assert!(matches!(two, Err(Error::KioskBusy)), "the second waits: {two:?}");
    world.pass(500).await?;
    world.inside.remove(&channel);
    world.boards.shut(channel);
    world.pass(2_000).await?;
    assert_eq!(place(&world, package), Some(Place::Gone));
    world.kiosk().badge(&other).await?;
    done(world).await
}

pub async fn fault_25_a_badge_read_twice_is_one_act() -> Told {
    let (mut world, _, channel, badge) = room().await?;
    world.hold_hands = true;
    let before = world.law.counts.get("frames").copied();
    for _ in 0..5 {
        world.kiosk().badge(&badge).await?;
        world.pass(200).await?;
    }
    assert_eq!(world.law.counts.get("frames").copied(), Some(before.unwrap_or(0) + 1));
    assert!(world.boards.is_open(channel));
    done(world).await
}

pub async fn fault_26_guessing_is_slowed_over_restarts_and_a_badge_still_works() -> Told {
    let (mut world, package, _, badge) = room().await?;
    let mut refused = 0;
    while let Err(Error::CredentialRefused) = world.kiosk().enter_code("0000 0000").await {
        refused += 1;
        assert!(refused < 10, "guessing goes on and on");
    }
    world.stop().await;
    world.begin_again().await?;
    world.pass(3_000).await?;
    let throttled = |answer| matches!(answer, Err(Error::Throttled { .. }));
    assert!(
        throttled(world.kiosk().enter_code("0000 0000").await.map(|_| ())),
        "a restart does not shorten it"
    );
    world.time.wrong_by(365 * DAY);
    world.pass(3_000).await?;
    assert!(throttled(world.kiosk().enter_code("0000 0000").await.map(|_| ())), "nor does the clock");
    world.kiosk().badge(&badge).await?;
    world.pass(8_000).await?;
    assert_eq!(place(&world, package), Some(Place::Gone));
    done(world).await
}

pub async fn fault_27_a_clock_that_jumps_expires_nothing() -> Told {
    for years in [-40, 40] {
        let (mut world, package, ..) = room().await?;
        let code = world.codes.get(&package).cloned().ok_or("no code")?;
        world.time.wrong_by(years * 365 * DAY);
        world.pass(HOUR).await?;
        assert!(has_task(&world, TaskName::ClockDoubted).await, "staff hear of it");
        world.stop().await;
        world.begin_again().await?;
        world.pass(HOUR).await?;
        world.kiosk().enter_code(&code).await?;
        world.pass(8_000).await?;
        assert_eq!(place(&world, package), Some(Place::Gone), "{years} years");
        // Set right, it is believed again.
        world.time.wrong_by(0);
        world.pass(HOUR).await?;
        let (package, _) = stored(&mut world).await?;
        let row = world.station().store().package(package).await?.ok_or("gone")?;
        let left = row.deadline.ok_or("no deadline")?.0 - world.right_wall();
        assert!((70 * HOUR..=73 * HOUR).contains(&left), "72 hours from now, not from a wrong clock: {left}");
        done(world).await?;
    }
    Ok(())
}

pub async fn fault_28_asleep_for_a_night() -> Told {
    let (mut world, package, _, badge) = room().await?;
    // Both clocks have gone on; nothing was asked meanwhile.
    world.time.pass(9 * HOUR);
    world.pass(3_000).await?;
    assert!(!has_task(&world, TaskName::ClockDoubted).await, "sleep is no jump");
    world.kiosk().badge(&badge).await?;
    world.pass(8_000).await?;
    assert_eq!(place(&world, package), Some(Place::Gone));
    done(world).await
}

/// At least once: what was sent and not noted as sent is sent again, as the same notice.
pub async fn fault_35_killed_between_sending_and_noting_it() -> Told {
    let mut world = World::new(7, true).await;
    world.careful = true;
    world.boards.kind(true);
    let (package, _) = stored(&mut world).await?;
    let (written, sent) = (world.law.notices[&package], world.law.sent);
    world.staff().reissue_code(package).await?;
    let mails = world.staff().virtual_panel().await?.mails.len();
    world.power.as_ref().ok_or("no power")?.cut_after(1);
    world.station().keep_house().await.unwrap_err();
    assert!(world.power_is_off(), "the power went when it was to be noted");
    assert_eq!(world.staff().virtual_panel().await?.mails.len(), mails + 1, "it was sent");
    world.restore_power().await?;
    world.pass(5_000).await?;
    assert_eq!(world.staff().virtual_panel().await?.mails.len(), 1, "and sent again");
    assert_eq!(world.law.notices[&package], written + 1, "one notice, however often sent");
    assert_eq!(world.law.sent, sent + 1, "noted as sent once");
    let code = world.codes.get(&package).cloned().ok_or("no code")?;
    world.kiosk().enter_code(&code).await?;
    done(world).await
}

pub async fn fault_42_removal_against_the_owner() -> Told {
    for owner_first in [true, false] {
        let (mut world, package, _, badge) = room().await?;
        if owner_first {
            world.kiosk().badge(&badge).await?;
            assert!(world.staff().removal(package).await.is_err(), "the owner is being served");
        } else {
            let opening = world.staff().removal(package).await?;
            let answer = world.kiosk().badge(&badge).await;
            let state = answer.map(|s| items(&s));
            world.pass(500).await?;
            let found = world.station().opening(opening.id.parse()?).await?;
            assert_eq!(found.state, OpeningState::Open, "{state:?}");
        }
        world.pass(10_000).await?;
        let expected = if owner_first { Place::Gone } else { Place::Here };
        assert_eq!(place(&world, package), Some(expected), "owner first: {owner_first}");
        done(world).await?;
    }
    Ok(())
}
