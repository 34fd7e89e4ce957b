//! The line against the virtual bank, over a cable in memory. Waiting is for events, never for time.

use std::io::{Read, Write};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::*;
use crate::simulate::{Fault, VirtualBank, VirtualSettings};

const PATIENCE: Duration = Duration::from_secs(8);

struct Bench {
    bank: VirtualBank,
    line: Line,
    events: Receiver<LineEvent>,
    generation: u64,
}

fn settings(name: &str, status_order: Option<StatusOrder>) -> LineSettings {
    LineSettings {
        port: PortAddress::Virtual(name.into()),
        driver: DriverKind::Bcc8a,
        baud: 9600,
        boards: vec![BoardSettings { board: 1, channels: (1..=8).collect(), closed_bit: 1, status_order }],
    }
}

fn bank(name: &str) -> VirtualBank {
    let status_order = StatusOrder::LastByteFirst;
    let bank = VirtualBank::new(VirtualSettings { board: 1, channels: 8, closed_bit: 1, status_order });
    bank.register(name);
    bank
}

impl Bench {
    fn new(name: &str) -> Self {
        Self::with(bank(name), settings(name, Some(StatusOrder::LastByteFirst)))
    }

    fn with(bank: VirtualBank, settings: LineSettings) -> Self {
        let (tell, events) = mpsc::channel();
        let line = Line::start(settings, move |event| tell.send(event).unwrap_or_default());
        let mut bench = Self { bank, line, events, generation: 0 };
        bench.wait_up();
        bench
    }

    fn wait<T>(&self, what: &str, mut pick: impl FnMut(LineEvent) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left).unwrap_or_else(|_| panic!("no {what} in time"));
            if let Some(found) = pick(event) {
                return found;
            }
        }
    }

    fn wait_up(&mut self) {
        self.generation = self.wait("Up", |event| match event {
            LineEvent::Up { generation } => Some(generation),
            _ => None,
        });
    }

    fn wait_answers(&self) {
        self.wait("BoardAnswers", |event| (event == LineEvent::BoardAnswers { board: 1 }).then_some(()));
    }

    fn wait_down(&self) -> DeviceError {
        self.wait("Down", |event| match event {
            LineEvent::Down { why, .. } => Some(why),
            _ => None,
        })
    }

    fn wait_door(&self, channel: u8, reading: DoorReading) {
        self.wait("reading", |event| match event {
            LineEvent::Doors { readings, .. } => readings.contains(&(channel, reading)).then_some(()),
            _ => None,
        });
    }

    fn request(&self, ticket: u64, channel: u8) -> UnlockRequest {
        let deadline = Instant::now() + Duration::from_secs(2);
        UnlockRequest { ticket, board: 1, channel, generation: self.generation, deadline }
    }

    fn progress(&self, ticket: u64) -> UnlockProgress {
        self.wait("progress", |event| match event {
            LineEvent::Unlock { ticket: t, progress } if t == ticket => Some(progress),
            _ => None,
        })
    }

    /// Sends and gives the outcome after `Sent`.
    fn unlock(&self, ticket: u64, channel: u8) -> UnlockProgress {
        self.line.unlock(self.request(ticket, channel));
        assert!(matches!(self.progress(ticket), UnlockProgress::Sent { .. }));
        self.progress(ticket)
    }

    fn not_sent(&self, request: UnlockRequest) -> NotSentWhy {
        let ticket = request.ticket;
        self.line.unlock(request);
        match self.progress(ticket) {
            UnlockProgress::NotSent { why } => why,
            other => panic!("{other:?}"),
        }
    }
}

const OPENED: UnlockProgress = UnlockProgress::Acknowledged { reading: Some(DoorReading::Open) };

#[test]
fn a_door_is_unlocked_seen_open_and_seen_shut() {
    let bench = Bench::new("round-trip");
    bench.wait_door(3, DoorReading::Closed);
    bench.line.watch(1, 3, true);
    assert_eq!(bench.unlock(1, 3), OPENED);
    bench.wait_door(3, DoorReading::Open);
    bench.bank.shut(3);
    bench.wait_door(3, DoorReading::Closed);
    assert_eq!(bench.bank.unlocks().len(), 1);
}

