//! The line and the serial reader over real ports: pseudo-terminals opened by path through the
//! `serialport` crate, and TCP. Waiting is for events, never for time.
#![cfg(unix)]
// The allowance of clippy.toml covers test functions only, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hardware::simulate::{Fault, VirtualBank, VirtualSettings};
use hardware::{
    BoardSettings, DeviceError, DeviceErrorKind, DoorReading, DriverKind, Line, LineEvent, LineSettings,
    NotSentWhy, Reader, ReaderEvent, ReaderKind, ReaderSettings, StatusOrder, UnlockProgress, UnlockRequest,
    UsbId, UsbPort, UsbPorts,
};
use serialport::{SerialPort, TTYPort};

const PATIENCE: Duration = Duration::from_secs(8);
const OPENED: UnlockProgress = UnlockProgress::Acknowledged { reading: Some(DoorReading::Open) };

type Tell = Box<dyn Fn(LineEvent) + Send>;
type Adapters = Arc<Mutex<Vec<UsbPort>>>;

struct Bench {
    line: Line,
    events: Receiver<LineEvent>,
    generation: u64,
}

fn bank() -> VirtualBank {
    let status_order = StatusOrder::FirstByteFirst;
    VirtualBank::new(VirtualSettings { board: 1, channels: 24, closed_bit: 0, status_order })
}

impl Bench {
    fn start(port: &str) -> Self {
        Self::start_with(port, Line::start)
    }

    /// Starts a line that is told of these adapters instead of the machine's.
    fn among(port: &str, adapters: &Adapters) -> Self {
        let adapters = adapters.clone();
        let list: UsbPorts = Arc::new(move || adapters.lock().unwrap().clone());
        Self::start_with(port, |settings, tell| Line::start_among(settings, list, tell))
    }

    fn start_with(port: &str, start: impl FnOnce(LineSettings, Tell) -> Line) -> Self {
        let board = BoardSettings {
            board: 1,
            channels: (1..=24).collect(),
            closed_bit: 0,
            status_order: Some(StatusOrder::FirstByteFirst),
        };
        let port = port.parse().unwrap();
        let settings = LineSettings { port, driver: DriverKind::Bcc8a, baud: 9600, boards: vec![board] };
        let (tell, events) = mpsc::channel();
        let line = start(settings, Box::new(move |event| tell.send(event).unwrap_or_default()));
        Self { line, events, generation: 0 }
    }

