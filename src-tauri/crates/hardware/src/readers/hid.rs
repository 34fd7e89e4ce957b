//! The only file that touches hidapi: what is plugged in, opening by selector, reading a report. It
//! must never take a read of zero bytes for anything but a time-out (hardware.md section 7, row 18).

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hidapi::{HidApi, HidDevice};

use super::ReaderKind;
use crate::error::{DeviceErrorKind, owning_group};

/// Which HID device is meant: `vid:pid[:serial]` in hexadecimal, or a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HidSelector {
    /// Any device with these numbers, on any socket.
    Usb {
        /// The vendor's number.
        vid: u16,
        /// The product's number.
        pid: u16,
        /// The serial number, if more than one such device is in use.
        serial: Option<String>,
    },
    /// A device path, such as `/dev/hidraw0`.
    Path(String),
}

/// A selector that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no HID device: expected vid:pid, vid:pid:serial or a device path")]
pub struct BadSelector(pub String);

impl FromStr for HidSelector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, BadSelector> {
        let number = |part: &str| (part.len() == 4).then(|| u16::from_str_radix(part, 16).ok()).flatten();
        let mut parts = text.splitn(3, ':');
        if let (Some(vid), Some(pid)) = (parts.next().and_then(number), parts.next().and_then(number)) {
            let serial = parts.next().map(str::to_owned).filter(|serial| !serial.is_empty());
            return Ok(Self::Usb { vid, pid, serial });
        }
        // Unix paths, Windows device interfaces, macOS registry names.
        if text.starts_with(['/', '\\']) || text.starts_with("DevSrvsID:") || text.starts_with("IOService:") {
            return Ok(Self::Path(text.to_owned()));
        }
        Err(BadSelector(text.to_owned()))
    }
}

impl fmt::Display for HidSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usb { vid, pid, serial: None } => write!(f, "{vid:04x}:{pid:04x}"),
            Self::Usb { vid, pid, serial: Some(serial) } => write!(f, "{vid:04x}:{pid:04x}:{serial}"),
            Self::Path(path) => f.write_str(path),
        }
    }
}

/// One HID interface that is plugged in, with every use it declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HidEntry {
    pub path: String,
    pub vid: u16,
    pub pid: u16,
    pub serial: Option<String>,
    pub name: String,
    /// Usage page and usage of each top-level collection.
    pub usages: Vec<(u16, u16)>,
}

impl HidEntry {
    pub fn selector(&self) -> HidSelector {
        HidSelector::Usb { vid: self.vid, pid: self.pid, serial: self.serial.clone() }
    }

    /// Keyboard 01:06, or the page of barcode and badge readers 8C.
    pub fn looks_like(&self) -> Option<ReaderKind> {
        if self.usages.iter().any(|usage| usage.0 == 0x8C) {
            Some(ReaderKind::HidPos)
        } else {
            self.usages.contains(&(0x01, 0x06)).then_some(ReaderKind::HidKeyboard)
        }
    }

    fn is_meant_by(&self, selector: &HidSelector) -> bool {
        match selector {
            HidSelector::Path(path) => *path == self.path,
            HidSelector::Usb { vid, pid, serial } => {
                (*vid, *pid) == (self.vid, self.pid) && (serial.is_none() || *serial == self.serial)
            }
        }
    }
}

/// The interface to open. One device often has several, and only one of them talks as `kind` does.
fn choose<'a>(
    entries: &'a [HidEntry],
    selector: &HidSelector,
    kind: ReaderKind,
) -> Result<&'a HidEntry, DeviceErrorKind> {
    let meant: Vec<&HidEntry> = entries.iter().filter(|entry| entry.is_meant_by(selector)).collect();
    let fits = |entry: &&&HidEntry| {
        // Where the system does not tell the usages, only the person who chose the device knows.
        entry.usages.iter().all(|usage| *usage == (0, 0)) || entry.looks_like() == Some(kind)
    };
    match (meant.iter().find(fits), selector, meant.first()) {
        (Some(entry), _, _) | (None, HidSelector::Path(_), Some(entry)) => Ok(entry),
        (None, _, Some(_)) => Err(DeviceErrorKind::Other { why: format!("plugged in, but not as {kind}") }),
        (None, _, None) => Err(DeviceErrorKind::Missing),
    }
}

/// hidapi caches its list and is not made for two threads at once.
static API: Mutex<Option<HidApi>> = Mutex::new(None);

fn with_api<T>(work: impl FnOnce(&mut HidApi) -> Result<T, DeviceErrorKind>) -> Result<T, DeviceErrorKind> {
    let mut api = API.lock().unwrap_or_else(PoisonError::into_inner);
    if api.is_none() {
        *api = Some(HidApi::new().map_err(other)?);
    }
    api.as_mut().map_or(Err(DeviceErrorKind::Missing), work)
}

fn other(error: impl fmt::Display) -> DeviceErrorKind {
    DeviceErrorKind::Other { why: error.to_string() }
}

