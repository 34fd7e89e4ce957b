//! The mailbox that bounces come back to, read by IMAP.
//!
//! It must never change a mail before the caller has recorded it (`unseen` only looks, `mark_seen` is the second step),
//! never read or wait without a bound, and never sign in over a line that isn't encrypted.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_imap::error::Error;
use async_imap::{Authenticator, Client, Session};
use futures_util::TryStreamExt;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use crate::answer::{Reason, Why};
use crate::bounce::{LONGEST_REPORT, Report, read_report};
use crate::config::ConfigError;
use crate::sender::Channel;
use crate::tls;

const CONNECT: Duration = Duration::from_secs(10);
/// For all of one visit.
const OVERALL: Duration = Duration::from_secs(60);
/// Mails of one visit; what is left comes with the next.
const MOST: usize = 50;

/// Where bounces come back to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxSettings {
    /// `imaps://user:secret@host`, with a port if it isn't 993, special characters percent-encoded.
    pub url: String,
    /// `INBOX` if none is named.
    pub folder: Option<String>,
    /// PEM of an authority to trust beside the system's own.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for MailboxSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailboxSettings").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub struct Mailbox {
    host: String,
    port: u16,
    user: String,
    secret: String,
    folder: String,
    tls: Arc<rustls::ClientConfig>,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// What waits, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The folder's UIDVALIDITY: the numbers mean something only together with it.
    validity: Option<u32>,
    pub mails: Vec<UnseenMail>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnseenMail {
    uid: u32,
    /// Nothing: it is no report (an answer by a person, say), or too large to be one.
    pub report: Option<Report>,
}

type Line = Session<TlsStream<TcpStream>>;

impl Mailbox {
    /// Checks the settings; speaks to nobody.
    pub fn new(settings: &MailboxSettings) -> Result<Self, ConfigError> {
        let wrong = |why: &str| ConfigError::setting(Channel::Email, "bounces", why);
        let usage =
            "write imaps://user:secret@host, with special characters percent-encoded (@ as %40, # as %23)";
        let url = Url::parse(settings.url.trim()).map_err(|_| wrong(usage))?;
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text).decode_utf8().map(|text| text.into_owned())
        };
        let (Some(host), Some(secret)) = (url.host_str(), url.password()) else { return Err(wrong(usage)) };
        let (Ok(user), Ok(secret)) = (decode(url.username()), decode(secret)) else {
            return Err(wrong(usage));
        };
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if url.scheme() != "imaps" || host.is_empty() || user.is_empty() || secret.is_empty() || !bare {
            return Err(wrong(usage));
        }
        let folder = settings.folder.as_deref().map(str::trim).filter(|folder| !folder.is_empty());
        let tls = tls::config(settings.ca_file.as_deref())
            .map_err(|why| ConfigError::setting(Channel::Email, "ca_file", why))?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(993),
            user,
            secret,
            folder: folder.unwrap_or("INBOX").to_owned(),
            tls: Arc::new(tls),
        })
    }

    /// Looks at what nobody has seen, and changes nothing.
    pub async fn unseen(&self) -> Result<Unseen, Why> {
        within(OVERALL, async {
            let mut line = self.connect().await?;
            let validity = line.examine(&self.folder).await.map_err(|error| refused(&error))?.uid_validity;
            let mut found: Vec<u32> = line.uid_search("UNSEEN").await.map_err(failed)?.into_iter().collect();
            found.sort_unstable();
            found.truncate(MOST);
            let mut mails = Vec::with_capacity(found.len());
            for uid in found {
                mails.push(UnseenMail { uid, report: self.report(&mut line, uid).await? });
            }
            leave(line).await;
            Ok(Unseen { validity, mails })
        })
        .await
    }

    /// Marks as seen what `unseen` found and the caller has recorded. Twice does no harm.
    pub async fn mark_seen(&self, recorded: &Unseen) -> Result<(), Why> {
        if recorded.mails.is_empty() {
            return Ok(());
        }
        within(OVERALL, async {
            let mut line = self.connect().await?;
            let validity = line.select(&self.folder).await.map_err(|error| refused(&error))?.uid_validity;
            // Another folder by the same name: these numbers are other mails there. They are found anew.
            if validity == recorded.validity {
                let uids: Vec<String> = recorded.mails.iter().map(|mail| mail.uid.to_string()).collect();
                let stored =
                    line.uid_store(uids.join(","), "+FLAGS.SILENT (\\Seen)").await.map_err(failed)?;
                stored.try_collect::<Vec<_>>().await.map_err(failed)?;
            }
            leave(line).await;
            Ok(())
        })
        .await
    }

    /// Its size is asked first, and no more than that is taken, so that one huge mail costs nothing.
    async fn report(&self, line: &mut Line, uid: u32) -> Result<Option<Report>, Why> {
        let sizes = line.uid_fetch(uid.to_string(), "RFC822.SIZE").await.map_err(failed)?;
        let sizes: Vec<_> = sizes.try_collect().await.map_err(failed)?;
        let size = sizes.iter().find_map(|fetched| fetched.size).and_then(|size| usize::try_from(size).ok());
        // Gone meanwhile, or too large to be a report.
        let Some(size) = size.filter(|size| *size <= LONGEST_REPORT) else { return Ok(None) };
        let query = format!("BODY.PEEK[]<0.{}>", size.max(1));
        let bodies = line.uid_fetch(uid.to_string(), query).await.map_err(failed)?;
        let bodies: Vec<_> = bodies.try_collect().await.map_err(failed)?;
        Ok(bodies.iter().find_map(|fetched| fetched.body()).and_then(read_report))
    }

    async fn connect(&self) -> Result<Line, Why> {
        let unreachable = |_| Why::new(Reason::Unreachable, "");
        let name = ServerName::try_from(self.host.clone()).map_err(|_| Why::new(Reason::Setting, ""))?;
        let stream = within(CONNECT, async {
            let plain = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(unreachable)?;
            TlsConnector::from(self.tls.clone()).connect(name, plain).await.map_err(|error| io(&error))
        })
        .await?;
        let mut client = Client::new(stream);
        let greeting = client.read_response().await.map_err(|error| io(&error))?;
        if greeting.is_none() {
            return Err(Why::new(Reason::Unreachable, ""));
        }
        let sign_in = Plain(format!("\0{}\0{}", self.user, self.secret));
        client.authenticate("PLAIN", sign_in).await.map_err(|(error, _)| match error {
            Error::No(_) | Error::Bad(_) | Error::Validate(_) => Why::new(Reason::SignIn, ""),
            other => failed(other),
        })
    }
}

