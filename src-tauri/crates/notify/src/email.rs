//! The email channel: one mail, one SMTP conversation, one typed answer.
//!
//! It must never try twice (the outbox does), never wait without a bound, never send a secret over a line that
//! isn't encrypted (except to this very machine), and never name a secret in an error. lettre's `tracing` feature
//! must stay off: it writes passwords and whole mails to the log.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands;
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use lettre::{Address, Message};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::answer::{Answer, Reason};
use crate::clean;
use crate::config::ConfigError;
use crate::email_server::{Security, Server};
use crate::mail::{Mail, QR_CONTENT_ID};
use crate::smtp::{self, Stage};

const CONNECT: Duration = Duration::from_secs(10);
const COMMAND: Duration = Duration::from_secs(30);
/// The mail's fate is known by then; politeness gets little time.
const FAREWELL: Duration = Duration::from_secs(2);

const LONGEST_REASON: usize = 400;

/// Where mail goes out, as the site file says it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
pub struct EmailSettings {
    /// `smtp://user:secret@host:587` (STARTTLS) or `smtps://user:secret@host:465` (TLS from the start).
    pub url: String,
    /// `parcels@example.com` or `Parcel room <parcels@example.com>`.
    pub from: String,
    /// PEM of an authority to trust beside the system's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

/// Without the url, which holds the secret.
impl fmt::Debug for EmailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &mut f.debug_struct("EmailSettings");
        settings.field("from", &self.from).field("ca_file", &self.ca_file).finish_non_exhaustive()
    }
}

/// An SMTP server to hand mails to. Each `send` is a conversation of its own, so nothing goes stale in between.
#[derive(Clone)]
pub struct Email {
    server: Server,
    from: Mailbox,
    tls: TlsParameters,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("host", &self.server.host).field("port", &self.server.port).finish()
    }
}

impl Email {
    /// Checks the settings and reads the trusted certificates; speaks to nobody.
    pub fn new(settings: &EmailSettings) -> Result<Self, ConfigError> {
        let server = Server::parse(&settings.url)?;
        let from = sender(&settings.from).ok_or_else(|| ConfigError::From { from: settings.from.clone() })?;
        let mut tls = TlsParameters::builder(server.host.clone());
        if let Some(path) = &settings.ca_file {
            tls = tls.add_root_certificate(authority(path)?);
        }
        let tls = tls.build().map_err(|error| ConfigError::Tls { why: reason(&error) })?;
        Ok(Self { server, from, tls })
    }

    /// Sends once. Anything but `Gone` may leave a copy behind that did go out, which is why a repeat must bring the
    /// same `message_id` (without angle brackets).
    pub(crate) async fn deliver(&self, to: &str, message_id: &str, mail: &Mail) -> Answer {
        self.attempt(to, message_id, mail).await.map_or_else(|answer| answer, |()| Answer::Gone)
    }

    async fn attempt(&self, to: &str, message_id: &str, mail: &Mail) -> Result<(), Answer> {
        let to = address(to.trim()).ok_or_else(|| Answer::never(Reason::BadAddress, ""))?;
        let message = self.message(to.clone(), message_id, mail)?;
        let mut line = self.connect().await?;
        let outcome = self.converse(&mut line, to, &message).await;
        if timeout(FAREWELL, line.abort()).await.is_err() {
            tracing::debug!(host = self.server.host, "the mail server took no leave");
        }
        outcome
    }

