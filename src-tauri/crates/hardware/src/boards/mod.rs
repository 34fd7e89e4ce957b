//! The board families. A driver turns questions into bytes and bytes into replies, and is otherwise
//! without state of the world: it must never do I/O, keep time, or know what a shut door means.
//!
//! A new family is one folder beside `bcc8a` and one variant of [`DriverKind`].

pub mod bcc8a;

use std::fmt;
use std::str::FromStr;

/// The board families that have a driver, by the name the settings use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DriverKind {
    /// The "8A" board with an XOR check byte (hardware.md 1.3).
    Bcc8a,
}

impl DriverKind {
    /// Every family.
    pub const ALL: &[Self] = &[Self::Bcc8a];

    /// The name in the settings, such as `bcc8a`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bcc8a => "bcc8a",
        }
    }

    /// The driver itself.
    #[must_use]
    pub fn driver(self) -> &'static dyn BoardDriver {
        match self {
            Self::Bcc8a => &bcc8a::Bcc8a,
        }
    }
}

impl fmt::Display for DriverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DriverKind {
    type Err = UnknownDriver;

    fn from_str(text: &str) -> Result<Self, UnknownDriver> {
        let named = Self::ALL.iter().find(|kind| kind.name() == text);
        named.copied().ok_or_else(|| UnknownDriver(text.to_owned()))
    }
}

/// A name that belongs to no driver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no driver \"{0}\"")]
pub struct UnknownDriver(pub String);

/// Which doors a status request asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// All doors of the board.
    All,
    /// One channel, counted from 1 as printed on the board.
    One(u8),
}

/// What the line waits for: a few frames can only be told apart by the question that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaiting {
    /// Nothing was asked: only unsolicited frames count.
    Nothing,
    /// The acknowledgement of an unlock.
    Acknowledgement,
    /// The state of one channel.
    One,
    /// The state of the whole board.
    All,
    /// The address of whoever is on the line.
    Address,
}

/// What a board said. Bits are as they came, 0 or 1: their meaning depends on the wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The board took an unlock, and may have told the door switch a moment later.
    Acknowledged {
        /// The board's address.
        board: u8,
        /// The channel, from 1.
        channel: u8,
        /// The door switch.
        bit: Option<u8>,
    },
    /// The board said no to an unlock.
    Refused {
        /// The board's address.
        board: u8,
        /// The channel, from 1.
        channel: u8,
        /// The board's own code.
        code: u8,
    },
    /// The door switch of one channel.
    One {
        /// The board's address.
        board: u8,
        /// The channel, from 1.
        channel: u8,
        /// The door switch.
        bit: u8,
    },
    /// The door switches of all channels, eight to a byte.
    All {
        /// The board's address.
        board: u8,
        /// The status bytes in the order of the wire.
        status: Vec<u8>,
    },
    /// The address a board answers to.
    Address {
        /// The board's address.
        board: u8,
    },
    /// A door switch moved; nobody had asked.
    Changed {
        /// The board's address.
        board: u8,
        /// The channel, from 1.
        channel: u8,
        /// The door switch.
        bit: u8,
    },
}

/// One board family, the half that talks.
pub trait BoardDriver: fmt::Debug + Send + Sync {
    /// The frame that opens one channel. `channel` is never 0.
    fn unlock(&self, board: u8, channel: u8) -> Vec<u8>;
    /// The frame that asks for door switches.
    fn query(&self, board: u8, query: Query) -> Vec<u8>;
    /// The frame that asks any board on the line for its address, where the family has one.
    fn who(&self) -> Option<Vec<u8>> {
        None
    }
    /// The half that listens, one for each opening of a port.
    fn decoder(&self) -> Box<dyn Decoder>;
}

/// One board family, the half that listens. It must never panic, whatever bytes come.
pub trait Decoder: Send {
    /// Takes bytes as they come, in pieces of any size.
    fn push(&mut self, bytes: &[u8]);
    /// The next reply in what was pushed. `quiet` says that the line has been silent after the last
    /// byte, which ends frames that do not tell their own length.
    fn next(&mut self, awaiting: Awaiting, quiet: bool) -> Option<Reply>;
    /// True when bytes are held that may become a frame; never once `next` gave `None` when quiet.
    fn is_midway(&self) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_are_found_by_name() {
        for kind in DriverKind::ALL {
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
        assert_eq!("kerong9".parse::<DriverKind>(), Err(UnknownDriver("kerong9".into())));
    }
}
