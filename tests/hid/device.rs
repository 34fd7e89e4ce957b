//! The far end of the cable: plays any HID device through the kernel's /dev/uhid, told what to do on
//! standard input. It knows no protocol; descriptors and reports come from the test.
//!
//! plug NAME VENDOR:PRODUCT DESCRIPTOR       report NAME BYTES
//! unplug NAME                               answer NAME REQUEST REPLY
//!
//! `answer`: once the host has set a feature report that starts with REQUEST, a read of the feature
//! report gives REPLY. Bytes are hexadecimal without blanks. Each line is answered by "done" or why not.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;

const DESTROY: u32 = 1;
const GET_REPORT: u32 = 9;
const GET_REPORT_REPLY: u32 = 10;
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const SET_REPORT: u32 = 13;
const SET_REPORT_REPLY: u32 = 14;
/// The kernel's `struct uhid_event`: a type and its largest body.
const EVENT_SIZE: usize = 4380;
const BUS_USB: u16 = 3;
const EIO: u16 = 5;

type Answers = Arc<Mutex<Vec<(Vec<u8>, Vec<u8>)>>>;

struct Device {
    uhid: File,
    answers: Answers,
}

fn main() {
    let mut devices = HashMap::new();
    println!("device: ready");
    for line in io::stdin().lines() {
        let Ok(line) = line else { break };
        let words: Vec<&str> = line.split_whitespace().collect();
        match obey(&mut devices, &words) {
            Ok(()) => println!("device: {line}: done"),
            Err(why) => println!("device: {line}: {why}"),
        }
    }
}

fn obey(devices: &mut HashMap<String, Device>, words: &[&str]) -> io::Result<()> {
    match words {
        ["plug", name, id, descriptor] => {
            devices.insert((*name).to_owned(), plug(name, id, &bytes(descriptor)?)?);
            Ok(())
        }
        ["unplug", name] => {
            let device = devices.remove(*name).ok_or_else(|| wrong("no such device"))?;
            send(&device.uhid, DESTROY, &[])
        }
        ["report", name, report] => {
            let device = devices.get(*name).ok_or_else(|| wrong("no such device"))?;
            send(&device.uhid, INPUT2, &sized(&bytes(report)?))
        }
        ["answer", name, request, reply] => {
            let device = devices.get(*name).ok_or_else(|| wrong("no such device"))?;
            lock(&device.answers).push((bytes(request)?, bytes(reply)?));
            Ok(())
        }
        _ => Err(wrong("not understood")),
    }
}

fn plug(name: &str, id: &str, descriptor: &[u8]) -> io::Result<Device> {
    let (vendor, product) = id.split_once(':').ok_or_else(|| wrong("an id is vendor:product"))?;
    let number = |text| u32::from_str_radix(text, 16).map_err(wrong);
    let text = |text: &str, size: usize| {
        let mut field = text.as_bytes().to_vec();
        field.resize(size, 0);
        field
    };
    let length = u16::try_from(descriptor.len()).map_err(wrong)?;

    let mut body = [text(name, 128), text("", 64), text(name, 64)].concat();
    body.extend(length.to_ne_bytes());
    body.extend(BUS_USB.to_ne_bytes());
    for field in [number(vendor)?, number(product)?, 1, 0] {
        body.extend(field.to_ne_bytes());
    }
    body.extend(descriptor);

    let uhid = File::options().read(true).write(true).open("/dev/uhid")?;
    send(&uhid, CREATE2, &body)?;
    let answers = Answers::default();
    let (events, known) = (uhid.try_clone()?, Arc::clone(&answers));
    thread::spawn(move || serve(events, &known));
    Ok(Device { uhid, answers })
}

/// Answers the host's feature requests until the device is gone.
fn serve(mut uhid: File, answers: &Answers) {
    let mut event = [0; EVENT_SIZE];
    let mut asked = Vec::new();
    while uhid.read(&mut event).is_ok() {
        let id = &event[4..8];
        let kind = u32::from_ne_bytes([event[0], event[1], event[2], event[3]]);
        let sent = match kind {
            SET_REPORT => {
                let size = usize::from(u16::from_ne_bytes([event[10], event[11]]));
                // The first byte is the report's number, not part of the report.
                asked = event[12..12 + size].get(1..).unwrap_or_default().to_vec();
                send(&uhid, SET_REPORT_REPLY, &[id, &0_u16.to_ne_bytes()].concat())
            }
            GET_REPORT => {
                let known = lock(answers);
                let reply = known.iter().find(|(request, _)| asked.starts_with(request));
                let (error, data) = reply.map_or((EIO, &[][..]), |(_, data)| (0, data));
                let numbered = sized(&[&event[8..9], data].concat());
                send(&uhid, GET_REPORT_REPLY, &[id, &error.to_ne_bytes(), &numbered].concat())
            }
            _ => Ok(()),
        };
        if sent.is_err() {
            break;
        }
    }
}

/// One write is one event; the kernel fills what is left out with zeros.
fn send(mut uhid: &File, kind: u32, body: &[u8]) -> io::Result<()> {
    uhid.write_all(&[&kind.to_ne_bytes(), body].concat())
}

fn sized(data: &[u8]) -> Vec<u8> {
    [&u16::try_from(data.len()).unwrap_or(u16::MAX).to_ne_bytes(), data].concat()
}

fn bytes(text: &str) -> io::Result<Vec<u8>> {
    let pair = |at| u8::from_str_radix(text.get(at..at + 2).unwrap_or_default(), 16).map_err(wrong);
    (0..text.len()).step_by(2).map(pair).collect()
}

fn wrong(why: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why.to_string())
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
