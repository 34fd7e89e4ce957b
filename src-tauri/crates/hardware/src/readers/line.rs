//! Text lines from a serial reader: CR, LF or both end one. Pure; it must never make a reading out of
//! an empty line or a cut one.

use std::time::{Duration, Instant};

use super::{LONGEST, clean};

/// No reader pauses this long inside a line; what is held then is noise from plugging in.
const STALE: Duration = Duration::from_secs(1);
/// Bytes in the longest line kept: four to a character in UTF-8.
const KEPT: usize = LONGEST * 4;

/// Cuts a byte stream into readings.
#[derive(Debug, Default)]
pub struct LineDecoder {
    held: Vec<u8>,
    /// The line is too long: it is dropped as a whole, for a part of it may be another badge.
    overlong: bool,
    last: Option<Instant>,
}

impl LineDecoder {
    /// Takes bytes received at `at` and gives the readings they complete.
    pub fn push(&mut self, bytes: &[u8], at: Instant) -> Vec<String> {
        if self.last.replace(at).is_some_and(|last| at.saturating_duration_since(last) > STALE) {
            self.held.clear();
            self.overlong = false;
        }
        let mut readings = Vec::new();
        for &byte in bytes {
            if !matches!(byte, b'\r' | b'\n') {
                self.overlong |= self.held.len() >= KEPT;
                if !self.overlong {
                    self.held.push(byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.held);
            if !std::mem::take(&mut self.overlong) {
                readings.extend(clean(&line));
            }
        }
        readings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<String> {
        LineDecoder::default().push(bytes, Instant::now())
    }

    #[test]
    fn every_line_end_ends_one_reading() {
        assert_eq!(read(b"123\r456\n789\r\n"), ["123", "456", "789"]);
    }

    #[test]
    fn a_lone_line_feed_is_no_empty_scan() {
        assert!(read(b"\n\r\n\r\r").is_empty());
    }

    #[test]
    fn control_characters_are_dropped() {
        assert_eq!(read(b"\x02AB\x1dC\x03\r"), ["ABC"]);
    }

    #[test]
    fn a_line_may_come_in_pieces_but_not_after_a_pause() {
        let now = Instant::now();
        let mut decoder = LineDecoder::default();
        assert!(decoder.push(b"12", now).is_empty());
        assert_eq!(decoder.push(b"34\r", now + Duration::from_millis(200)), ["1234"]);
        assert!(decoder.push(b"\xFFnoise", now + Duration::from_secs(2)).is_empty());
        assert_eq!(decoder.push(b"56\r", now + Duration::from_secs(9)), ["56"]);
    }

    #[test]
    fn too_long_a_line_is_dropped_whole() {
        let mut bytes = vec![b'x'; 4096];
        bytes.extend(b"tail\r0040856634\r");
        assert_eq!(read(&bytes), ["0040856634"]);
        let just = [vec![b'y'; LONGEST], b"\r".to_vec()].concat();
        assert_eq!(read(&just).len(), 1);
        let over = [vec![b'y'; LONGEST + 1], b"\r".to_vec()].concat();
        assert!(read(&over).is_empty());
    }
}
