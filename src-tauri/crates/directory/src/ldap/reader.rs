//! One reading of a directory, page by page, from the greeting to the last entry.

use super::attributes::{self, ACTIVE_DIRECTORY, Kind};
use super::wire::RawEntry;
use super::{LdapError, Settings, dn};
use crate::{Entry, Refused};
use ldap3::controls::{Control, ControlType, PagedResults};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Scope};
use std::collections::HashMap;
use tokio::sync::mpsc;

/// Entries read ahead of whoever takes them.
const AHEAD: usize = 64;

enum Message {
    Ready(Kind),
    Entry(Box<Result<Entry, Refused>>),
    /// The server said that this was all.
    End,
    Failed(LdapError),
}

/// Who a directory holds, one by one.
pub struct Reader {
    messages: mpsc::Receiver<Message>,
    kind: Kind,
    given: u64,
    whole: bool,
}

impl Reader {
    /// Connects, encrypts and signs in. What the base holds is asked for after that.
    pub async fn open(settings: Settings) -> Result<Reader, LdapError> {
        settings.check()?;
        let (sender, messages) = mpsc::channel(AHEAD);
        // A task of its own: an answer that nobody can make sense of ends it, and nothing else.
        tokio::spawn(async move {
            let last = match converse(&settings, &sender).await {
                Ok(()) => Message::End,
                Err(error) => Message::Failed(error),
            };
            // Nobody listening is no fault.
            let _ = sender.send(last).await;
        });
        let mut reader = Reader { messages, kind: Kind::Standard, given: 0, whole: false };
        match reader.messages.recv().await {
            Some(Message::Ready(kind)) => Ok(Reader { kind, ..reader }),
            Some(Message::Failed(error)) => Err(error),
            _ => Err(LdapError::Unreachable { why: "its answer makes no sense".into() }),
        }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The next person, or why an entry is none. `None` only after everyone was seen.
    pub async fn next(&mut self) -> Result<Option<Result<Entry, Refused>>, LdapError> {
        if self.whole {
            return Ok(None);
        }
        match self.messages.recv().await {
            Some(Message::Entry(entry)) => {
                self.given += 1;
                Ok(Some(*entry))
            }
            Some(Message::End) => {
                self.whole = true;
                Ok(None)
            }
            Some(Message::Failed(error)) => Err(error),
            Some(Message::Ready(_)) | None => {
                Err(LdapError::Gone { after: self.given, why: "its answer makes no sense".into() })
            }
        }
    }
}

async fn converse(settings: &Settings, sender: &mpsc::Sender<Message>) -> Result<(), LdapError> {
    let mut ldap = connect(settings).await?;
    let kind = kind(&mut ldap, settings).await?;
    if sender.send(Message::Ready(kind)).await.is_err() {
        return Ok(());
    }
    let belongs = Belonging::read(&mut ldap, settings, kind).await?;
    let map = kind.map(&settings.attributes);
    let mut wanted: Vec<&str> = map.values().flatten().map(String::as_str).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let filter = settings.filter.as_deref().unwrap_or_else(|| kind.filter());
    let mut pages = Pages::new(ldap, settings, filter, wanted);
    let mut at = 0;
    while let Some(raw) = pages.next().await? {
        at += 1;
        let person = attributes::person(&raw, at, &map, &belongs.of(&raw.dn));
        if sender.send(Message::Entry(Box::new(person))).await.is_err() {
            break;
        }
    }
    Ok(())
}

async fn connect(settings: &Settings) -> Result<Ldap, LdapError> {
    let url = settings.address()?;
    let how = LdapConnSettings::new()
        .set_conn_timeout(settings.patience)
        .set_config(settings.tls()?)
        .set_starttls(!settings.unencrypted);
    let (connection, mut ldap) =
        LdapConnAsync::from_url_with_settings(how, &url).await.map_err(LdapError::connecting)?;
    tokio::spawn(async move {
        if let Err(error) = connection.drive().await {
            tracing::debug!(%error, "the directory server's connection ended");
        }
    });
    if let Some(bind) = &settings.bind {
        let bound = ldap.with_timeout(settings.patience).simple_bind(&bind.dn, &bind.password).await;
        bound.and_then(ldap3::LdapResult::success).map_err(LdapError::binding)?;
    }
    Ok(ldap)
}

/// Asks the server what it is. One that won't say is taken for the usual kind.
async fn kind(ldap: &mut Ldap, settings: &Settings) -> Result<Kind, LdapError> {
    const SAYS: &str = "supportedCapabilities";
    let asked =
        ldap.with_timeout(settings.patience).search("", Scope::Base, "(objectClass=*)", vec![SAYS]).await;
    let answer = asked.map_err(|error| LdapError::reading(error, 0, ""))?.0;
    let active = answer
        .into_iter()
        .filter_map(RawEntry::read)
        .any(|root| root.texts(SAYS).iter().any(|capability| capability == ACTIVE_DIRECTORY));
    Ok(if active { Kind::ActiveDirectory } else { Kind::Standard })
}

/// A search, page after page.
struct Pages<'a> {
    ldap: Ldap,
    settings: &'a Settings,
    filter: &'a str,
    wanted: Vec<&'a str>,
    stream: Option<ldap3::SearchStream<'a, &'a str, Vec<&'a str>>>,
    /// Where the server goes on; `None` after the last page.
    cookie: Option<Vec<u8>>,
    given: u64,
}

