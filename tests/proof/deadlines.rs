//! Deadlines in simulated time: each is told once and at its time, whatever the clock and the power do, and whoever
//! comes for a package in the middle of its removal is served first.

use crate::law::Place;
use crate::world::World;
use domain::deadlines::DeadlineStep;
use domain::event::Event;
use domain::package::{Handling, PackageSize};
use domain::time::{DAY, HOUR, MINUTE, Wall};
use domain::{PackageId, PersonId, Refusal};
use station::wire::{
    DeadlinesView, EscalateToView, PackageState, PersonForm, RemovalItem, RemovalStage, StepsView, TaskName,
    UnitName,
};
use station::{Error, Received};
use stories::items;

type Told = Result<(), Box<dyn std::error::Error>>;

async fn room() -> Result<World, Box<dyn std::error::Error>> {
    let mut world = World::new(11, true).await;
    world.careful = true;
    world.boards.kind(true);
    Ok(world)
}

async fn stored(world: &mut World) -> Result<PackageId, Box<dyn std::error::Error>> {
    let package = world.receive().await?.ok_or("not received")?;
    world.staff().deposit(package, None).await?;
    world.pass(8_000).await?;
    assert!(matches!(world.law.packages.get(&package), Some(Place::In(_))));
    Ok(package)
}

/// The steps that were taken for a package, in order, and when each was due.
async fn fired(
    world: &World,
    package: PackageId,
) -> Result<Vec<(DeadlineStep, Wall)>, Box<dyn std::error::Error>> {
    let mut found = Vec::new();
    for row in world.station().store().events(0, i64::MAX).await? {
        if let Ok(Event::DeadlineFired { package: of, step, due }) = Event::from_parts(&row.kind, &row.body)
            && of == package
        {
            found.push((step, due));
        }
    }
    Ok(found)
}

async fn steps(world: &World, package: PackageId) -> Result<Vec<DeadlineStep>, Box<dyn std::error::Error>> {
    Ok(fired(world, package).await?.into_iter().map(|(step, _)| step).collect())
}

async fn subjects(world: &World, to: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mails = world.staff().virtual_panel().await?.mails;
    Ok(mails.into_iter().filter(|mail| mail.to == to).map(|mail| mail.subject).collect())
}

/// Hours pass, one at a time, as they do.
async fn hours(world: &mut World, n: i64) -> Result<(), String> {
    for _ in 0..n {
        world.pass(HOUR).await?;
    }
    Ok(())
}

fn owner(world: &World, package: PackageId) -> (usize, String) {
    let person = world.recipients[&package];
    let at = world.people.iter().position(|(id, _)| *id == person).unwrap_or_default();
    (at, world.people[at].1.clone())
}

async fn removal(world: &World, package: PackageId) -> Result<Option<RemovalItem>, Error> {
    let id = package.to_string();
    Ok(world.staff().removals().await?.into_iter().find(|item| item.package.id == id))
}

async fn tasks(world: &World, kind: TaskName) -> Result<usize, Error> {
    Ok(world.staff().tasks().await?.iter().filter(|task| task.kind == kind).count())
}

async fn boss(world: &World) -> Result<PersonId, Error> {
    let form = PersonForm { email: Some("boss@example.com".into()), ..PersonForm::named("Boss") };
    world.staff().add_person(form).await
}

async fn set(world: &World, change: impl FnOnce(&mut DeadlinesView)) -> Result<(), Error> {
    let mut view = world.staff().deadlines().await?.deadlines;
    change(&mut view);
    world.admin().await.set_deadlines(view).await
}