fn entries_of(api: &mut HidApi) -> Result<Vec<HidEntry>, DeviceErrorKind> {
    api.refresh_devices().map_err(other)?;
    let mut entries = BTreeMap::<String, HidEntry>::new();
    for info in api.device_list() {
        let path = info.path().to_string_lossy().into_owned();
        let text =
            |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let entry = entries.entry(path.clone()).or_insert_with(|| HidEntry {
            path,
            vid: info.vendor_id(),
            pid: info.product_id(),
            serial: text(info.serial_number()),
            name: [text(info.manufacturer_string()), text(info.product_string())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            usages: Vec::new(),
        });
        entry.usages.push((info.usage_page(), info.usage()));
    }
    Ok(entries.into_values().collect())
}

/// Every HID interface that is plugged in, also those that may not be opened.
pub(crate) fn hid_entries() -> Result<Vec<HidEntry>, DeviceErrorKind> {
    with_api(entries_of)
}

/// An open HID interface.
pub(super) struct Device(HidDevice);

pub(super) fn open(selector: &HidSelector, kind: ReaderKind) -> Result<Device, DeviceErrorKind> {
    with_api(|api| {
        let entries = entries_of(api)?;
        let entry = choose(&entries, selector, kind)?;
        let path = CString::new(entry.path.as_str()).map_err(other)?;
        api.open_path(&path).map(Device).map_err(|error| refused(&error.to_string(), &entry.path))
    })
}

/// hidapi gives text only: Linux "Permission denied", macOS "not permitted", Windows "Access is denied".
fn refused(text: &str, path: &str) -> DeviceErrorKind {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["Permission denied", "not permitted", "Access is denied", "0xE00002E2"]) {
        DeviceErrorKind::NotPermitted { group: owning_group(path) }
    } else if has(&["No such", "not found"]) {
        DeviceErrorKind::Missing
    } else {
        other(text)
    }
}

impl Device {
    /// The report descriptor, where the system gives it.
    pub fn descriptor(&self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 4096];
        let length = self.0.get_report_descriptor(&mut buffer).ok()?;
        buffer.truncate(length);
        Some(buffer)
    }

    /// The next input report, with its report id in front if it has one; `None` when none came in time.
    pub fn read(&mut self, timeout: Duration) -> Result<Option<Vec<u8>>, DeviceErrorKind> {
        let mut buffer = vec![0; 512];
        let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        match self.0.read_timeout(&mut buffer, millis) {
            Ok(0) => Ok(None),
            Ok(length) => {
                buffer.truncate(length);
                Ok(Some(buffer))
            }
            // After an unplug no error is told from another; the next opening finds out.
            Err(error) => {
                tracing::debug!(%error, "reading failed");
                Err(DeviceErrorKind::Unplugged)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, serial: Option<&str>, usage: (u16, u16)) -> HidEntry {
        let serial = serial.map(str::to_owned);
        HidEntry {
            path: path.into(),
            vid: 0x0c27,
            pid: 0x3bfa,
            serial,
            usages: vec![usage],
            ..HidEntry::default()
        }
    }

    #[test]
    fn selectors_read_and_print_alike() {
        for text in ["0c27:3bfa", "0c27:3bfa:A:1", "/dev/hidraw0", "\\\\?\\hid#vid_0c27"] {
            assert_eq!(text.parse::<HidSelector>().unwrap().to_string(), text);
        }
        for text in ["", "0c27", "c27:3bfa", "keyboard"] {
            assert!(text.parse::<HidSelector>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_interface_that_fits_is_chosen() {
        let entries = [
            entry("/dev/hidraw0", None, (0x0C, 0x01)),
            entry("/dev/hidraw1", None, (0x01, 0x06)),
            entry("/dev/hidraw2", Some("77"), (0x8C, 0x02)),
        ];
        let path = |text: &str, kind| {
            choose(&entries, &text.parse().unwrap(), kind).map(|entry| entry.path.as_str())
        };
        assert_eq!(path("0c27:3bfa", ReaderKind::HidKeyboard), Ok("/dev/hidraw1"));
        assert_eq!(path("0c27:3bfa", ReaderKind::HidPos), Ok("/dev/hidraw2"));
        assert_eq!(path("0c27:3bfa:77", ReaderKind::HidPos), Ok("/dev/hidraw2"));
        assert_eq!(path("0c27:3bfa:78", ReaderKind::HidPos), Err(DeviceErrorKind::Missing));
        assert_eq!(path("/dev/hidraw0", ReaderKind::HidPos), Ok("/dev/hidraw0"));
        assert!(matches!(path("0c27:3bfa:77", ReaderKind::HidKeyboard), Err(DeviceErrorKind::Other { .. })));
    }

    #[test]
    fn a_refusal_is_told_from_an_absence() {
        let text = "hidapi error: failed to open device with path /x: Permission denied (os error 13)";
        assert_eq!(refused(text, "/no/such/path"), DeviceErrorKind::NotPermitted { group: None });
        assert_eq!(refused("No such file or directory", "/x"), DeviceErrorKind::Missing);
    }
}
