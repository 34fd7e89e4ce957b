//! One request, one bounded answer.
//!
//! It must never follow a redirect (it would carry a token to whomever the answer names), never wait or read without
//! a bound, and never let a url into an error: a webhook's url is itself a secret.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::answer::{Answer, Reason};
use crate::config::ConfigError;
use crate::sender::Channel;
use crate::tls;

const CONNECT: Duration = Duration::from_secs(10);
/// From the first byte sent to the last byte read.
const OVERALL: Duration = Duration::from_secs(30);
/// Bytes of the longest answer that is read: the providers' are a few kilobytes.
const MOST: usize = 1 << 18;
/// A provider that asks for more is asked again after this long.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone)]
pub(crate) struct Http(reqwest::Client);

pub(crate) struct Reply {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// Nothing if it was longer than is read, or the line was cut in it. The status was said all the same.
    pub body: Option<Vec<u8>>,
}

impl Http {
    /// A client for one host, which trusts the system's authorities and those of `ca_file`.
    pub fn new(channel: Channel, host: &Url, ca_file: Option<&Path>) -> Result<Self, ConfigError> {
        let key = if ca_file.is_some() { "ca_file" } else { "url" };
        let broken = |why: String| ConfigError::setting(channel, key, why);
        let tls = tls::config(ca_file).map_err(broken)?;
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .user_agent("Cubby")
            .connect_timeout(CONNECT)
            .timeout(OVERALL);
        // What is on this machine is not reached through the company's proxy.
        if is_loopback(host) {
            client = client.no_proxy();
        }
        client.build().map(Http).map_err(|error| broken(error.without_url().to_string()))
    }

    pub fn post(&self, url: Url) -> reqwest::RequestBuilder {
        self.0.post(url)
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Reply, Answer> {
        let mut answer = request.send().await.map_err(|error| failure(&error))?;
        let status = answer.status().as_u16();
        let retry_after = retry_after(answer.headers(), Utc::now());
        let mut body = Some(Vec::new());
        while let Some(read) = &mut body {
            match answer.chunk().await {
                Ok(Some(part)) if read.len() + part.len() <= MOST => read.extend_from_slice(&part),
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => body = None,
            }
        }
        Ok(Reply { status, retry_after, body })
    }
}

impl Reply {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn json(&self) -> Option<serde_json::Value> {
        self.body.as_deref().and_then(|body| serde_json::from_slice(body).ok())
    }

    /// What the status alone says, for what a provider doesn't say better.
    pub fn by_status(&self) -> Answer {
        let code = format!("HTTP {}", self.status);
        let later = |reason| Answer::after(reason, code.clone(), self.retry_after);
        match self.status {
            200..=299 => Answer::Gone,
            408 | 425 => later(Reason::Slow),
            429 => later(Reason::Busy),
            401 => Answer::never(Reason::SignIn, code),
            402 => Answer::never(Reason::Account, code),
            403 => Answer::never(Reason::Permission, code),
            410 => Answer::never(Reason::Stopped, code),
            413 => Answer::never(Reason::TooLong, code),
            // Also a redirect: this isn't where messages are taken.
            300..=399 | 404 | 405 => Answer::never(Reason::Setting, code),
            400..=499 => Answer::never(Reason::Refused, code),
            _ => later(Reason::Down),
        }
    }
}

/// Words of the failure are not kept: they hold the url, and the causes are few.
fn failure(error: &reqwest::Error) -> Answer {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if inner.to_string().contains("certificate") {
            return Answer::later(Reason::Certificate, "");
        }
        cause = inner.source();
    }
    Answer::later(if error.is_timeout() { Reason::Slow } else { Reason::Unreachable }, "")
}

/// Seconds or a date. Source: RFC 9110, 10.2.3.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now).to_std().unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// A url for what must not be read on its way: https, or this very machine.
pub(crate) fn private_url(channel: Channel, key: &'static str, text: &str) -> Result<Url, ConfigError> {
    let wrong = |why: &str| Err(ConfigError::setting(channel, key, why));
    let Ok(url) = Url::parse(text.trim()) else { return wrong("it isn't a url. Write https://…") };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return wrong("messages would travel unencrypted: write https://…"),
        _ => return wrong("it must begin with https://"),
    }
    if !url.has_host() {
        return wrong("it names no host. Write https://host/…");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("it holds a user or a password: leave them out");
    }
    if url.fragment().is_some() {
        return wrong("it has a # in it: leave out what follows");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_in_seconds_and_as_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-11-24T18:00:00Z").unwrap().to_utc();
        let wait = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("Tue, 24 Nov 2026 18:02:00 GMT"), Some(120));
        assert_eq!(wait("Tue, 24 Nov 2026 17:00:00 GMT"), Some(0));
        assert_eq!(wait("99999999999"), Some(24 * 3600));
        for odd in ["soon", "-5", "1.5", "", "99999999999999999999999"] {
            assert_eq!(wait(odd), None, "{odd}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn what_is_private_goes_over_https_or_stays_here() {
        let read = |url: &str| private_url(Channel::Teams, "url", url);
        for url in
            ["https://example.com/a?sig=b", "http://127.0.0.1:8080/", "http://localhost/x", "http://[::1]/"]
        {
            assert!(read(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "example.com",
            "http://example.com/hunter2",
            "ftp://example.com/hunter2",
            "https://u:hunter2@example.com/",
            "https://example.com/#hunter2",
            "http://localhost.example.com/hunter2",
        ] {
            let error = read(url).unwrap_err();
            assert_eq!(error.key(), "url");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
