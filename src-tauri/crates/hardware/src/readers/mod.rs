//! Badge and barcode readers: one thread each, which opens the device, tells what was read, and looks
//! for the device again for ever when it is gone. What was read is a secret at the kiosk: it must never
//! be logged here. Telling one reading from the same read twice is for the caller.

mod hid;
mod keyboard;
mod line;
mod pos;

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use crate::background::{Background, Stop};
use crate::error::{DeviceError, DeviceErrorKind, is_timeout, while_open};
use crate::port::{self, Finder, Port, PortAddress, usb_ports};

pub use hid::{BadSelector, HidSelector};
pub(crate) use hid::{HidEntry, hid_entries};
pub use keyboard::KeyboardDecoder;
pub use line::LineDecoder;
pub use pos::{PosDecoder, PosLayout};

/// How often a missing reader is looked for (hardware.md section 7, row 18).
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long one read waits, and so how soon silence and a stop are noticed.
const READ_TIMEOUT: Duration = Duration::from_millis(50);
/// The most characters one reading may have; longer ones are noise.
const LONGEST: usize = 256;

/// How a reader talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReaderKind {
    /// As a USB keyboard (hardware.md 3.3). Its keys also reach the focused window on Linux; Windows and
    /// macOS may refuse it (section 7, rows 15 to 17): `HidPos` or `SerialLine` is the better mode.
    HidKeyboard,
    /// As a HID point-of-sale scanner, usage page 8C (hardware.md 4).
    HidPos,
    /// As lines of text on a serial or TCP port.
    SerialLine,
}

impl ReaderKind {
    /// The name in the settings, such as `hid-pos`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HidKeyboard => "hid-keyboard",
            Self::HidPos => "hid-pos",
            Self::SerialLine => "serial-line",
        }
    }
}

impl fmt::Display for ReaderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReaderKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let kinds = [Self::HidKeyboard, Self::HidPos, Self::SerialLine];
        kinds.into_iter().find(|kind| kind.name() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// A name that belongs to no kind of reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no kind of reader: expected hid-keyboard, hid-pos or serial-line")]
pub struct UnknownKind(pub String);

/// A reader to keep open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderSettings {
    /// Its name in the site, for logs.
    pub name: String,
    /// How it talks.
    pub kind: ReaderKind,
    /// `vid:pid[:serial]` or a device path for HID, a port address for `SerialLine`.
    pub device: String,
    /// Bits per second; counts for serial devices only.
    pub baud: u32,
}

/// What a reader tells.
#[derive(Clone, PartialEq, Eq)]
pub enum ReaderEvent {
    /// The reader is there and open.
    Up,
    /// The reader is gone or could not be opened; told once per outage.
    Down {
        /// Why, as it was first seen.
        why: DeviceError,
    },
    /// A badge or code was read. Never empty, no control characters.
    Read {
        /// The characters.
        text: String,
    },
}

/// Written by hand so that no log can hold what was read.
impl fmt::Debug for ReaderEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up => f.write_str("Up"),
            Self::Down { why } => f.debug_struct("Down").field("why", why).finish(),
            Self::Read { text } => write!(f, "Read {{ {} characters }}", text.chars().count()),
        }
    }
}

/// A reader that is kept open until it is dropped.
pub struct Reader {
    _thread: Background,
}

impl Reader {
    /// Starts the thread. `events` is called on it.
    pub fn start(settings: ReaderSettings, events: impl Fn(ReaderEvent) + Send + 'static) -> Self {
        Self { _thread: Background::start("reader", move |stop| run(&settings, events, &stop)) }
    }
}

/// An open reader: waits a moment for bytes and gives what was read whole.
trait Source {
    fn next(&mut self) -> Result<Vec<String>, DeviceErrorKind>;
}

fn run(settings: &ReaderSettings, events: impl Fn(ReaderEvent), stop: &Stop) {
    let mut told_down = false;
    let mut finder = None;
    while !stop.is_set() {
        let why = match open(settings, &mut finder) {
            Ok(mut source) => {
                tracing::info!(name = settings.name, "reader up");
                events(ReaderEvent::Up);
                told_down = false;
                let Some(why) = listen(&mut *source, &events, stop) else { return };
                why
            }
            Err(why) => why,
        };
        if !told_down {
            told_down = true;
            let why = DeviceError::new(settings.device.as_str(), why);
            tracing::warn!(name = settings.name, %why, "reader down");
            events(ReaderEvent::Down { why });
        }
        stop.rest(LOOK_AGAIN);
    }
}

