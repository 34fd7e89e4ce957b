//! The first run: what is found, what will be made; and the virtual bank that takes its place.

use super::Size;
use serde::{Deserialize, Serialize};

wire! {
    #[derive(Copy, Eq)]
    pub enum DeviceKind { Serial, Hid }
    pub struct FoundDevice { pub path: String, pub name: String, pub kind: DeviceKind, pub permitted: bool, pub group: Option<String>, pub in_use: bool, pub id: String }
    pub struct SitePlan { pub site_name: String, pub admin: AdminPlan, pub bank: BankPlan, pub email: Option<EmailPlan> }
    pub struct AdminPlan { pub name: String, pub email: String, pub password: String }
    pub struct EmailPlan { pub url: String, pub from: String }
    pub struct BankPlan {
        pub name: String, pub driver: String,
        /// `null` is the virtual bank.
        pub port: Option<String>, pub baud: u32, pub board: u8, pub closed_bit: u8, pub status_order: Option<String>, pub columns: Vec<ColumnPlan>,
    }
    pub struct ColumnPlan { pub cells: Vec<CellPlan> }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum CellPlan {
        Compartment { label: String, channel: u8, size: Size, accessible: bool, refrigerated: bool },
        Screen,
    }
    pub struct VirtualDoor { pub channel: u8, pub label: String, pub open: bool, pub jammed: bool }
    /// A mail that no server took, because there is none: the virtual bank's people are written to here.
    pub struct VirtualMail { pub to: String, pub subject: String, pub text: String, pub at: String }
    pub struct VirtualPanel { pub doors: Vec<VirtualDoor>, pub plugged: bool, pub mails: Vec<VirtualMail> }
}
