//! What is plugged in: serial ports and HID devices, also those this user may not open. It must never
//! open a device to find out: opening a serial port can reset what hangs on it.

use std::collections::BTreeMap;
use std::path::Path;

use serialport::{SerialPortInfo, SerialPortType};

use crate::error::owning_group;
use crate::port::PortAddress;
use crate::readers::{HidEntry, ReaderKind, hid_entries};

/// How a device is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceClass {
    /// A serial port.
    Serial,
    /// A HID interface.
    Hid,
}

/// Whether this user may open a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Yes, as far as the system tells without opening it.
    Permitted,
    /// No.
    NotPermitted {
        /// The group that owns the device node: a member of it may.
        group: Option<String>,
    },
}

/// A device that is plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDevice {
    /// What to write in the settings; stays the same across restarts as far as the device allows:
    /// `/dev/serial/by-id/…`, `usb:vid:pid:serial`, `COM3`; `vid:pid[:serial]` for HID.
    pub id: String,
    /// Serial or HID.
    pub class: DeviceClass,
    /// Where it is now.
    pub path: String,
    /// The name its maker gave it.
    pub name: String,
    /// Whether this user may open it.
    pub access: Access,
    /// The kind of reader it looks like; a keyboard may be a reader or a keyboard.
    pub looks_like: Option<ReaderKind>,
}

/// Every serial port and HID device, serial ports first.
#[must_use]
pub fn list() -> Vec<FoundDevice> {
    let mut devices = serial_devices();
    match hid_entries() {
        Ok(entries) => devices.extend(entries.iter().map(hid_device)),
        Err(error) => tracing::warn!(%error, "HID devices cannot be listed"),
    }
    devices
}

fn hid_device(entry: &HidEntry) -> FoundDevice {
    FoundDevice {
        id: entry.selector().to_string(),
        class: DeviceClass::Hid,
        path: entry.path.clone(),
        name: if entry.name.is_empty() { "HID device".into() } else { entry.name.clone() },
        access: access(&entry.path),
        looks_like: entry.looks_like(),
    }
}

fn serial_devices() -> Vec<FoundDevice> {
    let ports = crate::port::serial_ports();
    let by_id = links(Path::new("/dev/serial/by-id"));
    let by_path = links(Path::new("/dev/serial/by-path"));
    // On macOS each port has a second name that waits for a carrier (hardware.md section 7, row 8).
    let ports: Vec<_> = ports.into_iter().filter(|port| !port.port_name.starts_with("/dev/tty.")).collect();
    let alike = |vid: u16, pid: u16| {
        let usb = |port: &&serialport::SerialPortInfo| matches!(&port.port_type, SerialPortType::UsbPort(usb) if (usb.vid, usb.pid) == (vid, pid));
        ports.iter().filter(usb).count()
    };
    let found = ports.iter().map(|port| {
        let path = port.port_name.clone();
        let (name, twins) = match &port.port_type {
            SerialPortType::UsbPort(usb) => {
                let words = [usb.manufacturer.clone(), usb.product.clone()];
                let name = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
                (name, usb.serial_number.is_none() && alike(usb.vid, usb.pid) > 1)
            }
            SerialPortType::BluetoothPort => ("Bluetooth serial port".into(), false),
            _ => (String::new(), false),
        };
        // Two adapters without serial numbers share one by-id name; the USB socket tells them apart.
        let links = if twins { [&by_path, &by_id] } else { [&by_id, &by_path] };
        let linked = links.iter().find_map(|links| links.get(&path)).cloned();
        let id = linked.or_else(|| numbers(port, &ports)).unwrap_or_else(|| path.clone());
        let name = if name.is_empty() { "Serial port".into() } else { name };
        FoundDevice { id, class: DeviceClass::Serial, access: access(&path), path, name, looks_like: None }
    });
    found.collect()
}

/// The name by its adapter's numbers, where they are its own: for systems without lasting names.
fn numbers(port: &SerialPortInfo, ports: &[SerialPortInfo]) -> Option<String> {
    let of = |port: &SerialPortInfo| match &port.port_type {
        SerialPortType::UsbPort(usb) => {
            let serial = usb.serial_number.clone().filter(|serial| !serial.is_empty())?;
            Some(PortAddress::Usb { vid: usb.vid, pid: usb.pid, serial: Some(serial) })
        }
        _ => None,
    };
    let address = of(port)?;
    let alone = ports.iter().filter(|other| of(other).as_ref() == Some(&address)).count() == 1;
    alone.then(|| address.to_string())
}

/// The links of a folder, by what they point at.
fn links(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let mut links: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    links.sort();
    let target = |link: &std::path::PathBuf| Some(link.canonicalize().ok()?.display().to_string());
    // Reversed, so that of several links to one device the first by name stays.
    links.iter().rev().filter_map(|link| Some((target(link)?, link.display().to_string()))).collect()
}

#[cfg(unix)]
fn access(path: &str) -> Access {
    use nix::unistd::AccessFlags;
    match nix::unistd::access(path, AccessFlags::R_OK | AccessFlags::W_OK) {
        Err(nix::errno::Errno::EACCES | nix::errno::Errno::EPERM) => {
            Access::NotPermitted { group: owning_group(path) }
        }
        _ => Access::Permitted,
    }
}

#[cfg(not(unix))]
fn access(path: &str) -> Access {
    let _ = owning_group(path);
    Access::Permitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listing_works_on_any_machine() {
        for device in list() {
            assert!(!device.id.is_empty() && !device.name.is_empty(), "{device:?}");
        }
    }

    #[test]
    fn a_hid_device_is_told_by_its_numbers() {
        let entry = HidEntry {
            path: "/dev/hidraw3".into(),
            vid: 0x1eab,
            pid: 0x0310,
            usages: vec![(0x8C, 0x02)],
            ..HidEntry::default()
        };
        let device = hid_device(&entry);
        assert_eq!((device.id.as_str(), device.name.as_str()), ("1eab:0310", "HID device"));
        assert_eq!(device.looks_like, Some(ReaderKind::HidPos));
    }

    #[test]
    fn fault_12_a_port_without_a_lasting_name_is_listed_by_its_adapter() {
        let port = |name: &str, serial: Option<&str>| SerialPortInfo {
            port_name: name.into(),
            port_type: SerialPortType::UsbPort(serialport::UsbPortInfo {
                vid: 0x0403,
                pid: 0x6001,
                serial_number: serial.map(str::to_owned),
                manufacturer: None,
                product: None,
                location: None,
                interface: None,
            }),
        };
        let ports = [port("COM3", Some("A")), port("COM4", Some("B")), port("COM5", None)];
        assert_eq!(numbers(&ports[0], &ports).as_deref(), Some("usb:0403:6001:A"));
        assert_eq!(numbers(&ports[2], &ports), None);
        let twins = [port("COM3", Some("A")), port("COM4", Some("A"))];
        assert_eq!(numbers(&twins[0], &twins), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_found_by_their_target() {
        let folder = std::env::temp_dir().join(format!("cubby-links-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (target, link) = (folder.join("ttyUSB0"), folder.join("usb-Maker_Adapter-port0"));
        std::fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let target = target.canonicalize().unwrap().display().to_string();
        let found = links(&folder).remove(&target);
        std::fs::remove_dir_all(&folder).unwrap();
        // The file itself also "points at" itself; the first by name wins.
        assert!(found.is_some());
    }
}
