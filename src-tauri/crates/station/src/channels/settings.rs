//! How the channels are set: kept with the secrets, for most of it is.
//!
//! It must never show a token, a password or a secret url, in a log or in an error.

use domain::event::Channel;
use notify::{
    ConfigError, Email, EmailSettings, Mailbox, MailboxSettings, Sender, Slack, SlackSettings, Sms,
    SmsSettings, Teams, TeamsSettings, Webhook, WebhookSettings,
};
use serde::{Deserialize, Serialize};

/// Each channel's settings, if it is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailSettings>,
    /// Where mails come back to that could not be delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounces: Option<MailboxSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slack: Option<SlackSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teams: Option<TeamsSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookSettings>,
}

impl Settings {
    /// What of `declared` differs from these, as channels and lines to read; what is not declared stays as it is.
    pub fn adopt(&mut self, declared: Settings) -> Vec<(Channel, String)> {
        let Settings { email, bounces, sms, slack, teams, webhook } = declared;
        let mut lines = Vec::new();
        if let Some(email) = changed(&mut self.email, email) {
            lines.push((Channel::Email, format!("channel email: send as {}", email.from)));
        }
        if changed(&mut self.bounces, bounces).is_some() {
            lines.push((Channel::Email, "channel email: read what comes back".into()));
        }
        if let Some(sms) = changed(&mut self.sms, sms) {
            lines.push((Channel::Sms, format!("channel sms: send as {}", sms.from)));
        }
        if changed(&mut self.slack, slack).is_some() {
            lines.push((Channel::Slack, "channel slack: send as the bot".into()));
        }
        if let Some(teams) = changed(&mut self.teams, teams) {
            let codes = if teams.personal { "with codes" } else { "without codes" };
            lines.push((Channel::Teams, format!("channel teams: send by the workflow, {codes}")));
        }
        if let Some(webhook) = changed(&mut self.webhook, webhook) {
            let codes = if webhook.codes { "with codes" } else { "without codes" };
            lines.push((Channel::Webhook, format!("channel webhook: send signed, {codes}")));
        }
        lines
    }

    /// Stops using a channel. Was it set up?
    pub fn forget(&mut self, channel: Channel) -> bool {
        match channel {
            Channel::Email => {
                self.bounces = None;
                self.email.take().is_some()
            }
            Channel::Sms => self.sms.take().is_some(),
            Channel::Slack => self.slack.take().is_some(),
            Channel::Teams => self.teams.take().is_some(),
            Channel::Webhook => self.webhook.take().is_some(),
            Channel::Desktop => false,
        }
    }

    /// What sends over each channel that is set up, or why its settings can't be used.
    pub fn senders(&self) -> Vec<(Channel, Result<Sender, ConfigError>)> {
        let mut senders = Vec::new();
        if let Some(settings) = &self.email {
            senders.push((Channel::Email, Email::new(settings).map(Sender::Email)));
        }
        if let Some(settings) = &self.sms {
            senders.push((Channel::Sms, Sms::new(settings).map(Sender::Sms)));
        }
        if let Some(settings) = &self.slack {
            senders.push((Channel::Slack, Slack::new(settings).map(Sender::Slack)));
        }
        if let Some(settings) = &self.teams {
            senders.push((Channel::Teams, Teams::new(settings).map(Sender::Teams)));
        }
        if let Some(settings) = &self.webhook {
            senders.push((Channel::Webhook, Webhook::new(settings).map(Sender::Webhook)));
        }
        senders
    }

    /// The first fault in them.
    pub fn check(&self) -> Result<(), (Channel, ConfigError)> {
        for (channel, sender) in self.senders() {
            sender.map_err(|why| (channel, why))?;
        }
        match &self.bounces {
            Some(bounces) => Mailbox::new(bounces).map(|_| ()).map_err(|why| (Channel::Email, why)),
            None => Ok(()),
        }
    }
}

fn changed<T: PartialEq>(mine: &mut Option<T>, declared: Option<T>) -> Option<&T> {
    if declared.is_none() || *mine == declared {
        return None;
    }
    *mine = declared;
    mine.as_ref()
}
