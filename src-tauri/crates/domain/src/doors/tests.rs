use super::*;
use proptest::prelude::*;
use uuid::Uuid;

fn bank() -> BankId {
    BankId(Uuid::from_u128(1))
}
fn door(n: u128) -> CompartmentId {
    CompartmentId(Uuid::from_u128(100 + n))
}
fn opening(n: u128) -> OpeningId {
    OpeningId(Uuid::from_u128(1000 + n))
}

/// A board of eight doors and the loop, on a clock of its own.
struct Bench {
    doors: Doors,
    now: i64,
    open: [bool; 8],
    told: Vec<Fact>,
    sent: Vec<OpeningId>,
}

impl Bench {
    fn new() -> Bench {
        let mut doors = Doors::default();
        doors.declare(bank(), &(0..8).map(door).collect::<Vec<_>>());
        Bench { doors, now: 0, open: [false; 8], told: vec![], sent: vec![] }
    }
    fn online() -> Bench {
        let mut b = Bench::new();
        b.give(Input::LineUp { bank: bank(), generation: 1 });
        b.pass(2_000);
        b
    }
    fn give(&mut self, input: Input) {
        for effect in self.doors.step(input, Mono(self.now)) {
            match effect {
                Effect::Record(fact) => self.told.push(fact),
                Effect::Transmit { opening, .. } => self.sent.push(opening),
                Effect::Watch { .. } => {}
            }
        }
    }
    fn read(&mut self, generation: u64) {
        let doors = (0..8)
            .map(|n| (door(n as u128), if self.open[n] { Reading::Open } else { Reading::Closed }))
            .collect();
        self.give(Input::Readings { bank: bank(), generation, doors });
    }
    fn pass(&mut self, ms: i64) {
        self.pass_on(ms, 1);
    }
    fn pass_on(&mut self, ms: i64, generation: u64) {
        for _ in 0..ms / 50 {
            self.now += 50;
            self.read(generation);
        }
    }
    fn begin(&mut self, n: u128) {
        let authorised = Mono(self.now);
        self.give(Input::Begin(Begin { opening: opening(n), compartment: door(n), authorised }));
    }
    fn progress(&mut self, n: u128, progress: Progress) {
        self.give(Input::Progress { opening: opening(n), progress });
    }
    fn told(&self, fact: &Fact) -> bool {
        self.told.contains(fact)
    }
}

#[test]
fn sent_acknowledged_and_seen_open_are_three_facts_and_shut_is_a_fourth() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.progress(0, Progress::Acknowledged(Some(Reading::Closed)));
    b.open[0] = true;
    b.pass(100);
    b.open[0] = false;
    b.pass(400);
    assert_eq!(
        b.told,
        [
            Fact::Sent { opening: opening(0), attempt: 1 },
            Fact::Acknowledged { opening: opening(0) },
            Fact::Opened { opening: opening(0), recovered: false },
            Fact::Closed { opening: opening(0) },
        ]
    );
}

#[test]
fn fault_17_a_jam_is_not_opened_and_never_resent() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.progress(0, Progress::Acknowledged(None));
    b.pass(3_000);
    assert!(b.told(&Fact::NotOpened { opening: opening(0), why: NotOpened::Jammed }));
    assert_eq!(b.sent.len(), 1);
}

#[test]
fn fault_16_no_answer_is_retried_once_and_only_on_a_closed_reading() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.now += 1_000;
    b.progress(0, Progress::NoAnswer);
    assert_eq!(b.sent.len(), 1, "no reading yet: nothing is sent");
    b.pass(50);
    assert_eq!(b.sent.len(), 2);
    b.progress(0, Progress::Sent);
    b.now += 300;
    b.progress(0, Progress::NoAnswer);
    b.pass(4_000);
    assert_eq!(b.sent.len(), 2);
    assert!(b.told(&Fact::NotOpened { opening: opening(0), why: NotOpened::NoAnswer }));
}

