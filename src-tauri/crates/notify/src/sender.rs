//! Every channel behind one door: a message for it, an address, an id, and one answer.
//!
//! It must never try twice, and never give an access code to a channel that others read.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Reason};
use crate::desktop::{self, DesktopError};
use crate::message::{Message, Rendered};
use crate::notice::Notice;
use crate::templates::Templates;
use crate::{Address, Email, Slack, Sms, Teams, Webhook};

/// The ways a notice can go. The names are those of the site file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Sms,
    Slack,
    Teams,
    Webhook,
    Desktop,
}

impl Channel {
    pub const ALL: [Channel; 6] =
        [Channel::Email, Channel::Sms, Channel::Slack, Channel::Teams, Channel::Webhook, Channel::Desktop];
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Slack => "slack",
            Channel::Teams => "teams",
            Channel::Webhook => "webhook",
            Channel::Desktop => "desktop",
        })
    }
}

/// A channel that is set up.
#[derive(Debug, Clone)]
pub enum Sender {
    Email(Email),
    Sms(Sms),
    Slack(Slack),
    Teams(Teams),
    Webhook(Webhook),
    /// The mailroom's desktop: staff tell the recipient.
    Desktop,
}

impl Sender {
    pub fn channel(&self) -> Channel {
        match self {
            Sender::Email(_) => Channel::Email,
            Sender::Sms(_) => Channel::Sms,
            Sender::Slack(_) => Channel::Slack,
            Sender::Teams(_) => Channel::Teams,
            Sender::Webhook(_) => Channel::Webhook,
            Sender::Desktop => Channel::Desktop,
        }
    }

    /// Whether an access code reaches only the recipient this way. Where it doesn't, the code has to go another way.
    pub fn carries_codes(&self) -> bool {
        match self {
            Sender::Email(_) | Sender::Sms(_) | Sender::Slack(_) => true,
            Sender::Teams(teams) => teams.personal(),
            Sender::Webhook(webhook) => webhook.codes(),
            Sender::Desktop => false,
        }
    }

    /// The notice in this channel's form. `code` is dropped where `carries_codes` says no; `at` is the time it is of.
    pub fn message(
        &self,
        templates: &Templates,
        notice: &Notice,
        code: Option<&str>,
        at: DateTime<Utc>,
    ) -> Rendered {
        let code = code.filter(|_| self.carries_codes());
        templates.render(self.channel(), notice, code, at)
    }

    /// Sends once. The same `id` however often it is tried: letters, digits, `-`, `_`, `.` and `@`.
    pub async fn send(&self, to: &Address, message: &Message, id: &str) -> Answer {
        let sound = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        if id.is_empty() || id.len() > 200 || !id.chars().all(sound) {
            return Answer::never(Reason::Refused, "id");
        }
        match (self, message) {
            (Sender::Email(email), Message::Mail(mail)) => {
                let Some(address) = &to.email else { return Answer::never(Reason::NoAddress, "") };
                email.deliver(address, id, mail).await
            }
            (Sender::Sms(sms), Message::Text(text)) => sms.send(to, text.as_str()).await,
            (Sender::Slack(slack), Message::Chat(chat)) => slack.send(to, chat, id).await,
            (Sender::Teams(teams), Message::Chat(chat)) => teams.send(to, chat, id).await,
            (Sender::Webhook(webhook), Message::Event(event)) => webhook.send(to, event, id).await,
            (Sender::Desktop, Message::Toast(toast)) => {
                match desktop::show(&toast.title, &toast.body, false).await {
                    Ok(()) => Answer::Gone,
                    Err(DesktopError::Slow) => Answer::later(Reason::Slow, ""),
                    Err(DesktopError::Unavailable(_)) => Answer::never(Reason::Setting, ""),
                }
            }
            // Made for another channel.
            _ => Answer::never(Reason::Refused, "channel"),
        }
    }
}
