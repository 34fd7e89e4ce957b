//! The cables a virtual bank can hang on. A pulled cable looks to the driver as a real one does: its
//! port is dead, and opening it again finds nothing until the cable is back in.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::VirtualBank;
use super::bcc8a::{Act, Requests};
use crate::background::{Background, Stop};
use crate::error::is_timeout;
use crate::port::{MemoryPort, Port, memory_pair};

/// How often a serving thread looks whether its cable is still in.
const LOOK_UP: Duration = Duration::from_millis(10);

/// Counts a connection for as long as it lives.
struct Connection(VirtualBank);

impl Connection {
    fn begin(bank: &VirtualBank) -> io::Result<Self> {
        let mut state = bank.lock();
        if !state.plugged {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.serving += 1;
        Ok(Self(bank.clone()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.lock().serving -= 1;
        self.0.shared.changed.notify_all();
    }
}

pub(super) fn memory(bank: &VirtualBank) -> io::Result<MemoryPort> {
    let connection = Connection::begin(bank)?;
    let (near, mut far) = memory_pair();
    thread::Builder::new().name("virtual-bank".into()).spawn(move || {
        let bank = connection.0.clone();
        far.set_timeout(LOOK_UP).and_then(|()| talk(&[bank], None, &mut far, || true)).ok();
        // The far end goes first: who pulls the cable waits for the connection to end.
        drop(far);
        drop(connection);
    })?;
    Ok(near)
}

/// Answers requests until the cable is out, the port fails or `going` says no. Reads must time out. All boards hear
/// what is on the line; the cable is the first one's. With `byte` each byte takes that long on the wire, as nothing
/// takes no time on a real one.
fn talk(
    boards: &[VirtualBank],
    byte: Option<Duration>,
    port: &mut (impl Read + Write),
    going: impl Fn() -> bool,
) -> io::Result<()> {
    let Some(bank) = boards.first() else { return Ok(()) };
    let on_the_wire = |bytes: usize| {
        if let Some(byte) = byte {
            thread::sleep(byte * u32::try_from(bytes).unwrap_or(u32::MAX));
        }
    };
    let mut requests = Requests::default();
    let mut later: Vec<(Instant, Vec<u8>)> = Vec::new();
    let mut buffer = [0; 256];
    while going() && bank.is_plugged() {
        let now = Instant::now();
        for (_, bytes) in later.extract_if(.., |(at, _)| *at <= now) {
            port.write_all(&bytes)?;
        }
        let count = match port.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if is_timeout(&error) => continue,
            Err(error) => return Err(error),
        };
        // Bytes that arrive as the cable goes out never reached the board.
        if !bank.is_plugged() {
            break;
        }
        if let Some(echo) = bank.echo(&buffer[..count]) {
            port.write_all(&echo)?;
        }
        requests.push(&buffer[..count]);
        while let Some(frame) = requests.next() {
            on_the_wire(frame.len());
            for act in boards.iter().flat_map(|board| board.serve(frame, Instant::now())) {
                match act {
                    Act::Say { after, bytes } if after.is_zero() => {
                        on_the_wire(bytes.len());
                        port.write_all(&bytes)?;
                    }
                    Act::Say { after, bytes } => later.push((Instant::now() + after, bytes)),
                    Act::Unplug => {
                        bank.lock().plugged = false;
                        return Ok(());
                    }
                }
            }
        }
    }
    Ok(())
}

/// A virtual bank behind a TCP listener, as long as this lives.
pub struct TcpBoard {
    address: SocketAddr,
    _server: Background,
}

impl TcpBoard {
    pub(super) fn new(bank: &VirtualBank) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let bank = bank.clone();
        let server = Background::start("virtual-bank", move |stop| {
            while !stop.is_set() {
                match listener.accept() {
                    Ok((stream, _)) => Self::connection(&bank, stream, &stop).unwrap_or_default(),
                    Err(_) => thread::sleep(LOOK_UP),
                }
            }
        });
        Ok(Self { address, _server: server })
    }

    fn connection(bank: &VirtualBank, mut stream: TcpStream, stop: &Stop) -> io::Result<()> {
        let _connection = Connection::begin(bank)?;
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LOOK_UP))?;
        talk(std::slice::from_ref(bank), None, &mut stream, || !stop.is_set())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

#[cfg(unix)]
pub use pty::PtyBoard;

#[cfg(unix)]
mod pty {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;
    use std::sync::PoisonError;
    use std::sync::atomic::{AtomicU64, Ordering};

    use serialport::{SerialPort, TTYPort};

    use super::{Background, Connection, Duration, LOOK_UP, VirtualBank, io, talk};

    /// A virtual bank behind a pseudo-terminal, as long as this lives. Its path is a link that stays the
    /// same while the cable goes out and in, as `/dev/serial/by-id` does for a real adapter.
    pub struct PtyBoard {
        path: PathBuf,
        _server: Background,
    }

    impl PtyBoard {
        pub(in crate::simulate) fn new(
            bank: &VirtualBank,
            others: &[VirtualBank],
            byte: Option<Duration>,
        ) -> io::Result<Self> {
            static COUNT: AtomicU64 = AtomicU64::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("cubby-pty-{}-{number}", std::process::id()));
            let first = Cable::new(bank, &path)?;
            let (bank, link) = (bank.clone(), path.clone());
            let boards = [std::slice::from_ref(&bank), others].concat();
            let server = Background::start("virtual-bank", move |stop| {
                let mut cable = Some(first);
                while !stop.is_set() {
                    if let Some(mut cable) = cable.take() {
                        let _ = talk(&boards, byte, &mut cable.master, || !stop.is_set());
                    } else if wait_plugged(&bank) {
                        cable = Cable::new(&bank, &link)
                            .inspect_err(|error| tracing::warn!(%error, "no pseudo-terminal"))
                            .ok();
                    }
                }
            });
            Ok(Self { path, _server: server })
        }

        /// The path for the driver to open.
        #[must_use]
        pub fn path(&self) -> String {
            self.path.display().to_string()
        }
    }

    fn wait_plugged(bank: &VirtualBank) -> bool {
        let state = bank.lock();
        let waited = bank.shared.changed.wait_timeout_while(state, LOOK_UP, |state| !state.plugged);
        waited.unwrap_or_else(PoisonError::into_inner).0.plugged
    }

    struct Cable {
        master: TTYPort,
        /// Kept open, so that the master does not hang up each time the driver closes its end.
        _slave: TTYPort,
        link: PathBuf,
        _connection: Connection,
    }

    impl Cable {
        fn new(bank: &VirtualBank, link: &PathBuf) -> io::Result<Self> {
            let connection = Connection::begin(bank)?;
            let (mut master, slave) = TTYPort::pair()?;
            master.set_timeout(LOOK_UP)?;
            let slave_path = slave.name().ok_or(io::ErrorKind::NotFound)?;
            let _ = std::fs::remove_file(link);
            symlink(slave_path, link)?;
            Ok(Self { master, _slave: slave, link: link.clone(), _connection: connection })
        }
    }

    /// The link goes first, then (in the order of the fields) the terminal and the connection.
    impl Drop for Cable {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.link);
        }
    }
}
