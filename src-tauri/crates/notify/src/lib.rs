//! Notices to people: from plain facts to a mail or a desktop toast, sent once, with a typed answer.
//!
//! When to send, how often to try again and what to remember is the outbox's business, elsewhere. This crate
//! must never know the store, the hardware or a package's life, must never wait without a bound, and must never
//! let an access code reach a subject, a log line or an error.

mod clean;
pub mod desktop;
mod email;
mod mail;
mod notice;
mod qr;
mod words;

pub use email::{ConfigError, Email, EmailSettings, SendError};
pub use mail::{Mail, QR_CONTENT_ID, render};
pub use notice::{Height, How, Language, Notice, NoticeKind, Place};
pub use qr::{QR_PREFIX, qr_payload, qr_rows};
