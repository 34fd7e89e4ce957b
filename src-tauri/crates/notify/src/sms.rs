//! Text messages through Twilio's Messages API, or any gateway that speaks it.
//!
//! It must never send twice by itself: the API has no idempotency key, so after a cut line nobody can tell whether the
//! message went (the outbox repeats it, once at most). It must never let a number or the token into an error.

use std::fmt;
use std::path::PathBuf;

use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use crate::address::{Address, e164};
use crate::answer::{Answer, Reason};
use crate::config::ConfigError;
use crate::gsm;
use crate::http::{Http, Reply, private_url};
use crate::sender::Channel;

/// The longest text that is sent. Twilio's own limit is 1,600 characters.
pub const MAX_SEGMENTS: usize = 3;

/// As in the site file's `[channel.sms]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsSettings {
    /// `https://api.twilio.com`, or the gateway's.
    pub api: String,
    /// The account's SID, which is also the user's name.
    pub account: String,
    pub token: String,
    /// A number (`+34600111222`), a short code, a sender's name of at most 11 letters and digits, or the SID of a
    /// messaging service (`MG…`).
    pub from: String,
    /// PEM of an authority to trust beside the system's own.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for SmsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsSettings")
            .field("api", &self.api)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub struct Sms {
    http: Http,
    url: Url,
    account: String,
    token: String,
    /// The parameter's name and value.
    from: (&'static str, String),
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

impl Sms {
    /// Checks the settings; speaks to nobody.
    pub fn new(settings: &SmsSettings) -> Result<Self, ConfigError> {
        let wrong = |key, why: &str| Err(ConfigError::setting(Channel::Sms, key, why));
        let api = private_url(Channel::Sms, "api", &settings.api)?;
        let account = settings.account.trim();
        if account.is_empty()
            || !account.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            return wrong("account", "write the account's SID, as the provider shows it (AC…)");
        }
        let token = settings.token.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return wrong("token", "write the auth token, as the provider shows it");
        }
        let Some(from) = sender(settings.from.trim()) else {
            return wrong(
                "from",
                "write a number with its country code (+34600111222), a short code, a name of at most 11 letters and \
                 digits, or a messaging service's SID (MG…)",
            );
        };
        let mut url = api.clone();
        match url.path_segments_mut() {
            Ok(mut path) => {
                path.pop_if_empty().extend(["2010-04-01", "Accounts", account, "Messages.json"]);
            }
            Err(()) => return wrong("api", "nothing can follow it. Write https://host"),
        }
        url.set_query(None);
        let http = Http::new(Channel::Sms, &api, settings.ca_file.as_deref())?;
        Ok(Self { http, url, account: account.to_owned(), token: token.to_owned(), from })
    }

    /// Sends once.
    pub(crate) async fn send(&self, to: &Address, text: &str) -> Answer {
        let Some(phone) = &to.phone else { return Answer::never(Reason::NoAddress, "") };
        let Some(phone) = e164(phone) else { return Answer::never(Reason::BadAddress, "") };
        let text = gsm::fold(text);
        if gsm::segments(&text) > MAX_SEGMENTS {
            return Answer::never(Reason::TooLong, "");
        }
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("To", &phone)
            .append_pair(self.from.0, &self.from.1)
            .append_pair("Body", &text)
            .finish();
        let request = self
            .http
            .post(self.url.clone())
            .basic_auth(&self.account, Some(&self.token))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        match self.http.send(request).await {
            Ok(reply) => answer(&reply),
            Err(failed) => failed,
        }
    }
}

fn sender(from: &str) -> Option<(&'static str, String)> {
    let alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if from.len() == 34 && from.starts_with("MG") && alphanumeric(from) {
        return Some(("MessagingServiceSid", from.to_owned()));
    }
    let number = e164(from);
    let short = (3..=8).contains(&from.len()) && from.bytes().all(|byte| byte.is_ascii_digit());
    let name = (1..=11).contains(&from.len())
        && from.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" +-_&".contains(&byte))
        && from.bytes().any(|byte| byte.is_ascii_alphabetic());
    number.or_else(|| (short || name).then(|| from.to_owned())).map(|from| ("From", from))
}

/// A taken message may carry an error all the same: some gateways send at once and say how it went.
fn answer(reply: &Reply) -> Answer {
    let json = reply.json();
    let field =
        |name: &str| json.as_ref().and_then(|json| json.get(name)).and_then(serde_json::Value::as_u64);
    let code = field(if reply.is_success() { "error_code" } else { "code" });
    match code.and_then(|code| u32::try_from(code).ok()).filter(|code| *code != 0) {
        Some(code) => by_code(code, reply),
        None => reply.by_status(),
    }
}