    fn message(&self, to: Address, message_id: &str, mail: &Mail) -> Result<Vec<u8>, Answer> {
        let unbuildable = || Answer::never(Reason::Refused, "message");
        if message_id.is_empty() || message_id.chars().any(|c| !c.is_ascii_graphic() || "<>".contains(c)) {
            return Err(unbuildable());
        }
        let kind = |name: &str| ContentType::parse(name).map_err(|_| unbuildable());
        let html = SinglePart::html(mail.html.clone());
        let rich = MultiPart::alternative().singlepart(SinglePart::plain(mail.text.clone()));
        let body = match &mail.qr_png {
            Some(png) => {
                let picture = Attachment::new_inline_with_name(QR_CONTENT_ID.to_owned(), "qr.png".to_owned())
                    .body(png.clone(), kind("image/png")?);
                rich.multipart(MultiPart::related().singlepart(html).singlepart(picture))
            }
            None => rich.singlepart(html),
        };
        let body = match &mail.calendar {
            Some(calendar) => {
                let entry = Attachment::new("deadline.ics".to_owned())
                    .body(calendar.clone(), kind("text/calendar; charset=utf-8; method=PUBLISH")?);
                MultiPart::mixed().multipart(body).singlepart(entry)
            }
            None => body,
        };
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(clean::line(&mail.subject, LONGEST_REASON))
            .message_id(Some(format!("<{message_id}>")))
            .header(AutoSubmitted)
            .multipart(body)
            .map(|message| message.formatted())
            .map_err(|_| unbuildable())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Answer> {
        let Server { host, port, security, credentials } = &self.server;
        let me = ClientId::default();
        let implicit = (*security == Security::Implicit).then(|| self.tls.clone());
        // Half for each of the host's addresses, so that a dead first one leaves time for the second.
        let each = Some(CONNECT / 2);
        let connecting =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), each, &me, implicit, None);
        let mut line = within(CONNECT, Stage::Channel, connecting).await?;
        if *security != Security::Implicit {
            if line.can_starttls() {
                within(CONNECT, Stage::Channel, line.starttls(self.tls.clone(), &me)).await?;
            } else if *security == Security::Required {
                return Err(Answer::never(Reason::Encryption, ""));
            }
        }
        if let Some(credentials) = credentials {
            let sign_in = line.auth(&[Mechanism::Plain, Mechanism::Login], credentials);
            within(COMMAND, Stage::Channel, sign_in).await?;
        }
        Ok(line)
    }

    /// Command by command, not lettre's `send`: a refused sender is the channel's fault, a refused recipient the
    /// mail's, and each answer gets its own time.
    async fn converse(
        &self,
        line: &mut AsyncSmtpConnection,
        to: Address,
        message: &[u8],
    ) -> Result<(), Answer> {
        let from = self.from.email.clone();
        let mut options = Vec::new();
        let (from_ascii, to_ascii) = (from.to_string().is_ascii(), to.to_string().is_ascii());
        if !(from_ascii && to_ascii) {
            if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Answer::never(
                    if from_ascii { Reason::BadAddress } else { Reason::Sender },
                    "SMTPUTF8",
                ));
            }
            options
                .extend([MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)]);
        }
        within(COMMAND, Stage::Sender, line.command(commands::Mail::new(Some(from), options))).await?;
        within(COMMAND, Stage::Recipient, line.command(commands::Rcpt::new(to, Vec::new()))).await?;
        within(COMMAND, Stage::Mail, line.command(commands::Data)).await?;
        within(COMMAND, Stage::Mail, line.message(message)).await.map(|_: Response| ())
    }
}

/// Tells other machines not to answer: no holiday notes to the parcel room.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn authority(path: &Path) -> Result<Certificate, ConfigError> {
    let unusable = |why: String| ConfigError::CaFile { path: path.to_owned(), why };
    let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    // Without this check a file that isn't PEM would be an empty list of authorities, and no error at all.
    if !pem.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Err(unusable("it holds no PEM certificate".to_owned()));
    }
    Certificate::from_pem(&pem).map_err(|error| unusable(reason(&error)))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Read here and not by lettre: its reader takes only ASCII names, and the room may be a "Recepción".
fn sender(from: &str) -> Option<Mailbox> {
    let from = from.trim();
    let (name, email) = match from.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, _)) if name.contains(['<', '>']) => return None,
        Some((name, email)) => (clean::line(name.trim().trim_matches('"'), LONGEST_REASON), email),
        None => (String::new(), from),
    };
    Some(Mailbox::new(Some(name).filter(|name| !name.is_empty()), address(email)?))
}

/// A plain address. Quoted local parts are legal, but with spaces or brackets in them they are an attack.
fn address(text: &str) -> Option<Address> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>\",;".contains(c);
    if text.contains(odd) { None } else { text.parse().ok() }
}

