//! Mails to a real SMTP server (aiosmtpd, see `smtp_server.py`), over real TLS, read back by an independent parser.
//!
//! `CUBBY_TEST_PYTHON` names a Python that can import aiosmtpd; it is `python3` otherwise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod support;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders};
use notify::{
    Address, Answer, Email, EmailSettings, Height, How, Language, Mail, Message, Notice, NoticeKind, Place,
    Reason, Sender, Templates, Whose, qr_payload,
};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const CODE: &str = "40718265";

/// Stands for a server on another machine: on Linux it reaches this one, but it isn't a loopback address.
const ELSEWHERE: &str = "0.0.0.0";

#[derive(Deserialize)]
struct Taken {
    from: String,
    to: Vec<String>,
    tls: bool,
    user: Option<String>,
    raw: String,
}

/// The server stops with its standard input, so it can't outlive the test.
struct Server {
    _process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
    keys: TempDir,
}

impl Server {
    async fn start(mode: &str, sign_in: &[&str]) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let mut arguments = vec![mode.to_owned()];
        if mode != "plain" {
            let pair =
                rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
            let (cert, key) = (keys.path().join("cert.pem"), keys.path().join("key.pem"));
            std::fs::write(&cert, pair.cert.pem()).unwrap();
            std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
            arguments.extend([cert, key].map(|path| path.to_str().unwrap().to_owned()));
        }
        arguments.extend(sign_in.iter().map(|word| (*word).to_owned()));

        let python = std::env::var("CUBBY_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp_server.py");
        let mut process = Command::new(&python)
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{python} does not start: {error}"));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().expect("no port: is aiosmtpd installed for this Python?");
        Self { _process: process, lines, port: port.parse().unwrap(), keys }
    }

    fn cert(&self) -> PathBuf {
        self.keys.path().join("cert.pem")
    }

    async fn taken(&mut self) -> Taken {
        serde_json::from_str(&self.lines.next_line().await.unwrap().unwrap()).unwrap()
    }
}

fn channel(url: &str, ca_file: Option<PathBuf>) -> Email {
    channel_from(url, ca_file, "Parcel room <parcels@example.com>")
}

fn channel_from(url: &str, ca_file: Option<PathBuf>, from: &str) -> Email {
    Email::new(&EmailSettings { url: url.to_owned(), from: from.to_owned(), ca_file }).unwrap()
}

fn notice() -> Notice {
    Notice {
        kind: NoticeKind::Stored,
        language: Language::En,
        site: "Head office".into(),
        recipient_name: "Ana López".into(),
        carrier: Some("DHL".into()),
        tracking_number: "JD01 4600 0012 3456".into(),
        place: Place::Compartment {
            bank: "Lobby".into(),
            label: "A07".into(),
            height: Height::Bottom,
            accessible: false,
        },
        until: Some("2026-11-24T18:30:00+01:00".into()),
        how: How { badge: true, code: true, both: false },
        about: None,
        paused: false,
    }
}

fn mail() -> Mail {
    support::mail(&notice(), Some(CODE))
}

async fn send(email: &Email, to: &str, id: &str, mail: &Mail) -> Answer {
    Sender::Email(email.clone()).send(&Address::email(to), &Message::Mail(mail.clone()), id).await
}

/// A yes is none of these.
fn why(answer: &Answer, whose: Option<Whose>) -> String {
    let found = match answer {
        Answer::Permanent { whose, .. } => Some(*whose),
        Answer::Temporary { .. } => None,
        Answer::Gone => panic!("it was taken"),
    };
    assert_eq!(found, whose, "{answer:?}");
    answer.why().map(ToString::to_string).unwrap_or_default()
}

