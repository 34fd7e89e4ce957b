//! Sign-in against a certified provider on loopback: who is believed, and what is not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use chrono::{TimeDelta, Utc};
use sso::{Attempt, Failed, Identity, Settings};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

struct Provider {
    _node: Child,
    /// It talks on: a pipe that nobody holds would end it.
    _lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Provider {
    async fn start() -> Provider {
        let mut node = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/provider.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("the provider did not start");
            if let Ok(port) = line.trim().parse::<u16>() {
                break port;
            }
        };
        Provider { _node: node, _lines: lines, address: format!("http://127.0.0.1:{port}") }
    }

    fn settings(&self, client_id: &str) -> Settings {
        Settings { issuer: self.address.clone(), client_id: client_id.into(), client_secret: None }
    }

    async fn begin(&self, again: bool) -> Attempt {
        self.settings("cubby").begin(again).await.unwrap()
    }

    /// Where the provider sends the browser in which this account signs in.
    async fn walk(&self, to: &str, account: &str) -> url::Url {
        let mut walk = url::Url::parse(&format!("{}/walk", self.address)).unwrap();
        walk.query_pairs_mut().append_pair("to", to).append_pair("account", account);
        let end = get(walk.as_str()).await;
        url::Url::parse(&end).unwrap_or_else(|_| panic!("the browser got stuck: {end}"))
    }

    /// The whole way, at a machine whose clock is off by so many seconds.
    async fn sign_in(&self, attempt: Attempt, account: &str, off: i64) -> Result<Identity, Failed> {
        let back = self.walk(attempt.url(), account).await;
        come_back(attempt, &back, off).await.0
    }
}

/// The browser comes back to the program, and gets a page.
async fn come_back(attempt: Attempt, back: &url::Url, off: i64) -> (Result<Identity, Failed>, String) {
    let waiting = tokio::spawn(attempt.answered(move || Utc::now() + TimeDelta::seconds(off)));
    let page = get(back.as_str()).await;
    (waiting.await.unwrap(), page)
}

async fn get(address: &str) -> String {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    client.get(address).send().await.unwrap().text().await.unwrap()
}

/// The address with one of its parameters set to something else.
fn with(address: &url::Url, name: &str, value: &str) -> url::Url {
    let pairs: Vec<(String, String)> =
        address.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    let mut address = address.clone();
    address.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
    address
}

fn code(address: &url::Url) -> String {
    address.query_pairs().find(|(key, _)| key == "code").unwrap().1.into_owned()
}

#[tokio::test]
async fn whom_the_provider_vouches_for_comes_with_their_verified_address_and_no_other() {
    let provider = Provider::start().await;
    let ada = provider.sign_in(provider.begin(false).await, "ada", 0).await.unwrap();
    let email = Some("ada@example.com".into());
    assert_eq!(ada, Identity { issuer: provider.address.clone(), subject: "ada".into(), email });
    let eve = provider.sign_in(provider.begin(true).await, "eve", 0).await.unwrap();
    assert_eq!((eve.subject.as_str(), eve.email), ("eve", None), "an address nobody verified is none");
    assert_eq!(provider.sign_in(provider.begin(false).await, "nobody", 0).await, Err(Failed::Declined));
}

#[tokio::test]
async fn an_answer_of_another_session_is_refused() {
    let provider = Provider::start().await;
    let (mine, theirs) = (provider.begin(false).await, provider.begin(false).await);
    let mut forged = provider.walk(theirs.url(), "eve").await;
    let port = provider.walk(mine.url(), "ada").await.port();
    forged.set_port(port).unwrap();
    let (refused, page) = come_back(mine, &forged, 0).await;
    assert_eq!(refused, Err(Failed::OtherSession));
    assert!(page.contains("Nobody was signed in") && !page.contains(&code(&forged)));
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_only_by_who_asked_for_it() {
    let provider = Provider::start().await;
    let first = provider.begin(false).await;
    let back = provider.walk(first.url(), "ada").await;
    come_back(first, &back, 0).await.0.unwrap();
    // The same code once more, in a sign-in of its own that is otherwise in order.
    let second = provider.begin(false).await;
    let own = provider.walk(second.url(), "ada").await;
    assert_eq!(come_back(second, &with(&own, "code", &code(&back)), 0).await.0, Err(Failed::Spent));
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_said_to_be() {
    let provider = Provider::start().await;
    assert_eq!(provider.sign_in(provider.begin(false).await, "ada", -3_600).await, Err(Failed::ClockBehind));
    assert_eq!(provider.sign_in(provider.begin(false).await, "ada", 7_200).await, Err(Failed::Expired));
    assert!(
        provider.sign_in(provider.begin(false).await, "ada", -30).await.is_ok(),
        "half a minute is forgiven"
    );
}

#[tokio::test]
async fn another_issuer_is_refused_at_the_beginning_and_in_the_answer() {
    let provider = Provider::start().await;
    let issuer = provider.address.replace("127.0.0.1", "localhost");
    let other = Settings { issuer, ..provider.settings("cubby") };
    assert_eq!(other.begin(false).await.err(), Some(Failed::WrongIssuer));
    let attempt = provider.begin(false).await;
    let back = provider.walk(attempt.url(), "ada").await;
    let mixed = with(&back, "iss", "https://login.example.net");
    assert_eq!(come_back(attempt, &mixed, 0).await.0, Err(Failed::WrongIssuer));
}

#[tokio::test]
async fn a_token_made_for_another_sign_in_or_another_program_is_refused() {
    let provider = Provider::start().await;
    provider.sign_in(provider.begin(false).await, "ada", 0).await.unwrap();
    get(&format!("{}/again", provider.address)).await;
    let replayed = provider.sign_in(provider.begin(false).await, "ada", 0).await;
    assert_eq!(replayed, Err(Failed::OtherSession), "its nonce is another's");

    let provider = Provider::start().await;
    let elsewhere = provider.settings("other").begin(false).await.unwrap();
    provider.sign_in(elsewhere, "ada", 0).await.unwrap();
    get(&format!("{}/again", provider.address)).await;
    let swapped = provider.sign_in(provider.begin(false).await, "ada", 0).await;
    assert_eq!(swapped, Err(Failed::WrongAudience));
}

#[tokio::test]
async fn without_tls_no_provider_but_one_on_this_machine_is_asked() {
    let far = Settings {
        issuer: "http://login.example.com".into(),
        client_id: "cubby".into(),
        client_secret: None,
    };
    assert!(matches!(far.begin(false).await, Err(Failed::Settings(_))));
    let away = Settings { issuer: "http://127.0.0.1:9".into(), ..far };
    assert!(matches!(away.begin(false).await, Err(Failed::Unreachable(_))));
}
