//! Days in the parcel room, by chance: people fetch, staff deposit, fingers press what they should not, cables come
//! loose, boards reboot, the program is killed, the power fails, the clock jumps. One seed gives one run.

use crate::law::Place;
use crate::world::{DOORS, Proof, World};
use domain::event::Report;
use domain::time::{DAY, HOUR};
use domain::{OpeningId, PackageId};
use station::Error;
use station::wire::Step;
use stories::items;

/// What can happen, and how often beside the others.
const HAPPENINGS: [(Happening, u64); 28] = [
    (Happening::Receive, 14),
    (Happening::Deposit, 20),
    (Happening::Badge, 14),
    (Happening::Code, 8),
    (Happening::WrongCode, 2),
    (Happening::TryAgain, 6),
    (Happening::Skip, 2),
    (Happening::Report, 1),
    (Happening::Reopen, 2),
    (Happening::End, 3),
    (Happening::CancelDeposit, 2),
    (Happening::Bigger, 2),
    (Happening::Shelve, 2),
    (Happening::HandOver, 2),
    (Happening::Removal, 2),
    (Happening::Reissue, 2),
    (Happening::Force, 1),
    (Happening::Jam, 2),
    (Happening::Cable, 3),
    (Happening::Reboot, 1),
    (Happening::Kill, 2),
    (Happening::PowerCut, 2),
    (Happening::Clock, 1),
    (Happening::Settle, 4),
    (Happening::Leave, 1),
    (Happening::Return, 3),
    (Happening::Delegate, 3),
    (Happening::Away, 2),
];

#[derive(Clone, Copy, Debug)]
enum Happening {
    Receive,
    Deposit,
    Badge,
    Code,
    WrongCode,
    TryAgain,
    Skip,
    Report,
    Reopen,
    End,
    CancelDeposit,
    Bigger,
    Shelve,
    HandOver,
    Removal,
    Reissue,
    Force,
    Jam,
    Cable,
    Reboot,
    Kill,
    PowerCut,
    Clock,
    Settle,
    Leave,
    Return,
    Delegate,
    Away,
}

/// Lives through so many days; at the end everybody fetches what is theirs.
pub async fn live(world: &mut World, days: u32, acts: usize) -> Proof<()> {
    for day in 0..days {
        for _ in 0..acts {
            let happening = draw(world);
            if world.trace {
                println!("{} {happening:?}", world.time.now());
            }
            happen(world, happening).await.map_err(|e| format!("day {day}, {happening:?}: {e}"))?;
            let wait = world.dice.between(200, 9_000);
            world.pass(wait).await.map_err(|e| format!("day {day}, after {happening:?}: {e}"))?;
            power(world).await.map_err(|e| format!("day {day}, power after {happening:?}: {e}"))?;
        }
        world.tidy().await.map_err(|e| format!("evening of day {day}: {e}"))?;
        power(world).await?;
        let night = DAY - world.time.now() % DAY + 8 * HOUR;
        world.pass(night).await.map_err(|e| format!("night after day {day}: {e}"))?;
        power(world).await?;
    }
    last_day(world).await
}

async fn power(world: &mut World) -> Proof<()> {
    if world.power_is_off() { world.restore_power().await } else { Ok(()) }
}

/// Nothing was lost: whatever is behind a door can be fetched by whom it is for.
async fn last_day(world: &mut World) -> Proof<()> {
    world.tidy().await?;
    world.everybody_back().await?;
    world.careful = true;
    world.boards.kind(true);
    for _ in 0..2 {
        for (person, badge) in world.people.clone() {
            if world
                .packages(|p| matches!(p, Place::In(_)))
                .iter()
                .all(|p| world.recipients.get(p) != Some(&person))
            {
                continue;
            }
            if let Err(error) = world.kiosk().badge(&badge).await {
                return Err(format!("a badge was refused on the last day: {error}"));
            }
            world.pass(45_000).await?;
            let answer = world.kiosk().end().await;
            world.said(answer)?;
        }
    }
    let rest = world.packages(|p| matches!(p, Place::In(_)));
    if !rest.is_empty() {
        return Err(format!("{} packages could not be fetched", rest.len()));
    }
    world.careful = false;
    world.verify().await
}

fn draw(world: &mut World) -> Happening {
    let all: u64 = HAPPENINGS.iter().map(|(_, weight)| weight).sum();
    let mut at = world.dice.roll() % all;
    for (happening, weight) in HAPPENINGS {
        if at < weight {
            return happening;
        }
        at -= weight;
    }
    Happening::Receive
}

