//! Microsoft Teams: a card, posted to the url of a workflow ("When a Teams webhook request is received").
//!
//! One url stands for one workflow, which posts to a room unless its maker has made it post to the person named in
//! `recipient`. So it must never send an access code unless the admin said that it is `personal`. It must never let
//! what a person typed become a link: text runs know no markdown.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::address::Address;
use crate::answer::{Answer, Reason};
use crate::config::ConfigError;
use crate::http::{Http, private_url};
use crate::message::Chat;
use crate::sender::Channel;

/// Bytes Teams takes in one message. Source: Microsoft's limits for posting cards ("approximately 28 KB").
const LARGEST: usize = 28 * 1024;

/// As in the site file's `[channel.teams]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamsSettings {
    /// The workflow's url. It is a secret: who has it can post.
    pub url: String,
    /// The workflow posts to the chat of the person in `recipient` and to nobody else: codes may go this way.
    pub personal: bool,
}

impl fmt::Debug for TeamsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamsSettings").field("personal", &self.personal).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub struct Teams {
    http: Http,
    url: Url,
    personal: bool,
}

impl fmt::Debug for Teams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teams").field("host", &self.url.host_str()).field("personal", &self.personal).finish()
    }
}

impl Teams {
    /// Checks the settings; speaks to nobody.
    pub fn new(settings: &TeamsSettings) -> Result<Self, ConfigError> {
        let url = private_url(Channel::Teams, "url", &settings.url)?;
        let http = Http::new(Channel::Teams, &url, None)?;
        Ok(Self { http, url, personal: settings.personal })
    }

    pub(crate) fn personal(&self) -> bool {
        self.personal
    }

    pub(crate) async fn send(&self, to: &Address, chat: &Chat, id: &str) -> Answer {
        if chat.holds_code() && !self.personal {
            return Answer::never(Reason::Refused, "code");
        }
        let recipient = match (&to.email, self.personal) {
            (Some(email), true) => Some(email.trim()),
            (None, true) => return Answer::never(Reason::NoAddress, ""),
            (_, false) => None,
        };
        let body = envelope(chat, recipient, id).to_string();
        if body.len() > LARGEST {
            return Answer::never(Reason::TooLong, "");
        }
        // Without the charset some of its front ends count two bytes a letter.
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(body);
        match self.http.send(request).await {
            // A workflow that was deleted or switched off answers 400 or 404; a card it can't take is found later, in
            // its own history. So nothing here is about one message alone, but for its size.
            Ok(reply) => match reply.by_status() {
                Answer::Permanent { why, .. } if why.reason == Reason::Refused => {
                    Answer::never(Reason::Setting, why.code.unwrap_or_default())
                }
                other => other,
            },
            Err(failed) => failed,
        }
    }
}

/// The message around the card. `id` lets the workflow's maker tell a repeat; `recipient` whom it is for.
fn envelope(chat: &Chat, recipient: Option<&str>, id: &str) -> Value {
    let mut envelope = json!({
        "type": "message",
        "id": id,
        "summary": chat.headline,
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card(chat),
        }],
    });
    if let Some(recipient) = recipient {
        envelope["recipient"] = json!(recipient);
    }
    envelope
}

/// An Adaptive Card of version 1.4, which every Teams client draws. Pictures may be data uris (schema 1.2 on).
pub(crate) fn card(chat: &Chat) -> Value {
    let run = |text: &str, size: &str, weight: &str| json!({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, "size": size, "weight": weight}]});
    let mut body = vec![run(&chat.headline, "Large", "Bolder")];
    for text in &chat.paragraphs {
        if chat.is_code(text) {
            body.push(run(text, "ExtraLarge", "Bolder"));
            body.extend(chat.qr_png.as_deref().map(|png| {
                let url = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png));
                json!({"type": "Image", "url": url, "altText": chat.qr_alt, "width": "232px", "height": "232px"})
            }));
        } else {
            body.push(run(text, "Default", "Default"));
        }
    }
    json!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "fallbackText": chat.headline,
        "body": body,
    })
}
