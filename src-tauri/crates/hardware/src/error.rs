//! What can be wrong with a device, in terms a technician can act on. Never a bare message that a
//! caller would have to compare: every cause that somebody handles differently is a variant.

use std::io;

/// A device, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{device}: {kind}")]
pub struct DeviceError {
    /// The address as it is written in the settings, such as `/dev/ttyUSB0` or `1a86:e429`.
    pub device: String,
    /// What is wrong.
    pub kind: DeviceErrorKind,
}

/// What is wrong with a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceErrorKind {
    /// No such device is plugged in, or nobody listens at the address.
    #[error("not found")]
    Missing,
    /// The device is there, but this user may not open it.
    #[error("not permitted{}", .group.as_ref().map(|g| format!(" (the device belongs to group {g})")).unwrap_or_default())]
    NotPermitted {
        /// The group that owns the device node, where there is one.
        group: Option<String>,
    },
    /// Another program holds the device.
    #[error("in use by another program")]
    InUse,
    /// The device was there and is gone.
    #[error("unplugged")]
    Unplugged,
    /// The device took no data, or gave none, in time.
    #[error("timed out")]
    Timeout,
    /// The device said something that cannot be understood.
    #[error("garbled: {why}")]
    Garbled {
        /// What was wrong with it.
        why: String,
    },
    /// The device said no.
    #[error("rejected with code {code:#04x}")]
    Rejected {
        /// The device's own code.
        code: u8,
    },
    /// Anything else, in the system's words.
    #[error("{why}")]
    Other {
        /// The system's words.
        why: String,
    },
}

impl DeviceError {
    pub(crate) fn new(device: impl Into<String>, kind: DeviceErrorKind) -> Self {
        Self { device: device.into(), kind }
    }
}

/// True for a read or write that merely found nothing to do in time.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// What an error on an open port means.
pub(crate) fn while_open(error: &io::Error) -> DeviceErrorKind {
    use io::ErrorKind as K;
    // ENXIO 6, EBADF 9 and ENODEV 19 have no ErrorKind; EIO is 5 and reaches us from the serialport
    // crate as text only (hardware.md section 7, row 9: "I/O error" from bytes_to_read on a dead pty).
    let gone_by_number = cfg!(unix) && matches!(error.raw_os_error(), Some(5 | 6 | 9 | 19));
    let gone_by_text = error.kind() == K::Other
        && ["I/O error", "Input/output error", "No such device", "Bad file", "flush failed"]
            .iter()
            .any(|text| error.to_string().contains(text));
    match error.kind() {
        K::BrokenPipe
        | K::NotFound
        | K::NotConnected
        | K::ConnectionReset
        | K::ConnectionAborted
        | K::UnexpectedEof => DeviceErrorKind::Unplugged,
        _ if gone_by_number || gone_by_text => DeviceErrorKind::Unplugged,
        K::TimedOut | K::WouldBlock => DeviceErrorKind::Timeout,
        _ => DeviceErrorKind::Other { why: error.to_string() },
    }
}

/// What an error on opening a device node means.
pub(crate) fn while_opening(error: &io::Error, path: &str) -> DeviceErrorKind {
    use io::ErrorKind as K;
    match error.kind() {
        K::NotFound | K::ConnectionRefused | K::HostUnreachable | K::NetworkUnreachable => {
            DeviceErrorKind::Missing
        }
        K::PermissionDenied => DeviceErrorKind::NotPermitted { group: owning_group(path) },
        K::ResourceBusy | K::AddrInUse => DeviceErrorKind::InUse,
        K::TimedOut | K::WouldBlock => DeviceErrorKind::Timeout,
        _ => DeviceErrorKind::Other { why: error.to_string() },
    }
}

/// The name of the group that owns a device node.
#[cfg(unix)]
pub(crate) fn owning_group(path: &str) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let gid = std::fs::metadata(path).ok()?.gid();
    let group = nix::unistd::Group::from_gid(gid.into()).ok().flatten();
    Some(group.map_or_else(|| gid.to_string(), |group| group.name))
}

/// Windows ports have no owning group.
#[cfg(not(unix))]
pub(crate) fn owning_group(_path: &str) -> Option<String> {
    None
}
