//! One opening of a port, as turns: clear, send, listen. It keeps the gap between frames, waits until
//! the last byte has left, and takes our own echoed bytes out of what comes back. It must never give a
//! frame to the caller that was received before the request was sent.
//!
//! **Echo.** Some RS-485 adapters return every byte sent, and in the 8A family an acknowledgement can
//! equal its command byte for byte (hardware.md section 0). So echo is learnt on questions only, which
//! no reply equals: when the very bytes of a question come back first, the adapter echoes. From then
//! on exactly the bytes sent are taken off the front of what follows each request; if others come,
//! that turn counts as unanswered and the echo is learnt anew.

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::background::Stop;
use crate::boards::{Awaiting, BoardDriver, Decoder, Reply};
use crate::error::is_timeout;
use crate::port::Port;

/// Silence that ends a frame. FTDI adapters hold short reads for 16 ms (hardware.md section 7, row 5).
const QUIET: Duration = Duration::from_millis(25);
/// How often a long wait looks whether the line shall stop.
const LOOK_UP: Duration = Duration::from_millis(50);
const WRITE_TIMEOUT: Duration = Duration::from_millis(200);
const LEAST_GAP: Duration = Duration::from_millis(5);

/// How the request's own bytes stand in what is received.
enum Own {
    /// None are expected.
    None,
    /// These must come next, and are taken off.
    Due(Vec<u8>),
    /// These may come first; `seen` of them have, and would be part of a reply otherwise.
    Perhaps { sent: Vec<u8>, seen: usize },
    /// Others came: nothing of this turn can be trusted.
    Spoilt,
}

pub(super) struct Wire {
    port: Box<dyn Port>,
    decoder: Box<dyn Decoder>,
    stop: Stop,
    gap: Duration,
    /// When the last byte went either way.
    last_byte: Instant,
    echo: bool,
    own: Own,
}

/// A write that failed, and how many bytes the system had taken.
pub(super) struct SendError {
    pub accepted: usize,
    pub error: io::Error,
}

impl Wire {
    pub fn new(port: Box<dyn Port>, driver: &dyn BoardDriver, baud: u32, stop: Stop) -> Self {
        // 3.5 characters of 11 bits.
        let gap = Duration::from_secs_f64(38.5 / f64::from(baud.max(1)))
            .clamp(LEAST_GAP, Duration::from_millis(200));
        let decoder = driver.decoder();
        Self { port, decoder, stop, gap, last_byte: Instant::now(), echo: false, own: Own::None }
    }

    pub fn delivers_late(&self) -> bool {
        self.port.delivers_late()
    }

    /// After an opening: what adapters and converters kept from before is of no time that is known.
    pub fn forget(&mut self) -> io::Result<()> {
        self.port.discard_all()
    }

    /// Keeps the gap since the last frame and drops what was received, but for unsolicited changes.
    pub fn clear(&mut self) -> io::Result<Vec<Reply>> {
        thread::sleep((self.last_byte + self.gap).saturating_duration_since(Instant::now()));
        let mut buffer = [0; 256];
        // Bounded, so that a line that never stops talking cannot hold up an unlock.
        for _ in 0..4 {
            if self.port.waiting()? == 0 {
                break;
            }
            let count = self.read(&mut buffer, Duration::from_millis(1))?;
            self.take(&buffer[..count]);
        }
        self.port.discard_input()?;
        self.settle_own();
        let replies = std::iter::from_fn(|| self.decoder.next(Awaiting::Nothing, true));
        Ok(replies.filter(|reply| matches!(reply, Reply::Changed { .. })).collect())
    }

    /// Sends a request and returns when its last byte has left. `asks` marks one that no reply equals.
    pub fn send(&mut self, frame: &[u8], asks: bool) -> Result<Instant, SendError> {
        let mut accepted = 0;
        let sent = self.write(frame, &mut accepted);
        self.last_byte = Instant::now();
        self.own = match (self.echo, asks) {
            (true, _) => Own::Due(frame.to_vec()),
            (false, true) => Own::Perhaps { sent: frame.to_vec(), seen: 0 },
            (false, false) => Own::None,
        };
        sent.map(|()| self.last_byte).map_err(|error| SendError { accepted, error })
    }

