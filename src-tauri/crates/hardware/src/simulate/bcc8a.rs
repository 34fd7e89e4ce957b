//! The 8A board's own half of the protocol (hardware.md 1.3): requests in, replies out, with the faults
//! a cable or a board can have. Written apart from the driver's codec on purpose.

use std::time::{Duration, Instant};

use super::{Fault, State, VirtualBank};
use crate::line::{DoorReading, StatusOrder};

/// Beyond the driver's time-outs of 1.5 s and 350 ms.
const LATE_UNLOCK: Duration = Duration::from_millis(1800);
const LATE_STATUS: Duration = Duration::from_millis(500);

/// Something the board does on its cable, after a while.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    Say { after: Duration, bytes: Vec<u8> },
    Unplug,
}

/// Cuts a byte stream into request frames.
#[derive(Default)]
pub(super) struct Requests {
    held: Vec<u8>,
}

impl Requests {
    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    pub fn next(&mut self) -> Option<[u8; 5]> {
        while self.held.len() >= 5 {
            let frame = [self.held[0], self.held[1], self.held[2], self.held[3], self.held[4]];
            let sum = frame[0] ^ frame[1] ^ frame[2] ^ frame[3];
            if matches!(frame[0], 0x8A | 0x80) && sum == frame[4] {
                self.held.drain(..5);
                return Some(frame);
            }
            self.held.remove(0);
        }
        None
    }
}

impl VirtualBank {
    /// What the adapter returns of the bytes just sent.
    pub(super) fn echo(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        (self.lock().fault == Some(Fault::Echo)).then(|| bytes.to_vec())
    }

    /// Takes one request and tells what the board does about it.
    pub(super) fn serve(&self, frame: [u8; 5], now: Instant) -> Vec<Act> {
        let settings = &self.shared.settings;
        let mut state = self.lock();
        state.log.push((now, frame.to_vec()));
        let fault = state.fault;
        let [header, board, channel, what, _] = frame;
        // The discovery frame reaches every board; all else carries an address.
        let discovery = (header, what) == (0x80, 0x99);
        if board != settings.board && !discovery {
            return Vec::new();
        }
        let reply = match (header, what) {
            (0x8A, 0x11) => self.unlock(&mut state, channel, now),
            (0x80, 0x33) if channel == 0 => self.state_of_all(&state),
            (0x80, 0x33) => self.state_of_one(&state, channel),
            (0x80, 0x99) => Some(vec![0x80, 0x01, settings.board, 0x99]),
            _ => None,
        };
        self.shared.changed.notify_all();
        let Some(mut reply) = reply else { return Vec::new() };
        if fault == Some(Fault::OtherAddress) {
            reply[1] = reply[1].wrapping_add(1);
        }
        let mut reply = with_check(reply);
        let late = if header == 0x8A { LATE_UNLOCK } else { LATE_STATUS };
        let say = |bytes: Vec<u8>| Act::Say { after: Duration::ZERO, bytes };
        let half = reply.len() / 2;
        match fault {
            Some(Fault::Silence) => Vec::new(),
            Some(Fault::AcknowledgementLost | Fault::UnlockLost) if header == 0x8A => Vec::new(),
            Some(Fault::OneBehind) if header == 0x8A => {
                state.kept.replace(reply).into_iter().map(say).collect()
            }
            Some(Fault::LateReply) => vec![Act::Say { after: late, bytes: reply }],
            Some(Fault::HalfFrame) => vec![say(reply[..half].to_vec())],
            Some(Fault::TwoChunks) => {
                let rest = reply.split_off(half);
                vec![say(reply), Act::Say { after: Duration::from_millis(10), bytes: rest }]
            }
            // Seen on a real 50-channel board (hardware.md 1.3, noise).
            Some(Fault::Garbage) => vec![say([vec![0xFA, 0xFD, 0x99, 0x99, 0x80], reply].concat())],
            Some(Fault::WrongCheck) => {
                if let Some(check) = reply.last_mut() {
                    *check ^= 0x5A;
                }
                vec![say(reply)]
            }
            Some(Fault::TwoReplies) => vec![say([reply.clone(), reply].concat())],
            Some(Fault::Unsolicited) => {
                let state = self.switch_byte(&state, settings.channels);
                let change = with_check(vec![0x82, settings.board, settings.channels, state]);
                vec![say([change, reply].concat())]
            }
            Some(Fault::UnplugInReply) if header == 0x8A => vec![say(reply[..half].to_vec()), Act::Unplug],
            _ => vec![say(reply)],
        }
    }

