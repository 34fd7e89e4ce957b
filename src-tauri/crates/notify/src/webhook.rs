//! Signed webhooks for anything else, as Standard Webhooks has them (https://www.standardwebhooks.com).
//!
//! It must never sign with a weak key, never send an access code unless the admin said so, and never let the url or
//! the secret into an error.

use std::fmt;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use url::Url;

use crate::address::Address;
use crate::answer::{Answer, Reason};
use crate::config::ConfigError;
use crate::http::{Http, private_url};
use crate::message::Event;
use crate::sender::Channel;

/// Of the body. A field may be added without a new one; a field that changes or goes asks for one.
pub const WEBHOOK_VERSION: u32 = 1;

/// As in the site file's `[channel.webhook]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSettings {
    pub url: String,
    /// `whsec_` and the key in base64: 24 to 64 random bytes.
    pub secret: String,
    /// The receiver hands access codes to their recipients: they are in the body.
    pub codes: bool,
    /// PEM of an authority to trust beside the system's own.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSettings").field("codes", &self.codes).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub struct Webhook {
    http: Http,
    url: Url,
    key: Vec<u8>,
    codes: bool,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.url.host_str()).field("codes", &self.codes).finish()
    }
}

impl Webhook {
    /// Checks the settings; speaks to nobody.
    pub fn new(settings: &WebhookSettings) -> Result<Self, ConfigError> {
        let url = private_url(Channel::Webhook, "url", &settings.url)?;
        let key = key(&settings.secret).ok_or_else(|| {
            let why =
                "write whsec_ and 24 to 64 random bytes in base64, as `openssl rand -base64 32` prints them";
            ConfigError::setting(Channel::Webhook, "secret", why)
        })?;
        let http = Http::new(Channel::Webhook, &url, settings.ca_file.as_deref())?;
        Ok(Self { http, url, key, codes: settings.codes })
    }

    pub(crate) fn codes(&self) -> bool {
        self.codes
    }

    pub(crate) async fn send(&self, to: &Address, event: &Event, id: &str) -> Answer {
        if event.code.is_some() && !self.codes {
            return Answer::never(Reason::Refused, "code");
        }
        let mut data = event.facts.clone();
        data["recipient"]["email"] = json!(to.email);
        data["recipient"]["phone"] = json!(to.phone);
        data["code"] = json!(event.code);
        let body = json!({
            "id": id,
            "type": event.kind,
            "version": WEBHOOK_VERSION,
            "timestamp": event.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            "data": data,
        })
        .to_string();
        // Of this attempt: the receiver refuses old ones, so that nobody can replay them.
        let timestamp = Utc::now().timestamp();
        let Some(signature) = sign(&self.key, id, timestamp, body.as_bytes()) else {
            return Answer::never(Reason::Setting, "secret");
        };
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body);
        match self.http.send(request).await {
            // 410 asks for no more, ever.
            Ok(reply) => reply.by_status(),
            Err(failed) => failed,
        }
    }
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let key = BASE64_STANDARD.decode(secret.trim().strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// The value of `webhook-signature`.
fn sign(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the specification publishes.
    #[test]
    fn the_signature_is_the_specification_s() {
        let key = key("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        assert_eq!(
            sign(&key, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body).unwrap(),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn a_weak_or_mistyped_secret_is_refused_and_not_told() {
        let settings = |url: &str, secret: &str| WebhookSettings {
            url: url.into(),
            secret: secret.into(),
            codes: false,
            ca_file: None,
        };
        let good = format!("whsec_{}", BASE64_STANDARD.encode([7; 32]));
        assert!(Webhook::new(&settings("https://example.com/hook", &good)).is_ok());
        for secret in ["", "whsec_", "hunter2", "whsec_hunter2", &good[6..], "whsec_aHVudGVyMg=="] {
            let settings = settings("https://example.com/hook", secret);
            let error = Webhook::new(&settings).map(|_| ()).unwrap_err();
            assert_eq!(error.key(), "secret");
            assert!(!format!("{error} {error:?} {settings:?}").contains("hunter2"));
        }
        let error = Webhook::new(&settings("http://example.com/hunter2", &good)).map(|_| ()).unwrap_err();
        assert_eq!(error.key(), "url");
        assert!(!error.to_string().contains("hunter2"));
    }
}
