//! What a notice says, as plain facts: the JSON an outbox keeps until the mail is sent.
//!
//! It must never hold an access code (codes travel apart, sealed) and never a word of any language.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub kind: NoticeKind,
    pub language: Language,
    pub site: String,
    pub recipient_name: String,
    pub carrier: Option<String>,
    pub tracking_number: String,
    pub place: Place,
    /// RFC 3339 with the site's offset: the mail says it in that offset, so the reader's own zone never matters.
    pub until: Option<String>,
    pub how: How,
    /// Whose package it is, where that is not who reads this: a delegate's principal, or somebody who left.
    #[serde(default)]
    pub about: Option<String>,
    /// The deadline pauses: the recipient is away.
    #[serde(default)]
    pub paused: bool,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    Stored,
    Shelved,
    CodeReissued,
    Moved,
    /// Whom it is for has left.
    Leaver,
    /// It still waits.
    Reminder,
    /// To somebody else: it has waited long.
    Escalation,
    /// Staff took it out of its compartment, onto a shelf.
    Removed,
    /// It does not keep: come soon.
    Expedited,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    En,
    Es,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    Compartment { bank: String, label: String, height: Height, accessible: bool },
    Counter { shelf: Option<String> },
}

/// Where to look for the door, seen from the front of the bank.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Height {
    Top,
    Upper,
    Lower,
    Bottom,
}

/// The ways this recipient can open it. Neither: the parcel room team does.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    pub badge: bool,
    pub code: bool,
    /// The one and then the other, not either.
    #[serde(default)]
    pub both: bool,
}
