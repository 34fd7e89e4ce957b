//! The site file: TOML in, a checked plan out. What is wrong is named by line, key and remedy.

use crate::backup::BackupPlan;
use crate::channels::{ChannelTable, Settings as ChannelSettings};
use crate::deadlines::{DeadlinesPlan, DeadlinesTable};
use crate::import::{LdapPlan, LdapTable, ldap_plan};
use crate::site::{Declaration, FirstAdmin, ReaderPlan};
use domain::package::Size;
use domain::site::{BankPlan, CompartmentPlan, Fault, SitePlan};
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;

/// A site file that was read and found right.
pub struct SiteFile {
    pub plan: SitePlan,
    pub admin: Option<FirstAdmin>,
    pub readers: Vec<ReaderPlan>,
    /// A channel that is not declared stays as it is.
    pub channels: ChannelSettings,
    /// The identity provider that staff may sign in by. `None` leaves it as it is.
    pub provider: Option<sso::Settings>,
    /// `None` leaves the plan as it is.
    pub backup: Option<BackupPlan>,
    /// `None` leaves the server as it is.
    pub ldap: Option<LdapPlan>,
    /// `None` leaves them as they are.
    pub deadlines: Option<DeadlinesPlan>,
}

impl SiteFile {
    pub fn declaration(&self) -> Declaration<'_> {
        Declaration {
            plan: &self.plan,
            admin: self.admin.clone(),
            readers: Some(self.readers.clone()),
            channels: self.channels.clone(),
            provider: self.provider.clone(),
        }
    }
}

