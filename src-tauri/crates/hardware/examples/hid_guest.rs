//! Prints what HID readers tell, one event a line, for a test in a virtual machine:
//!
//! ```text
//! hid_guest READS SECONDS [KIND DEVICE]...
//! hid_guest 4 60 hid-keyboard 0c27:3bfa hid-pos 1eab:0310
//! ```
//! It waits for a `/dev/hidraw*` node, lists what is plugged in, and ends with 0 after so many reads,
//! with 1 after so many seconds, with 2 when called wrongly. It prints what was read: never use it with
//! real badges.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hardware::{Reader, ReaderEvent, ReaderKind, ReaderSettings};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((reads, time, readers)) = parse(&arguments) else {
        println!("usage: hid_guest READS SECONDS [KIND DEVICE]...");
        return ExitCode::from(2);
    };
    let until = Instant::now() + time;
    while !has_hidraw() {
        if Instant::now() >= until {
            println!("timeout: no /dev/hidraw*");
            return ExitCode::FAILURE;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    for device in hardware::list() {
        println!(
            "device {} {} {:?} {:?} {}",
            device.id, device.path, device.access, device.looks_like, device.name
        );
    }

    let (tell, events) = mpsc::channel();
    let _running: Vec<Reader> = readers
        .into_iter()
        .map(|settings| {
            let (tell, name) = (tell.clone(), settings.name.clone());
            Reader::start(settings, move |event| tell.send((name.clone(), event)).unwrap_or_default())
        })
        .collect();
    let mut left = reads;
    while left > 0 {
        let Ok((name, event)) = events.recv_timeout(until.saturating_duration_since(Instant::now())) else {
            println!("timeout: {left} reads missing");
            return ExitCode::FAILURE;
        };
        match event {
            ReaderEvent::Up => println!("{name} up"),
            ReaderEvent::Down { why } => println!("{name} down: {why}"),
            ReaderEvent::Read { text } => {
                println!("{name} read: {text}");
                left -= 1;
            }
        }
    }
    ExitCode::SUCCESS
}

fn parse(arguments: &[String]) -> Option<(usize, Duration, Vec<ReaderSettings>)> {
    let [reads, seconds, readers @ ..] = arguments else { return None };
    let (pairs, rest) = readers.as_chunks::<2>();
    let settings = pairs.iter().map(|[kind, device]| {
        let kind: ReaderKind = kind.parse().ok()?;
        Some(ReaderSettings { name: format!("{kind} {device}"), kind, device: device.clone(), baud: 9600 })
    });
    let settings = settings.collect::<Option<Vec<_>>>()?;
    (rest.is_empty() && !settings.is_empty()).then_some((
        reads.parse().ok()?,
        Duration::from_secs(seconds.parse().ok()?),
        settings,
    ))
}

fn has_hidraw() -> bool {
    let nodes = std::fs::read_dir("/dev").into_iter().flatten().flatten();
    nodes.into_iter().any(|node| node.file_name().to_string_lossy().starts_with("hidraw"))
}