#[test]
fn fault_17_a_jammed_door_is_acknowledged_and_reads_shut() {
    let bench = Bench::new("jam");
    bench.bank.jam(2, true);
    let closed = UnlockProgress::Acknowledged { reading: Some(DoorReading::Closed) };
    assert_eq!(bench.unlock(1, 2), closed);
}

#[test]
fn fault_23_a_forced_door_is_seen_without_an_unlock() {
    let bench = Bench::new("forced");
    bench.wait_door(5, DoorReading::Closed);
    bench.bank.pull(5);
    bench.wait_door(5, DoorReading::Open);
}

#[test]
fn fault_16_silence_is_no_answer_and_the_line_does_not_try_again() {
    let bench = Bench::new("silence");
    bench.wait_answers();
    bench.bank.fault(Some(Fault::Silence));
    assert_eq!(bench.unlock(1, 1), UnlockProgress::NoAnswer);
    bench.wait("BoardSilent", |event| (event == LineEvent::BoardSilent { board: 1 }).then_some(()));
    bench.bank.fault(None);
    bench.wait_answers();
    assert_eq!(bench.bank.unlocks().len(), 1);
}

#[test]
fn fault_15_a_late_acknowledgement_completes_nothing_newer() {
    let bench = Bench::new("late");
    bench.wait_answers();
    bench.bank.fault(Some(Fault::LateReply));
    assert_eq!(bench.unlock(1, 1), UnlockProgress::NoAnswer);
    // The late answer to the first is still to come while the second waits for its own.
    bench.bank.fault(Some(Fault::AcknowledgementLost));
    assert_eq!(bench.unlock(2, 2), UnlockProgress::NoAnswer);
}

#[test]
fn fault_15_spoilt_acknowledgements_count_for_nothing() {
    for (name, fault) in [
        ("half", Fault::HalfFrame),
        ("check", Fault::WrongCheck),
        ("address", Fault::OtherAddress),
        ("lost", Fault::AcknowledgementLost),
    ] {
        let bench = Bench::new(name);
        bench.wait_answers();
        bench.bank.fault(Some(fault));
        assert_eq!(bench.unlock(1, 1), UnlockProgress::NoAnswer, "{fault:?}");
        bench.bank.fault(None);
        bench.wait_door(1, DoorReading::Open);
        assert_eq!(bench.bank.unlocks().len(), 1);
    }
}

#[test]
fn fault_15_acknowledgements_survive_noise() {
    for (name, fault) in [
        ("garbage", Fault::Garbage),
        ("chunks", Fault::TwoChunks),
        ("twice", Fault::TwoReplies),
        ("unsolicited", Fault::Unsolicited),
    ] {
        let bench = Bench::new(name);
        bench.bank.fault(Some(fault));
        assert_eq!(bench.unlock(1, 1), OPENED, "{fault:?}");
        bench.wait_door(1, DoorReading::Open);
    }
}

#[test]
fn fault_15_unsolicited_changes_are_doors() {
    let bench = Bench::new("changes");
    bench.wait_answers();
    bench.bank.fault(Some(Fault::Unsolicited));
    bench.wait("change", |event| match event {
        LineEvent::Doors { readings, .. } => (readings == [(8, DoorReading::Closed)]).then_some(()),
        _ => None,
    });
}

#[test]
fn fault_15_an_echo_is_not_taken_for_an_acknowledgement() {
    let name = "echo";
    let bank = bank(name);
    bank.fault(Some(Fault::Echo));
    let bench = Bench::with(bank, settings(name, Some(StatusOrder::LastByteFirst)));
    bench.wait_door(1, DoorReading::Closed);
    // The echo alone reads "channel 1, switch closed"; the true acknowledgement says open.
    assert_eq!(bench.unlock(1, 1), OPENED);
}

#[test]
fn fault_15_an_echo_from_a_dead_board_is_no_acknowledgement() {
    let name = "echo-dead";
    let bank = bank(name);
    bank.fault(Some(Fault::Echo));
    let line = LineSettings {
        // Nobody has this address, so there is an echo and nothing else.
        boards: vec![BoardSettings { board: 9, channels: vec![1], closed_bit: 1, status_order: None }],
        ..settings(name, None)
    };
    let bench = Bench::with(bank, line);
    bench.line.unlock(UnlockRequest { board: 9, ..bench.request(1, 1) });
    assert!(matches!(bench.progress(1), UnlockProgress::Sent { .. }));
    assert_eq!(bench.progress(1), UnlockProgress::NoAnswer);
}

