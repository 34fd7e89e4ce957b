//! Opens a port by its address, and finds an adapter again whose name changed (ttyUSB0 became ttyUSB1):
//! what was opened first is what is looked for later. It must never take one adapter for another: where
//! more than one could be meant, or another one now has the name, nothing is opened.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serialport::SerialPortType;

use super::{Port, PortAddress, memory, serial, tcp};
use crate::error::{DeviceError, DeviceErrorKind};

/// What tells one USB adapter from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbId {
    /// The vendor's number.
    pub vid: u16,
    /// The product's number.
    pub pid: u16,
    /// The serial number, where the adapter has one.
    pub serial: Option<String>,
    /// The USB socket it is in, where the system tells.
    pub socket: Option<String>,
    /// Which of the adapter's ports it is, where the system tells.
    pub interface: Option<u8>,
}

/// A serial port on a USB adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbPort {
    /// The name it has now, such as `/dev/ttyUSB0` or `COM3`.
    pub path: String,
    /// Which adapter it is.
    pub id: UsbId,
}

/// Tells the serial ports on USB adapters that are plugged in now.
pub type UsbPorts = Arc<dyn Fn() -> Vec<UsbPort> + Send + Sync>;

impl UsbId {
    /// Without a serial number only the socket tells two adapters of one make apart.
    fn is_again(&self, found: &Self) -> bool {
        let same = |one: Option<u8>, other| one.is_none() || other == one;
        let place = self.serial.is_some() || self.socket.is_none() || self.socket == found.socket;
        (self.vid, self.pid) == (found.vid, found.pid)
            && (self.serial.is_none() || self.serial == found.serial)
            && same(self.interface, found.interface)
            && place
    }
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vid, self.pid)?;
        match (&self.serial, &self.socket) {
            (Some(serial), _) => write!(f, ":{serial}"),
            (None, Some(socket)) => write!(f, " in USB socket {socket}"),
            (None, None) => Ok(()),
        }
    }
}

/// The system's own list.
pub(crate) fn usb_ports() -> UsbPorts {
    Arc::new(|| {
        // On macOS each port has a second name that waits for a carrier (hardware.md section 7, row 8).
        let ports = serial::ports().into_iter().filter(|port| !port.port_name.starts_with("/dev/tty."));
        ports
            .filter_map(|port| match port.port_type {
                SerialPortType::UsbPort(usb) => Some(UsbPort {
                    path: port.port_name,
                    id: UsbId {
                        vid: usb.vid,
                        pid: usb.pid,
                        serial: usb.serial_number.filter(|serial| !serial.is_empty()),
                        socket: usb.location.map(|location| location.to_string()),
                        interface: usb.interface,
                    },
                }),
                _ => None,
            })
            .collect()
    })
}

/// One address, and the adapter it led to when it was first opened.
pub(crate) struct Finder {
    address: PortAddress,
    baud: u32,
    ports: UsbPorts,
    known: Mutex<Option<UsbId>>,
}

impl Finder {
    pub fn new(address: PortAddress, baud: u32, ports: UsbPorts) -> Self {
        Self { address, baud, ports, known: Mutex::new(None) }
    }

    pub fn open(&self) -> Result<Box<dyn Port>, DeviceError> {
        let opened = match &self.address {
            PortAddress::Device(path) => self.open_again(path),
            PortAddress::Usb { vid, pid, serial } => self.open_usb(*vid, *pid, serial.as_deref()),
            PortAddress::Tcp(place) => tcp::open(place),
            PortAddress::Virtual(name) => memory::open_virtual(name),
        };
        opened.map_err(|kind| DeviceError::new(self.address.to_string(), kind))
    }

    fn open_usb(&self, vid: u16, pid: u16, serial: Option<&str>) -> Result<Box<dyn Port>, DeviceErrorKind> {
        let ports = (self.ports)();
        let fits = |port: &&UsbPort| {
            (port.id.vid, port.id.pid) == (vid, pid)
                && serial.is_none_or(|serial| port.id.serial.as_deref() == Some(serial))
        };
        match ports.iter().filter(fits).collect::<Vec<_>>().as_slice() {
            [] => Err(DeviceErrorKind::Missing),
            [port] => serial::open(&port.path, self.baud),
            several => Err(ambiguous(several)),
        }
    }

