//! The proof: no door opens twice or late for one act, nothing acknowledged is lost, and the record says what
//! happened, whatever fails in the middle. The shipping core on a real SQLite file, in simulated time.
//!
//! A bounded part runs with every test; `npm run proof` runs the long one. `CUBBY_PROOF_SEED` replays one run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod boards;
mod book;
mod clock;
mod days;
mod deadlines;
mod dice;
mod faults;
mod law;
mod power;
mod world;
mod year;

use std::time::Instant;
use world::World;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Days by chance, many seeds side by side; with CUBBY_PROOF_MINUTES no seed is begun after so long.
#[test]
fn days_in_the_parcel_room() {
    let days = u32::try_from(setting("CUBBY_PROOF_DAYS", 3)).unwrap();
    let first = setting("CUBBY_PROOF_SEED", 1);
    let seeds =
        if std::env::var_os("CUBBY_PROOF_SEED").is_some() { 1 } else { setting("CUBBY_PROOF_SEEDS", 8) };
    let minutes = setting("CUBBY_PROOF_MINUTES", u64::MAX);
    let began = Instant::now();
    let next = std::sync::atomic::AtomicU64::new(first);
    // More than cores: each waits for its file's own thread half of the time.
    let workers = std::thread::available_parallelism().map_or(4, |cores| 2 * usize::from(cores));
    let total = std::sync::Mutex::new(std::collections::BTreeMap::<&str, u64>::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    if seed >= first + seeds || began.elapsed().as_secs() / 60 >= minutes {
                        return;
                    }
                    let (outcome, counts, steps) = run(async {
                        let mut world = World::new(seed, true).await;
                        let outcome = days::live(&mut world, days, 30).await;
                        let outcome = match outcome {
                            Err(broken) => {
                                let tale = world.tale(&broken).await;
                                Err(format!("{broken}\n{tale}the data is in {}", world.keep_folder().display()))
                            }
                            Ok(()) => Ok(()),
                        };
                        world.stop().await;
                        (outcome, std::mem::take(&mut world.law.counts), world.steps)
                    });
                    if let Err(broken) = outcome {
                        panic!("seed {seed}: {broken}\nreplay with CUBBY_PROOF_SEED={seed} CUBBY_PROOF_DAYS={days}");
                    }
                    let mut total = total.lock().unwrap();
                    *total.entry("seeds").or_default() += 1;
                    *total.entry("steps").or_default() += steps;
                    for (what, n) in counts {
                        *total.entry(what).or_default() += n;
                    }
                }
            });
        }
    });
    let passed = began.elapsed().as_secs_f64();
    let mut total = total.into_inner().unwrap();
    let seeds = total.remove("seeds").unwrap_or_default();
    let lived = u64::from(days) * seeds;
    println!(
        "{lived} days by {seeds} seeds in {passed:.1} s: {:.0} days a minute, {total:?}",
        lived as f64 / passed * 60.0
    );
}

/// A busy site: a quiet week with every test, `npm run proof -- year` a whole year of 200 packages a day.
#[test]
fn a_year_of_deadlines() {
    let (days, packages) = (setting("CUBBY_YEAR_DAYS", 8), setting("CUBBY_YEAR_PACKAGES", 15));
    let began = Instant::now();
    let lived = run(year::lived(days, i64::try_from(packages).unwrap(), setting("CUBBY_PROOF_SEED", 1)));
    match lived {
        Ok(counts) => println!("{days} days in {:.1} s: {counts:?}", began.elapsed().as_secs_f64()),
        Err(broken) => panic!("{broken}"),
    }
}

/// The power goes at every writing call of intake, deposit, both pickups, removal and re-issue.
#[test]
fn fault_01_02_03_04_power_cuts_at_every_write() {
    // One in so many; each seed begins at another, so that seeds together try them all.
    let every = setting("CUBBY_PROOF_EVERY", 7);
    let seeds = setting("CUBBY_PROOF_CUT_SEEDS", 1);
    let began = Instant::now();
    let mut all = 0;
    for deed in power::DEEDS {
        for seed in 0..seeds {
            match run(power::cut_everywhere(deed, seed, every)) {
                Ok(cuts) => all += cuts,
                Err(broken) => panic!("seed {seed}: {broken}"),
            }
        }
    }
    println!(
        "{all} power cuts in {:.1} s: nothing lost, nothing doubled, nothing late",
        began.elapsed().as_secs_f64()
    );
    assert!(all > 10, "the power was never cut");
}

/// A test for each told fault.
macro_rules! told {
    ($($fault:ident),* $(,)?) => { $(
        #[test]
        fn $fault() {
            if let Err(broken) = run(faults::$fault()) {
                panic!("{broken}");
            }
        }
    )* };
}

told!(
    fault_03_a_frame_whose_end_nobody_saw,
    fault_03_a_door_that_gives_way_while_nothing_runs_is_looked_into,
    fault_06_a_sync_that_failed_once_is_never_forgiven,
    fault_21_a_door_left_ajar_frees_nothing_and_is_an_alarm_after_five_minutes,
    fault_22_shut_too_soon_it_opens_again_for_ninety_seconds_and_no_longer,
    fault_24_two_people_at_the_same_moment,
    fault_25_a_badge_read_twice_is_one_act,
    fault_26_guessing_is_slowed_over_restarts_and_a_badge_still_works,
    fault_27_a_clock_that_jumps_expires_nothing,
    fault_28_asleep_for_a_night,
    fault_35_killed_between_sending_and_noting_it,
    fault_42_removal_against_the_owner,
);

/// A test for each promise of the deadlines.
macro_rules! promised {
    ($($promise:ident),* $(,)?) => { $(
        #[test]
        fn $promise() {
            if let Err(broken) = run(deadlines::$promise()) {
                panic!("{broken}");
            }
        }
    )* };
}

promised!(
    a_package_is_reminded_of_escalated_and_taken_out_once_each,
    who_comes_in_the_middle_of_a_removal_is_served_first,
    a_removal_that_a_power_cut_interrupts_is_told_truly,
    a_hold_pauses_deadlines,
    a_clock_that_jumps_for_years_fires_nothing,
    over_restarts_each_deadline_comes_once,
    business_days_and_rules_are_heeded_and_what_was_told_holds,
    what_does_not_keep_is_told_at_once_and_lies_in_no_warm_compartment,
);