#[test]
fn an_old_generation_a_passed_deadline_and_a_strange_door_are_not_sent() {
    let bench = Bench::new("refused");
    let old = UnlockRequest { generation: bench.generation - 1, ..bench.request(1, 1) };
    assert_eq!(bench.not_sent(old), NotSentWhy::Generation);
    let late = UnlockRequest { deadline: Instant::now() - Duration::from_millis(1), ..bench.request(2, 1) };
    assert_eq!(bench.not_sent(late), NotSentWhy::Deadline);
    let board = UnlockRequest { board: 7, ..bench.request(3, 1) };
    assert_eq!(bench.not_sent(board), NotSentWhy::UnknownBoard);
    assert_eq!(bench.not_sent(bench.request(4, 0)), NotSentWhy::UnknownChannel);
    assert_eq!(bench.not_sent(bench.request(5, 9)), NotSentWhy::UnknownChannel);
    assert!(bench.bank.unlocks().is_empty());
}

#[test]
fn fault_09_a_pulled_cable_ends_the_generation_and_nothing_is_replayed() {
    let mut bench = Bench::new("cable");
    bench.wait_answers();
    bench.bank.plug(false);
    let old = bench.request(1, 1);
    assert_eq!(bench.not_sent(old), NotSentWhy::PortDown);
    bench.bank.plug(true);
    bench.wait_up();
    assert_eq!(bench.generation, 2);
    assert_eq!(bench.not_sent(UnlockRequest { ticket: 2, ..old }), NotSentWhy::Generation);
    assert!(bench.bank.unlocks().is_empty());
    assert_eq!(bench.unlock(3, 1), OPENED);
}

#[test]
fn fault_10_a_cable_pulled_after_sending_is_no_answer() {
    let mut bench = Bench::new("mid-reply");
    bench.wait_answers();
    bench.bank.fault(Some(Fault::AcknowledgementLost));
    bench.line.unlock(bench.request(1, 1));
    assert!(matches!(bench.progress(1), UnlockProgress::Sent { .. }));
    assert!(bench.bank.wait_unlocks(1, PATIENCE));
    bench.bank.plug(false);
    assert_eq!(bench.progress(1), UnlockProgress::NoAnswer);
    assert_eq!(bench.wait_down().kind, crate::DeviceErrorKind::Unplugged);
    bench.bank.fault(None);
    bench.bank.plug(true);
    bench.wait_up();
    bench.wait_door(1, DoorReading::Open);
    assert_eq!(bench.bank.unlocks().len(), 1);
    // Since the cable is back in, nothing but questions.
    let log = bench.bank.log();
    let unlock = log.iter().rposition(|(_, frame)| frame[0] == 0x8A).unwrap();
    assert!(log[unlock + 1..].iter().all(|(_, frame)| frame[0] == 0x80) && log.len() > unlock + 1);
}

#[test]
fn fault_10_a_cable_pulled_in_the_middle_of_the_answer_is_no_answer() {
    let mut bench = Bench::new("mid-frame");
    bench.wait_answers();
    bench.bank.fault(Some(Fault::UnplugInReply));
    bench.line.unlock(bench.request(1, 1));
    match bench.progress(1) {
        UnlockProgress::Sent { .. } => assert_eq!(bench.progress(1), UnlockProgress::NoAnswer),
        // The cable may be out before the port says that the last byte has left.
        UnlockProgress::SendFailed { .. } => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.wait_down().kind, crate::DeviceErrorKind::Unplugged);
    bench.bank.fault(None);
    bench.bank.plug(true);
    bench.wait_up();
    bench.wait_door(1, DoorReading::Open);
    assert_eq!(bench.bank.unlocks().len(), 1);
}

