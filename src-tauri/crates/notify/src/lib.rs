//! Notices to people: from plain facts to a mail or a desktop toast, sent once, with a typed answer.
//!
//! When to send, how often to try again and what to remember is the outbox's business, elsewhere. This crate
//! must never know the store, the hardware or a package's life, must never wait without a bound, and must never
//! let an access code reach a subject, a log line or an error.

mod address;
mod answer;
mod bounce;
mod calendar;
mod check;
mod clean;
mod config;
pub mod desktop;
mod email;
mod email_server;
mod facts;
mod gsm;
mod http;
mod mail;
mod mailbox;
mod message;
mod notice;
mod qr;
mod samples;
mod sender;
mod slack;
mod sms;
mod smtp;
mod teams;
mod template_error;
mod templates;
mod tls;
mod webhook;
mod words;

pub use address::{Address, e164};
pub use answer::{Answer, Reason, Whose, Why};
pub use bounce::{Failure, LONGEST_REPORT, Report, read_report};
pub use config::ConfigError;
pub use email::{Email, EmailSettings};
pub use mail::{Mail, QR_CONTENT_ID};
pub use mailbox::{Mailbox, MailboxSettings, Unseen, UnseenMail};
pub use message::{Chat, Event, Message, Rendered, Text, Toast};
pub use notice::{Height, How, Language, Notice, NoticeKind, Place};
pub use qr::{QR_PREFIX, qr_payload, qr_rows};
pub use samples::one as sample;
pub use sender::{Channel, Sender};
pub use slack::{Slack, SlackSettings};
pub use sms::{MAX_SEGMENTS, Sms, SmsSettings};
pub use teams::{Teams, TeamsSettings};
pub use template_error::{Part, TemplateError, What};
pub use templates::{Template, TemplateKey, Templates};
pub use webhook::{WEBHOOK_VERSION, Webhook, WebhookSettings};