    fn open_again(&self, path: &str) -> Result<Box<dyn Port>, DeviceErrorKind> {
        let ports = (self.ports)();
        let real = std::fs::canonicalize(path).map(|real| real.display().to_string());
        let named = |port: &&UsbPort| {
            port.path == path.trim_start_matches(r"\\.\")
                || real.as_ref().is_ok_and(|real| *real == port.path)
        };
        let here = ports.iter().find(named);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A link (`/dev/serial/by-…`, a rule of one's own) is kept right by whoever made it.
        let is_link = std::fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_symlink());
        match known.as_ref() {
            Some(before) if !is_link => serial::open(again(before, path, here, &ports)?, self.baud),
            _ => {
                let port = serial::open(path, self.baud)?;
                *known = here.map(|here| remembered(here, &ports));
                Ok(port)
            }
        }
    }
}

/// Where the adapter that was at `path` is now; `here` is the one that has the name now.
fn again<'a>(
    before: &UsbId,
    path: &'a str,
    here: Option<&UsbPort>,
    ports: &'a [UsbPort],
) -> Result<&'a str, DeviceErrorKind> {
    if here.is_some_and(|here| before.is_again(&here.id)) {
        return Ok(path);
    }
    let found: Vec<_> = ports.iter().filter(|port| before.is_again(&port.id)).collect();
    match (found.as_slice(), here) {
        ([port], _) => {
            tracing::info!(path, now = port.path, adapter = %before, "the adapter has another name now");
            Ok(&port.path)
        }
        ([], Some(other)) => Err(DeviceErrorKind::Other {
            why: format!("another adapter ({}) is plugged in; {before} was here before", other.id),
        }),
        // Not among the USB adapters: a built-in port, or nothing there, which opening tells.
        ([], None) => Ok(path),
        (several, _) => Err(ambiguous(several)),
    }
}

fn ambiguous(ports: &[&UsbPort]) -> DeviceErrorKind {
    let names: Vec<_> = ports.iter().map(|port| port.path.as_str()).collect();
    DeviceErrorKind::Other { why: format!("more than one adapter fits: {}", names.join(", ")) }
}

/// Some makers give every adapter the same serial number: then it tells nothing.
fn remembered(port: &UsbPort, ports: &[UsbPort]) -> UsbId {
    let mut id = port.id.clone();
    let twin = |other: &UsbPort| {
        let UsbId { vid, pid, serial, interface, .. } = &other.id;
        other.path != port.path
            && (vid, pid, serial, interface) == (&id.vid, &id.pid, &id.serial, &id.interface)
    };
    if ports.iter().any(twin) {
        id.serial = None;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(path: &str, serial: Option<&str>, socket: &str) -> UsbPort {
        let (serial, socket) = (serial.map(str::to_owned), Some(socket.to_owned()));
        UsbPort {
            path: path.into(),
            id: UsbId { vid: 0x1a86, pid: 0x7523, serial, socket, interface: Some(0) },
        }
    }

    #[test]
    fn an_adapter_is_known_by_its_serial_number_or_else_by_its_socket() {
        let with = adapter("a", Some("7"), "1-1").id;
        assert!(with.is_again(&adapter("b", Some("7"), "1-2").id));
        assert!(!with.is_again(&adapter("b", Some("8"), "1-1").id));
        let without = adapter("a", None, "1-1").id;
        assert!(without.is_again(&adapter("b", None, "1-1").id));
        assert!(!without.is_again(&adapter("b", None, "1-2").id));
        let second = UsbId { interface: Some(1), ..with.clone() };
        assert!(!with.is_again(&second));
    }

    #[test]
    fn fault_12_a_name_that_another_adapter_took_is_not_opened() {
        let before = adapter("a", Some("7"), "1-1").id;
        let other = adapter("a", Some("8"), "1-1");
        let moved = [other.clone(), adapter("b", Some("7"), "1-2")];
        assert_eq!(again(&before, "a", Some(&other), &moved), Ok("b"));
        assert!(again(&before, "a", Some(&other), &moved[..1]).is_err());
        assert_eq!(again(&before, "a", None, &[]), Ok("a"));
        let twins = [adapter("b", Some("7"), "1-2"), adapter("c", Some("7"), "1-3")];
        assert!(again(&before, "a", None, &twins).is_err());
    }

    #[test]
    fn a_serial_number_that_two_adapters_share_is_not_remembered() {
        let ports = [adapter("a", Some("0001"), "1-1"), adapter("b", Some("0001"), "1-2")];
        assert_eq!(remembered(&ports[0], &ports), adapter("a", None, "1-1").id);
        assert_eq!(remembered(&ports[0], &ports[..1]), ports[0].id);
    }

    #[test]
    fn the_systems_list_is_read_on_any_machine() {
        let _ = usb_ports()();
    }
}
