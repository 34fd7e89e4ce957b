//! Bytes: the one seam between this crate and the outside. A serial device, a TCP connection to a
//! serial-to-Ethernet converter and a pair in memory look alike from here up. This module must never
//! know what the bytes mean.

mod finder;
mod memory;
mod serial;
mod tcp;

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;
use std::time::Duration;

use crate::error::DeviceError;

pub(crate) use finder::{Finder, usb_ports};
pub(crate) use serial::ports as serial_ports;

pub use finder::{UsbId, UsbPort, UsbPorts};
pub use memory::{MemoryPort, memory_pair, register_virtual};

/// A half-duplex stream of bytes.
///
/// `read` gives at least one byte, or `TimedOut` after the time-out; `Ok(0)` and every other error
/// mean that the device is gone. `flush` returns when the last byte has left.
pub trait Port: Read + Write + Send {
    /// How long a `read` waits for the first byte, and a `write` for room.
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()>;
    /// The number of bytes received and not yet read.
    fn waiting(&mut self) -> io::Result<usize>;
    /// Drops what was received and not yet read.
    fn discard_input(&mut self) -> io::Result<()>;
    /// Drops both what was received and what was not yet sent.
    fn discard_all(&mut self) -> io::Result<()>;
    /// True where bytes that `flush` let go may still wait in this machine and leave much later.
    /// Such a port must drop them when it is closed.
    fn delivers_late(&self) -> bool {
        false
    }
}

/// Where a port is: `/dev/ttyUSB0`, `COM3`, `usb:VID:PID[:SERIAL]`, `tcp://host:port` or `virtual:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PortAddress {
    /// A serial device by its path or name.
    Device(String),
    /// The one serial port on a USB adapter with these numbers, whatever name it has now.
    Usb {
        /// The vendor's number.
        vid: u16,
        /// The product's number.
        pid: u16,
        /// The serial number, where more than one such adapter is plugged in.
        serial: Option<String>,
    },
    /// A serial-to-Ethernet converter, as `host:port`.
    Tcp(String),
    /// A simulated bank of this process, by name.
    Virtual(String),
}

/// A port address that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a port: expected a device such as /dev/ttyUSB0 or COM3, usb:VID:PID[:SERIAL] or tcp://host:port"
)]
pub struct BadAddress(pub String);

impl FromStr for PortAddress {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress(text.to_owned());
        if let Some(place) = text.strip_prefix("tcp://") {
            let (host, port) = place.rsplit_once(':').ok_or_else(bad)?;
            return match port.parse::<u16>() {
                Ok(1..) if !host.is_empty() => Ok(Self::Tcp(place.to_owned())),
                _ => Err(bad()),
            };
        }
        if let Some(numbers) = text.strip_prefix("usb:") {
            return usb(numbers).ok_or_else(bad);
        }
        match text.strip_prefix("virtual:") {
            Some("") => Err(bad()),
            Some(name) => Ok(Self::Virtual(name.to_owned())),
            None if text.is_empty() || text.contains("://") => Err(bad()),
            None => Ok(Self::Device(text.to_owned())),
        }
    }
}

fn usb(numbers: &str) -> Option<PortAddress> {
    let number = |part: &str| {
        let hexadecimal = part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then(|| u16::from_str_radix(part, 16).ok()).flatten()
    };
    let mut parts = numbers.splitn(3, ':');
    let (vid, pid) = (number(parts.next()?)?, number(parts.next()?)?);
    match parts.next() {
        Some("") => None,
        serial => Some(PortAddress::Usb { vid, pid, serial: serial.map(str::to_owned) }),
    }
}

impl fmt::Display for PortAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(path) => f.write_str(path),
            Self::Usb { vid, pid, serial: None } => write!(f, "usb:{vid:04x}:{pid:04x}"),
            Self::Usb { vid, pid, serial: Some(serial) } => write!(f, "usb:{vid:04x}:{pid:04x}:{serial}"),
            Self::Tcp(place) => write!(f, "tcp://{place}"),
            Self::Virtual(name) => write!(f, "virtual:{name}"),
        }
    }
}

/// Opens a port, 8 data bits, no parity, one stop bit, with both buffers empty. May take seconds for
/// a TCP address. `baud` counts for serial devices only.
pub fn open(address: &PortAddress, baud: u32) -> Result<Box<dyn Port>, DeviceError> {
    Finder::new(address.clone(), baud, usb_ports()).open()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_and_print_alike() {
        for text in [
            "/dev/ttyUSB0",
            "COM3",
            "tcp://10.0.0.7:5000",
            "tcp://[::1]:5000",
            "virtual:Lobby",
            "usb:0403:6001",
            "usb:1a86:7523:A:1",
        ] {
            assert_eq!(text.parse::<PortAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_no_address() {
        for text in [
            "",
            "tcp://",
            "tcp://host",
            "tcp://:5000",
            "tcp://host:0",
            "http://host:80",
            "virtual:",
            "usb:",
            "usb:0403",
            "usb:403:6001",
            "usb:+403:6001",
            "usb:0403:6001:",
        ] {
            assert!(text.parse::<PortAddress>().is_err(), "{text}");
        }
    }
}