pub async fn a_package_is_reminded_of_escalated_and_taken_out_once_each() -> Told {
    let mut world = room().await?;
    let boss = boss(&world).await?;
    set(&world, |view| view.escalate_to = EscalateToView::Person { person_id: boss.to_string() }).await?;
    let package = stored(&mut world).await?;
    let address = format!("p{}@example.com", owner(&world, package).0);
    hours(&mut world, 23).await?;
    assert_eq!(steps(&world, package).await?, []);
    hours(&mut world, 2).await?;
    assert_eq!(steps(&world, package).await?, [DeadlineStep::Reminder]);
    assert_eq!(subjects(&world, &address).await?.iter().filter(|s| s.starts_with("Reminder")).count(), 1);
    // The reminder's own code opens; the one before it does not, and is not needed.
    assert!(world.code_is_current(package).await?);
    hours(&mut world, 24).await?;
    let escalated = subjects(&world, "boss@example.com").await?;
    assert_eq!(escalated.len(), 1);
    assert!(escalated[0].starts_with("A package is still in compartment"), "{escalated:?}");
    let mail = world.staff().virtual_panel().await?.mails.into_iter().find(|m| m.to == "boss@example.com");
    let text = mail.ok_or("no mail")?.text;
    assert!(
        text.contains("Person") && !text.contains(world.codes[&package].as_str()),
        "whose, and no code: {text}"
    );
    hours(&mut world, 24).await?;
    assert_eq!(steps(&world, package).await?, DeadlineStep::ALL);
    let item = removal(&world, package).await?.ok_or("nothing to take out")?;
    assert_eq!(item.stage, RemovalStage::Inside);
    let task = item.task_id.parse()?;
    let said = world.staff().settle_task(task, domain::event::Outcome::Done).await;
    assert!(matches!(said, Err(Error::Refused(Refusal::WrongState))), "a word alone moves nothing");
    world.staff().removal(package).await?;
    world.pass(8_000).await?;
    assert_eq!(removal(&world, package).await?.ok_or("gone")?.stage, RemovalStage::InHand);
    world.staff().shelve(package, "C-12").await?;
    world.pass(3_000).await?;
    assert!(removal(&world, package).await?.is_none(), "done when it is on its shelf");
    let newest = subjects(&world, &address).await?.first().cloned().unwrap_or_default();
    assert!(newest.contains("has moved to the counter"), "{newest}");
    let candidates = world.staff().banks().await?;
    assert!(!candidates.is_empty());
    // At the counter it is reminded of and escalated again, and nothing more.
    hours(&mut world, 24 * 9).await?;
    let again = steps(&world, package).await?.split_off(3);
    assert_eq!(again, [DeadlineStep::Reminder, DeadlineStep::Escalation]);
    world.staff().hand_over(package, None).await?;
    world.verify().await?;
    Ok(())
}

pub async fn who_comes_in_the_middle_of_a_removal_is_served_first() -> Told {
    let mut world = room().await?;
    let first = stored(&mut world).await?;
    let (_, badge) = owner(&world, first);
    let second = loop {
        let package = stored(&mut world).await?;
        if world.recipients[&package] == world.recipients[&first] {
            break package;
        }
    };
    hours(&mut world, 74).await?;
    assert!(removal(&world, first).await?.is_some() && removal(&world, second).await?.is_some());
    // She is at the kiosk: one door is open, the other waits for it. Neither is taken from her.
    world.hold_hands = true;
    let state = world.kiosk().badge(&badge).await?;
    let hers: Vec<_> = items(&state).into_iter().map(|i| i.package).collect();
    assert_eq!(hers.len(), 2);
    for package in [first, second] {
        let said = world.staff().removal(package).await;
        assert!(matches!(said, Err(Error::Refused(Refusal::OwnerIsHere))), "{said:?}");
    }
    world.hold_hands = false;
    world.pass(1_000).await?;
    for channel in world.boards.open_doors() {
        world.boards.shut(channel);
    }
    world.pass(60_000).await?;
    for package in [first, second] {
        assert_eq!(world.law.packages.get(&package), Some(&Place::Gone), "she has it");
        assert!(removal(&world, package).await?.is_none(), "and nobody is asked to take it out");
    }
    assert_eq!(tasks(&world, TaskName::Removal).await?, removals_left(&world).await?);
    world.verify().await?;
    Ok(())
}

async fn removals_left(world: &World) -> Result<usize, Error> {
    Ok(world.staff().removals().await?.len())
}

pub async fn a_removal_that_a_power_cut_interrupts_is_told_truly() -> Told {
    let mut world = room().await?;
    let package = stored(&mut world).await?;
    hours(&mut world, 74).await?;
    world.hold_hands = true;
    world.staff().removal(package).await?;
    world.power.as_ref().ok_or("no power")?.cut_after(1);
    world.pass(2_000).await?;
    if world.power_is_off() {
        world.restore_power().await?;
    }
    world.pass(5_000).await?;
    let state = world.station().package_view(package).await?.state;
    assert!(matches!(state, PackageState::Stored), "nobody has seen it taken out: {state:?}");
    let item = removal(&world, package).await?.ok_or("the task is gone")?;
    assert_eq!(item.stage, RemovalStage::Inside);
    world.hold_hands = false;
    for channel in world.boards.open_doors() {
        world.boards.shut(channel);
    }
    world.pass(5_000).await?;
    world.tidy().await?;
    assert_eq!(steps(&world, package).await?, DeadlineStep::ALL, "none came twice");
    world.verify().await?;
    Ok(())
}

pub async fn a_hold_pauses_deadlines() -> Told {
    let mut world = room().await?;
    let package = stored(&mut world).await?;
    hours(&mut world, 10).await?;
    let until = Wall(world.station().now().0 + 5 * DAY);
    let hold = world.staff().set_hold(world.recipients[&package], None, until).await?;
    hours(&mut world, 4 * 24).await?;
    assert_eq!(steps(&world, package).await?, []);
    // Back a day early: fourteen hours are left.
    world.staff().end_hold(hold).await?;
    hours(&mut world, 13).await?;
    assert_eq!(steps(&world, package).await?, []);
    hours(&mut world, 2).await?;
    assert_eq!(steps(&world, package).await?, [DeadlineStep::Reminder]);
    Ok(())
}

