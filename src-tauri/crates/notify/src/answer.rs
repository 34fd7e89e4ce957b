//! What became of one attempt, in the same words for every channel, so that an outbox can decide without knowing it.
//!
//! It must never hold an access code, a token or a person's address: a reason is one of a fixed list, and a
//! provider's own words are dropped, for they repeat the number or the address they refuse. Only its code stays.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::notice::Language;
use crate::words::Words;

/// The outcome of one `send`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// The provider has taken it: never send it again.
    Gone,
    /// Later may do, not before `retry_after` if the provider named a time. It may have gone out all the same (a line
    /// cut before the answer), so a repeat must bring the same id.
    Temporary { why: Why, retry_after: Option<Duration> },
    /// As it is it will never go; `whose` says what has to change first.
    Permanent { why: Why, whose: Whose },
}

/// What has to change before a permanent refusal can become a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The person can't be reached there: try their next channel, show "could not be told".
    Address,
    /// This message is not taken; others to the same person may be.
    Message,
    /// The channel's settings or account: every message meets the same. Keep it, tell the admin, try later.
    Channel,
}

/// A reason, and the provider's own code for it where it gave one ("21211", "550 5.1.1", "invalid_auth", "HTTP 503").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    pub reason: Reason,
    pub code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    // Later may do; everybody meets the same.
    Unreachable,
    Slow,
    Certificate,
    Busy,
    Down,
    Garbled,
    // Later may do; it is about this person.
    MailboxFull,
    NotNow,
    // The address.
    NoAddress,
    BadAddress,
    UnknownAddress,
    Unwanted,
    // The message.
    TooLong,
    Refused,
    // The channel.
    SignIn,
    Sender,
    Permission,
    Account,
    Setting,
    Stopped,
    Encryption,
}

impl Reason {
    pub const ALL: [Reason; 21] = [
        Reason::Unreachable,
        Reason::Slow,
        Reason::Certificate,
        Reason::Busy,
        Reason::Down,
        Reason::Garbled,
        Reason::MailboxFull,
        Reason::NotNow,
        Reason::NoAddress,
        Reason::BadAddress,
        Reason::UnknownAddress,
        Reason::Unwanted,
        Reason::TooLong,
        Reason::Refused,
        Reason::SignIn,
        Reason::Sender,
        Reason::Permission,
        Reason::Account,
        Reason::Setting,
        Reason::Stopped,
        Reason::Encryption,
    ];

    /// What has to change, should it be for good.
    pub fn whose(self) -> Whose {
        match self {
            Reason::MailboxFull
            | Reason::NotNow
            | Reason::NoAddress
            | Reason::BadAddress
            | Reason::UnknownAddress
            | Reason::Unwanted => Whose::Address,
            Reason::TooLong | Reason::Refused => Whose::Message,
            _ => Whose::Channel,
        }
    }

    /// What is wrong and what helps, for staff.
    pub fn words(self, language: Language) -> &'static str {
        Words::of(language).get(match self {
            Reason::Unreachable => "why_unreachable",
            Reason::Slow => "why_slow",
            Reason::Certificate => "why_certificate",
            Reason::Busy => "why_busy",
            Reason::Down => "why_down",
            Reason::Garbled => "why_garbled",
            Reason::MailboxFull => "why_mailbox_full",
            Reason::NotNow => "why_not_now",
            Reason::NoAddress => "why_no_address",
            Reason::BadAddress => "why_bad_address",
            Reason::UnknownAddress => "why_unknown_address",
            Reason::Unwanted => "why_unwanted",
            Reason::TooLong => "why_too_long",
            Reason::Refused => "why_refused",
            Reason::SignIn => "why_sign_in",
            Reason::Sender => "why_sender",
            Reason::Permission => "why_permission",
            Reason::Account => "why_account",
            Reason::Setting => "why_setting",
            Reason::Stopped => "why_stopped",
            Reason::Encryption => "why_encryption",
        })
    }
}

impl Why {
    /// `code` is kept only if it looks like one: short, and of characters that no address and no sentence has.
    pub fn new(reason: Reason, code: impl Into<String>) -> Self {
        let code: String = code.into();
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ' ' | '-');
        // Eight digits could be an access code, and more a telephone number.
        let digits = code.chars().filter(char::is_ascii_digit).count();
        let kept = (1..=40).contains(&code.len()) && code.chars().all(sound) && digits < 8;
        Self { reason, code: kept.then_some(code) }
    }

    /// The whole of it for staff, in their language.
    pub fn say(&self, language: Language) -> String {
        let words = self.reason.words(language);
        self.code.as_ref().map_or_else(|| words.to_owned(), |code| format!("{words} ({code})"))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::En))
    }
}

impl Answer {
    pub(crate) fn later(reason: Reason, code: impl Into<String>) -> Self {
        Self::after(reason, code, None)
    }

    pub(crate) fn after(reason: Reason, code: impl Into<String>, retry_after: Option<Duration>) -> Self {
        Answer::Temporary { why: Why::new(reason, code), retry_after }
    }

    pub(crate) fn never(reason: Reason, code: impl Into<String>) -> Self {
        Answer::Permanent { why: Why::new(reason, code), whose: reason.whose() }
    }

    /// Whether the next message over this channel would most likely meet the same: what a breaker counts.
    pub fn blames_channel(&self) -> bool {
        match self {
            Answer::Gone => false,
            Answer::Permanent { whose, .. } => *whose == Whose::Channel,
            Answer::Temporary { why, .. } => why.reason.whose() == Whose::Channel,
        }
    }

    pub fn why(&self) -> Option<&Why> {
        match self {
            Answer::Gone => None,
            Answer::Temporary { why, .. } | Answer::Permanent { why, .. } => Some(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words_in_both_languages() {
        for reason in Reason::ALL {
            for language in [Language::En, Language::Es] {
                let words = reason.words(language);
                assert!(!words.starts_with("why_") && words.len() > 15, "{reason:?}: {words}");
            }
            assert_ne!(reason.words(Language::En), reason.words(Language::Es));
        }
    }

    #[test]
    fn a_code_that_could_be_something_else_is_dropped() {
        let kept = |code: &str| Why::new(Reason::Refused, code).code;
        for code in ["21211", "550 5.1.1", "invalid_auth", "HTTP 503", "5.7.509"] {
            assert_eq!(kept(code).as_deref(), Some(code));
        }
        for code in
            ["", "ana@example.com", "+34600111222", "4071 8265", "40718265", "no, never", &"x".repeat(41)]
        {
            assert_eq!(kept(code), None, "{code}");
        }
        assert_eq!(
            Why::new(Reason::UnknownAddress, "21211").to_string(),
            "nobody is known there: check the address (21211)"
        );
    }
}
