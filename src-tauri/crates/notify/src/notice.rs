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

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    Stored,
    Shelved,
    CodeReissued,
    Moved,
    /// Whom it is for has left.
    Leaver,
    /// It still waits for the reader.
    Reminder,
    /// It still waits for `about`: to a manager or the front desk, and never with the code.
    Escalation,
    /// It waited too long: taken out of its compartment to the shelf.
    Removed,
    /// As `Stored`, of something that perishes.
    Expedited,
}

impl NoticeKind {
    pub const ALL: [NoticeKind; 9] = [
        NoticeKind::Stored,
        NoticeKind::Shelved,
        NoticeKind::CodeReissued,
        NoticeKind::Moved,
        NoticeKind::Leaver,
        NoticeKind::Reminder,
        NoticeKind::Escalation,
        NoticeKind::Removed,
        NoticeKind::Expedited,
    ];

    /// Whether its reader may have been told a code before: the one it brings ends that.
    pub(crate) fn replaces_a_code(self) -> bool {
        matches!(self, NoticeKind::CodeReissued | NoticeKind::Reminder | NoticeKind::Moved)
    }

    /// Whether who reads it may fetch the package: only they are told codes, and asked to come.
    pub(crate) fn is_for_who_collects(self) -> bool {
        !matches!(self, NoticeKind::Leaver | NoticeKind::Escalation)
    }
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    En,
    Es,
}

impl Language {
    pub const ALL: [Language; 2] = [Language::En, Language::Es];
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