/// Fault 27 for deadlines: by years, either way, over a restart, and believed in the end.
pub async fn a_clock_that_jumps_for_years_fires_nothing() -> Told {
    for years in [-20, 20] {
        let mut world = room().await?;
        let package = stored(&mut world).await?;
        hours(&mut world, 5).await?;
        world.time.wrong_by(years * 365 * DAY);
        hours(&mut world, 5).await?;
        world.stop().await;
        world.begin_again().await?;
        hours(&mut world, 5).await?;
        assert_eq!(steps(&world, package).await?, [], "{years} years");
        // Staff believe it: what it went past did not pass.
        let all = world.staff().tasks().await?;
        let task = all.iter().find(|t| t.kind == TaskName::ClockDoubted).ok_or("nobody heard of it")?;
        world.staff().settle_task(task.id.parse()?, domain::event::Outcome::Done).await?;
        hours(&mut world, 5).await?;
        assert_eq!(steps(&world, package).await?, [], "{years} years, and believed");
        if years > 0 {
            // Over a start in doubt, what passed since the last event before it is not counted: later, never sooner.
            hours(&mut world, 12).await?;
            assert_eq!(steps(&world, package).await?, [DeadlineStep::Reminder], "after its 24 hours");
            let code = world.codes.get(&package).cloned().ok_or("no code")?;
            world.kiosk().enter_code(&code).await?;
            world.pass(8_000).await?;
            assert_eq!(world.law.packages.get(&package), Some(&Place::Gone), "and its code is still good");
        }
        world.verify().await?;
    }
    Ok(())
}

/// Off for a week, started again and again: what came due meanwhile comes once.
pub async fn over_restarts_each_deadline_comes_once() -> Told {
    let mut world = room().await?;
    let package = stored(&mut world).await?;
    for days in [1, 7] {
        world.stop().await;
        world.pass_away(days * DAY + MINUTE);
        world.begin_again().await?;
        world.pass(5_000).await?;
        world.kill().await?;
        world.pass(5_000).await?;
    }
    assert_eq!(steps(&world, package).await?, DeadlineStep::ALL);
    world.verify().await?;
    Ok(())
}

pub async fn business_days_and_rules_are_heeded_and_what_was_told_holds() -> Told {
    let mut world = room().await?;
    let days = StepsView { unit: UnitName::BusinessDays, reminder: Some(1), escalation: None, removal: 2 };
    set(&world, |view| {
        view.site = days.clone();
        view.business.zone = "America/New_York".into();
        view.business.weekdays = vec![true; 7];
        // The simulation begins on 15 January 2027.
        view.business.holidays = vec!["2027-01-16".into(), "2027-01-17".into()];
    })
    .await?;
    let package = stored(&mut world).await?;
    hours(&mut world, 48).await?;
    assert_eq!(steps(&world, package).await?, [], "two holidays");
    hours(&mut world, 26).await?;
    assert_eq!(steps(&world, package).await?, [DeadlineStep::Reminder]);
    // A shorter rule does not take it out sooner than its recipient was told.
    set(&world, |view| {
        view.site = StepsView { unit: UnitName::Hours, reminder: Some(1), escalation: None, removal: 2 }
    })
    .await?;
    hours(&mut world, 20).await?;
    assert_eq!(steps(&world, package).await?, [DeadlineStep::Reminder]);
    hours(&mut world, 6).await?;
    assert_eq!(steps(&world, package).await?, [DeadlineStep::Reminder, DeadlineStep::Removal]);
    Ok(())
}

pub async fn what_does_not_keep_is_told_at_once_and_lies_in_no_warm_compartment() -> Told {
    let mut world = room().await?;
    let (recipient, _) = world.people[0].clone();
    let intake = Received {
        tracking_number: "FISH000001".into(),
        recipient,
        size: PackageSize::S,
        handling: vec![Handling::Perishable],
        note: None,
    };
    let package: PackageId = world.staff().receive(intake).await?.id.parse()?;
    assert!(matches!(
        world.staff().deposit(package, None).await,
        Err(Error::Refused(Refusal::NoCompartment))
    ));
    let warm = world.channels.keys().next().copied();
    let said = world.staff().deposit(package, warm).await;
    assert!(matches!(said, Err(Error::Refused(Refusal::NeedsCold))), "{said:?}");
    world.staff().shelve(package, "Fridge").await?;
    world.pass(3_000).await?;
    let told = subjects(&world, "p0@example.com").await?;
    assert_eq!(told, ["Perishable: your package is at the counter"]);
    hours(&mut world, 5).await?;
    assert_eq!(steps(&world, package).await?, [DeadlineStep::Reminder, DeadlineStep::Escalation]);
    assert_eq!(tasks(&world, TaskName::Escalation).await?, 1, "nobody's manager is known: staff hear of it");
    world.staff().hand_over(package, None).await?;
    assert_eq!(tasks(&world, TaskName::Escalation).await?, 0);
    Ok(())
}
