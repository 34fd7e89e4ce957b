//! A serial device through the `serialport` crate, opened for us alone. It must never touch RTS:
//! RS-485 adapters switch direction by themselves (hardware.md section 7, row 1).

use std::io::{self, Read, Write};
use std::time::Duration;

use serialport::{ClearBuffer, ErrorKind, SerialPort};

use super::Port;
use crate::error::{DeviceErrorKind, owning_group, while_opening};

pub(super) fn open(path: &str, baud: u32) -> Result<Box<dyn Port>, DeviceErrorKind> {
    let builder = serialport::new(path, baud).timeout(Duration::from_millis(100));
    let opened = match builder.clone().open() {
        // macOS at times calls a free port busy (hardware.md section 7, row 8).
        Err(error) if cfg!(target_os = "macos") && why(&error, path) == DeviceErrorKind::InUse => {
            tracing::warn!(path, "port reported busy, opening it without the exclusive lock");
            builder.exclusive(false).open()
        }
        other => other,
    };
    let port = SerialDevice(opened.map_err(|error| why(&error, path))?);
    port.0.clear(ClearBuffer::All).map_err(|error| why(&error, path))?;
    Ok(Box::new(port))
}

/// serialport 4.10.1 says `NoDevice` for a port in use, with "busy" or "lock" in the text
/// (hardware.md section 7, row 7), and on Windows also for one that is missing.
fn why(error: &serialport::Error, path: &str) -> DeviceErrorKind {
    match error.kind() {
        ErrorKind::NoDevice => {
            let there = error.description.contains("lock")
                || error.description.contains("busy")
                || std::path::Path::new(path).exists()
                || ports().iter().any(|port| port.port_name == path);
            if there { DeviceErrorKind::InUse } else { DeviceErrorKind::Missing }
        }
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            DeviceErrorKind::NotPermitted { group: owning_group(path) }
        }
        ErrorKind::Io(kind) => while_opening(&io::Error::new(kind, error.description.clone()), path),
        ErrorKind::Unknown if error.description.contains("No such device") => DeviceErrorKind::Missing,
        _ => DeviceErrorKind::Other { why: error.description.clone() },
    }
}

/// Every serial port the system tells of.
pub(crate) fn ports() -> Vec<serialport::SerialPortInfo> {
    // serialport 4.10.1 panics where this folder is missing.
    if cfg!(target_os = "linux") && !std::path::Path::new("/sys/class/tty").is_dir() {
        return Vec::new();
    }
    serialport::available_ports().unwrap_or_default()
}

struct SerialDevice(Box<dyn SerialPort>);

impl Read for SerialDevice {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for SerialDevice {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Port for SerialDevice {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Ok(self.0.set_timeout(timeout)?)
    }

    fn waiting(&mut self) -> io::Result<usize> {
        Ok(self.0.bytes_to_read()? as usize)
    }

    fn discard_input(&mut self) -> io::Result<()> {
        Ok(self.0.clear(ClearBuffer::Input)?)
    }

    fn discard_all(&mut self) -> io::Result<()> {
        Ok(self.0.clear(ClearBuffer::All)?)
    }
}