impl<'a> Pages<'a> {
    fn new(ldap: Ldap, settings: &'a Settings, filter: &'a str, wanted: Vec<&'a str>) -> Pages<'a> {
        Pages { ldap, settings, filter, wanted, stream: None, cookie: Some(Vec::new()), given: 0 }
    }

    async fn next(&mut self) -> Result<Option<RawEntry>, LdapError> {
        let base = &self.settings.base;
        let failed = |error, given| LdapError::reading(error, given, base);
        loop {
            let stream = match (&mut self.stream, &self.cookie) {
                (Some(stream), _) => stream,
                (None, None) => return Ok(None),
                (None, Some(cookie)) => {
                    let size = i32::try_from(self.settings.page).unwrap_or(i32::MAX);
                    let page = PagedResults { size, cookie: cookie.clone() };
                    let asked = self
                        .ldap
                        .with_timeout(self.settings.patience)
                        .with_controls(page)
                        .streaming_search(base, Scope::Subtree, self.filter, self.wanted.clone());
                    self.stream.insert(asked.await.map_err(|e| failed(e, self.given))?)
                }
            };
            match stream.next().await.map_err(|e| failed(e, self.given))? {
                Some(item) => {
                    let referral = item.is_ref() || item.is_intermediate();
                    if let Some(raw) = RawEntry::read(item) {
                        self.given += 1;
                        return Ok(Some(raw));
                    }
                    if !referral {
                        let why = "its answer makes no sense".into();
                        return Err(LdapError::Gone { after: self.given, why });
                    }
                }
                None => {
                    let result = stream.finish().await.success().map_err(|e| failed(e, self.given))?;
                    self.stream = None;
                    self.cookie = result.ctrls.into_iter().find_map(|control| match control {
                        Control(Some(ControlType::PagedResults), raw) => {
                            Some(raw.parse::<PagedResults>().cookie).filter(|cookie| !cookie.is_empty())
                        }
                        _ => None,
                    });
                }
            }
        }
    }
}

/// Which groups list whom as a member.
#[derive(Default)]
struct Belonging {
    names: Vec<String>,
    members: HashMap<String, Vec<usize>>,
}

impl Belonging {
    async fn read(ldap: &mut Ldap, settings: &Settings, kind: Kind) -> Result<Belonging, LdapError> {
        let mut belonging = Belonging::default();
        let filter = settings.groups.as_deref().unwrap_or_else(|| kind.groups());
        if filter.is_empty() {
            return Ok(belonging);
        }
        let mut pages = Pages::new(ldap.clone(), settings, filter, vec!["cn", "member", "uniqueMember"]);
        while let Some(group) = pages.next().await? {
            let Some(name) = group.texts("cn").into_iter().next() else { continue };
            let number = belonging.names.len();
            belonging.names.push(name);
            for member in ["member", "uniqueMember"].iter().flat_map(|a| group.texts(a)) {
                belonging.members.entry(dn::normal(&member)).or_default().push(number);
            }
        }
        Ok(belonging)
    }

    fn of(&self, dn: &str) -> Vec<&str> {
        if self.members.is_empty() {
            return Vec::new();
        }
        let numbers = self.members.get(&dn::normal(dn)).map_or(&[] as &[usize], Vec::as_slice);
        numbers.iter().filter_map(|n| self.names.get(*n)).map(String::as_str).collect()
    }
}