#[test]
fn fault_16_a_silent_board_leaves_it_unknown_and_unsent_again() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.now += 1_500;
    b.progress(0, Progress::NoAnswer);
    b.now += 3_000;
    b.give(Input::Tick);
    assert!(b.told(&Fact::Unknown { opening: opening(0), why: Unknown::NoReading }));
    assert_eq!(b.sent.len(), 1);
}

#[test]
fn fault_10_a_cable_pulled_after_the_frame_is_unknown_until_the_sensor_tells() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.give(Input::LineDown { bank: bank() });
    assert!(b.told(&Fact::Unknown { opening: opening(0), why: Unknown::LineLost }));
    assert_eq!(b.doors.door(door(0)), Door::Unknown);
    b.give(Input::LineUp { bank: bank(), generation: 2 });
    b.open[0] = true;
    b.pass_on(2_000, 2);
    assert!(b.told(&Fact::Opened { opening: opening(0), recovered: true }));
    assert_eq!(b.sent.len(), 1, "a re-open only asks");
}

#[test]
fn fault_09_a_pulled_cable_refuses_at_once() {
    let mut b = Bench::online();
    b.give(Input::LineDown { bank: bank() });
    b.begin(0);
    assert!(b.told(&Fact::NotOpened { opening: opening(0), why: NotOpened::Offline }));
    assert!(b.sent.is_empty());
}

#[test]
fn after_a_restart_the_sensor_is_asked_and_nothing_is_sent() {
    for (open, fact) in [
        (true, Fact::Opened { opening: opening(0), recovered: true }),
        (false, Fact::Unknown { opening: opening(0), why: Unknown::Restart }),
    ] {
        let mut b = Bench::new();
        b.give(Input::Recover { opening: opening(0), compartment: door(0), unsettled: Unsettled::NotSeen });
        b.open[0] = open;
        b.give(Input::LineUp { bank: bank(), generation: 1 });
        b.pass(2_000);
        assert!(b.told(&fact), "{:?}", b.told);
        assert!(b.sent.is_empty());
    }
}

#[test]
fn a_pickup_seen_open_before_a_restart_ends_when_the_door_is_found_shut() {
    let mut b = Bench::new();
    b.give(Input::Recover { opening: opening(0), compartment: door(0), unsettled: Unsettled::SeenOpen });
    b.give(Input::LineUp { bank: bank(), generation: 1 });
    b.pass(2_000);
    assert_eq!(b.told, [Fact::Closed { opening: opening(0) }]);
}

#[test]
fn fault_23_an_open_edge_of_nobody_is_an_alarm_once() {
    let mut b = Bench::online();
    b.open[3] = true;
    b.pass(1_000);
    let alarm = Fact::Alarm { alarm: AlarmKind::Forced, bank: bank(), compartment: Some(door(3)) };
    assert_eq!(b.told, [alarm]);
    b.pass(AJAR + 1_000);
    assert_eq!(b.told.len(), 2, "and ajar, once: {:?}", b.told);
}

#[test]
fn fault_20_a_flicker_is_no_alarm() {
    let mut b = Bench::online();
    for _ in 0..6 {
        b.open[3] = !b.open[3];
        b.pass(100);
    }
    assert_eq!(b.told, []);
}

#[test]
fn fault_18_another_door_than_asked_is_a_wrong_door() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.open[1] = true;
    b.pass(500);
    let alarm = AlarmKind::WrongDoor;
    assert!(b.told(&Fact::Alarm { alarm, bank: bank(), compartment: Some(door(1)) }));
}

#[test]
fn fault_14_a_rebooting_board_that_reads_all_alike_moves_no_package() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.open[0] = true;
    b.pass(300);
    b.open = [true; 8];
    b.pass(1_000);
    b.open = [false; 8];
    b.open[0] = true;
    b.pass(5_000);
    assert!(!b.told.iter().any(|f| matches!(f, Fact::Alarm { .. } | Fact::Closed { .. })), "{:?}", b.told);
}