/// Twilio's error codes. It refines them from time to time, so an unknown one is judged by the HTTP status.
/// Source: Twilio's error and warning dictionary.
fn by_code(code: u32, reply: &Reply) -> Answer {
    let said = code.to_string();
    let reason = match code {
        // Rates, queues and daily limits.
        14107 | 20429 | 21611 | 30001 | 30022 | 30023 | 63018 | 63038 => {
            return Answer::after(Reason::Busy, said, reply.retry_after);
        }
        // The phone is off or out of reach; the network does not say why.
        30003 | 30008 | 30017 => return Answer::after(Reason::NotNow, said, reply.retry_after),
        20003 | 20008 | 20101 | 20104 => Reason::SignIn,
        10001 | 20005 | 21608 | 30002 | 30010 => Reason::Account,
        20403 | 21408 => Reason::Permission,
        20404 => Reason::Setting,
        21211 | 21214 | 21217 | 21265 | 21266 | 21401 | 21421 | 21604 | 21612 | 21614 | 21635 | 30005
        | 30006 => Reason::UnknownAddress,
        21610 | 30004 => Reason::Unwanted,
        21212
        | 21603
        | 21606
        | 21607
        | 21618
        | 21659
        | 21660
        | 21661
        | 21701..=21712
        | 30024
        | 30032
        | 30034 => Reason::Sender,
        21605 | 21617 => Reason::TooLong,
        21602 | 21619 | 30007 => Reason::Refused,
        _ if reply.is_success() => return Answer::after(Reason::NotNow, said, reply.retry_after),
        _ => {
            return match reply.by_status() {
                Answer::Permanent { why, .. } => Answer::never(why.reason, said),
                Answer::Temporary { why, retry_after } => Answer::after(why.reason, said, retry_after),
                Answer::Gone => Answer::Gone,
            };
        }
    };
    Answer::never(reason, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SmsSettings {
        SmsSettings {
            api: "https://api.twilio.com".into(),
            account: "AC0123456789abcdef0123456789abcdef".into(),
            token: "hunter2".into(),
            from: "+34600111222".into(),
            ca_file: None,
        }
    }

    #[test]
    fn the_address_is_put_together() {
        let made = Sms::new(&settings()).unwrap();
        let wanted =
            "https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json";
        assert_eq!(made.url.as_str(), wanted);
        let made =
            Sms::new(&SmsSettings { api: "https://sms.example.com/twilio/".into(), ..settings() }).unwrap();
        assert!(made.url.path().starts_with("/twilio/2010-04-01/Accounts/AC"), "{}", made.url);
        assert!(!format!("{made:?} {:?}", settings()).contains("hunter2"));
    }

    #[test]
    fn a_sender_may_be_of_four_kinds() {
        let service = format!("MG{}", "0a".repeat(16));
        for (from, parameter) in [
            ("+34 600 111 222", "From"),
            ("12345", "From"),
            ("Cubby", "From"),
            ("Parcel room", "From"),
            (service.as_str(), "MessagingServiceSid"),
        ] {
            assert_eq!(sender(from).unwrap().0, parameter, "{from}");
        }
        for from in ["", "600111222333", "A name far too long", "Recepción", "+", "a\nb"] {
            assert_eq!(sender(from), None, "{from}");
        }
    }

    #[test]
    fn a_bad_setting_is_named_and_no_secret_told() {
        let bad = [
            ("api", SmsSettings { api: "http://api.twilio.com".into(), ..settings() }),
            ("api", SmsSettings { api: "nonsense".into(), ..settings() }),
            ("account", SmsSettings { account: String::new(), ..settings() }),
            ("account", SmsSettings { account: "AC/../x".into(), ..settings() }),
            ("token", SmsSettings { token: " ".into(), ..settings() }),
            ("token", SmsSettings { token: "hunter2\nX: y".into(), ..settings() }),
            ("from", SmsSettings { from: "nobody at all".into(), ..settings() }),
            ("ca_file", SmsSettings { ca_file: Some("/no/such/file".into()), ..settings() }),
            (
                "ca_file",
                SmsSettings {
                    ca_file: Some(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")),
                    ..settings()
                },
            ),
        ];
        for (key, settings) in bad {
            let error = Sms::new(&settings).map(|_| ()).unwrap_err();
            assert_eq!(error.key(), key, "{error}");
            assert!(!format!("{error} {error:?} {settings:?}").contains("hunter2"));
        }
    }
}
