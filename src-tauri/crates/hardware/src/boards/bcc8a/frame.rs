//! Frames of the 8A family, both ways, after the maker's texts and captures in hardware.md 1.3. Pure:
//! bytes in, replies out; it must never panic and never invent a reply without a good check byte.
//!
//! ```text
//! RX  8A AA CC ST BCC        acknowledgement, ST 00 or 11, CC from 1
//! RX  80 AA CC ST BCC        state of one channel
//! RX  80 AA s1..sn 33 BCC    state of all, n from 2
//! RX  81|82 AA CC ST BCC     unsolicited change
//! RX  80 01 AA 99 BCC        the address of a board, when asked with 80 01 00 99 18
//! ```
//! One status byte (n = 1) is not accepted: with no bit set, such a reply would be the very bytes of
//! the question, which an echoing adapter sends back.

use std::collections::BTreeMap;

use crate::boards::{Awaiting, Decoder, Reply};

pub(super) const UNLOCK: u8 = 0x8A;
pub(super) const STATUS: u8 = 0x80;
pub(super) const ASK: u8 = 0x33;
pub(super) const WHO: u8 = 0x99;
const SHORT: usize = 5;
/// Frame lengths of "state of all": two to eight status bytes (7, 8 and 11 were seen).
const ALL: std::ops::RangeInclusive<usize> = 6..=12;

/// A request with its check byte.
pub(super) fn request(body: [u8; 4]) -> Vec<u8> {
    let mut frame = body.to_vec();
    frame.push(bcc(&body));
    frame
}

fn bcc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

fn checked(frame: &[u8]) -> bool {
    frame.split_last().is_some_and(|(check, body)| bcc(body) == *check)
}

fn is_header(byte: u8) -> bool {
    matches!(byte, 0x80 | 0x81 | 0x82 | 0x8A)
}

fn short(frame: &[u8]) -> Option<Reply> {
    let &[header, board, channel, state, _] = frame else { return None };
    let bit = match state {
        0x00 => 0,
        0x11 => 1,
        _ => return None,
    };
    if channel == 0 || !checked(frame) {
        return None;
    }
    match header {
        UNLOCK => Some(Reply::Acknowledged { board, channel, bit: Some(bit) }),
        STATUS => Some(Reply::One { board, channel, bit }),
        0x81 | 0x82 => Some(Reply::Changed { board, channel, bit }),
        _ => None,
    }
}

fn address(frame: &[u8]) -> Option<Reply> {
    match frame {
        // Address 0 is not used, and would make the reply the very bytes of the question.
        [STATUS, 0x01, board @ 1..=0xFF, WHO, _] if checked(frame) => Some(Reply::Address { board: *board }),
        _ => None,
    }
}

fn all(frame: &[u8]) -> Option<Reply> {
    match frame {
        [STATUS, board, status @ .., ASK, _] if checked(frame) => {
            Some(Reply::All { board: *board, status: status.to_vec() })
        }
        _ => None,
    }
}

/// Finds replies in a stream, through noise and across reads.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    bytes: Vec<u8>,
    /// The length of "state of all" that each board has shown. Boards differ and the frame does not
    /// tell, so the first one ends by silence, and later ones as soon as they are whole.
    usual: BTreeMap<u8, usize>,
}

enum Found {
    Reply(Reply, usize),
    Nothing,
    NotYet,
}

impl FrameDecoder {
    fn at_front(&self, awaiting: Awaiting, quiet: bool) -> Found {
        let bytes = &self.bytes;
        if awaiting == Awaiting::All && bytes.first() == Some(&STATUS) {
            let usual = bytes.get(1).and_then(|board| self.usual.get(board)).copied();
            let whole = usual.and_then(|length| Some((length, all(bytes.get(..length)?)?)));
            // Longest first: the start of a long frame may by chance look like a whole short one.
            let any = || ALL.rev().find_map(|length| Some((length, all(bytes.get(..length)?)?)));
            if let Some((length, reply)) = whole {
                return Found::Reply(reply, length);
            }
            if bytes.len() < *ALL.end() && !quiet {
                return Found::NotYet;
            }
            if let Some((length, reply)) = any() {
                return Found::Reply(reply, length);
            }
        }
        let read =
            if awaiting == Awaiting::Address { |f: &[u8]| address(f).or_else(|| short(f)) } else { short };
        match bytes.get(..SHORT) {
            Some(frame) => read(frame).map_or(Found::Nothing, |reply| Found::Reply(reply, SHORT)),
            None if quiet => Found::Nothing,
            None => Found::NotYet,
        }
    }
}

impl Decoder for FrameDecoder {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn next(&mut self, awaiting: Awaiting, quiet: bool) -> Option<Reply> {
        loop {
            let noise = self.bytes.iter().position(|&byte| is_header(byte)).unwrap_or(self.bytes.len());
            self.bytes.drain(..noise);
            if self.bytes.is_empty() {
                return None;
            }
            match self.at_front(awaiting, quiet) {
                Found::Reply(reply, length) => {
                    self.bytes.drain(..length);
                    if let Reply::All { board, .. } = &reply {
                        self.usual.insert(*board, length);
                    }
                    return Some(reply);
                }
                Found::Nothing => {
                    self.bytes.remove(0);
                }
                Found::NotYet => return None,
            }
        }
    }

