//! Slack: a direct message from the bot to the person with the same email address.
//!
//! It must never write to a shared room, and never let what a person typed become a link or a mention: all of it is
//! plain text. Slack ignores what would make a repeat known (`client_msg_id`), so the id travels as metadata, for
//! people to tell a repeat by. The QR stays away: Slack takes pictures only as public urls or as files it keeps.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::address::Address;
use crate::answer::{Answer, Reason};
use crate::clean::cut;
use crate::config::ConfigError;
use crate::http::{Http, Reply, private_url};
use crate::message::Chat;
use crate::sender::Channel;

/// Slack's limits, in characters. Source: the Block Kit reference.
const LONGEST_HEADER: usize = 150;
const LONGEST_SECTION: usize = 3000;
const MOST_BLOCKS: usize = 50;
/// Addresses whose users are remembered; beyond it all are asked for anew.
const MOST_USERS: usize = 10_000;

/// As in the site file's `[channel.slack]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlackSettings {
    /// `https://slack.com/api`.
    pub api: String,
    /// The bot's token, `xoxb-…`, with the scopes `chat:write` and `users:read.email`.
    pub token: String,
    /// PEM of an authority to trust beside the system's own.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for SlackSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackSettings").field("api", &self.api).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub struct Slack {
    http: Http,
    lookup: Url,
    post: Url,
    token: String,
    /// Who has which address, by address in small letters.
    users: Arc<Mutex<HashMap<String, String>>>,
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slack").field("host", &self.post.host_str()).finish_non_exhaustive()
    }
}

impl Slack {
    /// Checks the settings; speaks to nobody.
    pub fn new(settings: &SlackSettings) -> Result<Self, ConfigError> {
        let wrong = |key, why: &str| ConfigError::setting(Channel::Slack, key, why);
        let api = private_url(Channel::Slack, "api", &settings.api)?;
        let token = settings.token.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("token", "write the bot's token, as Slack shows it (xoxb-…)"));
        }
        let method = |name: &str| {
            let mut url = api.clone();
            url.set_query(None);
            url.path_segments_mut()
                .map(|mut path| {
                    path.pop_if_empty().push(name);
                })
                .map_err(|()| wrong("api", "nothing can follow it. Write https://slack.com/api"))?;
            Ok(url)
        };
        let http = Http::new(Channel::Slack, &api, settings.ca_file.as_deref())?;
        Ok(Self {
            http,
            lookup: method("users.lookupByEmail")?,
            post: method("chat.postMessage")?,
            token: token.to_owned(),
            users: Arc::default(),
        })
    }

    pub(crate) async fn send(&self, to: &Address, chat: &Chat, id: &str) -> Answer {
        let Some(email) = &to.email else { return Answer::never(Reason::NoAddress, "") };
        let email = email.trim().to_lowercase();
        let (user, remembered) = match self.remembered(&email) {
            Some(user) => (user, true),
            None => match self.look_up(&email).await {
                Ok(user) => (user, false),
                Err(answer) => return answer,
            },
        };
        let answer = self.post(&user, chat, id).await;
        // Someone who is remembered may have gone and come again under another id.
        if remembered
            && matches!(&answer, Answer::Permanent { why, .. } if why.reason == Reason::UnknownAddress)
        {
            self.forget(&email);
            return match self.look_up(&email).await {
                Ok(new) if new != user => self.post(&new, chat, id).await,
                Ok(_) => answer,
                Err(failed) => failed,
            };
        }
        answer
    }

    async fn look_up(&self, email: &str) -> Result<String, Answer> {
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("email", email).finish();
        let request = self
            .http
            .post(self.lookup.clone())
            .bearer_auth(&self.token)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let found = said(&self.http.send(request).await?)?;
        let user = found.pointer("/user/id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let Some(user) = user else { return Err(Answer::later(Reason::Garbled, "")) };
        if found.pointer("/user/deleted") == Some(&Value::Bool(true)) {
            return Err(Answer::never(Reason::UnknownAddress, "deleted"));
        }
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() >= MOST_USERS {
            users.clear();
        }
        users.insert(email.to_owned(), user.to_owned());
        Ok(user.to_owned())
    }

    async fn post(&self, user: &str, chat: &Chat, id: &str) -> Answer {
        let body = json!({
            "channel": user,
            "text": escape(&chat.headline),
            "blocks": blocks(chat),
            "unfurl_links": false,
            "unfurl_media": false,
            "metadata": {"event_type": "cubby_notice", "event_payload": {"id": id}},
        });
        let request = self
            .http
            .post(self.post.clone())
            .bearer_auth(&self.token)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(body.to_string());
        match self.http.send(request).await {
            Ok(reply) => said(&reply).map_or_else(|answer| answer, |_| Answer::Gone),
            Err(failed) => failed,
        }
    }

    fn remembered(&self, email: &str) -> Option<String> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner).get(email).cloned()
    }

    fn forget(&self, email: &str) {
        self.users.lock().unwrap_or_else(PoisonError::into_inner).remove(email);
    }
}