/// The picture as a scanner sees it, read by a decoder that shares nothing with the encoder.
fn scan(picture: &[u8]) -> String {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

#[tokio::test]
async fn a_mail_over_starttls_arrives_whole() {
    let mut server = Server::start("starttls", &["parcels", "p@ss/wörd#1"]).await;
    let url = format!("smtp://parcels:p%40ss%2Fw%C3%B6rd%231@localhost:{}", server.port);
    let email = channel(&url, Some(server.cert()));
    let sent = mail();
    assert_eq!(send(&email, "ana@example.com", "0198-deposit@head-office.cubby", &sent).await, Answer::Gone);

    let taken = server.taken().await;
    assert!(taken.tls);
    assert_eq!(taken.user.as_deref(), Some("parcels"));
    assert_eq!((taken.from.as_str(), taken.to), ("parcels@example.com", vec!["ana@example.com".to_owned()]));
    assert!(taken.raw.contains("\r\nMessage-ID: <0198-deposit@head-office.cubby>\r\n"), "{}", taken.raw);

    let message = MessageParser::default().parse(taken.raw.as_bytes()).unwrap();
    assert_eq!(message.subject(), Some("Your package is in compartment A07, Lobby"));
    assert_eq!(message.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert!(message.date().is_some());
    let from = message.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Parcel room"), Some("parcels@example.com")));
    assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), sent.text.trim_end());
    assert_eq!(message.body_html(0).unwrap().replace("\r\n", "\n").trim_end(), sent.html.trim_end());

    let shape: Vec<String> = message
        .parts
        .iter()
        .map(|part| part.content_type().unwrap())
        .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap()))
        .collect();
    assert_eq!(
        shape,
        [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "text/calendar"
        ]
    );
    let entry = &message.parts[6];
    assert_eq!(entry.attachment_name(), Some("deadline.ics"));
    assert_eq!(entry.text_contents(), sent.calendar.as_deref());
    let picture = &message.parts[5];
    assert!(picture.content_disposition().unwrap().is_inline());
    assert!(sent.html.contains(&format!("src=\"cid:{}\"", picture.content_id().unwrap())));
    assert_eq!(scan(picture.contents()), "CUBBY-40718265");
    assert_eq!(scan(picture.contents()), qr_payload(CODE));
}

#[tokio::test]
async fn a_mail_over_implicit_tls_arrives_in_spanish_without_a_code() {
    let mut server = Server::start("smtps", &["parcels", "secret"]).await;
    let url = format!("smtps://parcels:secret@127.0.0.1:{}", server.port);
    let email = channel_from(&url, Some(server.cert()), "Recepción de paquetes <paquetes@example.com>");
    let mut notice = notice();
    notice.language = Language::Es;
    notice.how.code = false;
    let sent = support::mail(&notice, None);
    assert_eq!(send(&email, "ana@example.com", "1@cubby", &sent).await, Answer::Gone);

    let taken = server.taken().await;
    assert!(taken.tls && taken.raw.is_ascii());
    let message = MessageParser::default().parse(taken.raw.as_bytes()).unwrap();
    assert_eq!(message.subject(), Some("Su paquete está en el compartimento A07, Lobby"));
    assert_eq!(message.from().unwrap().first().unwrap().name(), Some("Recepción de paquetes"));
    assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), sent.text.trim_end());
    let kinds: Vec<_> = message.parts.iter().filter_map(|part| part.content_type()?.subtype()).collect();
    assert_eq!(kinds, ["mixed", "alternative", "plain", "html", "calendar"], "no picture without a code");
}

#[tokio::test]
async fn a_repeat_carries_the_same_message_id() {
    let mut server = Server::start("plain", &[]).await;
    let email = channel(&format!("smtp://127.0.0.1:{}", server.port), None);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let email = email.clone();
        // In a task of its own, as an outbox does.
        let sending =
            tokio::spawn(async move { send(&email, "ana@example.com", "a-deposit@cubby", &mail()).await });
        assert_eq!(sending.await.unwrap(), Answer::Gone);
        let raw = server.taken().await.raw;
        ids.push(MessageParser::default().parse(raw.as_bytes()).unwrap().message_id().unwrap().to_owned());
    }
    assert_eq!(ids, ["a-deposit@cubby", "a-deposit@cubby"]);
}

