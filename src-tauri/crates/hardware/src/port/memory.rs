//! Two ends of a cable in memory, and the list of simulated banks that can be opened by name. Dropping
//! one end is pulling the cable: the other end reads and writes `BrokenPipe`.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Port;
use crate::error::{DeviceErrorKind, while_opening};

/// One end of a cable in memory.
pub struct MemoryPort {
    cable: Arc<Cable>,
    /// Which of the two queues this end reads; it writes the other.
    side: usize,
    timeout: Duration,
}

#[derive(Default)]
struct Cable {
    state: Mutex<CableState>,
    changed: Condvar,
}

#[derive(Default)]
struct CableState {
    queues: [VecDeque<u8>; 2],
    cut: bool,
}

/// A cable with its two ends.
#[must_use]
pub fn memory_pair() -> (MemoryPort, MemoryPort) {
    let cable = Arc::new(Cable::default());
    let end = |side| MemoryPort { cable: Arc::clone(&cable), side, timeout: Duration::from_millis(100) };
    (end(0), end(1))
}

impl Cable {
    fn lock(&self) -> MutexGuard<'_, CableState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CableState {
    fn whole(&self) -> io::Result<()> {
        if self.cut { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

impl Drop for MemoryPort {
    fn drop(&mut self) {
        self.cable.lock().cut = true;
        self.cable.changed.notify_all();
    }
}

impl Read for MemoryPort {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let until = Instant::now() + self.timeout;
        let mut state = self.cable.lock();
        loop {
            let queue = &mut state.queues[self.side];
            if !queue.is_empty() {
                return queue.read(buffer);
            }
            state.whole()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let woken = self.cable.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Write for MemoryPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.cable.lock();
        state.whole()?;
        state.queues[1 - self.side].extend(bytes);
        self.cable.changed.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.cable.lock().whole()
    }
}

impl Port for MemoryPort {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.timeout = timeout;
        Ok(())
    }

    fn waiting(&mut self) -> io::Result<usize> {
        let state = self.cable.lock();
        match state.queues[self.side].len() {
            0 => state.whole().map(|()| 0),
            waiting => Ok(waiting),
        }
    }

    fn discard_input(&mut self) -> io::Result<()> {
        self.cable.lock().queues[self.side].clear();
        Ok(())
    }

    fn discard_all(&mut self) -> io::Result<()> {
        let mut state = self.cable.lock();
        state.queues.iter_mut().for_each(VecDeque::clear);
        Ok(())
    }
}

type Connect = Arc<dyn Fn() -> io::Result<Box<dyn Port>> + Send + Sync>;

/// Simulated banks live as long as the process, as real ones outlive ours.
static VIRTUAL: Mutex<BTreeMap<String, Connect>> = Mutex::new(BTreeMap::new());

/// Makes `virtual:NAME` an address: `connect` is called at each opening and may refuse, as a pulled
/// cable does with `NotFound`. A second registration of a name replaces the first.
pub fn register_virtual(
    name: impl Into<String>,
    connect: impl Fn() -> io::Result<Box<dyn Port>> + Send + Sync + 'static,
) {
    let mut known = VIRTUAL.lock().unwrap_or_else(PoisonError::into_inner);
    known.insert(name.into(), Arc::new(connect));
}

pub(super) fn open_virtual(name: &str) -> Result<Box<dyn Port>, DeviceErrorKind> {
    let connect = VIRTUAL.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    connect.ok_or(DeviceErrorKind::Missing)?().map_err(|error| while_opening(&error, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_cross_and_a_cut_cable_is_noticed() {
        let (mut near, mut far) = memory_pair();
        near.write_all(b"abc").unwrap();
        assert_eq!(far.waiting().unwrap(), 3);
        let mut buffer = [0; 8];
        assert_eq!(far.read(&mut buffer).unwrap(), 3);
        far.set_timeout(Duration::from_millis(1)).unwrap();
        assert_eq!(far.read(&mut buffer).unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(near);
        assert_eq!(far.read(&mut buffer).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(far.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