/// The message as Block Kit: the first line as header, the code as one too, so that it is read at arm's length.
pub(crate) fn blocks(chat: &Chat) -> Vec<Value> {
    let header = |text: &str| json!({"type": "header", "text": {"type": "plain_text", "text": cut(text, LONGEST_HEADER), "emoji": false}});
    let section = |text: &str| json!({"type": "section", "text": {"type": "plain_text", "text": cut(text, LONGEST_SECTION), "emoji": false}});
    let rest =
        chat.paragraphs.iter().map(|text| if chat.is_code(text) { header(text) } else { section(text) });
    std::iter::once(header(&chat.headline)).chain(rest).take(MOST_BLOCKS).collect()
}

/// `text` is Slack's own markup: these three open its links and mentions.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Slack says "no" with a 200 and an error's name.
fn said(reply: &Reply) -> Result<Value, Answer> {
    let json = reply.json().filter(Value::is_object);
    let Some(json) = json else {
        return Err(match reply.by_status() {
            Answer::Gone => Answer::later(Reason::Garbled, ""),
            other => other,
        });
    };
    match (json.get("ok").and_then(Value::as_bool), json.get("error").and_then(Value::as_str)) {
        (Some(true), _) if reply.is_success() => Ok(json),
        (Some(false), Some(error)) => Err(by_name(error, reply)),
        _ if reply.is_success() => Err(Answer::later(Reason::Garbled, "")),
        _ => Err(reply.by_status()),
    }
}

/// Source: the error lists of `chat.postMessage` and `users.lookupByEmail`.
fn by_name(error: &str, reply: &Reply) -> Answer {
    let later = |reason| Answer::after(reason, error, reply.retry_after);
    let reason = match error {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => return later(Reason::Busy),
        "fatal_error"
        | "internal_error"
        | "service_unavailable"
        | "team_added_to_org"
        | "request_timeout" => {
            return later(Reason::Down);
        }
        "users_not_found" | "user_not_found" | "channel_not_found" | "user_disabled" | "user_not_visible"
        | "cannot_dm_bot" | "cant_dm_self" => Reason::UnknownAddress,
        "messages_tab_disabled" | "not_in_channel" | "is_archived" => Reason::Setting,
        "invalid_auth" | "not_authed" | "token_expired" | "token_revoked" | "invalid_token" => Reason::SignIn,
        "account_inactive" | "org_login_required" | "ekm_access_denied" | "team_access_not_granted" => {
            Reason::Account
        }
        "missing_scope"
        | "not_allowed_token_type"
        | "no_permission"
        | "access_denied"
        | "restricted_action"
        | "enterprise_is_restricted"
        | "two_factor_setup_required"
        | "accesslimited" => Reason::Permission,
        "deprecated_endpoint" | "method_deprecated" | "unknown_method" => Reason::Setting,
        "msg_too_long" | "msg_blocks_too_long" => Reason::TooLong,
        _ if error.starts_with("invalid_") || error.starts_with("restricted_action") => Reason::Refused,
        _ if reply.status == 429 => return later(Reason::Busy),
        _ if reply.status >= 500 => return later(Reason::Down),
        _ => Reason::Refused,
    };
    Answer::never(reason, error)
}