    fn is_midway(&self) -> bool {
        !self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boards::{BoardDriver, Query, bcc8a::Bcc8a};

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn read(text: &str, awaiting: Awaiting) -> Option<Reply> {
        let mut decoder = FrameDecoder::default();
        decoder.push(&hex(text));
        decoder.next(awaiting, true)
    }

    #[test]
    fn requests_are_the_makers_bytes() {
        assert_eq!(Bcc8a.unlock(1, 1), hex("8A 01 01 11 9B"));
        assert_eq!(Bcc8a.unlock(1, 2), hex("8A 01 02 11 98"));
        assert_eq!(Bcc8a.unlock(2, 1), hex("8A 02 01 11 98"));
        assert_eq!(Bcc8a.query(1, Query::One(1)), hex("80 01 01 33 B3"));
        assert_eq!(Bcc8a.query(2, Query::One(1)), hex("80 02 01 33 B0"));
        assert_eq!(Bcc8a.query(1, Query::All), hex("80 01 00 33 B2"));
        assert_eq!(Bcc8a.query(2, Query::All), hex("80 02 00 33 B1"));
    }

    #[test]
    fn acknowledgements_carry_the_door_switch() {
        let ack = |board, bit| Some(Reply::Acknowledged { board, channel: 1, bit: Some(bit) });
        assert_eq!(read("8A 01 01 00 8A", Awaiting::Acknowledgement), ack(1, 0));
        assert_eq!(read("8A 01 01 11 9B", Awaiting::Acknowledgement), ack(1, 1));
        assert_eq!(read("8A 02 01 00 89", Awaiting::Acknowledgement), ack(2, 0));
    }

    #[test]
    fn the_state_of_one_channel() {
        let one = |board, bit| Some(Reply::One { board, channel: 1, bit });
        assert_eq!(read("80 01 01 00 80", Awaiting::One), one(1, 0));
        assert_eq!(read("80 01 01 11 91", Awaiting::One), one(1, 1));
        assert_eq!(read("80 02 01 11 92", Awaiting::One), one(2, 1));
    }

    #[test]
    fn the_state_of_all_in_three_lengths() {
        let all = |status: &str| Some(Reply::All { board: 1, status: hex(status) });
        assert_eq!(read("80 01 00 00 00 33 B2", Awaiting::All), all("00 00 00"));
        assert_eq!(read("80 01 00 00 02 33 B0", Awaiting::All), all("00 00 02"));
        assert_eq!(read("80 01 FF FF FF FF 33 B2", Awaiting::All), all("FF FF FF FF"));
        assert_eq!(read("80 01 00 00 00 00 00 00 00 33 B2", Awaiting::All), all("00 00 00 00 00 00 00"));
    }

    #[test]
    fn unsolicited_changes_under_both_headers() {
        let changed = Some(Reply::Changed { board: 1, channel: 3, bit: 1 });
        assert_eq!(read("81 01 03 11 92", Awaiting::Nothing), changed);
        assert_eq!(read("82 01 03 11 91", Awaiting::Nothing), changed);
    }

    #[test]
    fn the_address_of_whoever_is_there() {
        assert_eq!(Bcc8a.who().unwrap(), hex("80 01 00 99 18"));
        assert_eq!(read("80 01 02 99 1A", Awaiting::Address), Some(Reply::Address { board: 2 }));
        assert_eq!(read("80 01 02 99 1A", Awaiting::One), None);
        assert_eq!(read("80 01 00 99 18", Awaiting::Address), None);
    }

    #[test]
    fn the_echo_of_a_question_is_no_reply() {
        assert_eq!(read("80 01 01 33 B3", Awaiting::One), None);
        assert_eq!(read("80 01 00 33 B2", Awaiting::All), None);
    }

    #[test]
    fn noise_in_front_is_stepped_over() {
        assert_eq!(
            read("FA FD 99 99 80 8A 01 01 00 8A", Awaiting::Acknowledgement),
            Some(Reply::Acknowledged { board: 1, channel: 1, bit: Some(0) })
        );
        assert_eq!(
            read("80 80 01 00 00 02 33 B0", Awaiting::All),
            Some(Reply::All { board: 1, status: vec![0, 0, 2] })
        );
    }

    #[test]
    fn a_bad_check_byte_or_state_is_no_reply() {
        assert_eq!(read("8A 01 01 00 8B", Awaiting::Acknowledgement), None);
        assert_eq!(read("80 01 01 22 A2", Awaiting::One), None);
        assert_eq!(read("80 01 00 00 02 33 B1", Awaiting::All), None);
    }

    #[test]
    fn a_length_once_seen_needs_no_silence_again() {
        let mut decoder = FrameDecoder::default();
        decoder.push(&hex("80 01 00 00 02 33 B0"));
        assert_eq!(decoder.next(Awaiting::All, false), None);
        assert!(decoder.next(Awaiting::All, true).is_some());
        decoder.push(&hex("80 01 00 00 02 33 B0"));
        assert!(decoder.next(Awaiting::All, false).is_some());
    }
}