#[tokio::test]
async fn an_unknown_authority_or_another_host_s_certificate_is_refused() {
    let other = Server::start("smtps", &[]).await;
    for (mode, scheme) in [("starttls", "smtp"), ("smtps", "smtps")] {
        let server = Server::start(mode, &[]).await;
        // The certificate names localhost and 127.0.0.1, nothing else.
        let mut channels = vec![("localhost", None), ("localhost", Some(other.cert()))];
        if cfg!(target_os = "linux") {
            channels.push((ELSEWHERE, Some(server.cert())));
        }
        for (host, ca_file) in channels {
            let email = channel(&format!("{scheme}://{host}:{}", server.port), ca_file);
            let why = why(&send(&email, "ana@example.com", "1@cubby", &mail()).await, None);
            assert!(why.contains("certificate") && why.contains("ca_file"), "{why}");
        }
    }
}

#[tokio::test]
async fn a_server_s_no_is_told_apart() {
    let server = Server::start("plain", &[]).await;
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let email = channel(&url, None);
    let answer = async |to: &str| send(&email, to, "1@cubby", &mail()).await;

    let refused = why(&answer("r550@example.com").await, Some(Whose::Address));
    assert!(refused.contains("550"), "{refused}");
    for to in ["r451@example.com", "later451@example.com"] {
        let later = why(&answer(to).await, None);
        assert!(later.contains("451"), "{later}");
    }
    for to in [
        "",
        "ana",
        "ana@",
        "ana@example.com\r\nRCPT TO:<eve@example.com>",
        "a b@example.com",
        "<ana@example.com>",
    ] {
        why(&answer(to).await, Some(Whose::Address));
    }
    for id in ["", "a b", "1@cubby>\r\nBcc: eve@example.com", "é@cubby"] {
        why(&send(&email, "ana@example.com", id, &mail()).await, Some(Whose::Message));
    }

    // Every mail would meet these: the channel's fault, not the mail's.
    let email = channel_from(&url, None, "s550@example.com");
    why(&send(&email, "ana@example.com", "1@cubby", &mail()).await, Some(Whose::Channel));
}

#[tokio::test]
async fn every_channel_answers_alike() {
    let mut server = Server::start("plain", &[]).await;
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let sender = Sender::Email(channel(&url, None));
    let made = sender.message(&Templates::default(), &notice(), Some(CODE), chrono::Utc::now()).message;
    let id = "0198f2c4@cubby";
    assert_eq!(sender.send(&Address::email("ana@example.com"), &made, id).await, Answer::Gone);
    let taken = server.taken().await;
    assert!(taken.raw.contains("Message-ID: <0198f2c4@cubby>\r\n") && taken.raw.contains("4071 8265"));

    for (to, reason, whose) in [
        (Address::default(), Reason::NoAddress, Some(Whose::Address)),
        (Address::email("ana"), Reason::BadAddress, Some(Whose::Address)),
        (Address::email("r550@example.com"), Reason::UnknownAddress, Some(Whose::Address)),
        (Address::email("r554@example.com"), Reason::Refused, Some(Whose::Message)),
        (Address::email("r451@example.com"), Reason::NotNow, None),
        (Address::email("r552@example.com"), Reason::MailboxFull, None),
        (Address::email("later451@example.com"), Reason::NotNow, None),
    ] {
        let answer = sender.send(&to, &made, id).await;
        assert_eq!(answer.why().unwrap().reason, reason, "{answer:?}");
        let found = if let Answer::Permanent { whose, .. } = answer { Some(whose) } else { None };
        assert_eq!(found, whose, "{reason:?}");
        assert!(!answer.blames_channel());
        assert!(!format!("{answer:?}").contains("example"), "{answer:?}");
    }
    let refused = Sender::Email(channel_from(&url, None, "s550@example.com"));
    let answer = refused.send(&Address::email("ana@example.com"), &made, id).await;
    assert_eq!(answer.why().unwrap().reason, Reason::Sender);
    assert!(answer.blames_channel());
}

