//! Power cuts at every writing call of what people do: the power goes with the n-th write, sync, truncation or
//! deletion, what was not synced is kept, dropped or torn by chance, the program starts again, and the law is asked.
//! The board's own log is the witness: each frame on the wire had a decision that a cut could not take.

use crate::law::Place;
use crate::world::{Proof, World};

#[derive(Clone, Copy, Debug)]
pub enum Deed {
    Intake,
    Deposit,
    PickupByBadge,
    PickupByCode,
    Removal,
    Reissue,
}

pub const DEEDS: [Deed; 6] =
    [Deed::Intake, Deed::Deposit, Deed::PickupByBadge, Deed::PickupByCode, Deed::Removal, Deed::Reissue];

/// Cuts the power at each call in turn until the deed comes to its end. How many cuts there were.
pub async fn cut_everywhere(deed: Deed, seed: u64, every: u64) -> Proof<u64> {
    let mut cuts = 0;
    let mut at = 1 + seed % every;
    let mut world = fresh(seed).await?;
    loop {
        let cut = match cut_once(&mut world, deed, at).await {
            Ok(cut) => cut,
            Err(broken) => {
                let tale = world.tale(&broken).await;
                return Err(format!("{deed:?}, cut {at}: {broken}\n{tale}"));
            }
        };
        if !cut {
            world.stop().await;
            return Ok(cuts);
        }
        cuts += 1;
        at += every;
        // A log that grows makes each verification longer.
        if cuts % 40 == 0 {
            world.stop().await;
            world = fresh(seed ^ at).await?;
        }
    }
}

/// Was the power cut before the deed was done?
async fn cut_once(world: &mut World, deed: Deed, at: u64) -> Proof<bool> {
    let prepared = prepare(world, deed).await?;
    if let Some(power) = &world.power {
        power.cut_after(at);
    }
    attempt(world, deed, prepared).await?;
    let cut = world.power_is_off();
    if cut {
        world.restore_power().await?;
    } else if let Some(power) = &world.power {
        power.stay_on();
    }
    world.tidy().await?;
    world.boards.kind(true);
    Ok(cut)
}

async fn fresh(seed: u64) -> Proof<World> {
    let mut world = World::new(seed, true).await;
    world.careful = true;
    world.boards.kind(true);
    world.boards.witness(world.power.clone());
    world.pass(1_000).await?;
    Ok(world)
}

/// What the deed needs: a package taken in, or one behind a door.
async fn prepare(world: &mut World, deed: Deed) -> Proof<domain::PackageId> {
    let stored = world.packages(|p| matches!(p, Place::In(_)));
    // Not all doors may be taken.
    if stored.len() > 2 {
        let staff = world.staff();
        for package in stored {
            let answer = staff.removal(package).await;
            world.said(answer)?;
            world.pass(8_000).await?;
            let answer = staff.hand_over(package, None).await;
            world.said(answer)?;
        }
    }
    let package = world.receive().await?.ok_or("nothing could be taken in")?;
    if !matches!(deed, Deed::Intake | Deed::Deposit) {
        let answer = world.staff().deposit(package, None).await;
        world.said(answer)?.ok_or("nothing could be deposited")?;
        world.pass(8_000).await?;
        if !matches!(world.law.packages.get(&package), Some(Place::In(_))) {
            return Err("the package was not stored".into());
        }
    }
    Ok(package)
}

async fn attempt(world: &mut World, deed: Deed, package: domain::PackageId) -> Proof<()> {
    match deed {
        Deed::Intake => {
            world.receive().await?;
        }
        Deed::Deposit => {
            let answer = world.staff().deposit(package, None).await;
            world.said(answer)?;
        }
        Deed::PickupByBadge => {
            let recipient = world.recipients.get(&package).copied();
            let badge = world.people.iter().find(|(id, _)| Some(*id) == recipient).map(|(_, b)| b.clone());
            let answer = world.kiosk().badge(&badge.unwrap_or_default()).await;
            world.said(answer)?;
        }
        Deed::PickupByCode => {
            let digits = world.codes.get(&package).cloned().ok_or("no code was sent")?;
            let answer = world.kiosk().enter_code(&digits).await;
            if answer.is_err() && !world.power_is_off() {
                return Err("a good code was refused".into());
            }
            world.said(answer)?;
        }
        Deed::Removal => {
            let answer = world.staff().removal(package).await;
            world.said(answer)?;
        }
        Deed::Reissue => {
            let answer = world.staff().reissue_code(package).await;
            world.said(answer)?;
        }
    }
    world.pass(8_000).await?;
    if !world.power_is_off() {
        let answer = world.kiosk().end().await;
        world.said(answer)?;
    }
    Ok(())
}
