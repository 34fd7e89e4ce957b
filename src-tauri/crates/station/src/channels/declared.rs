//! The `[channel.…]` tables of a site file.

use super::Settings;
use notify::{
    ConfigError, Email, EmailSettings, Mailbox, MailboxSettings, Slack, SlackSettings, Sms, SmsSettings,
    Teams, TeamsSettings, Webhook, WebhookSettings,
};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Spanned;

pub(crate) const TWILIO: &str = "https://api.twilio.com";
pub(crate) const SLACK: &str = "https://slack.com/api";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelTable {
    email: Option<Spanned<EmailTable>>,
    sms: Option<Spanned<SmsTable>>,
    slack: Option<Spanned<SlackTable>>,
    teams: Option<Spanned<TeamsTable>>,
    webhook: Option<Spanned<WebhookTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailTable {
    url: Option<String>,
    url_file: Option<String>,
    from: String,
    ca_file: Option<String>,
    /// Where mails come back to that could not be delivered.
    bounces: Option<String>,
    bounces_file: Option<String>,
    bounces_folder: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SmsTable {
    api: Option<String>,
    account: String,
    token: Option<String>,
    token_file: Option<String>,
    from: String,
    ca_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlackTable {
    api: Option<String>,
    token: Option<String>,
    token_file: Option<String>,
    ca_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TeamsTable {
    url: Option<String>,
    url_file: Option<String>,
    #[serde(default)]
    personal: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookTable {
    url: String,
    secret: Option<String>,
    secret_file: Option<String>,
    #[serde(default)]
    codes: bool,
    ca_file: Option<String>,
}

/// What is wrong with a channel's table, and where that table begins.
pub(crate) struct Wrong {
    pub start: usize,
    pub channel: &'static str,
    pub key: String,
    pub remedy: String,
}

/// A key and what to do about it.
type Fault = (String, String);

/// Checks what is declared; files it names are looked for in `folder`. Speaks to nobody.
pub(crate) fn plan(table: ChannelTable, folder: &Path) -> Result<Settings, Wrong> {
    let ChannelTable { email, sms, slack, teams, webhook } = table;
    let beside = |name: Option<String>| name.map(|name| folder.join(name));
    let mail = one("email", email, |t| {
        let url = secret("url", t.url, beside(t.url_file))?;
        let ca_file = beside(t.ca_file);
        let settings = EmailSettings { url, from: t.from, ca_file: ca_file.clone() };
        sound(Email::new(&settings))?;
        let bounces = match (t.bounces, beside(t.bounces_file)) {
            (None, None) => None,
            (url, file) => {
                let (url, folder) = (secret("bounces", url, file)?, t.bounces_folder);
                let bounces = MailboxSettings { url, folder, ca_file };
                sound(Mailbox::new(&bounces))?;
                Some(bounces)
            }
        };
        Ok((settings, bounces))
    })?;
    let (email, bounces) = mail.unzip();
    Ok(Settings {
        email,
        bounces: bounces.flatten(),
        sms: one("sms", sms, |t| {
            let api = t.api.unwrap_or_else(|| TWILIO.into());
            let token = secret("token", t.token, beside(t.token_file))?;
            let (account, from) = (t.account, t.from);
            let settings = SmsSettings { api, account, token, from, ca_file: beside(t.ca_file) };
            sound(Sms::new(&settings)).map(|()| settings)
        })?,
        slack: one("slack", slack, |t| {
            let api = t.api.unwrap_or_else(|| SLACK.into());
            let token = secret("token", t.token, beside(t.token_file))?;
            let settings = SlackSettings { api, token, ca_file: beside(t.ca_file) };
            sound(Slack::new(&settings)).map(|()| settings)
        })?,
        teams: one("teams", teams, |t| {
            let url = secret("url", t.url, beside(t.url_file))?;
            let settings = TeamsSettings { url, personal: t.personal };
            sound(Teams::new(&settings)).map(|()| settings)
        })?,
        webhook: one("webhook", webhook, |t| {
            let secret = secret("secret", t.secret, beside(t.secret_file))?;
            let ca_file = beside(t.ca_file);
            let settings = WebhookSettings { url: t.url, secret, codes: t.codes, ca_file };
            sound(Webhook::new(&settings)).map(|()| settings)
        })?,
    })
}

fn one<T, S>(
    channel: &'static str,
    table: Option<Spanned<T>>,
    read: impl FnOnce(T) -> Result<S, Fault>,
) -> Result<Option<S>, Wrong> {
    let Some(table) = table else { return Ok(None) };
    let start = table.span().start;
    let settings = read(table.into_inner());
    settings.map(Some).map_err(|(key, remedy)| Wrong { start, channel, key, remedy })
}

fn sound<T>(made: Result<T, ConfigError>) -> Result<(), Fault> {
    made.map(|_| ()).map_err(|why| (why.key().to_owned(), why.to_string()))
}

/// A secret stands in the site file, or alone in a file of its own.
fn secret(key: &str, value: Option<String>, file: Option<PathBuf>) -> Result<String, Fault> {
    match (value, file) {
        (Some(value), None) => Ok(value),
        (None, Some(path)) => {
            let read = std::fs::read_to_string(path);
            let text = read.map_err(|e| (format!("{key}_file"), format!("can't be read: {e}")))?;
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        (Some(_), Some(_)) => Err((key.to_owned(), format!("stands beside {key}_file: use one of them"))),
        (None, None) => Err((key.to_owned(), format!("is missing: write it, or name a file in {key}_file"))),
    }
}
