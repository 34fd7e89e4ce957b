//! Bounces read from a real mailbox: dovecot, thrown away after the test, on loopback, without privileges.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use notify::{Mailbox, MailboxSettings, Reason, Unseen};
use tempfile::TempDir;

const SECRET: &str = "p@ss/wörd#1";
const ENCODED: &str = "p%40ss%2Fw%C3%B6rd%231";

/// Ends with the test, with all its processes.
struct Server {
    process: Child,
    folder: TempDir,
    port: u16,
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["mail/new", "mail/cur", "mail/tmp"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), pair.cert.pem()).unwrap();
        std::fs::write(folder.path().join("users"), format!("parcels@example.com:{{PLAIN}}{SECRET}\n"))
            .unwrap();
        std::fs::write(folder.path().join("key.pem"), pair.signing_key.serialize_pem()).unwrap();
        let (process, port) =
            (0..5).find_map(|_| serve(folder.path())).expect("dovecot, of the package dovecot-imapd");
        Self { process, folder, port }
    }

    fn put(&self, name: &str, mail: &str) {
        // As mail servers do: what is in `new` is whole.
        let written = self.folder.path().join("mail/tmp").join(name);
        std::fs::write(&written, mail).unwrap();
        own(&written);
        std::fs::rename(&written, self.folder.path().join("mail/new").join(name)).unwrap();
    }

    /// All mails, seen or not.
    fn kept(&self) -> usize {
        let count = |name: &str| std::fs::read_dir(self.folder.path().join(name)).unwrap().count();
        count("mail/new") + count("mail/cur")
    }

    fn settings(&self) -> MailboxSettings {
        MailboxSettings {
            url: format!("imaps://parcels%40example.com:{ENCODED}@localhost:{}", self.port),
            folder: None,
            ca_file: Some(self.folder.path().join("cert.pem")),
        }
    }

    fn mailbox(&self) -> Mailbox {
        Mailbox::new(&self.settings()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Politely, so that it takes its own processes along.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// Dovecot doesn't serve as root: then somebody without rights does.
fn user() -> (String, String, bool) {
    match said("id", &["-u"]).as_str() {
        "0" => ("nobody".to_owned(), said("id", &["-gn", "nobody"]), true),
        _ => (said("id", &["-un"]), said("id", &["-gn"]), false),
    }
}

fn own(path: &Path) {
    let (user, group, root) = user();
    if root {
        assert!(
            Command::new("chown")
                .arg("-R")
                .arg(format!("{user}:{group}"))
                .arg(path)
                .status()
                .unwrap()
                .success()
        );
    }
}

/// Nothing if somebody else took the port meanwhile.
fn serve(folder: &Path) -> Option<(Child, u16)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (user, group, root) = user();
    let at = folder.display();
    let config = folder.join("dovecot.conf");
    std::fs::write(
        &config,
        format!(
            "protocols = imap\nlisten = 127.0.0.1\nbase_dir = {at}/run\nstate_dir = {at}/state\nlog_path = /dev/stderr\n\
             default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
             ssl = required\nssl_cert = <{at}/cert.pem\nssl_key = <{at}/key.pem\n\
             mail_location = maildir:{at}/mail\nauth_failure_delay = 0\nfirst_valid_uid = 1\n\
             passdb {{\n  driver = passwd-file\n  args = {at}/users\n}}\n\
             userdb {{\n  driver = static\n  args = uid={user} gid={group} home={at}\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = 0\n  }}\n  \
             inet_listener imaps {{\n    address = 127.0.0.1\n    port = {port}\n    ssl = yes\n  }}\n}}\n"
        ),
    )
    .unwrap();
    own(folder);
    let mut command = match root {
        true => Command::new("setpriv"),
        false => Command::new("dovecot"),
    };
    if root {
        command.args(["--reuid", &user, "--regid", &group, "--clear-groups", "dovecot"]);
    }
    // Where a package manager puts what only administrators run.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    command.env("PATH", path).arg("-F").arg("-c").arg(&config).stderr(Stdio::piped());
    let mut process = command.spawn().ok()?;
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    let up = log.any(|line| line.contains("starting up"));
    // It goes on writing: somebody has to read.
    std::thread::spawn(move || log.count());
    if !up {
        let _ = process.wait();
        return None;
    }
    Some((process, port))
}

fn bounce(number: usize) -> String {
    format!(
        "From: MAILER-DAEMON@localhost\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; localhost\r\n\r\n\
         Final-Recipient: rfc822; ana{number}@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{number}@cubby>\r\n\r\n--b--\r\n"
    )
}

fn ids(unseen: &Unseen) -> Vec<Option<&str>> {
    unseen.mails.iter().map(|mail| mail.report.as_ref()?.message_id.as_deref()).collect()
}

#[tokio::test]
async fn reports_are_seen_only_once_they_are_recorded() {
    let server = Server::start();
    let mailbox = server.mailbox();
    assert_eq!(ids(&mailbox.unseen().await.unwrap()), [None; 0]);

    server.put("1", &bounce(1));
    server.put("2", "Subject: Re: your package\r\n\r\nThank you!\r\n");
    server.put("3", &format!("Subject: huge\r\n\r\n{}\r\n", "x".repeat(notify::LONGEST_REPORT)));
    server.put("4", &bounce(4));
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
    server.put("5", &bounce(5));
    let second = mailbox.unseen().await.unwrap();
    assert_eq!(ids(&second), [Some("5@cubby")]);
    mailbox.mark_seen(&second).await.unwrap();
    mailbox.mark_seen(&second).await.unwrap();
    assert_eq!(ids(&mailbox.unseen().await.unwrap()), [None; 0]);
    assert_eq!(server.kept(), 5, "nothing is thrown away");
}

#[tokio::test]
async fn a_full_mailbox_is_read_bit_by_bit() {
    let server = Server::start();
    let mailbox = server.mailbox();
    for number in 0..60 {
        server.put(&format!("{number:02}"), &bounce(number));
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
    let server = Server::start();
    let mailbox = server.mailbox();
    server.put("1", &bounce(1));
    let before = mailbox.unseen().await.unwrap();
    // As after a restored backup: the mails are there, their numbers begin anew.
    let mail = server.folder.path().join("mail");
    let indexes = std::fs::read_dir(&mail).unwrap().map(|entry| entry.unwrap().path());
    for file in indexes.filter(|path| path.is_file()) {
        std::fs::remove_file(file).unwrap();
    }
    let list = mail.join("dovecot-uidlist");
    std::fs::write(&list, "3 V7 N1 G0123456789abcdef0123456789abcdef\n").unwrap();
    own(&list);
    server.put("2", &bounce(2));
    mailbox.mark_seen(&before).await.unwrap();
    let mut after = mailbox.unseen().await.unwrap();
    after.mails.sort_by_key(|mail| mail.report.as_ref().unwrap().message_id.clone());
    assert_eq!(ids(&after), [Some("1@cubby"), Some("2@cubby")]);
}

#[tokio::test]
async fn what_is_wrong_is_told_apart_and_nothing_private_with_it() {
    let server = Server::start();
    let right = server.settings();
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
