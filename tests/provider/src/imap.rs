//! A real mailbox: dovecot, thrown away after the test, on loopback, without privileges.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The password, and as it stands in an url.
pub const SECRET: &str = "p@ss/wörd#1";
pub const ENCODED: &str = "p%40ss%2Fw%C3%B6rd%231";

/// Ends with the test, with all its processes.
pub struct ImapServer {
    process: Child,
    folder: TempDir,
    pub port: u16,
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl ImapServer {
    pub fn start() -> Self {
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

    pub fn put(&self, name: &str, mail: &str) {
        // As mail servers do: what is in `new` is whole.
        let written = self.folder.path().join("mail/tmp").join(name);
        std::fs::write(&written, mail).unwrap();
        own(&written);
        std::fs::rename(&written, self.folder.path().join("mail/new").join(name)).unwrap();
    }

    /// The folder's numbers begin anew, as after a restored backup: the mails are there, and mean something else.
    pub fn renumber(&self) {
        let mail = self.folder.path().join("mail");
        let indexes = std::fs::read_dir(&mail).unwrap().map(|entry| entry.unwrap().path());
        for file in indexes.filter(|path| path.is_file()) {
            std::fs::remove_file(file).unwrap();
        }
        let list = mail.join("dovecot-uidlist");
        std::fs::write(&list, "3 V7 N1 G0123456789abcdef0123456789abcdef\n").unwrap();
        own(&list);
    }

    /// All mails, seen or not.
    pub fn kept(&self) -> usize {
        let count = |name: &str| std::fs::read_dir(self.folder.path().join(name)).unwrap().count();
        count("mail/new") + count("mail/cur")
    }

    /// With its user and secret.
    pub fn url(&self) -> String {
        format!("imaps://parcels%40example.com:{ENCODED}@localhost:{}", self.port)
    }

    /// What it shows that it is who it is, as PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }
}

impl Drop for ImapServer {
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

/// The report that a mail with this Message-ID did not reach `to`.
pub fn bounce(id: &str, to: &str) -> String {
    format!(
        "From: MAILER-DAEMON@localhost\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; localhost\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n\r\n--b--\r\n"
    )
}