#[test]
fn a_door_that_gives_way_late_is_still_this_opening() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.progress(0, Progress::Acknowledged(None));
    b.pass(4_000);
    b.open[0] = true;
    b.pass(100);
    assert!(b.told(&Fact::Opened { opening: opening(0), recovered: false }));
    assert!(!b.told.iter().any(|f| matches!(f, Fact::Alarm { .. })));
}

/// A reboot that the unlock pulse itself caused: before the sweep shows that every door reads open, the watched door
/// alone does.
#[test]
fn fault_14_a_board_that_restarts_from_the_pulse_has_not_opened_the_door() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.now += 1_500;
    b.progress(0, Progress::NoAnswer);
    let doors = vec![(door(0), Reading::Open)];
    for _ in 0..3 {
        b.now += 50;
        b.give(Input::Readings { bank: bank(), generation: 1, doors: doors.clone() });
    }
    b.open = [true; 8];
    b.pass(1_000);
    b.open = [false; 8];
    b.pass(5_000);
    assert!(!b.told.iter().any(|f| matches!(f, Fact::Opened { .. } | Fact::Closed { .. })), "{:?}", b.told);
}

/// What nobody could see is not told as "it did not open": the parcel may be gone.
#[test]
fn fault_14_a_door_that_opened_and_shut_while_the_board_rebooted_is_unknown() {
    let mut b = Bench::online();
    b.open = [true; 8];
    b.pass(300);
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.progress(0, Progress::Acknowledged(None));
    b.pass(1_000);
    b.open = [false; 8];
    b.pass(5_000);
    assert!(b.told.iter().any(|f| matches!(f, Fact::Unknown { .. })), "{:?}", b.told);
    assert!(!b.told.iter().any(|f| matches!(f, Fact::NotOpened { .. })), "{:?}", b.told);
}

/// Where 0 means shut, a rebooting board says that the door a person stands at was shut.
#[test]
fn fault_14_a_board_back_from_silence_is_not_believed_at_once() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.progress(0, Progress::Acknowledged(None));
    b.open[0] = true;
    b.pass(500);
    b.give(Input::BoardSilent { bank: bank() });
    b.open = [false; 8];
    b.pass(800);
    b.open[0] = true;
    b.pass(3_000);
    assert!(!b.told.contains(&Fact::Closed { opening: opening(0) }), "{:?}", b.told);
    b.open[0] = false;
    b.pass(1_000);
    assert!(b.told(&Fact::Closed { opening: opening(0) }));
}

/// With the polarity the wrong way round every shut door reads open, and an opening door would read as shut: a package
/// "collected". So nothing is opened until most doors read shut.
#[test]
fn a_bank_that_reads_open_at_first_contact_is_held_as_implausible() {
    let mut b = Bench::new();
    b.open = [true; 8];
    b.give(Input::LineUp { bank: bank(), generation: 1 });
    b.pass(500);
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.progress(0, Progress::Acknowledged(Some(Reading::Open)));
    b.open[0] = false;
    b.pass(5_000);
    let alarm = Fact::Alarm { alarm: AlarmKind::Implausible, bank: bank(), compartment: None };
    assert_eq!(b.told.iter().filter(|f| **f == alarm).count(), 1, "{:?}", b.told);
    assert!(!b.told.iter().any(|f| matches!(f, Fact::Opened { .. } | Fact::Closed { .. })), "{:?}", b.told);
    assert!(!b.doors.online(bank()) && b.doors.settled());
    assert_eq!(b.doors.door(door(3)), Door::Unknown);
    b.begin(1);
    assert!(b.told(&Fact::NotOpened { opening: opening(1), why: NotOpened::Offline }));
    assert_eq!(b.sent.len(), 1);
    // The doors are shut one by one, or the setting is put right.
    b.open = [false; 8];
    b.pass(2_000);
    assert!(b.doors.online(bank()));
    assert!(matches!(b.doors.door(door(3)), Door::Closed { .. }));
    assert!(!b.told.iter().any(|f| matches!(f, Fact::Closed { .. })));
}