/// Line, key and remedy.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {key} {remedy}")]
pub struct SiteFileError {
    pub line: usize,
    pub key: String,
    pub remedy: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    site: Spanned<SiteTable>,
    admin: Option<Spanned<AdminTable>>,
    #[serde(default)]
    bank: Vec<Spanned<BankTable>>,
    #[serde(default)]
    reader: Vec<Spanned<ReaderTable>>,
    channel: Option<ChannelTable>,
    backup: Option<Spanned<BackupTable>>,
    directory: Option<DirectoryTable>,
    deadlines: Option<Spanned<DeadlinesTable>>,
    sign_in: Option<SignInTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInTable {
    oidc: Option<Spanned<OidcTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OidcTable {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    client_secret_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteTable {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdminTable {
    name: String,
    email: String,
    password_file: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BankTable {
    name: String,
    driver: String,
    port: String,
    #[serde(default = "baud")]
    baud: u32,
    #[serde(default = "one")]
    board: u8,
    #[serde(default = "one")]
    closed_bit: u8,
    status_order: Option<String>,
    screen: Option<ScreenTable>,
    #[serde(default)]
    compartment: Vec<Spanned<CompartmentTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScreenTable {
    column: u16,
    row: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompartmentTable {
    label: String,
    channel: u8,
    size: Spanned<String>,
    #[serde(default)]
    column: u16,
    row: Option<u16>,
    features: Option<Spanned<Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReaderTable {
    name: String,
    kind: String,
    device: String,
    #[serde(default = "baud")]
    baud: u32,
    #[serde(default = "kiosk")]
    place: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupTable {
    folder: Option<String>,
    every_hours: Option<u32>,
    keep: Option<u32>,
    recipient: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectoryTable {
    ldap: Option<Spanned<LdapTable>>,
}

fn baud() -> u32 {
    9_600
}
fn one() -> u8 {
    1
}
fn kiosk() -> String {
    "kiosk".into()
}

fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}

/// The line of `key` inside the table that begins at `offset`, or the table's own.
fn line_of(text: &str, offset: usize, key: &str) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    let first = line_at(text, offset);
    rest.lines()
        .enumerate()
        // The table's own header is at the offset; the next header ends it.
        .take_while(|(n, line)| *n == 0 || !line.trim_start().starts_with('['))
        .find(|(_, line)| line.split('=').next().is_some_and(|k| k.trim() == key))
        .map_or(first, |(n, _)| first + n)
}

/// The key or header a line begins with, and nothing else of it: what stands in a broken line may be a secret.
fn key_of(line: &str) -> String {
    let line = line.trim();
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    let end = line.find(|c| !bare(c)).unwrap_or(line.len());
    let (key, rest) = line.split_at(end);
    let whole = rest.trim_start().starts_with('=') || line.starts_with('[') && rest.is_empty();
    if whole { key.to_owned() } else { String::new() }
}

/// Reads and checks a site file. Files it names are looked for beside it.
pub fn read(path: &Path) -> Result<SiteFile, SiteFileError> {
    let whole = |remedy: String| SiteFileError { line: 1, key: path.display().to_string(), remedy };
    let text = std::fs::read_to_string(path).map_err(|e| whole(format!("can't be read: {e}")))?;
    parse(&text, path.parent().unwrap_or(Path::new(".")))
}

/// The same from its text; `folder` is where files it names are looked for.
pub fn parse(text: &str, folder: &Path) -> Result<SiteFile, SiteFileError> {
    let file: File = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |s| s.start);
        let line = line_at(text, offset);
        let key = text.lines().nth(line - 1).map(key_of).unwrap_or_default();
        SiteFileError { line, key, remedy: format!("is wrong: {}", error.message()) }
    })?;
    let mut banks = Vec::new();
    for bank in &file.bank {
        banks.push(bank_plan(text, bank)?);
    }
    let plan = SitePlan { name: file.site.as_ref().name.clone(), banks };
    plan.check().map_err(|fault| located(text, &file, &fault))?;
    for reader in &file.reader {
        check_reader(text, reader)?;
    }
    let admin = match &file.admin {
        Some(admin) => Some(first_admin(text, folder, admin)?),
        None => None,
    };
    let oidc = file.sign_in.as_ref().and_then(|s| s.oidc.as_ref());
    let provider = oidc.map(|table| identity_provider(text, folder, table)).transpose()?;
    let backup = file.backup.as_ref().map(|table| backup_plan(text, folder, table)).transpose()?;
    let ldap = file.directory.as_ref().and_then(|d| d.ldap.as_ref());
    let ldap = ldap.map(|table| {
        ldap_plan(table.as_ref(), folder).map_err(|(key, remedy)| SiteFileError {
            line: line_of(text, table.span().start, key),
            key: format!("directory.ldap.{key}"),
            remedy,
        })
    });
    let ldap = ldap.transpose()?;
    let deadlines = file.deadlines.as_ref().map(|table| {
        crate::deadlines::plan(table.as_ref()).map_err(|(key, remedy)| SiteFileError {
            line: line_of(text, table.span().start, key),
            key: format!("deadlines.{key}"),
            remedy,
        })
    });
    let deadlines = deadlines.transpose()?;
    let channels = match file.channel {
        Some(table) => crate::channels::plan(table, folder).map_err(|wrong| SiteFileError {
            line: line_of(text, wrong.start, &wrong.key),
            key: format!("channel.{}.{}", wrong.channel, wrong.key),
            remedy: wrong.remedy,
        })?,
        None => ChannelSettings::default(),
    };
    Ok(SiteFile {
        plan,
        admin,
        readers: file
            .reader
            .into_iter()
            .map(Spanned::into_inner)
            .map(|r| ReaderPlan {
                name: r.name,
                kind: r.kind,
                device: r.device,
                baud: r.baud,
                place: r.place,
            })
            .collect(),
        channels,
        provider,
        backup,
        ldap,
        deadlines,
    })
}

fn identity_provider(
    text: &str,
    folder: &Path,
    oidc: &Spanned<OidcTable>,
) -> Result<sso::Settings, SiteFileError> {
    let table = oidc.as_ref();
    let wrong = |key: &str, remedy: String| SiteFileError {
        line: line_of(text, oidc.span().start, key),
        key: format!("sign_in.oidc.{key}"),
        remedy,
    };
    let client_secret = match (&table.client_secret, &table.client_secret_file) {
        (Some(_), Some(_)) => {
            return Err(wrong("client_secret", "stands beside client_secret_file: use one of them".into()));
        }
        (Some(secret), None) => Some(secret.clone()),
        (None, Some(name)) => {
            let read = std::fs::read_to_string(folder.join(name));
            let secret = read.map_err(|e| wrong("client_secret_file", format!("can't be read: {e}")))?;
            Some(secret.trim_end_matches(['\r', '\n']).to_owned())
        }
        (None, None) => None,
    };
    let (issuer, client_id) = (table.issuer.clone(), table.client_id.clone());
    let settings = sso::Settings { issuer, client_id, client_secret };
    settings.check().map_err(|why| wrong("issuer", why.to_string()))?;
    Ok(settings)
}

fn backup_plan(
    text: &str,
    folder: &Path,
    backup: &Spanned<BackupTable>,
) -> Result<BackupPlan, SiteFileError> {
    let wrong = |key: &str, remedy: String| SiteFileError {
        line: line_of(text, backup.span().start, key),
        key: format!("backup.{key}"),
        remedy,
    };
    let (table, usual) = (backup.as_ref(), BackupPlan::default());
    let within = |key: &str, value: Option<u32>, usual: u32, most: u32| match value.unwrap_or(usual) {
        value if (1..=most).contains(&value) => Ok(value),
        value => Err(wrong(key, format!("is {value}: use 1 to {most}"))),
    };
    if let Some(key) = &table.recipient {
        crate::backup::recipient(key)
            .map_err(|_| wrong("recipient", "is no age public key: use one like age1…".into()))?;
    }
    let place = table.folder.as_ref().map(|name| std::path::absolute(folder.join(name))).transpose();
    Ok(BackupPlan {
        folder: place.map_err(|e| wrong("folder", e.to_string()))?,
        every_hours: within("every_hours", table.every_hours, usual.every_hours, 8_760)?,
        keep: within("keep", table.keep, usual.keep, 1_000)?,
        recipient: table.recipient.clone(),
    })
}

fn bank_plan(text: &str, table: &Spanned<BankTable>) -> Result<BankPlan, SiteFileError> {
    let bank = table.as_ref();
    bank.port.parse::<hardware::PortAddress>().map_err(|why| SiteFileError {
        line: line_of(text, table.span().start, "port"),
        key: "bank.port".into(),
        remedy: why.to_string(),
    })?;
    let mut compartments = Vec::new();
    for (nth, compartment) in (0u16..).zip(&bank.compartment) {
        let table = compartment.as_ref();
        let wrong = |span: std::ops::Range<usize>, key: &str, remedy: String| SiteFileError {
            line: line_at(text, span.start),
            key: key.into(),
            remedy,
        };
        let size = Size::parse(table.size.as_ref())
            .ok_or_else(|| wrong(table.size.span(), "size", "is not known: use S, M, L or XL".into()))?;
        let features = table.features.as_ref().map(Spanned::as_ref).map_or(&[] as &[String], Vec::as_slice);
        if let Some(odd) = features.iter().find(|f| !matches!(f.as_str(), "accessible" | "refrigerated")) {
            let remedy = format!("has \"{odd}\": use accessible or refrigerated");
            let span = table.features.as_ref().map_or(compartment.span(), Spanned::span);
            return Err(wrong(span, "features", remedy));
        }
        compartments.push(CompartmentPlan {
            label: table.label.clone(),
            channel: table.channel,
            size,
            column: table.column,
            row: table.row.unwrap_or(nth),
            accessible: features.iter().any(|f| f == "accessible"),
            refrigerated: features.iter().any(|f| f == "refrigerated"),
        });
    }
    Ok(BankPlan {
        name: bank.name.clone(),
        driver: bank.driver.clone(),
        port: bank.port.clone(),
        baud: bank.baud,
        board: bank.board,
        closed_bit: bank.closed_bit,
        status_order: bank.status_order.clone(),
        screen: bank.screen.as_ref().map(|s| (s.column, s.row)),
        compartments,
    })
}

fn located(text: &str, file: &File, fault: &Fault) -> SiteFileError {
    let bank = fault.bank.and_then(|b| file.bank.get(b));
    let compartment = bank.and_then(|b| b.as_ref().compartment.get(fault.compartment?));
    let (span, table) = match (bank, compartment) {
        (_, Some(c)) => (c.span(), "bank.compartment"),
        (Some(b), None) => (b.span(), "bank"),
        (None, _) => (file.site.span(), "site"),
    };
    SiteFileError {
        line: line_of(text, span.start, fault.key),
        key: format!("{table}.{}", fault.key),
        remedy: fault.why.to_string(),
    }
}

fn check_reader(text: &str, reader: &Spanned<ReaderTable>) -> Result<(), SiteFileError> {
    let wrong = |key: &str, remedy: String| SiteFileError {
        line: line_of(text, reader.span().start, key),
        key: format!("reader.{key}"),
        remedy,
    };
    let table = reader.as_ref();
    let kind = table.kind.parse::<hardware::ReaderKind>().map_err(|e| wrong("kind", e.to_string()))?;
    if kind == hardware::ReaderKind::SerialLine {
        table.device.parse::<hardware::PortAddress>().map_err(|e| wrong("device", e.to_string()))?;
    }
    if !matches!(table.place.as_str(), "kiosk" | "mailroom") {
        return Err(wrong("place", "is not known: use kiosk or mailroom".into()));
    }
    Ok(())
}

fn first_admin(text: &str, folder: &Path, admin: &Spanned<AdminTable>) -> Result<FirstAdmin, SiteFileError> {
    let table = admin.as_ref();
    let span = table.password_file.span();
    let path = folder.join(table.password_file.as_ref());
    let wrong = |remedy: String| SiteFileError {
        line: line_at(text, span.start),
        key: "admin.password_file".into(),
        remedy,
    };
    let password = std::fs::read_to_string(&path)
        .map_err(|e| wrong(format!("({}) can't be read: {e}", path.display())))?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    if password.chars().count() < crate::people::PASSWORD_LEAST {
        return Err(wrong(format!(
            "holds a password of less than {} characters: use a longer one",
            crate::people::PASSWORD_LEAST
        )));
    }
    let (name, email) = (table.name.clone(), table.email.clone());
    let missing = |key: &str, remedy: &str| SiteFileError {
        line: line_of(text, admin.span().start, key),
        key: format!("admin.{key}"),
        remedy: remedy.into(),
    };
    crate::people::name(&name)
        .map_err(|_| missing("name", "is empty or too long: use at most 500 characters"))?;
    match crate::people::email(Some(&email)) {
        Ok(Some(_)) => Ok(FirstAdmin { name, email, password, least: crate::people::PASSWORD_LEAST }),
        _ => Err(missing("email", "is no mail address: use one like ada@example.com")),
    }
}