/// A converter may keep what the board said before the cable was out: here that door 5 stands open, and
/// an acknowledgement.
#[test]
fn fault_11_bytes_left_from_before_a_re_opening_are_no_news() {
    let name = "left-over";
    let bank = bank(name);
    let real = bank.clone();
    crate::register_virtual(name, move || {
        let (near, mut far) = crate::memory_pair();
        far.write_all(&[0x82, 1, 5, 0, 0x86, 0x8A, 1, 1, 0, 0x8A])?;
        let mut board = real.serve_memory()?;
        std::thread::spawn(move || relay(&mut far, &mut board));
        Ok(Box::new(near))
    });
    let mut bench = Bench::with(bank, settings(name, Some(StatusOrder::LastByteFirst)));
    for generation in 1..=2 {
        assert_eq!(bench.generation, generation);
        bench.wait("the first reading", |event| match event {
            LineEvent::Doors { readings, .. } => {
                assert_eq!(readings.len(), 8, "a left-over frame was believed");
                assert!(readings.iter().all(|(_, reading)| *reading == DoorReading::Closed));
                Some(())
            }
            LineEvent::Unlock { .. } => panic!("a left-over acknowledgement was believed"),
            _ => None,
        });
        if generation == 1 {
            bench.bank.plug(false);
            bench.wait_down();
            bench.bank.plug(true);
            bench.wait_up();
        }
    }
    assert!(bench.bank.unlocks().is_empty());
}