#[tokio::test]
async fn a_wrong_secret_is_the_channel_s_fault_and_stays_secret() {
    let server = Server::start("starttls", &["parcels", "right"]).await;
    let url = format!("smtp://parcels:hunter2@localhost:{}", server.port);
    let email = channel(&url, Some(server.cert()));
    let refused = send(&email, "ana@example.com", "1@cubby", &mail()).await;
    let why = why(&refused, Some(Whose::Channel));
    assert!(why.contains("535"), "{why}");
    let told = format!("{why} {refused:?} {email:?}");
    assert!(!told.contains("hunter2") && !told.contains(CODE), "{told}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_secret_never_goes_to_another_host_in_clear() {
    let server = Server::start("plain", &["parcels", "secret"]).await;
    let by = async |host: &str| {
        let email = channel(&format!("smtp://parcels:secret@{host}:{}", server.port), None);
        send(&email, "ana@example.com", "1@cubby", &mail()).await
    };
    let refused = by(ELSEWHERE).await;
    why(&refused, Some(Whose::Channel));
    assert_eq!(refused.why().unwrap().reason, Reason::Encryption);
    assert_eq!(by("127.0.0.1").await, Answer::Gone);
}

#[tokio::test]
async fn a_server_that_is_down_is_a_matter_of_time() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    for url in [format!("smtp://127.0.0.1:{port}"), "smtp://no-such-host.invalid".to_owned()] {
        why(&send(&channel(&url, None), "ana@example.com", "1@cubby", &mail()).await, None);
    }
}

/// Virtual time: the clock jumps to the next deadline as soon as everybody waits.
#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let email = channel(&format!("smtp://{}", silent.local_addr().unwrap()), None);
    let began = tokio::time::Instant::now();
    why(&send(&email, "ana@example.com", "1@cubby", &mail()).await, None);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_address_may_be_in_any_script_where_the_server_takes_it() {
    let mut server = Server::start("plain", &[]).await;
    let email = channel(&format!("smtp://127.0.0.1:{}", server.port), None);
    assert_eq!(send(&email, "josé@correo.example", "1@cubby", &mail()).await, Answer::Gone);
    assert_eq!(server.taken().await.to, ["josé@correo.example"]);
}

#[tokio::test]
async fn nasty_names_change_nothing_but_the_words() {
    let mut server = Server::start("plain", &[]).await;
    let email = channel(&format!("smtp://127.0.0.1:{}", server.port), None);
    let long = "N".repeat(500);
    let names = [
        "Lobby\r\nBcc: eve@example.com\r\n\r\nEvil body",
        "\"Lobby\" <eve@example.com>, \\",
        "=?utf-8?q?Bcc:_eve?=",
        &long,
        "大厅 مرحبا שלום Ω 🚪\u{202e}",
        "<script>alert('x')</script> & co",
        "\u{0}\u{1b}[31m",
        "",
    ];
    for name in names {
        let mut notice = notice();
        notice.recipient_name = name.into();
        notice.site = name.into();
        notice.carrier = Some(name.into());
        notice.tracking_number = name.into();
        notice.place = Place::Compartment {
            bank: name.into(),
            label: name.into(),
            height: Height::Top,
            accessible: true,
        };
        let sent = support::mail(&notice, Some(CODE));
        assert_eq!(send(&email, "ana@example.com", "1@cubby", &sent).await, Answer::Gone);

        let taken = server.taken().await;
        assert!(taken.raw.is_ascii());
        assert_eq!(taken.to, ["ana@example.com"]);
        let message = MessageParser::default().parse(taken.raw.as_bytes()).unwrap();
        let mut headers: Vec<&str> = message.headers().iter().map(|header| header.name()).collect();
        headers.sort_unstable();
        assert_eq!(
            headers,
            ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"],
            "{name:?}"
        );
        assert_eq!(message.subject(), Some(sent.subject.trim_end()), "{name:?}");
        assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), sent.text.trim_end());
        assert!(!sent.html.contains("<script>") && !sent.html.contains("<eve@"), "{name:?}");
        assert!(taken.raw.lines().all(|line| line.len() <= 998), "{name:?}");
    }
}
