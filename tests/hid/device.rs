//! The far end of the cable: plays any HID device through the kernel's /dev/uhid, told what to do on
//! standard input. It knows no protocol; descriptors and reports come from the test, in hexadecimal.
//!
//! plug NAME VENDOR:PRODUCT DESCRIPTOR
//! report NAME BYTES…                     one after another, as fast as a real device is polled
//! unplug NAME
//!
//! Each line is answered by "done", or why not.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

// Of the kernel's linux/uhid.h.
const DESTROY: u32 = 1;
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const BUS_USB: u16 = 3;

const POLLED: Duration = Duration::from_millis(8);

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

fn obey(devices: &mut HashMap<String, File>, words: &[&str]) -> io::Result<()> {
    let missing = || wrong("no such device");
    match words {
        ["plug", name, id, descriptor] => {
            let uhid = File::options().read(true).write(true).open("/dev/uhid")?;
            send(&uhid, CREATE2, &description(name, id, &bytes(descriptor)?)?)?;
            devices.insert((*name).to_owned(), uhid);
        }
        ["report", name, reports @ ..] => {
            let uhid = devices.get(*name).ok_or_else(missing)?;
            for report in reports {
                send(uhid, INPUT2, &sized(&bytes(report)?))?;
                thread::sleep(POLLED);
            }
        }
        ["unplug", name] => send(&devices.remove(*name).ok_or_else(missing)?, DESTROY, &[])?,
        _ => return Err(wrong("not understood")),
    }
    Ok(())
}

/// `struct uhid_create2_req`.
fn description(name: &str, id: &str, descriptor: &[u8]) -> io::Result<Vec<u8>> {
    let (vendor, product) = id.split_once(':').ok_or_else(|| wrong("an id is vendor:product"))?;
    let number = |text| u32::from_str_radix(text, 16).map_err(wrong);
    let length = u16::try_from(descriptor.len()).map_err(wrong)?;
    // Name, physical path and serial number, filled up with zeros.
    let mut body = [name, "", name].iter().zip([128, 64, 64]).fold(Vec::new(), |mut body, (text, size)| {
        let end = body.len() + size;
        body.extend(text.as_bytes());
        body.resize(end, 0);
        body
    });
    body.extend(length.to_ne_bytes());
    body.extend(BUS_USB.to_ne_bytes());
    for field in [number(vendor)?, number(product)?, 1, 0] {
        body.extend(field.to_ne_bytes());
    }
    body.extend(descriptor);
    Ok(body)
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
