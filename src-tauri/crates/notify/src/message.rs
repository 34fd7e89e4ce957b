//! A notice in a channel's own form. It must never show in a log what it holds: that may be an access code.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::mail::Mail;
use crate::template_error::TemplateError;

/// What a channel sends. Made by `Sender::message`, for the channel that sends it.
#[derive(Clone, PartialEq)]
pub enum Message {
    Mail(Mail),
    Text(Text),
    Chat(Chat),
    Event(Event),
    Toast(Toast),
}

/// A message, and what was wrong with the admin's template if the default had to stand in.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    pub message: Message,
    pub broken: Option<TemplateError>,
}

/// A text message, never of more segments than `MAX_SEGMENTS`.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(pub(crate) String);

/// A message to a chat: a first line, and paragraphs of plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Chat {
    pub(crate) headline: String,
    pub(crate) paragraphs: Vec<String>,
    /// As it stands in its paragraph.
    pub(crate) code: Option<String>,
    pub(crate) qr_png: Option<Vec<u8>>,
    pub(crate) qr_alt: &'static str,
}

/// A webhook's facts.
#[derive(Clone, PartialEq)]
pub struct Event {
    pub(crate) kind: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) facts: Value,
    /// The eight digits.
    pub(crate) code: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Toast {
    pub title: String,
    pub body: String,
}

impl Message {
    /// What the reader reads, as a preview shows it: subject (if the channel has one) and text.
    pub fn words(&self) -> (Option<String>, String) {
        match self {
            Message::Mail(mail) => (Some(mail.subject.clone()), mail.text.clone()),
            Message::Text(text) => (None, text.0.clone()),
            Message::Chat(chat) => {
                let lines = std::iter::once(&chat.headline).chain(&chat.paragraphs);
                (None, lines.map(String::as_str).collect::<Vec<_>>().join("\n\n"))
            }
            Message::Event(event) => {
                let text = |name: &str| event.facts["text"][name].as_str().unwrap_or_default().to_owned();
                (Some(text("subject")), text("body"))
            }
            Message::Toast(toast) => (Some(toast.title.clone()), toast.body.clone()),
        }
    }
}

impl Text {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn segments(&self) -> usize {
        crate::gsm::segments(&crate::gsm::fold(&self.0))
    }
}

impl Chat {
    /// What also stands in notifications and lists, so never with a code.
    pub fn headline(&self) -> &str {
        &self.headline
    }

    pub(crate) fn holds_code(&self) -> bool {
        self.code.is_some()
    }

    pub(crate) fn is_code(&self, paragraph: &str) -> bool {
        self.code.as_deref() == Some(paragraph)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Message::Mail(_) => "Mail(…)",
            Message::Text(_) => "Text(…)",
            Message::Chat(_) => "Chat(…)",
            Message::Event(_) => "Event(…)",
            Message::Toast(_) => "Toast(…)",
        })
    }
}
