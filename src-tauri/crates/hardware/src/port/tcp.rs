//! A serial-to-Ethernet converter by TCP. The system keeps bytes that a dead network did not take and
//! would deliver an unlock minutes later; so the connection is closed by reset, which drops them.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use socket2::SockRef;

use super::Port;
use crate::error::{DeviceErrorKind, while_opening};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the system may go on trying to deliver bytes before it gives the connection up. An
/// unlock is worth sending for 2 s (faults.md, the unlock rule).
#[cfg(any(target_os = "linux", target_os = "android"))]
const DELIVER_WITHIN: Duration = Duration::from_secs(2);

pub(super) fn open(place: &str) -> Result<Box<dyn Port>, DeviceErrorKind> {
    connect(place).map(|port| Box::new(port) as Box<dyn Port>).map_err(|error| while_opening(&error, place))
}

fn connect(place: &str) -> io::Result<TcpPort> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => return TcpPort::new(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

struct TcpPort(TcpStream);

impl TcpPort {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let socket = SockRef::from(&stream);
        socket.set_linger(Some(Duration::ZERO))?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        socket.set_tcp_user_timeout(Some(DELIVER_WITHIN))?;
        let mut port = Self(stream);
        port.set_timeout(Duration::from_millis(100))?;
        Ok(port)
    }
}

impl Read for TcpPort {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for TcpPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Port for TcpPort {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        // The standard library refuses a zero time-out.
        let timeout = Some(timeout.max(Duration::from_millis(1)));
        self.0.set_read_timeout(timeout)?;
        self.0.set_write_timeout(timeout)
    }

    fn waiting(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 512];
        self.0.set_nonblocking(true)?;
        let peeked = self.0.peek(&mut buffer);
        self.0.set_nonblocking(false)?;
        match peeked {
            // The far end hung up, and nothing is left to read.
            Ok(0) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            other => other,
        }
    }

    fn discard_input(&mut self) -> io::Result<()> {
        let mut buffer = [0; 512];
        // Bounded, so that a peer which never stops talking cannot hold the line.
        for _ in 0..64 {
            if self.waiting()? == 0 || self.0.read(&mut buffer)? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// What was handed to the system cannot be taken back; only closing does that.
    fn discard_all(&mut self) -> io::Result<()> {
        self.discard_input()
    }

    fn delivers_late(&self) -> bool {
        true
    }
}
