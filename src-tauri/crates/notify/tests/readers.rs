//! Messages as others read them: Slack's models of Block Kit, Microsoft's Adaptive Cards, Standard Webhooks and
//! icalendar, none of which share anything with the sender.
//!
//! `CUBBY_TEST_PYTHON` names a Python that has these libraries (see `readers.py`); `node` finds `adaptivecards` among
//! the project's packages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod support;

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use chrono::{DateTime, Utc};
use notify::{
    Address, Answer, Language, Message, Notice, NoticeKind, Place, Sender, Slack, SlackSettings, Teams,
    TeamsSettings, Templates, Webhook, WebhookSettings,
};
use provider::{Provider, say};
use serde_json::{Value, json};
use support::{CODE, EMAIL, PHONE, compartment, notice};

/// A program that answers each line with one.
struct Reader(Child, ChildStdin, Lines<BufReader<ChildStdout>>);

impl Reader {
    fn start(program: &str, script: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
        let mut process = Command::new(program)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self(process, input, BufReader::new(output).lines())
    }

    fn python() -> Self {
        Self::start(
            &std::env::var("CUBBY_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned()),
            "readers.py",
        )
    }

    fn says(&mut self, what: &Value) -> String {
        writeln!(self.1, "{what}").unwrap();
        self.2.next().expect("no answer: are the reader's packages installed?").unwrap()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn at() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-23T17:30:00Z").unwrap().to_utc()
}

/// Every kind at every place in both languages, of ordinary and of nasty names.
fn notices() -> Vec<Notice> {
    let places = [compartment(), Place::Counter { shelf: Some("B3".into()) }, Place::Counter { shelf: None }];
    let mut notices = Vec::new();
    for kind in NoticeKind::ALL {
        for language in Language::ALL {
            for place in &places {
                notices.push(notice(kind, language, place.clone()));
            }
        }
    }
    for name in
        ["*bold* <!channel> [a](https://example.org) & \"x\"", "李小龍 🚪, מרחבא; \\ x", &"W".repeat(400)]
    {
        let (bank, label) = (name.to_owned(), name.to_owned());
        let place = Place::Compartment { bank, label, height: notify::Height::Top, accessible: true };
        let mut nasty = notice(NoticeKind::Stored, Language::Es, place);
        nasty.recipient_name = name.into();
        nasty.site = name.into();
        nasty.carrier = Some(name.into());
        nasty.about = Some(name.into());
        notices.push(nasty);
    }
    notices
}

/// What arrives at the provider.
async fn posted(provider: &Provider, sender: &Sender, notice: &Notice) -> provider::Asked {
    let made: Message = sender.message(&Templates::default(), notice, Some(CODE), at()).message;
    let to = Address { email: Some(EMAIL.into()), phone: Some(PHONE.into()) };
    assert_eq!(sender.send(&to, &made, "0198f2c4-7a3b-7def-8123-456789abcdef@cubby").await, Answer::Gone);
    provider.asked().pop().unwrap()
}

#[tokio::test]
async fn slack_s_models_read_the_blocks() {
    let mut reader = Reader::python();
    assert_ne!(
        reader.says(
            &json!({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x".repeat(151)}}]})
        ),
        "ok"
    );
    assert_ne!(reader.says(&json!({"blocks": [{"type": "nope"}]})), "ok");

    let provider = Provider::start().await;
    let settings = SlackSettings { api: provider.url.clone(), token: "xoxb-1".into(), ca_file: None };
    let slack = Sender::Slack(Slack::new(&settings).unwrap());
    provider.will([say(200, r#"{"ok": true, "user": {"id": "U1"}}"#)]);
    for notice in notices() {
        provider.will([say(200, r#"{"ok": true}"#)]);
        let asked = posted(&provider, &slack, &notice).await;
        let blocks = asked.json()["blocks"].clone();
        assert!(blocks.as_array().unwrap().len() > 3);
        assert_eq!(reader.says(&json!({"blocks": blocks})), "ok", "{blocks:#}");
        // Slack's own markup is only in what stands on locked screens.
        assert!(!asked.json()["text"].as_str().unwrap().contains("<!"));
    }
}

#[tokio::test]
async fn microsoft_s_library_reads_the_cards() {
    let mut reader = Reader::start("node", "cards.mjs");
    assert_ne!(
        reader.says(&json!({"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "Nope"}]})),
        "ok"
    );
    assert_ne!(
        reader.says(&json!({"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "TextBlock", "size": "huge"}]})),
        "ok"
    );

    let provider = Provider::start().await;
    for personal in [true, false] {
        let teams =
            Sender::Teams(Teams::new(&TeamsSettings { url: provider.url.clone(), personal }).unwrap());
        for notice in notices() {
            provider.will([say(202, "")]);
            let card = posted(&provider, &teams, &notice).await.json()["attachments"][0]["content"].clone();
            assert_eq!(reader.says(&card), "ok", "{card:#}");
            let text = card.to_string();
            let code = personal && !matches!(notice.kind, NoticeKind::Leaver | NoticeKind::Escalation);
            assert_eq!((text.contains("4071 8265"), text.contains("data:image/png")), (code, code));
            // TextBlock reads markdown, TextRun doesn't.
            assert!(!text.contains("\"TextBlock\""));
        }
    }
}

#[tokio::test]
async fn standard_webhooks_library_verifies_the_signature() {
    let mut reader = Reader::python();
    let provider = Provider::start().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let settings =
        WebhookSettings { url: provider.url.clone(), secret: secret.into(), codes: true, ca_file: None };
    let webhook = Sender::Webhook(Webhook::new(&settings).unwrap());
    for notice in notices() {
        provider.will([say(200, "")]);
        let asked = posted(&provider, &webhook, &notice).await;
        let told = |secret: &str, body: &str| json!({"webhook": {"secret": secret, "headers": asked.headers, "body": body}});
        assert_eq!(reader.says(&told(secret, &asked.body)), "ok");
        assert!(reader.says(&told(secret, &format!("{} ", asked.body))).contains("No matching signature"));
        let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert!(reader.says(&told(other, &asked.body)).contains("No matching signature"));
    }
}

#[test]
fn icalendar_reads_the_deadline() {
    let mut reader = Reader::python();
    let broken = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:never\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_ne!(reader.says(&json!({"calendar": broken})), "ok");
    let mut entries = std::collections::BTreeSet::new();
    let email =
        notify::EmailSettings { url: "smtp://localhost".into(), from: "a@example.com".into(), ca_file: None };
    let email = Sender::Email(notify::Email::new(&email).unwrap());
    for notice in notices() {
        let made = email.message(&Templates::default(), &notice, Some(CODE), at());
        let Message::Mail(mail) = made.message else { panic!() };
        let Some(calendar) = mail.calendar else {
            assert!(matches!(notice.kind, NoticeKind::Leaver | NoticeKind::Escalation), "{:?}", notice.kind);
            continue;
        };
        assert_eq!(reader.says(&json!({"calendar": calendar})), "ok", "{calendar}");
        assert!(!calendar.contains("4071"));
        let id = calendar.lines().find(|line| line.starts_with("UID:")).unwrap().to_owned();
        if notice.recipient_name == "Ana López" {
            entries.insert(id);
        }
    }
    assert_eq!(entries.len(), 1, "a later notice of a package moves its entry");
    let mut open = notice(NoticeKind::Stored, Language::En, compartment());
    open.until = None;
    assert_eq!(support::mail(&open, Some(CODE)).calendar, None);
}