/// Carries bytes both ways until one end is gone.
fn relay(near: &mut crate::MemoryPort, far: &mut crate::MemoryPort) -> std::io::Result<()> {
    let (mut from, mut to) = (near, far);
    let mut buffer = [0; 64];
    loop {
        from.set_timeout(Duration::from_millis(1))?;
        match from.read(&mut buffer) {
            Ok(count) => to.write_all(&buffer[..count])?,
            Err(error) if crate::error::is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
        std::mem::swap(&mut from, &mut to);
    }
}

fn wrong(bench: &Bench, board: u8) -> Mismatch {
    bench.wait("WrongBoard", |event| match event {
        LineEvent::WrongBoard { board: b, why } if b == board => Some(why),
        LineEvent::Doors { .. } => panic!("a door of a wrong board was told"),
        _ => None,
    })
}

#[test]
fn fault_13_a_board_with_another_address_is_found_and_opens_nothing() {
    let name = "address-wrong";
    let line = LineSettings {
        boards: vec![BoardSettings { board: 2, channels: vec![1], closed_bit: 1, status_order: None }],
        ..settings(name, None)
    };
    let bench = Bench::with(bank(name), line);
    assert_eq!(wrong(&bench, 2), Mismatch::Address { found: 1 });
    let unlock = UnlockRequest { board: 2, ..bench.request(1, 1) };
    assert_eq!(bench.not_sent(unlock), NotSentWhy::WrongBoard);
    assert!(bench.bank.unlocks().is_empty());
}

#[test]
fn fault_13_answers_under_another_address_take_the_board_out_of_service() {
    let bench = Bench::new("address-foreign");
    bench.wait_answers();
    bench.bank.fault(Some(Fault::OtherAddress));
    let why = bench.wait("WrongBoard", |event| match event {
        LineEvent::WrongBoard { board: 1, why } => Some(why),
        _ => None,
    });
    assert_eq!(why, Mismatch::Address { found: 2 });
    assert_eq!(bench.not_sent(bench.request(1, 1)), NotSentWhy::WrongBoard);
    bench.bank.fault(None);
    bench.wait_answers();
    assert_eq!(bench.unlock(2, 1), OPENED);
    assert_eq!(bench.bank.unlocks().len(), 1);
}

#[test]
fn fault_13_a_smaller_board_than_declared_opens_nothing() {
    let name = "small";
    let mut line = settings(name, Some(StatusOrder::LastByteFirst));
    line.boards[0].channels.push(25);
    let bench = Bench::with(bank(name), line);
    assert_eq!(wrong(&bench, 1), Mismatch::TooFewChannels { has: 24, needed: 25 });
    assert_eq!(bench.not_sent(bench.request(1, 1)), NotSentWhy::WrongBoard);
    assert!(bench.bank.unlocks().is_empty());
}

#[test]
fn fault_13_two_cabinets_of_different_size_swapped_open_nothing() {
    let name = "swapped";
    let mut bench = Bench::new(name);
    // Twice, as one answer may be a misread one.
    bench.wait_door(1, DoorReading::Closed);
    bench.wait_door(1, DoorReading::Closed);
    let other = VirtualBank::new(VirtualSettings {
        board: 1,
        channels: 32,
        closed_bit: 1,
        status_order: StatusOrder::LastByteFirst,
    });
    other.register(name);
    bench.bank.plug(false);
    bench.wait_down();
    bench.wait_up();
    assert_eq!(wrong(&bench, 1), Mismatch::Exchanged { had: 24, has: 32 });
    assert_eq!(bench.not_sent(bench.request(1, 1)), NotSentWhy::WrongBoard);
    assert!(other.unlocks().is_empty());
    // Swapped back.
    bank(name).plug(true);
    other.plug(false);
    bench.wait_up();
    bench.wait_answers();
    assert_eq!(bench.unlock(2, 1), UnlockProgress::Acknowledged { reading: Some(DoorReading::Open) });
}

#[test]
fn fault_15_a_late_acknowledgement_says_nothing_of_the_same_door() {
    let bench = Bench::new("late-same");
    bench.wait_answers();
    bench.bank.fault(Some(Fault::OneBehind));
    assert_eq!(bench.unlock(1, 1), UnlockProgress::NoAnswer);
    // What comes now is the first one's answer; that the door stood open then proves nothing.
    assert_eq!(bench.unlock(2, 1), UnlockProgress::Acknowledged { reading: None });
}

#[test]
fn fault_19_a_sensor_stuck_closed_is_acknowledged_and_seen_shut() {
    let bench = Bench::new("stuck");
    bench.bank.stick(2, Some(DoorReading::Closed));
    let closed = UnlockProgress::Acknowledged { reading: Some(DoorReading::Closed) };
    assert_eq!(bench.unlock(1, 2), closed);
    assert!(bench.bank.door(2).unwrap().open);
    bench.wait_door(2, DoorReading::Closed);
}

#[test]
fn a_missing_port_is_told_once_and_found_later() {
    let name = "missing";
    let bank = bank(name);
    bank.plug(false);
    let (tell, events) = mpsc::channel();
    let line = Line::start(settings(name, None), move |event| tell.send(event).unwrap_or_default());
    let mut bench = Bench { bank, line, events, generation: 0 };
    let down = bench.events.recv_timeout(PATIENCE).unwrap();
    let why = DeviceError::new("virtual:missing", crate::DeviceErrorKind::Missing);
    assert_eq!(down, LineEvent::Down { generation: 0, why });
    // Two tries later still nothing more is told.
    assert!(bench.events.recv_timeout(Duration::from_millis(1600)).is_err());
    bench.bank.plug(true);
    bench.wait_up();
    assert_eq!(bench.generation, 1);
}

#[test]
fn a_board_without_state_of_all_is_asked_door_by_door() {
    let name = "no-all";
    let bank = bank(name);
    bank.fault(Some(Fault::NoStateOfAll));
    bank.pull(8);
    let bench = Bench::with(bank, settings(name, Some(StatusOrder::LastByteFirst)));
    bench.wait("first board event", |event| match event {
        LineEvent::BoardAnswers { .. } => Some(()),
        LineEvent::BoardSilent { .. } => panic!("called silent"),
        _ => None,
    });
    bench.wait_door(8, DoorReading::Open);
}

#[test]
fn a_silent_neighbour_does_not_stop_the_others() {
    let name = "neighbour";
    let bank = bank(name);
    let mut line = settings(name, Some(StatusOrder::LastByteFirst));
    line.boards.insert(0, BoardSettings { board: 2, ..line.boards[0].clone() });
    let bench = Bench::with(bank, line);
    bench.wait("BoardSilent", |event| (event == LineEvent::BoardSilent { board: 2 }).then_some(()));
    bench.bank.pull(4);
    bench.wait_door(4, DoorReading::Open);
    assert_eq!(bench.unlock(1, 1), OPENED);
}

#[test]
fn dropping_a_line_that_waits_for_an_acknowledgement_is_quick() {
    let bench = Bench::new("drop");
    bench.bank.fault(Some(Fault::Silence));
    bench.line.unlock(bench.request(1, 1));
    assert!(matches!(bench.progress(1), UnlockProgress::Sent { .. }));
    let began = Instant::now();
    let Bench { line, events, .. } = bench;
    drop(line);
    assert!(began.elapsed() < Duration::from_secs(1));
    let last = events.into_iter().filter(|event| matches!(event, LineEvent::Unlock { .. })).last();
    assert_eq!(last, Some(LineEvent::Unlock { ticket: 1, progress: UnlockProgress::NoAnswer }));
}