/// RFC 4616: unlike `LOGIN` it takes any letter. Every server offers it on an encrypted line (RFC 9051, 6.2.2).
struct Plain(String);

impl Authenticator for Plain {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        std::mem::take(&mut self.0)
    }
}

/// What was asked for is known by then: a server that takes no leave is left.
async fn leave(mut line: Line) {
    if !matches!(timeout(Duration::from_secs(2), line.logout()).await, Ok(Ok(()))) {
        tracing::debug!("the mailbox's server took no leave");
    }
}

async fn within<T>(limit: Duration, step: impl Future<Output = Result<T, Why>>) -> Result<T, Why> {
    timeout(limit, step).await.unwrap_or_else(|_| Err(Why::new(Reason::Slow, "")))
}

/// The folder isn't there, or not for this user.
fn refused(error: &Error) -> Why {
    match error {
        Error::No(_) | Error::Bad(_) | Error::Validate(_) => Why::new(Reason::Setting, "folder"),
        Error::Io(error) => io(error),
        _ => Why::new(Reason::Garbled, ""),
    }
}

/// Its words stay here: they may hold what mails hold.
#[allow(clippy::needless_pass_by_value)] // for `map_err`
fn failed(error: Error) -> Why {
    match error {
        Error::Io(error) => io(&error),
        Error::ConnectionLost => Why::new(Reason::Unreachable, ""),
        Error::No(_) | Error::Bad(_) => Why::new(Reason::Down, ""),
        _ => Why::new(Reason::Garbled, ""),
    }
}

fn io(error: &std::io::Error) -> Why {
    let certificate = error.to_string().contains("certificate");
    Why::new(if certificate { Reason::Certificate } else { Reason::Unreachable }, "")
}
