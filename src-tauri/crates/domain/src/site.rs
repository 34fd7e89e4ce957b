//! A site as declared: its banks, their compartments, the first admin. Checks a plan and says where it is wrong;
//! never reads files.

use crate::package::Size;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SitePlan {
    pub name: String,
    pub banks: Vec<BankPlan>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankPlan {
    pub name: String,
    pub driver: String,
    pub port: String,
    pub baud: u32,
    pub board: u8,
    /// What the board reports for a shut door.
    pub closed_bit: u8,
    pub status_order: Option<String>,
    /// Column and row of the kiosk's screen, where it stands in this bank.
    pub screen: Option<(u16, u16)>,
    pub compartments: Vec<CompartmentPlan>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompartmentPlan {
    pub label: String,
    pub channel: u8,
    pub size: Size,
    pub column: u16,
    pub row: u16,
    pub accessible: bool,
    pub refrigerated: bool,
}

/// Drivers a site may name. Each is a folder of the hardware crate.
pub const DRIVERS: [&str; 1] = ["bcc8a"];
pub const STATUS_ORDERS: [&str; 2] = ["last-byte-first", "first-byte-first"];

/// What is wrong, and where: `bank` and `compartment` are indices into the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub bank: Option<usize>,
    pub compartment: Option<usize>,
    pub key: &'static str,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("is empty: give it a value")]
    Empty,
    #[error("is longer than {0} characters: shorten it")]
    TooLong(usize),
    #[error("is the same as another's: {0} must be unique")]
    Taken(&'static str),
    #[error("is out of range: use {0}")]
    Range(&'static str),
    #[error("is not known: use one of {0}")]
    Unknown(String),
}

impl SitePlan {
    /// The first thing that is wrong, if any.
    pub fn check(&self) -> Result<(), Fault> {
        let site = |key, why| Err(Fault { bank: None, compartment: None, key, why });
        text(&self.name).or_else(|why| site("name", why))?;
        let mut names = BTreeMap::new();
        let mut boards = BTreeMap::new();
        for (b, bank) in self.banks.iter().enumerate() {
            let fault = |key, why| Fault { bank: Some(b), compartment: None, key, why };
            text(&bank.name).map_err(|why| fault("name", why))?;
            if names.insert(bank.name.as_str(), b).is_some() {
                return Err(fault("name", Why::Taken("a bank's name")));
            }
            if !DRIVERS.contains(&bank.driver.as_str()) {
                return Err(fault("driver", Why::Unknown(DRIVERS.join(", "))));
            }
            if bank.port.trim().is_empty() {
                return Err(fault("port", Why::Empty));
            }
            if bank.baud < 300 || bank.baud > 921_600 {
                return Err(fault("baud", Why::Range("300 to 921600; most boards use 9600")));
            }
            if !(1..=32).contains(&bank.board) {
                return Err(fault("board", Why::Range("1 to 32, the address on the board's switches")));
            }
            if boards.insert((bank.port.as_str(), bank.board), b).is_some() {
                return Err(fault("board", Why::Taken("a board's address on one port")));
            }
            if bank.closed_bit > 1 {
                return Err(fault("closed_bit", Why::Range("0 or 1")));
            }
            if bank.status_order.as_deref().is_some_and(|o| !STATUS_ORDERS.contains(&o)) {
                return Err(fault("status_order", Why::Unknown(STATUS_ORDERS.join(", "))));
            }
            bank.check_compartments(b)?;
        }
        Ok(())
    }
}

impl BankPlan {
    fn check_compartments(&self, b: usize) -> Result<(), Fault> {
        let (mut labels, mut channels, mut places) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (c, compartment) in self.compartments.iter().enumerate() {
            let fault = |key, why| Fault { bank: Some(b), compartment: Some(c), key, why };
            text(&compartment.label).map_err(|why| fault("label", why))?;
            if compartment.label.chars().count() > 8 {
                return Err(fault("label", Why::TooLong(8)));
            }
            if labels.insert(compartment.label.as_str(), c).is_some() {
                return Err(fault("label", Why::Taken("a label in one bank")));
            }
            if !(1..=64).contains(&compartment.channel) {
                return Err(fault("channel", Why::Range("1 to 64, as printed on the board")));
            }
            if channels.insert(compartment.channel, c).is_some() {
                return Err(fault("channel", Why::Taken("a channel of one board")));
            }
            if places.insert((compartment.column, compartment.row), c).is_some()
                || self.screen == Some((compartment.column, compartment.row))
            {
                return Err(fault("row", Why::Taken("a place in one bank")));
            }
            if compartment.column > 99 || compartment.row > 99 {
                return Err(fault("column", Why::Range("0 to 99")));
            }
        }
        Ok(())
    }
}

fn text(value: &str) -> Result<(), Why> {
    if value.trim().is_empty() {
        Err(Why::Empty)
    } else if value.chars().count() > 100 {
        Err(Why::TooLong(100))
    } else {
        Ok(())
    }
}