#[test]
fn fault_10_nothing_is_sent_on_a_port_that_was_opened_again() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.progress(0, Progress::NoAnswer);
    b.give(Input::LineDown { bank: bank() });
    b.give(Input::LineUp { bank: bank(), generation: 2 });
    b.pass_on(1_500, 2);
    assert_eq!(b.sent.len(), 1);
}

#[test]
fn fault_15_late_answers_complete_no_newer_opening() {
    let mut b = Bench::online();
    let begin = |b: &mut Bench, n| {
        let authorised = Mono(b.now);
        b.give(Input::Begin(Begin { opening: opening(n), compartment: door(0), authorised }));
        b.progress(n, Progress::Sent);
    };
    begin(&mut b, 0);
    b.progress(0, Progress::Acknowledged(None));
    b.pass(3_000);
    assert!(b.told(&Fact::NotOpened { opening: opening(0), why: NotOpened::Jammed }));
    begin(&mut b, 1);
    // The first opening's answer, and readings of before the port was opened.
    b.progress(0, Progress::Acknowledged(Some(Reading::Open)));
    b.open[0] = true;
    b.pass_on(500, 0);
    b.open[0] = false;
    b.pass(5_000);
    let of_second: Vec<&Fact> = b.told.iter().filter(|f| f.opening() == Some(opening(1))).collect();
    assert_eq!(
        of_second,
        [
            &Fact::Sent { opening: opening(1), attempt: 1 },
            &Fact::NotOpened { opening: opening(1), why: NotOpened::NoAnswer },
        ]
    );
}

/// Two failed openings in a row, the second by another person; the door is good again when it is seen open.
fn suspect_after_two(progress: Progress, why: NotOpened) {
    let mut b = Bench::online();
    for n in 0..2 {
        let authorised = Mono(b.now);
        b.give(Input::Begin(Begin { opening: opening(n), compartment: door(0), authorised }));
        b.progress(n, Progress::Sent);
        b.progress(n, progress);
        assert!(!b.told(&Fact::Suspect { compartment: door(0), suspect: true }));
        b.pass(3_000);
        assert!(b.told(&Fact::NotOpened { opening: opening(n), why }), "{:?}", b.told);
    }
    assert!(b.told(&Fact::Suspect { compartment: door(0), suspect: true }));
    let authorised = Mono(b.now);
    b.give(Input::Begin(Begin { opening: opening(9), compartment: door(0), authorised }));
    b.progress(9, Progress::Sent);
    b.progress(9, Progress::Acknowledged(Some(Reading::Open)));
    assert!(b.told(&Fact::Suspect { compartment: door(0), suspect: false }));
}

#[test]
fn fault_16_a_door_whose_board_says_no_twice_is_suspect() {
    suspect_after_two(Progress::Refused, NotOpened::NoAnswer);
}

#[test]
fn fault_19_a_sensor_stuck_closed_is_suspect_after_two_acknowledged_openings() {
    suspect_after_two(Progress::Acknowledged(Some(Reading::Closed)), NotOpened::Jammed);
}

#[test]
fn fault_20_a_door_that_flaps_is_suspect_once() {
    let mut b = Bench::online();
    for _ in 0..60 {
        b.open[3] = !b.open[3];
        b.pass(100);
    }
    assert_eq!(b.told, [Fact::Suspect { compartment: door(3), suspect: true }]);
}

#[test]
fn fault_20_a_sensor_stuck_open_reads_as_a_door_that_is_never_shut() {
    let mut b = Bench::online();
    b.open[3] = true;
    b.pass(AJAR + 1_000);
    assert!(matches!(b.doors.door(door(3)), Door::Open { .. }));
    let kinds = [AlarmKind::Forced, AlarmKind::Ajar];
    let alarms = kinds.map(|alarm| Fact::Alarm { alarm, bank: bank(), compartment: Some(door(3)) });
    assert_eq!(b.told, alarms);
}