    fn write(&mut self, frame: &[u8], accepted: &mut usize) -> io::Result<()> {
        self.port.set_timeout(WRITE_TIMEOUT)?;
        while let Some(rest) = frame.get(*accepted..).filter(|rest| !rest.is_empty()) {
            match self.port.write(rest) {
                Ok(0) => return Err(io::ErrorKind::BrokenPipe.into()),
                Ok(count) => *accepted += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.port.flush()
    }

    /// The next reply, or `None` at `until` or when the line shall stop.
    pub fn next(&mut self, awaiting: Awaiting, until: Instant) -> io::Result<Option<Reply>> {
        let mut buffer = [0; 256];
        loop {
            let quiet_at = self.last_byte + QUIET;
            let midway = self.is_midway();
            let quiet = midway && Instant::now() >= quiet_at;
            if quiet {
                self.settle_own();
            }
            if let Some(reply) = self.decoder.next(awaiting, quiet) {
                return Ok(Some(reply));
            }
            let now = Instant::now();
            if now >= until || self.stop.is_set() {
                return Ok(None);
            }
            let wake = if self.is_midway() { until.min(quiet_at) } else { until.min(now + LOOK_UP) };
            let count = self.read(&mut buffer, wake.saturating_duration_since(now))?;
            self.take(&buffer[..count]);
        }
    }

    /// Reads what there is; 0 bytes for a time-out.
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.port.set_timeout(timeout.max(Duration::from_millis(1)))?;
        match self.port.read(buffer) {
            Ok(0) => Err(io::ErrorKind::BrokenPipe.into()),
            Ok(count) => {
                self.last_byte = Instant::now();
                Ok(count)
            }
            Err(error) if is_timeout(&error) => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn is_midway(&self) -> bool {
        self.decoder.is_midway() || matches!(self.own, Own::Perhaps { seen: 1.., .. })
    }

    /// Passes received bytes to the decoder, less our own.
    fn take(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        while let Some((&byte, rest)) = bytes.split_first() {
            match &mut self.own {
                Own::None => return self.decoder.push(bytes),
                Own::Spoilt => return,
                Own::Due(due) if due.is_empty() => {
                    self.own = Own::None;
                    continue;
                }
                Own::Due(due) if due.first() == Some(&byte) => {
                    due.remove(0);
                }
                Own::Due(_) => {
                    tracing::warn!("the adapter no longer echoes what was sent");
                    self.echo = false;
                    self.own = Own::Spoilt;
                }
                Own::Perhaps { sent, seen } if sent.get(*seen) == Some(&byte) => {
                    *seen += 1;
                    if *seen == sent.len() {
                        tracing::info!("the adapter echoes what is sent");
                        self.echo = true;
                        self.own = Own::None;
                    }
                }
                Own::Perhaps { .. } => {
                    self.settle_own();
                    continue;
                }
            }
            bytes = rest;
        }
    }

    /// It was not our own echo after all: what matched so far belongs to a reply.
    fn settle_own(&mut self) {
        if let Own::Perhaps { sent, seen } = std::mem::replace(&mut self.own, Own::None) {
            self.decoder.push(&sent[..seen]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;

    use super::*;
    use crate::memory_pair;

    /// Keeps what gets through to it.
    struct Record(Arc<Mutex<Vec<u8>>>);

    impl Decoder for Record {
        fn push(&mut self, bytes: &[u8]) {
            self.0.lock().unwrap().extend_from_slice(bytes);
        }

        fn next(&mut self, _: Awaiting, _: bool) -> Option<Reply> {
            None
        }

        fn is_midway(&self) -> bool {
            false
        }
    }

    /// What is left of `heard`, come in pieces, after our own `sent` was taken out; and whether an echo
    /// was learnt.
    fn heard(own: Own, heard: &[u8], piece: usize) -> (Vec<u8>, bool) {
        let through = Arc::new(Mutex::new(Vec::new()));
        let mut wire = Wire {
            port: Box::new(memory_pair().0),
            decoder: Box::new(Record(Arc::clone(&through))),
            stop: Stop::default(),
            gap: LEAST_GAP,
            last_byte: Instant::now(),
            echo: matches!(own, Own::Due(_)),
            own,
        };
        heard.chunks(piece).for_each(|piece| wire.take(piece));
        wire.settle_own();
        let through = through.lock().unwrap().clone();
        (through, wire.echo)
    }

    #[test]
    fn fuzz_an_echo_is_taken_off_whole_or_not_at_all() {
        // Few different bytes, so that what comes often begins like what was sent.
        let byte = || prop::sample::select(vec![0x80u8, 0x01, 0x00, 0x33]);
        let bytes = |most| prop::collection::vec(byte(), 0..most);
        fuzz::fuzz(&(prop::collection::vec(byte(), 1..6), bytes(12), 1usize..6), |(sent, rest, piece)| {
            let echoed = [sent.clone(), rest.clone()].concat();
            let perhaps = || Own::Perhaps { sent: sent.clone(), seen: 0 };
            prop_assert_eq!(heard(perhaps(), &echoed, piece), (rest.clone(), true));
            prop_assert_eq!(heard(Own::Due(sent.clone()), &echoed, piece), (rest.clone(), true));
            prop_assert_eq!(heard(Own::None, &echoed, piece), (echoed, false));
            if !rest.starts_with(&sent) {
                prop_assert_eq!(heard(perhaps(), &rest, piece), (rest.clone(), false));
            }
            if !rest.starts_with(&sent) && !sent.starts_with(&rest) {
                // An adapter that echoed and does so no longer: nothing of this turn is believed.
                prop_assert_eq!(heard(Own::Due(sent), &rest, piece), (Vec::new(), false));
            }
            Ok(())
        });
    }
}