async fn within<T>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Answer> {
    match timeout(limit, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(refusal(stage, &error)),
        Err(_) => Err(Answer::later(Reason::Slow, "")),
    }
}

/// The server's words stay here: they repeat the address that they refuse.
fn refusal(stage: Stage, error: &lettre::transport::smtp::Error) -> Answer {
    let words = error.to_string();
    match error.status() {
        Some(code) => smtp::meaning(stage, u16::from(code), &words),
        None if error.is_client() => match stage {
            Stage::Channel | Stage::Sender => Answer::never(Reason::Setting, ""),
            Stage::Recipient | Stage::Mail => Answer::never(Reason::Refused, ""),
        },
        None if words.contains("certificate") => Answer::later(Reason::Certificate, ""),
        None if error.is_timeout() => Answer::later(Reason::Slow, ""),
        None => Answer::later(Reason::Unreachable, ""),
    }
}

/// A library's words, made safe for a log line and a table.
fn reason(error: &impl fmt::Display) -> String {
    clean::line(&error.to_string(), LONGEST_REASON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_url_is_explained_without_its_secret() {
        let urls = [
            "",
            "mail.example.com:587",
            "http://u:hunter2@mail.example.com",
            "smtp://u:hunter2@",
            "smtp://u:hunter#2@mail.example.com",
            "smtp://u/hunter2@mail.example.com",
            "smtp://u:12/hunter2@mail.example.com",
            "smtp://u:12?hunter2@mail.example.com",
            "smtp://:hunter2@mail.example.com",
            "smtp://hunter2@mail.example.com",
            "smtp://u:@mail.example.com",
            "smtp://u:hunter2%ff@mail.example.com",
            "smtp://u:hunter2@mail.example.com/?tls=none",
        ];
        for url in urls {
            let settings =
                EmailSettings { url: url.to_owned(), from: "parcels@example.com".to_owned(), ca_file: None };
            let error = Email::new(&settings).map(|_| ()).unwrap_err();
            assert!(matches!(error, ConfigError::Url(_)), "{url}: {error:?}");
            let told = format!("{error} {error:?} {settings:?}");
            assert!(!told.contains("hunter"), "{told}");
        }
    }

    #[test]
    fn a_bad_sender_or_authority_is_named() {
        let settings = |from: &str, ca_file: Option<&Path>| EmailSettings {
            url: "smtp://localhost".to_owned(),
            from: from.to_owned(),
            ca_file: ca_file.map(Path::to_owned),
        };
        for from in [
            "",
            "Parcel room",
            "Parcel room <>",
            "a@b@c",
            "x <a@example.com",
            "<a@example.com>, <b@example.com>",
        ] {
            let error = Email::new(&settings(from, None)).map(|_| ()).unwrap_err();
            assert_eq!(error, ConfigError::From { from: from.to_owned() });
        }
        for path in [
            Path::new("/no/such/file.pem"),
            Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path(),
        ] {
            let error = Email::new(&settings("a@example.com", Some(path))).map(|_| ()).unwrap_err();
            assert!(matches!(error, ConfigError::CaFile { .. }), "{error:?}");
        }
    }

    #[test]
    fn a_sender_may_have_any_name() {
        let name = |from: &str| sender(from).unwrap().name;
        assert_eq!(name("parcels@example.com"), None);
        assert_eq!(name("<parcels@example.com>"), None);
        assert_eq!(name("Recepción, 2º <parcels@example.com>").as_deref(), Some("Recepción, 2º"));
        assert_eq!(name("\"Parcel room\" <parcels@example.com>").as_deref(), Some("Parcel room"));
        assert_eq!(name("a\r\nBcc: b <parcels@example.com>").as_deref(), Some("a Bcc: b"));
    }

    #[test]
    fn settings_read_as_the_site_file_has_them() {
        let json = r#"{"url": "smtp://localhost", "from": "a@example.com"}"#;
        let settings: EmailSettings = serde_json::from_str(json).unwrap();
        assert_eq!(settings.ca_file, None);
    }
}