    fn unlock(&self, state: &mut State, channel: u8, now: Instant) -> Option<Vec<u8>> {
        if channel > self.shared.settings.channels {
            return None;
        }
        state.unlocks.push((now, channel));
        let works = !matches!(state.fault, Some(Fault::Silence | Fault::UnlockLost));
        for door in state.doors.iter_mut().filter(|door| channel == 0 || door.channel == channel) {
            door.open |= works && !door.jammed;
        }
        Some(vec![0x8A, self.shared.settings.board, channel, self.switch_byte(state, channel)])
    }

    fn state_of_one(&self, state: &State, channel: u8) -> Option<Vec<u8>> {
        let there = state.doors.iter().any(|door| door.channel == channel);
        let byte = if state.fault == Some(Fault::AllZero) { 0 } else { self.switch_byte(state, channel) };
        there.then(|| vec![0x80, self.shared.settings.board, channel, byte])
    }

    fn state_of_all(&self, state: &State) -> Option<Vec<u8>> {
        if state.fault == Some(Fault::NoStateOfAll) {
            return None;
        }
        let settings = &self.shared.settings;
        // An 8-channel board answers in the 24-channel form (capture by Open-Locker).
        let mut bytes = vec![
            0u8;
            match settings.channels {
                0..=24 => 3,
                25..=32 => 4,
                _ => 7,
            }
        ];
        for door in state.doors.iter().filter(|_| state.fault != Some(Fault::AllZero)) {
            let index = usize::from(door.channel - 1);
            if let Some(byte) = bytes.get_mut(index / 8) {
                *byte |= self.bit(door.reading()) << (index % 8);
            }
        }
        if settings.status_order == StatusOrder::LastByteFirst {
            bytes.reverse();
        }
        Some([vec![0x80, settings.board], bytes, vec![0x33]].concat())
    }

    fn bit(&self, reading: DoorReading) -> u8 {
        let closed = self.shared.settings.closed_bit;
        if reading == DoorReading::Closed { closed } else { closed ^ 1 }
    }

    fn switch_byte(&self, state: &State, channel: u8) -> u8 {
        let door = state.doors.iter().find(|door| door.channel == channel);
        door.map_or(0, |door| self.bit(door.reading()) * 0x11)
    }
}

fn with_check(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut check = 0;
    for byte in &bytes {
        check ^= byte;
    }
    bytes.push(check);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::VirtualSettings;

    fn answer(bank: &VirtualBank, frame: [u8; 5]) -> Vec<u8> {
        match bank.serve(frame, Instant::now()).pop() {
            Some(Act::Say { bytes, .. }) => bytes,
            _ => Vec::new(),
        }
    }

    #[test]
    fn it_says_what_real_boards_were_seen_to_say() {
        let status_order = StatusOrder::LastByteFirst;
        let bank = VirtualBank::new(VirtualSettings { board: 1, channels: 8, closed_bit: 0, status_order });
        assert_eq!(answer(&bank, [0x80, 1, 0, 0x33, 0xB2]), [0x80, 1, 0, 0, 0, 0x33, 0xB2]);
        bank.pull(2);
        assert_eq!(answer(&bank, [0x80, 1, 0, 0x33, 0xB2]), [0x80, 1, 0, 0, 2, 0x33, 0xB0]);
        assert_eq!(answer(&bank, [0x80, 1, 1, 0x33, 0xB3]), [0x80, 1, 1, 0, 0x80]);
        assert_eq!(answer(&bank, [0x8A, 1, 1, 0x11, 0x9B]), [0x8A, 1, 1, 0x11, 0x9B]);
        assert_eq!(answer(&bank, [0x80, 2, 1, 0x33, 0xB0]), [0u8; 0]);
        assert_eq!(answer(&bank, [0x80, 1, 0, 0x99, 0x18]), [0x80, 1, 1, 0x99, 0x19]);
    }
}
