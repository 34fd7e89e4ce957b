//! The email channel: one mail, one SMTP conversation, one typed answer.
//!
//! It must never try twice (the outbox does), never wait without a bound, never send a secret over a line that
//! isn't encrypted (except to this very machine), and never name a secret in an error. lettre's `tracing` feature
//! must stay off: it writes passwords and whole mails to the log.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands;
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use lettre::{Address, Message};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use url::Url;

use crate::clean;
use crate::mail::{Mail, QR_CONTENT_ID};

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

/// A setting that can't be used: what is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("the email channel's `url` can't be used: {0}")]
    Url(&'static str),
    #[error(
        "the email channel's `from` is {from:?}, which isn't an address: write \"parcels@example.com\" or \
         \"Parcel room <parcels@example.com>\""
    )]
    From { from: String },
    #[error(
        "the email channel's `ca_file` {} can't be used: {why}. Name a readable file with one or more PEM \
         certificates", path.display()
    )]
    CaFile { path: PathBuf, why: String },
    #[error("encryption for the email channel can't be set up: {why}. Check `url` and `ca_file`")]
    Tls { why: String },
}

/// Why a mail did not go out, told apart by what helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Later may do: the server is down, busy or unreachable, or its certificate isn't trusted.
    #[error("not sent yet: {why}")]
    Temporary { why: String, retry_after: Option<Duration> },
    /// This mail to this address will never go.
    #[error("can't be sent: {why}")]
    Permanent { why: String },
    /// The mail is fine, the channel isn't (sign-in, sender, encryption): keep it, tell the admin, try later.
    #[error("the email channel needs attention: {why}")]
    Config { why: String },
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

    /// Sends once. `Ok` means the server has taken the mail; any error may leave a copy behind that did go out,
    /// which is why a repeat must bring the same `message_id` (without angle brackets).
    pub async fn send(&self, to: &str, message_id: &str, mail: &Mail) -> Result<(), SendError> {
        let to = recipient(to)?;
        let message = self.message(to.clone(), message_id, mail)?;
        let mut line = self.connect().await?;
        let outcome = self.converse(&mut line, to, &message).await;
        if timeout(FAREWELL, line.abort()).await.is_err() {
            tracing::debug!(host = self.server.host, "the mail server took no leave");
        }
        outcome
    }

    fn message(&self, to: Address, message_id: &str, mail: &Mail) -> Result<Vec<u8>, SendError> {
        if message_id.is_empty() || message_id.chars().any(|c| !c.is_ascii_graphic() || "<>".contains(c)) {
            return Err(SendError::Permanent { why: format!("{message_id:?} can't be a Message-ID") });
        }
        let html = SinglePart::html(mail.html.clone());
        let rich = MultiPart::alternative().singlepart(SinglePart::plain(mail.text.clone()));
        let body = match &mail.qr_png {
            Some(png) => {
                let picture = Attachment::new_inline_with_name(QR_CONTENT_ID.to_owned(), "qr.png".to_owned())
                    .body(png.clone(), ContentType::parse("image/png").map_err(unbuildable)?);
                rich.multipart(MultiPart::related().singlepart(html).singlepart(picture))
            }
            None => rich.singlepart(html),
        };
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(clean::line(&mail.subject, LONGEST_REASON))
            .message_id(Some(format!("<{message_id}>")))
            .header(AutoSubmitted)
            .multipart(body)
            .map(|message| message.formatted())
            .map_err(unbuildable)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
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
                let why = format!(
                    "{host} offers no STARTTLS, and the password isn't sent in clear: use smtps:// or another port"
                );
                return Err(SendError::Config { why });
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
    ) -> Result<(), SendError> {
        let from = self.from.email.clone();
        let mut options = Vec::new();
        let (from_ascii, to_ascii) = (from.to_string().is_ascii(), to.to_string().is_ascii());
        if !(from_ascii && to_ascii) {
            if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
                let odd = if from_ascii { &to } else { &from };
                let why = format!("the mail server takes no address with letters as in {odd}");
                return Err(if from_ascii {
                    SendError::Permanent { why }
                } else {
                    SendError::Config { why }
                });
            }
            options
                .extend([MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)]);
        }
        within(COMMAND, Stage::Channel, line.command(commands::Mail::new(Some(from), options))).await?;
        within(COMMAND, Stage::Mail, line.command(commands::Rcpt::new(to, Vec::new()))).await?;
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or nothing is sent.
    Required,
    /// STARTTLS if the server offers it: a relay of one's own often has none.
    Opportunistic,
}

#[derive(Clone)]
struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
}

