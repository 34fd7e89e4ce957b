//! Bounces read from a real mailbox: dovecot, thrown away after the test, on loopback, without privileges.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test
#![cfg(target_os = "linux")]

use std::time::Duration;

use notify::{Mailbox, MailboxSettings, Reason, Unseen};
use provider::{ENCODED, ImapServer, SECRET, bounce};
use std::path::PathBuf;

fn settings(server: &ImapServer) -> MailboxSettings {
    MailboxSettings { url: server.url(), folder: None, ca_file: Some(server.certificate()) }
}

fn report(number: usize) -> String {
    bounce(&format!("{number}@cubby"), &format!("ana{number}@example.com"))
}

fn ids(unseen: &Unseen) -> Vec<Option<&str>> {
    unseen.mails.iter().map(|mail| mail.report.as_ref()?.message_id.as_deref()).collect()
}

#[tokio::test]
async fn reports_are_seen_only_once_they_are_recorded() {
    let server = ImapServer::start();
    let mailbox = Mailbox::new(&settings(&server)).unwrap();
    assert_eq!(ids(&mailbox.unseen().await.unwrap()), [None; 0]);

    server.put("1", &report(1));
    server.put("2", "Subject: Re: your package\r\n\r\nThank you!\r\n");
    server.put("3", &format!("Subject: huge\r\n\r\n{}\r\n", "x".repeat(notify::LONGEST_REPORT)));
    server.put("4", &report(4));
    let first = mailbox.unseen().await.unwrap();
    assert_eq!(ids(&first), [Some("1@cubby"), None, None, Some("4@cubby")]);
    let failure = &first.mails[0].report.as_ref().unwrap().failures[0];
    assert_eq!(
        (failure.recipient.as_str(), failure.why.reason),
        ("ana1@example.com", Reason::UnknownAddress)
    );
    // Nothing was recorded, so nothing has changed.
    assert_eq!(mailbox.unseen().await.unwrap(), first);

    mailbox.mark_seen(&first).await.unwrap();
    server.put("5", &report(5));
    let second = mailbox.unseen().await.unwrap();
    assert_eq!(ids(&second), [Some("5@cubby")]);
    mailbox.mark_seen(&second).await.unwrap();
    mailbox.mark_seen(&second).await.unwrap();
    assert_eq!(ids(&mailbox.unseen().await.unwrap()), [None; 0]);
    assert_eq!(server.kept(), 5, "nothing is thrown away");
}

#[tokio::test]
async fn a_full_mailbox_is_read_bit_by_bit() {
    let server = ImapServer::start();
    let mailbox = Mailbox::new(&settings(&server)).unwrap();
    for number in 0..60 {
        server.put(&format!("{number:02}"), &report(number));
    }
    let mut found = std::collections::BTreeSet::new();
    for expected in [50, 10, 0] {
        let unseen = mailbox.unseen().await.unwrap();
        assert_eq!(unseen.mails.len(), expected);
        found.extend(ids(&unseen).into_iter().map(|id| id.unwrap().to_owned()));
        mailbox.mark_seen(&unseen).await.unwrap();
    }
    assert_eq!(found.len(), 60);
}

#[tokio::test]
async fn numbers_of_a_folder_that_is_another_now_mark_nothing() {
    let server = ImapServer::start();
    let mailbox = Mailbox::new(&settings(&server)).unwrap();
    server.put("1", &report(1));
    let before = mailbox.unseen().await.unwrap();
    server.renumber();
    server.put("2", &report(2));
    mailbox.mark_seen(&before).await.unwrap();
    let mut after = mailbox.unseen().await.unwrap();
    after.mails.sort_by_key(|mail| mail.report.as_ref().unwrap().message_id.clone());
    assert_eq!(ids(&after), [Some("1@cubby"), Some("2@cubby")]);
}

#[tokio::test]
async fn what_is_wrong_is_told_apart_and_nothing_private_with_it() {
    let server = ImapServer::start();
    let right = settings(&server);
    let settings = |url: String, folder: Option<&str>, ca_file: Option<PathBuf>| MailboxSettings {
        url,
        folder: folder.map(str::to_owned),
        ca_file,
    };
    let wrong_secret = right.url.replace(ENCODED, "hunter2");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let no_server = right.url.replace(&server.port.to_string(), &nobody.to_string());
    let other_name = right.url.replace("localhost", "127.0.0.1");
    let cases = [
        (settings(wrong_secret, None, right.ca_file.clone()), Reason::SignIn),
        (settings(right.url.clone(), Some("Not there"), right.ca_file.clone()), Reason::Setting),
        (settings(right.url.clone(), Some("a\r\nb"), right.ca_file.clone()), Reason::Setting),
        (settings(right.url.clone(), None, None), Reason::Certificate),
        (settings(other_name, None, right.ca_file.clone()), Reason::Certificate),
        (settings(no_server, None, right.ca_file.clone()), Reason::Unreachable),
    ];
    for (settings, reason) in cases {
        let mailbox = Mailbox::new(&settings).unwrap();
        let why = mailbox.unseen().await.unwrap_err();
        assert_eq!(why.reason, reason, "{settings:?}");
        let told = format!("{why} {why:?} {mailbox:?} {settings:?}");
        for secret in ["hunter2", SECRET, ENCODED, "parcels", "example.com"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[test]
fn a_bad_url_is_explained_without_its_secret() {
    for url in [
        "",
        "localhost:993",
        "imap://u:hunter2@localhost",
        "https://u:hunter2@localhost",
        "imaps://localhost",
        "imaps://u@localhost",
        "imaps://:hunter2@localhost",
        "imaps://u:hunter2@localhost/INBOX",
        "imaps://u:hunter2%ff@localhost",
        "imaps://u:hunter#2@localhost",
    ] {
        let settings = MailboxSettings { url: url.to_owned(), folder: None, ca_file: None };
        let error = Mailbox::new(&settings).unwrap_err();
        assert!(!format!("{error} {error:?} {settings:?}").contains("hunter"), "{error}");
    }
}

/// Virtual time: the clock jumps to the next deadline as soon as everybody waits.
#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("imaps://u:s@localhost:{}", silent.local_addr().unwrap().port());
    let mailbox = Mailbox::new(&MailboxSettings { url, folder: None, ca_file: None }).unwrap();
    let began = tokio::time::Instant::now();
    assert_eq!(mailbox.unseen().await.unwrap_err().reason, Reason::Slow);
    assert!(began.elapsed() <= Duration::from_secs(60), "{:?}", began.elapsed());
}
