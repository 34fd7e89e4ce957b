//! Channels as admins set them: what is there, how it is, a message to try it, and in which order people are told.
//!
//! What is shown of the settings never has a secret in it, and what is typed replaces one only if something is typed.

use super::{ORDER, Settings};
use crate::error::InvalidWhy;
use crate::session::{Admin, Confirmed, Reader};
use crate::start::Station;
use crate::templates::channel_of;
use crate::wire::{
    ChannelForm, ChannelName, ChannelSettings, ChannelState, ChannelView, ChannelsPage, DeviceHealth,
    DeviceWhy, HealthKind, Said, TemplateKey, TemplateText, TestAnswer, Topic, VirtualMail,
};
use crate::{Error, Result};
use domain::event::{Channel, Event};
use notify::{
    Address, Answer, EmailSettings, Sender, SlackSettings, SmsSettings, TeamsSettings, Template, Templates,
    WebhookSettings,
};
use std::collections::BTreeSet;
use std::sync::PoisonError;
use uuid::Uuid;

/// The host of a url that is a secret as a whole.
fn server(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

fn shown(settings: &Settings, channel: Channel) -> Option<ChannelSettings> {
    Some(match channel {
        Channel::Email => {
            let email = settings.email.as_ref()?;
            let bounces = settings.bounces.as_ref().map(|bounces| server(&bounces.url));
            ChannelSettings::Email { server: server(&email.url), from: email.from.clone(), bounces }
        }
        Channel::Sms => {
            let SmsSettings { api, account, from, .. } = settings.sms.clone()?;
            ChannelSettings::Sms { api, account, from }
        }
        Channel::Slack => ChannelSettings::Slack { api: settings.slack.as_ref()?.api.clone() },
        Channel::Teams => {
            let teams = settings.teams.as_ref()?;
            ChannelSettings::Teams { server: server(&teams.url), personal: teams.personal }
        }
        Channel::Webhook => {
            let webhook = settings.webhook.as_ref()?;
            ChannelSettings::Webhook { url: webhook.url.clone(), codes: webhook.codes }
        }
        Channel::Desktop => ChannelSettings::Desktop,
    })
}

impl Settings {
    /// What was typed takes the place of what there is; a secret that was not typed stays.
    fn fill(&mut self, form: ChannelForm) -> Result<Channel> {
        let missing = |field: &str| Error::invalid(field, InvalidWhy::Empty);
        let typed = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        Ok(match form {
            ChannelForm::Email { url, from } => {
                let old = self.email.take();
                let ca_file = old.as_ref().and_then(|old| old.ca_file.clone());
                let url = typed(url).or(old.map(|old| old.url)).ok_or_else(|| missing("url"))?;
                self.email = Some(EmailSettings { url, from, ca_file });
                Channel::Email
            }
            ChannelForm::Sms { api, account, token, from } => {
                let old = self.sms.take();
                let ca_file = old.as_ref().and_then(|old| old.ca_file.clone());
                let token = typed(token).or(old.map(|old| old.token)).ok_or_else(|| missing("token"))?;
                self.sms = Some(SmsSettings { api, account, token, from, ca_file });
                Channel::Sms
            }
            ChannelForm::Slack { api, token } => {
                let old = self.slack.take();
                let ca_file = old.as_ref().and_then(|old| old.ca_file.clone());
                let token = typed(token).or(old.map(|old| old.token)).ok_or_else(|| missing("token"))?;
                self.slack = Some(SlackSettings { api, token, ca_file });
                Channel::Slack
            }
            ChannelForm::Teams { url, personal } => {
                let old = self.teams.take();
                let url = typed(url).or(old.map(|old| old.url)).ok_or_else(|| missing("url"))?;
                self.teams = Some(TeamsSettings { url, personal });
                Channel::Teams
            }
            ChannelForm::Webhook { url, secret, codes } => {
                let old = self.webhook.take();
                let ca_file = old.as_ref().and_then(|old| old.ca_file.clone());
                let secret = typed(secret).or(old.map(|old| old.secret)).ok_or_else(|| missing("secret"))?;
                self.webhook = Some(WebhookSettings { url, secret, codes, ca_file });
                Channel::Webhook
            }
        })
    }
}

impl Reader {
    pub async fn channels(&self) -> Result<ChannelsPage> {
        let (channels, secrets) = (self.station.channels(), self.station.inner.secrets());
        let waiting = self.station.inner.store.outbox_waiting().await?;
        let views = Channel::ALL.into_iter().map(|channel| {
            let here = waiting.iter().find(|(c, _)| *c == channel).map_or(0, |(_, n)| *n);
            ChannelView {
                channel: channel.into(),
                settings: shown(secrets.channels(), channel),
                codes: channels.carries_codes(channel),
                waiting: u32::try_from(here).unwrap_or(u32::MAX),
                state: self.station.channel_state(channel),
            }
        });
        let order = channels.order.iter().map(|channel| (*channel).into()).collect();
        Ok(ChannelsPage { channels: views.collect(), order })
    }

    /// Those that are set up, among the devices of the health page.
    pub(crate) fn channel_health(&self) -> Vec<DeviceHealth> {
        let channels = self.station.channels();
        let mut devices = Vec::new();
        for channel in channels.senders.keys() {
            let since = self.station.breakers().down(*channel).map(|down| self.station.at(down.since));
            let (ok, why) = match self.station.channel_state(*channel) {
                ChannelState::Well => (true, None),
                ChannelState::Resting { why, .. } | ChannelState::Broken { why } => {
                    (false, Some(DeviceWhy::Channel { says: why }))
                }
            };
            devices.push(DeviceHealth {
                name: channel.as_str().to_owned(),
                kind: HealthKind::Channel,
                ok,
                why,
                since: crate::clock::rfc3339(since.unwrap_or(self.station.now())),
            });
        }
        devices
    }
}

impl Station {
    fn channel_state(&self, channel: Channel) -> ChannelState {
        if let Some(Err(error)) = self.channels().senders.get(&channel) {
            let why = notify::Why::new(notify::Reason::Setting, error.key());
            return ChannelState::Broken { why: Said::from(&why) };
        }
        match self.breakers().down(channel) {
            None => ChannelState::Well,
            Some(down) if down.broken => ChannelState::Broken { why: Said::from(&down.why) },
            Some(down) => ChannelState::Resting {
                until: crate::clock::rfc3339(self.at(down.until)),
                why: Said::from(&down.why),
            },
        }
    }

    async fn keep_channels(&self, settings: Settings) -> Result<()> {
        let mut secrets = self.inner.secrets();
        secrets.set_channels(settings)?;
        *self.inner.secrets.write().unwrap_or_else(PoisonError::into_inner) = secrets;
        self.reload_channels().await
    }
}

impl Admin {
    pub async fn set_channel(&self, _: &Confirmed, form: ChannelForm) -> Result<()> {
        let mut settings = self.station.inner.secrets().channels().clone();
        let channel = settings.fill(form)?;
        let faulty = settings.senders().into_iter().find(|(c, _)| *c == channel);
        if let Some((_, Err(why))) = faulty {
            return Err(Error::invalid(why.key(), InvalidWhy::Malformed));
        }
        self.station.keep_channels(settings).await?;
        self.station.log(&Event::ChannelSet { channel, used: true, by: self.by }).await
    }

    /// Nothing goes this way any more; what waits goes another way, or staff are told.
    pub async fn remove_channel(&self, _: &Confirmed, channel: ChannelName) -> Result<()> {
        let (channel, mut settings) = (channel.into(), self.station.inner.secrets().channels().clone());
        if !settings.forget(channel) {
            return Err(Error::NotFound("channel"));
        }
        self.station.keep_channels(settings).await?;
        self.station.log(&Event::ChannelSet { channel, used: false, by: self.by }).await
    }

    /// In which order people are tried to be told who have no order of their own.
    pub async fn set_channel_order(&self, order: Vec<ChannelName>) -> Result<()> {
        let order: Vec<Channel> = order.into_iter().map(Channel::from).collect();
        let once: BTreeSet<_> = order.iter().collect();
        if once.len() != order.len() || once.contains(&Channel::Desktop) || order.is_empty() {
            return Err(Error::invalid("order", InvalidWhy::Malformed));
        }
        let text = serde_json::to_string(&order).map_err(store::StoreError::from)?;
        self.station.inner.store.put_setting(ORDER, &text).await?;
        self.station.reload_channels().await
    }

    /// Sends a made-up notice there, with these words or those in force.
    pub async fn test_channel(
        &self,
        key: TemplateKey,
        text: Option<TemplateText>,
        to: &str,
    ) -> Result<TestAnswer> {
        let (channel, key) = (Channel::from(key.channel), notify::TemplateKey::from(key));
        let template = text.map_or_else(|| self.station.template_of(key), Template::from);
        if Templates::check(key, &template).is_err() {
            return Err(Error::invalid("template", InvalidWhy::Malformed));
        }
        let to = to.trim();
        let address = match to {
            // To a room, or to another program.
            "" => Address::default(),
            mail if mail.contains('@') => Address::email(mail),
            number => Address::phone(number),
        };
        let (notice, code) = notify::sample(key.kind, key.language, channel_of(channel));
        let templates = Templates::with([(key, template)]);
        let at = crate::clock::utc(self.station.now());
        let channels = self.station.channels();
        let sender = match channels.senders.get(&channel) {
            Some(Ok(sender)) => sender.clone(),
            Some(Err(error)) => {
                let why = notify::Why::new(notify::Reason::Setting, error.key());
                return Ok(TestAnswer { why: Some(Said::from(&why)) });
            }
            None if channel == Channel::Desktop => Sender::Desktop,
            None if channel == Channel::Email && channels.virtual_mail => {
                let made = templates.render(notify::Channel::Email, &notice, code.as_deref(), at);
                let (subject, text) = made.message.words();
                let (to, at) = (to.to_owned(), crate::clock::rfc3339(self.station.now()));
                let subject = subject.unwrap_or_default();
                self.station.inner.mailbox.deliver(VirtualMail { to, subject, text, at });
                self.station.inner.changed(Topic::Packages);
                return Ok(TestAnswer { why: None });
            }
            None => return Err(Error::NotFound("channel")),
        };
        let message = sender.message(&templates, &notice, code.as_deref(), at).message;
        let id = format!("test-{}@cubby", Uuid::new_v4());
        let answer: Answer = sender.send(&address, &message, &id).await;
        Ok(TestAnswer { why: answer.why().map(Said::from) })
    }
}
