//! The "8A" board, the most widespread cheap family: 9600 8N1, up to 50 channels, XOR check byte
//! (hardware.md 1.3). It must never send channel 0, which means "open every door".

mod frame;

#[cfg(test)]
mod properties;

use crate::boards::{BoardDriver, Decoder, Query};

pub use frame::FrameDecoder;

/// The driver of the family.
#[derive(Debug)]
pub struct Bcc8a;

impl BoardDriver for Bcc8a {
    fn unlock(&self, board: u8, channel: u8) -> Vec<u8> {
        frame::request([frame::UNLOCK, board, channel, 0x11])
    }

    fn query(&self, board: u8, query: Query) -> Vec<u8> {
        let channel = match query {
            Query::All => 0,
            Query::One(channel) => channel,
        };
        frame::request([frame::STATUS, board, channel, frame::ASK])
    }

    fn who(&self) -> Option<Vec<u8>> {
        Some(frame::request([frame::STATUS, 0x01, 0x00, frame::WHO]))
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::<FrameDecoder>::default()
    }
}