#[test]
fn fault_21_a_door_left_ajar_frees_nothing_and_is_an_alarm_once() {
    let mut b = Bench::online();
    b.begin(0);
    b.progress(0, Progress::Sent);
    b.progress(0, Progress::Acknowledged(Some(Reading::Open)));
    b.open[0] = true;
    b.pass(AJAR - 1_000);
    let alarm = Fact::Alarm { alarm: AlarmKind::Ajar, bank: bank(), compartment: Some(door(0)) };
    assert!(!b.told(&alarm));
    b.pass(AJAR);
    assert_eq!(b.told.iter().filter(|f| **f == alarm).count(), 1);
    assert!(b.doors.busy(door(0)) && !b.told(&Fact::Closed { opening: opening(0) }));
    b.open[0] = false;
    b.pass(500);
    assert!(b.told(&Fact::Closed { opening: opening(0) }));
}

#[derive(Clone, Debug)]
enum Act {
    Begin(u8),
    Progress(u8, u8),
    Move(u8),
    Down,
    Up,
    Silent,
    Pass(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0u8..8).prop_map(Act::Begin),
        (0u8..8, 0u8..5).prop_map(|(n, p)| Act::Progress(n, p)),
        (0u8..8).prop_map(Act::Move),
        Just(Act::Down),
        Just(Act::Up),
        Just(Act::Silent),
        (50u16..6_000).prop_map(Act::Pass),
    ]
}

/// I1, I3 and I4 of the unlock rule, whatever people, boards and cables do.
#[test]
fn fuzz_the_rule_holds() {
    fuzz::fuzz(&proptest::collection::vec(act(), 1..60), |acts| {
        let mut b = Bench::new();
        let mut generation = 1;
        let mut ids: Vec<(OpeningId, u128)> = vec![];
        b.give(Input::LineUp { bank: bank(), generation });
        for act in acts {
            match act {
                Act::Begin(n) => {
                    let place = door(u128::from(n));
                    if b.doors.busy(place) {
                        continue;
                    }
                    let id = OpeningId(Uuid::from_u128(5_000 + ids.len() as u128));
                    ids.push((id, u128::from(n)));
                    b.give(Input::Begin(Begin { opening: id, compartment: place, authorised: Mono(b.now) }));
                }
                Act::Progress(n, p) => {
                    let Some((id, _)) = ids.iter().rev().find(|(_, d)| *d == u128::from(n)).copied() else {
                        continue;
                    };
                    let progress = match p {
                        0 => Progress::NotSent(NotOpened::Offline),
                        1 => Progress::Sent,
                        2 => Progress::Acknowledged(None),
                        3 => Progress::Refused,
                        _ => Progress::NoAnswer,
                    };
                    b.give(Input::Progress { opening: id, progress });
                }
                Act::Move(n) => b.open[usize::from(n)] = !b.open[usize::from(n)],
                Act::Down => b.give(Input::LineDown { bank: bank() }),
                Act::Silent => b.give(Input::BoardSilent { bank: bank() }),
                Act::Up => {
                    generation += 1;
                    b.give(Input::LineUp { bank: bank(), generation });
                }
                Act::Pass(ms) => b.pass_on(i64::from(ms), generation),
            }
        }
        for (id, _) in &ids {
            let frames = b.sent.iter().filter(|s| *s == id).count();
            prop_assert!(frames <= 2, "{frames} frames for one act");
            let at = |want: fn(&Fact) -> Option<OpeningId>| b.told.iter().position(|f| want(f) == Some(*id));
            let opened = at(|f| match f {
                Fact::Opened { opening, .. } => Some(*opening),
                _ => None,
            });
            let closed = at(|f| match f {
                Fact::Closed { opening } => Some(*opening),
                _ => None,
            });
            if let Some(closed) = closed {
                prop_assert!(opened.is_some_and(|o| o < closed), "closed without opened");
            }
            for end in [
                |f: &Fact| matches!(f, Fact::Opened { .. }),
                |f: &Fact| matches!(f, Fact::Closed { .. }),
                |f: &Fact| matches!(f, Fact::NotOpened { .. }),
            ] {
                let told = b.told.iter().filter(|f| end(f) && f.opening() == Some(*id)).count();
                prop_assert!(told <= 1, "told twice");
            }
        }
        Ok(())
    });
}