    fn up(port: &str) -> Self {
        let mut bench = Self::start(port);
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

    fn wait_down(&self) -> DeviceErrorKind {
        self.wait("Down", |event| match event {
            LineEvent::Down { why: DeviceError { kind, .. }, .. } => Some(kind),
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

    fn unlock(&self, ticket: u64, channel: u8) -> UnlockProgress {
        self.line.unlock(self.request(ticket, channel));
        assert!(matches!(self.progress(ticket), UnlockProgress::Sent { .. }));
        self.progress(ticket)
    }
}

#[test]
fn a_door_opens_over_a_pseudo_terminal() {
    let bank = bank();
    let board = bank.serve_pty().unwrap();
    let bench = Bench::up(&board.path());
    bench.wait_door(24, DoorReading::Closed);
    bench.line.watch(1, 24, true);
    assert_eq!(bench.unlock(1, 24), OPENED);
    bench.wait_door(24, DoorReading::Open);
    bank.shut(24);
    bench.wait_door(24, DoorReading::Closed);
    assert_eq!(bank.unlocks().len(), 1);
}

#[test]
fn fault_15_faults_on_a_pseudo_terminal_never_open_twice() {
    let bank = bank();
    let board = bank.serve_pty().unwrap();
    let bench = Bench::up(&board.path());
    bench.wait_door(1, DoorReading::Closed);
    for (ticket, fault, expected) in [
        (1, Fault::Silence, UnlockProgress::NoAnswer),
        (2, Fault::HalfFrame, UnlockProgress::NoAnswer),
        (3, Fault::OtherAddress, UnlockProgress::NoAnswer),
        (4, Fault::LateReply, UnlockProgress::NoAnswer),
        (5, Fault::TwoChunks, OPENED),
        (6, Fault::Echo, OPENED),
    ] {
        bank.fault(Some(fault));
        if fault == Fault::Echo {
            // The echo is learnt from the next question.
            bank.shut(20);
            bench.wait_door(20, DoorReading::Closed);
        }
        assert_eq!(bench.unlock(ticket, 20 - ticket as u8), expected, "{fault:?}");
        bank.fault(None);
        bench.wait_door(1, DoorReading::Closed);
    }
    assert_eq!(bank.unlocks().len(), 6);
}

#[test]
fn fault_09_the_cable_of_a_pseudo_terminal_goes_out_and_in() {
    let bank = bank();
    let board = bank.serve_pty().unwrap();
    let mut bench = Bench::up(&board.path());
    bench.wait_door(1, DoorReading::Closed);
    bank.plug(false);
    let old = bench.request(1, 1);
    bench.line.unlock(old);
    assert_eq!(bench.progress(1), UnlockProgress::NotSent { why: NotSentWhy::PortDown });
    bench.line.unlock(UnlockRequest { ticket: 2, ..old });
    assert_eq!(bench.progress(2), UnlockProgress::NotSent { why: NotSentWhy::PortDown });
    bank.plug(true);
    bench.wait_up();
    assert_eq!(bench.generation, 2);
    bench.line.unlock(UnlockRequest { ticket: 3, ..old });
    assert_eq!(bench.progress(3), UnlockProgress::NotSent { why: NotSentWhy::Generation });
    bench.wait_door(1, DoorReading::Closed);
    assert!(bank.unlocks().is_empty());
    assert_eq!(bench.unlock(4, 1), OPENED);
}

#[test]
fn fault_10_a_cable_pulled_while_waiting_is_told_as_unplugged() {
    let bank = bank();
    let board = bank.serve_pty().unwrap();
    let mut bench = Bench::up(&board.path());
    bench.wait_door(1, DoorReading::Closed);
    bank.fault(Some(Fault::AcknowledgementLost));
    bench.line.unlock(bench.request(1, 1));
    assert!(matches!(bench.progress(1), UnlockProgress::Sent { .. }));
    assert!(bank.wait_unlocks(1, PATIENCE));
    bank.plug(false);
    assert_eq!(bench.progress(1), UnlockProgress::NoAnswer);
    assert_eq!(bench.wait_down(), DeviceErrorKind::Unplugged);
    bank.plug(true);
    bench.wait_up();
    bench.wait_door(1, DoorReading::Open);
    assert_eq!(bank.unlocks().len(), 1);
}

#[test]
fn fault_11_stale_bytes_are_flushed_and_complete_nothing() {
    const ACK: [u8; 5] = [0x8A, 0x01, 0x01, 0x11, 0x9B];
    let (mut master, slave) = TTYPort::pair().unwrap();
    master.set_timeout(PATIENCE).unwrap();
    master.write_all(&ACK).unwrap();
    let bench = Bench::up(&slave.name().unwrap());
    let mut question = [0; 5];
    master.read_exact(&mut question).unwrap();
    assert_eq!(question, [0x80, 0x01, 0x00, 0x33, 0xB2]);
    // An answer nobody asked for lies in the buffer when the unlock is sent.
    master.write_all(&ACK).unwrap();
    assert_eq!(bench.unlock(1, 1), UnlockProgress::NoAnswer);
}

/// An adapter as the system tells of it: FTDI, with a serial number.
fn adapter(path: &str, serial: &str) -> UsbPort {
    let serial = Some(serial.to_owned());
    let id = UsbId { vid: 0x0403, pid: 0x6001, serial, socket: None, interface: Some(0) };
    UsbPort { path: path.into(), id }
}

#[test]
fn fault_12_an_adapter_with_another_name_is_found_again() {
    let (bank, other) = (bank(), bank());
    let before = bank.serve_pty().unwrap();
    let bystander = other.serve_pty().unwrap();
    let adapters = Adapters::default();
    *adapters.lock().unwrap() = vec![adapter(&bystander.path(), "B"), adapter(&before.path(), "A")];
    let mut bench = Bench::among(&before.path(), &adapters);
    bench.wait_up();
    bench.wait_door(1, DoorReading::Closed);

    let after = bank.serve_pty().unwrap();
    *adapters.lock().unwrap() = vec![adapter(&bystander.path(), "B"), adapter(&after.path(), "A")];
    drop(before);
    bench.wait_down();
    bench.wait_up();
    assert_eq!(bench.generation, 2);
    assert_eq!(bench.unlock(1, 1), OPENED);
    assert_eq!((bank.unlocks().len(), other.log().len()), (1, 0));
}

#[test]
fn fault_12_a_port_named_by_its_adapter_is_found_wherever_it_is() {
    let (bank, other) = (bank(), bank());
    let before = bank.serve_pty().unwrap();
    let bystander = other.serve_pty().unwrap();
    let adapters = Adapters::default();
    let mut bench = Bench::among("usb:0403:6001:A", &adapters);
    assert_eq!(bench.wait_down(), DeviceErrorKind::Missing);
    *adapters.lock().unwrap() = vec![adapter(&bystander.path(), "B"), adapter(&before.path(), "A")];
    bench.wait_up();
    bench.wait_door(1, DoorReading::Closed);
    let after = bank.serve_pty().unwrap();
    *adapters.lock().unwrap() = vec![adapter(&bystander.path(), "B"), adapter(&after.path(), "A")];
    drop(before);
    bench.wait_down();
    bench.wait_up();
    assert_eq!(bench.unlock(1, 1), OPENED);
    assert_eq!((bank.unlocks().len(), other.log().len()), (1, 0));
}

#[test]
fn fault_12_of_two_adapters_that_fit_none_is_opened() {
    let (one, two) = (bank(), bank());
    let (first, second) = (one.serve_pty().unwrap(), two.serve_pty().unwrap());
    let adapters = Adapters::default();
    *adapters.lock().unwrap() = vec![adapter(&first.path(), "A"), adapter(&second.path(), "B")];
    let bench = Bench::among("usb:0403:6001", &adapters);
    assert!(matches!(bench.wait_down(), DeviceErrorKind::Other { .. }));
    assert!(one.log().is_empty() && two.log().is_empty());
}

#[test]
fn a_port_held_by_another_program_is_in_use() {
    let bank = bank();
    let board = bank.serve_pty().unwrap();
    let holder = serialport::new(board.path(), 9600).open().unwrap();
    let mut bench = Bench::start(&board.path());
    assert_eq!(bench.wait_down(), DeviceErrorKind::InUse);
    drop(holder);
    bench.wait_up();
    assert_eq!(bench.generation, 1);
}

#[test]
fn a_device_that_is_not_there_is_missing() {
    assert_eq!(Bench::start("/dev/cubby-no-such-port").wait_down(), DeviceErrorKind::Missing);
}

#[test]
fn a_door_opens_over_tcp_and_the_connection_comes_back() {
    let bank = bank();
    let board = bank.serve_tcp().unwrap();
    let mut bench = Bench::up(&format!("tcp://{}", board.address()));
    bench.wait_door(2, DoorReading::Closed);
    assert_eq!(bench.unlock(1, 2), OPENED);
    bank.plug(false);
    assert_eq!(bench.wait_down(), DeviceErrorKind::Unplugged);
    bank.plug(true);
    bench.wait_up();
    assert!(bench.generation > 1);
    bench.wait_door(2, DoorReading::Open);
    assert_eq!(bank.unlocks().len(), 1);
}

#[test]
fn nobody_at_a_tcp_address_is_missing() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(Bench::start(&format!("tcp://{free}")).wait_down(), DeviceErrorKind::Missing);
}

#[test]
fn an_unanswered_tcp_connection_is_closed_so_that_no_unlock_arrives_late() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bench = Bench::up(&format!("tcp://{}", listener.local_addr().unwrap()));
    let (_connection, _) = listener.accept().unwrap();
    assert_eq!(bench.unlock(1, 1), UnlockProgress::NoAnswer);
    assert_eq!(bench.wait_down(), DeviceErrorKind::Timeout);
}

fn reader(device: &str) -> (Reader, Receiver<ReaderEvent>) {
    let (tell, events) = mpsc::channel();
    let settings = ReaderSettings {
        name: "Lobby".into(),
        kind: ReaderKind::SerialLine,
        device: device.into(),
        baud: 9600,
    };
    (Reader::start(settings, move |event| tell.send(event).unwrap_or_default()), events)
}

#[test]
fn a_serial_reader_reads_goes_and_comes_back() {
    let folder = std::env::temp_dir().join(format!("cubby-reader-{}", std::process::id()));
    let link = || {
        let (master, slave) = TTYPort::pair().unwrap();
        let _ = std::fs::remove_file(&folder);
        std::os::unix::fs::symlink(slave.name().unwrap(), &folder).unwrap();
        (master, slave)
    };
    let read = |text: &str| ReaderEvent::Read { text: text.into() };

    let (mut master, slave) = link();
    let (_reader, events) = reader(&folder.display().to_string());
    assert!(events.recv_timeout(PATIENCE).unwrap() == ReaderEvent::Up);
    master.write_all(b"0040856634\r\n\nPKG-1\r").unwrap();
    assert!(events.recv_timeout(PATIENCE).unwrap() == read("0040856634"));
    assert!(events.recv_timeout(PATIENCE).unwrap() == read("PKG-1"));
    drop((master, slave));
    match events.recv_timeout(PATIENCE).unwrap() {
        ReaderEvent::Down { why } => assert_eq!(why.kind, DeviceErrorKind::Unplugged),
        other => panic!("{other:?}"),
    }
    let (mut master, _slave) = link();
    assert!(events.recv_timeout(PATIENCE).unwrap() == ReaderEvent::Up);
    master.write_all(b"77\r").unwrap();
    assert!(events.recv_timeout(PATIENCE).unwrap() == read("77"));
    std::fs::remove_file(&folder).unwrap();
}

#[test]
fn a_missing_reader_is_told_once() {
    for (kind, device) in [
        (ReaderKind::SerialLine, "/dev/cubby-no-such-reader"),
        (ReaderKind::HidKeyboard, "dead:beef"),
        (ReaderKind::HidPos, "dead:beef:7"),
    ] {
        let (tell, events) = mpsc::channel();
        let settings = ReaderSettings { name: "Lobby".into(), kind, device: device.into(), baud: 9600 };
        let reader = Reader::start(settings, move |event| tell.send(event).unwrap_or_default());
        let why = DeviceError { device: device.into(), kind: DeviceErrorKind::Missing };
        assert!(events.recv_timeout(PATIENCE).unwrap() == ReaderEvent::Down { why });
        drop(reader);
        assert!(events.recv().is_err());
    }
}
