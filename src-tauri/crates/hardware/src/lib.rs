//! The devices of a parcel room: lock boards on serial lines and badge or barcode readers.
//!
//! Bytes come and go through a [`Port`]; a [`Line`] owns one port, speaks one board family on it and
//! tells of doors and unlocks as [`LineEvent`]s; a [`Reader`] tells of scans. The crate knows no
//! database, no clock but the monotonic one, no async runtime and no business rule. It must never
//! decide that a door shall open: it sends one unlock frame for one request, and never sends it again.

#![warn(missing_docs)]

mod background;
pub mod boards;
mod devices;
mod error;
mod line;
mod port;
mod readers;
pub mod simulate;

pub use boards::{DriverKind, UnknownDriver};
pub use devices::{Access, DeviceClass, FoundDevice, list};
pub use error::{DeviceError, DeviceErrorKind};
pub use line::{
    BoardSettings, DoorReading, Line, LineEvent, LineSettings, Mismatch, NotSentWhy, StatusOrder,
    UnlockProgress, UnlockRequest,
};
pub use port::{
    BadAddress, MemoryPort, Port, PortAddress, UsbId, UsbPort, UsbPorts, memory_pair, open, register_virtual,
};
pub use readers::{
    BadSelector, HidSelector, KeyboardDecoder, LineDecoder, PosDecoder, PosLayout, Reader, ReaderEvent,
    ReaderKind, ReaderSettings, UnknownKind,
};