/// Tells readings until the device is gone; `None` when told to stop.
fn listen(source: &mut dyn Source, events: &impl Fn(ReaderEvent), stop: &Stop) -> Option<DeviceErrorKind> {
    while !stop.is_set() {
        match source.next() {
            Ok(texts) => texts.into_iter().for_each(|text| events(ReaderEvent::Read { text })),
            Err(why) => return Some(why),
        }
    }
    None
}

/// `finder` keeps which adapter a serial reader hangs on.
fn open(settings: &ReaderSettings, finder: &mut Option<Finder>) -> Result<Box<dyn Source>, DeviceErrorKind> {
    let other = |why: String| DeviceErrorKind::Other { why };
    if settings.kind == ReaderKind::SerialLine {
        let address: PortAddress =
            settings.device.parse().map_err(|bad: port::BadAddress| other(bad.to_string()))?;
        let finder = finder.get_or_insert_with(|| Finder::new(address, settings.baud, usb_ports()));
        let mut port = finder.open().map_err(|error| error.kind)?;
        port.set_timeout(READ_TIMEOUT).map_err(|error| while_open(&error))?;
        return Ok(Box::new(SerialSource { port, decoder: LineDecoder::default() }));
    }
    let selector: HidSelector = settings.device.parse().map_err(|bad: BadSelector| other(bad.to_string()))?;
    let device = hid::open(&selector, settings.kind)?;
    Ok(match settings.kind {
        ReaderKind::HidPos => {
            let layout = device.descriptor().and_then(|bytes| PosLayout::from_descriptor(&bytes));
            Box::new(PosSource { device, decoder: PosDecoder::new(layout.unwrap_or_default()) })
        }
        _ => Box::new(KeyboardSource { device, decoder: KeyboardDecoder::default() }),
    })
}

struct SerialSource {
    port: Box<dyn Port>,
    decoder: LineDecoder,
}

impl Source for SerialSource {
    fn next(&mut self) -> Result<Vec<String>, DeviceErrorKind> {
        let mut buffer = [0; 256];
        match self.port.read(&mut buffer) {
            Ok(0) => Err(DeviceErrorKind::Unplugged),
            Ok(count) => Ok(self.decoder.push(&buffer[..count], Instant::now())),
            Err(error) if is_timeout(&error) => Ok(Vec::new()),
            Err(error) => Err(while_open(&error)),
        }
    }
}

struct KeyboardSource {
    device: hid::Device,
    decoder: KeyboardDecoder,
}

impl Source for KeyboardSource {
    fn next(&mut self) -> Result<Vec<String>, DeviceErrorKind> {
        let read = match self.device.read(READ_TIMEOUT)? {
            Some(report) => self.decoder.push(&report, Instant::now()),
            None => self.decoder.silence(Instant::now()),
        };
        Ok(read.into_iter().collect())
    }
}

struct PosSource {
    device: hid::Device,
    decoder: PosDecoder,
}

impl Source for PosSource {
    fn next(&mut self) -> Result<Vec<String>, DeviceErrorKind> {
        let report = self.device.read(READ_TIMEOUT)?;
        Ok(report.and_then(|report| self.decoder.push(&report, Instant::now())).into_iter().collect())
    }
}

/// What is left of a reading without control characters; `None` for an empty or overlong one.
fn clean(bytes: &[u8]) -> Option<String> {
    let text: String = String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).collect();
    (!text.is_empty() && text.chars().count() <= LONGEST).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_and_print_alike() {
        for kind in [ReaderKind::HidKeyboard, ReaderKind::HidPos, ReaderKind::SerialLine] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert!("wiegand".parse::<ReaderKind>().is_err());
    }

    #[test]
    fn what_was_read_is_not_in_the_debug_text() {
        let event = ReaderEvent::Read { text: "0040856634".into() };
        assert_eq!(format!("{event:?}"), "Read { 10 characters }");
    }
}