impl Server {
    /// Every refusal is a fixed text: a mistyped url may have its secret in any place.
    fn parse(url: &str) -> Result<Self, ConfigError> {
        let wrong = |why| Err(ConfigError::Url(why));
        let Ok(url) = Url::parse(url.trim()) else {
            return wrong(
                "it isn't a url. Write smtp://host:587 or smtps://host:465, with user:secret@ before the host if \
                 needed, and special characters in them percent-encoded (@ as %40, # as %23, / as %2F)",
            );
        };
        let implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return wrong("it must begin with smtp:// (STARTTLS) or smtps:// (TLS from the start)"),
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return wrong("it names no host. Write smtp://host:587 or smtps://host:465");
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return wrong(
                "nothing may follow host:port. If the user or secret has special characters, percent-encode them \
                 (@ as %40, # as %23, / as %2F, ? as %3F)",
            );
        }
        let decode = |part: &str| {
            percent_encoding::percent_decode_str(part).decode_utf8().map(|text| text.into_owned())
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) => return wrong("it has a secret but no user. Write smtp://user:secret@host:587"),
            (_, None | Some("")) => {
                return wrong("it has a user but no secret. Write smtp://user:secret@host:587");
            }
            (user, Some(secret)) => match (decode(user), decode(secret)) {
                (Ok(user), Ok(secret)) => Some(Credentials::new(user, secret)),
                _ => return wrong("its user or secret isn't UTF-8 once percent-decoded"),
            },
        };
        let security = match (implicit, &credentials) {
            (true, _) => Security::Implicit,
            (false, Some(_)) if !is_loopback(&host) => Security::Required,
            (false, _) => Security::Opportunistic,
        };
        let usual = match (implicit, &credentials) {
            (true, _) => 465,
            (false, Some(_)) => 587,
            (false, None) => 25,
        };
        Ok(Self { port: url.port().unwrap_or(usual), host, security, credentials })
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
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

fn recipient(to: &str) -> Result<Address, SendError> {
    address(to.trim()).ok_or_else(|| SendError::Permanent {
        why: format!("{:?} isn't an email address", clean::line(to, 120)),
    })
}

/// A plain address. Quoted local parts are legal, but with spaces or brackets in them they are an attack.
fn address(text: &str) -> Option<Address> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>\",;".contains(c);
    if text.contains(odd) { None } else { text.parse().ok() }
}

/// What a refusal is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Reaching the server, signing in, being allowed to send at all: every mail would meet the same.
    Channel,
    /// This mail and its recipient.
    Mail,
}

async fn within<T>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, SendError> {
    match timeout(limit, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(refusal(stage, &error)),
        Err(_) => {
            let why = format!("the mail server did not answer within {} s", limit.as_secs());
            Err(SendError::Temporary { why, retry_after: None })
        }
    }
}

fn refusal(stage: Stage, error: &lettre::transport::smtp::Error) -> SendError {
    let mut why = reason(error);
    // 530 and 535 ask for a sign-in, at whatever stage: no fault of the mail's.
    let sign_in = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    if error.is_permanent() || error.is_client() {
        return match stage {
            Stage::Mail if !sign_in => SendError::Permanent { why },
            _ => SendError::Config { why },
        };
    }
    if why.contains("invalid peer certificate") {
        why += "; if a private authority signed it, name that authority's file in `ca_file`";
    }
    SendError::Temporary { why, retry_after: None }
}

fn unbuildable(error: impl fmt::Display) -> SendError {
    SendError::Permanent { why: format!("the mail can't be put together: {}", reason(&error)) }
}

/// A server's words, made safe for a log line and a table.
fn reason(error: &impl fmt::Display) -> String {
    clean::line(&error.to_string(), LONGEST_REASON)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn a_secret_asks_for_encryption_unless_it_stays_on_this_machine() {
        let cases = [
            ("smtps://mail.example.com", Security::Implicit, 465),
            ("smtps://u:s@mail.example.com:1465", Security::Implicit, 1465),
            ("smtp://u:s@mail.example.com", Security::Required, 587),
            ("smtp://u:s@localhost.example.com:587/", Security::Required, 587),
            ("smtp://u:s@192.0.2.1", Security::Required, 587),
            ("smtp://u:s@LOCALHOST:1025", Security::Opportunistic, 1025),
            ("smtp://u:s@127.0.0.9:1025", Security::Opportunistic, 1025),
            ("smtp://u:s@[::1]:1025", Security::Opportunistic, 1025),
            ("smtp://relay.example.com", Security::Opportunistic, 25),
        ];
        for (url, security, port) in cases {
            let server = server(url);
            assert_eq!((server.security, server.port), (security, port), "{url}");
        }
        assert_eq!(server("smtp://u:s@[::1]:1025").host, "::1");
    }

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