async fn happen(world: &mut World, happening: Happening) -> Proof<()> {
    // What a hand can hold: not what lies behind a door, whatever the record says of it.
    let mut here = world.packages(|p| p == Place::Here);
    here.retain(|package| !world.inside.values().any(|inside| inside == package));
    let stored = world.packages(|p| matches!(p, Place::In(_)));
    let one_here = world.dice.pick(&here);
    let one_stored = world.dice.pick(&stored);
    let channel = u8::try_from(world.dice.between(1, i64::from(DOORS))).unwrap_or(1);
    match happening {
        Happening::Receive => {
            world.receive().await?;
        }
        Happening::Deposit => {
            let package = match one_here {
                Some(package) => Some(package),
                None => world.receive().await?,
            };
            if let Some(package) = package {
                let answer = world.staff().deposit(package, None).await;
                world.said(answer)?;
            }
        }
        Happening::Badge => {
            let who = world.dice.below(world.people.len());
            let (person, badge) = world.people[who].clone();
            let answer = world.kiosk().badge(&badge).await;
            let gone = world.law.left.contains(&person);
            if matches!(answer, Err(Error::CredentialRefused)) && !gone && !world.power_is_off() {
                return Err("a good badge was refused".into());
            }
            if answer.is_ok() && gone {
                return Err("the badge of somebody who left was taken".into());
            }
            world.said(answer)?;
            if world.dice.percent(30) {
                // The reader reads it twice.
                let again = world.kiosk().badge(&badge).await;
                world.said(again)?;
            }
        }
        Happening::Code => code(world, one_stored).await?,
        Happening::WrongCode => {
            let digits = format!("{:08}", world.dice.roll() % 100_000_000);
            let answer = world.kiosk().enter_code(&digits).await;
            if !world.power_is_off() && answer.is_ok() && !world.codes.values().any(|c| *c == digits) {
                return Err("a code of nobody opened".into());
            }
            world.said(answer)?;
        }
        Happening::TryAgain => {
            if let Some((opening, step, _)) = current(world).await? {
                if step == Step::Unknown && world.dice.percent(50) {
                    let opened = world.dice.percent(50);
                    let answer = world.kiosk().answer(opening, opened).await;
                    world.said(answer)?;
                }
                let answer = world.kiosk().try_again(opening).await;
                world.said(answer)?;
            }
        }
        Happening::Skip => {
            if let Some((.., package)) = current(world).await? {
                let answer = world.kiosk().skip(package).await;
                world.said(answer)?;
            }
        }
        Happening::Report => {
            if let Some((.., package)) = current(world).await? {
                let what = if world.dice.percent(50) { Report::NotThere } else { Report::NotMine };
                let answer = world.kiosk().report(package, what).await;
                world.said(answer)?;
            }
        }
        Happening::Reopen => {
            let answer = world.kiosk().state().await;
            let shut = world.said(answer)?.map(|s| items(&s)).unwrap_or_default();
            if let Some(item) = shut.iter().find(|i| i.reopen_seconds.is_some())
                && let Ok(package) = item.package.parse()
            {
                let answer = world.kiosk().reopen(package).await;
                world.said(answer)?;
            }
        }
        Happening::End => {
            let answer = world.kiosk().end().await;
            world.said(answer)?;
        }
        Happening::CancelDeposit => {
            if let Some(package) = one_here {
                let answer = world.staff().deposit_cancel(package).await;
                world.said(answer)?;
            }
        }
        Happening::Bigger => {
            if let Some(package) = one_here {
                let answer = world.staff().deposit_bigger(package).await;
                world.said(answer)?;
            }
        }
        Happening::Shelve => {
            if let Some(package) = one_here {
                let answer = world.staff().shelve(package, "C-1").await;
                world.said(answer)?;
            }
        }
        Happening::HandOver => {
            if let Some(package) = one_here {
                let answer = world.staff().hand_over(package, None).await;
                world.said(answer)?;
            }
        }
        Happening::Removal => {
            if let Some(package) = one_stored {
                let answer = world.staff().removal(package).await;
                world.said(answer)?;
            }
        }
        Happening::Reissue => {
            if let Some(package) = one_stored {
                let answer = world.staff().reissue_code(package).await;
                world.said(answer)?;
            }
        }
        Happening::Force => {
            world.boards.force(channel);
            if world.dice.percent(50) {
                world.steal(channel);
            }
        }
        Happening::Jam => {
            let jammed = world.dice.percent(50);
            world.boards.jam(channel, jammed);
        }
        Happening::Cable => {
            let plugged = world.dice.percent(60);
            world.boards.plug(plugged);
        }
        Happening::Reboot => world.boards.reboot(),
        Happening::Kill => world.kill().await?,
        Happening::PowerCut => {
            if let Some(power) = &world.power {
                power.cut_after(world.dice.roll() % 60 + 1);
            }
        }
        Happening::Clock => {
            let years = world.dice.between(-30, 30);
            world.time.wrong_by(if world.dice.percent(50) { 0 } else { years * 365 * DAY });
        }
        Happening::Settle => world.settle_tasks().await?,
        Happening::Leave => {
            let who = world.dice.below(world.people.len());
            world.set_active(who, false).await?;
        }
        Happening::Return => world.everybody_back().await?,
        Happening::Delegate => world.delegate().await?,
        Happening::Away => world.away().await?,
    }
    Ok(())
}

/// A code that was sent and not spent opens, unless the keypad is throttled or somebody is at the kiosk.
async fn code(world: &mut World, package: Option<PackageId>) -> Proof<()> {
    let Some(package) = package else { return Ok(()) };
    let Some(digits) = world.codes.get(&package).cloned() else { return Ok(()) };
    let before = world.law.codes.get(&package).is_some_and(|codes| codes.values().any(Option::is_none));
    let sent = world.code_is_current(package).await?;
    let answer = world.kiosk().enter_code(&digits).await;
    if matches!(answer, Err(Error::CredentialRefused)) && before && sent && !world.power_is_off() {
        return Err(format!("the code of {package} was refused"));
    }
    world.said(answer)?;
    Ok(())
}

async fn current(world: &World) -> Proof<Option<(OpeningId, Step, PackageId)>> {
    let answer = world.kiosk().state().await;
    let items = world.said(answer)?.map(|s| items(&s)).unwrap_or_default();
    Ok(items.into_iter().find_map(|item| {
        let opening = item.opening?.id.parse().ok()?;
        matches!(item.step, Step::NotOpened | Step::Unknown | Step::Open | Step::Opening).then_some((
            opening,
            item.step,
            item.package.parse().ok()?,
        ))
    }))
}
