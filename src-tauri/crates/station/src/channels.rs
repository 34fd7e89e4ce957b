//! The channels that are set up, and by which of them a person is told.
//!
//! Knows how to reach, not when: that is the outbox's. Must never show a secret, nor let an access code go where others
//! read it.

mod declared;
mod desk;
mod settings;

use crate::start::Station;
use crate::{Result, Secrets};
use domain::event::Channel;
use notify::{Address, ConfigError, Sender, Templates};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use store::{PersonRow, Store};

pub(crate) use declared::{ChannelTable, plan};
pub use settings::Settings;

/// In which order a person is tried to be told who has no order of their own.
const ORDER: &str = "channel_order";
const USUAL: [Channel; 5] = [Channel::Email, Channel::Slack, Channel::Sms, Channel::Teams, Channel::Webhook];

/// What there is to send with, made anew whenever something of it is set.
pub(crate) struct Channels {
    pub senders: BTreeMap<Channel, std::result::Result<Sender, ConfigError>>,
    pub order: Vec<Channel>,
    pub templates: Templates,
    /// Mails of the virtual bank's people go to a mailbox in memory, unless a mail server is set.
    pub virtual_mail: bool,
}

impl Channels {
    pub async fn read(store: &Store, secrets: &Secrets) -> Result<Channels> {
        let senders = secrets.channels().senders().into_iter().collect();
        let order = match store.setting(ORDER).await? {
            Some(text) => serde_json::from_str(&text).map_err(store::StoreError::from)?,
            None => USUAL.to_vec(),
        };
        let virtual_mail = secrets.channels().email.is_none()
            && store.banks().await?.iter().any(|bank| bank.port == crate::DEMO_PORT);
        let templates = crate::templates::read(store).await?;
        Ok(Channels { senders, order, templates, virtual_mail })
    }

    /// A code that goes this way reaches nobody but its reader.
    pub fn carries_codes(&self, channel: Channel) -> bool {
        match self.senders.get(&channel) {
            Some(Ok(sender)) => sender.carries_codes(),
            // Nothing goes there until it is mended, so what is meant for it may wait.
            Some(Err(_)) => matches!(channel, Channel::Email | Channel::Sms | Channel::Slack),
            None => channel == Channel::Email && self.virtual_mail,
        }
    }

    /// The ways to tell this person, the best first: theirs, then the site's. With a code only those that carry it.
    pub fn ways(&self, reader: &PersonRow, code: bool) -> Vec<Channel> {
        let own = reader.detail.channel.as_deref().unwrap_or_default();
        let own =
            own.split([',', ';', ' ', '/']).filter_map(|name| Channel::parse(&name.trim().to_lowercase()));
        let mut ways: Vec<Channel> = Vec::new();
        for channel in own.chain(self.order.iter().copied()) {
            let there = self.senders.contains_key(&channel) || channel == Channel::Email && self.virtual_mail;
            let fits = there && reaches(channel, reader) && (!code || self.carries_codes(channel));
            if fits && !ways.contains(&channel) {
                ways.push(channel);
            }
        }
        ways
    }

    /// Is there a way to tell this person, now or once a channel is set up?
    pub fn could_reach(&self, reader: &PersonRow) -> bool {
        reader.detail.email.is_some() || reader.detail.phone.is_some() || !self.ways(reader, false).is_empty()
    }
}

/// Has this person what the channel needs to find them?
fn reaches(channel: Channel, reader: &PersonRow) -> bool {
    match channel {
        Channel::Email | Channel::Slack => reader.detail.email.is_some(),
        Channel::Sms => reader.detail.phone.as_deref().and_then(notify::e164).is_some(),
        Channel::Teams | Channel::Webhook => true,
        Channel::Desktop => false,
    }
}

pub(crate) fn address(reader: &PersonRow) -> Address {
    Address { email: reader.detail.email.clone(), phone: reader.detail.phone.clone() }
}

impl Station {
    pub(crate) fn channels(&self) -> Arc<Channels> {
        self.inner.channels.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something of the channels was set: they are made anew, and what waits is tried at once.
    pub(crate) async fn reload_channels(&self) -> Result<()> {
        let channels = Channels::read(&self.inner.store, &self.inner.secrets()).await?;
        *self.inner.channels.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(channels);
        self.inner.breakers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.inner.mail_is_due.send_replace(());
        self.inner.changed(crate::wire::Topic::Health);
        Ok(())
    }
}
