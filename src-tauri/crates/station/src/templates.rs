//! The words that admins write for messages: tried before they are kept, and never kept broken.

use crate::error::InvalidWhy;
use crate::session::{Admin, Reader};
use crate::start::Station;
use crate::wire::{LanguageName, TemplateKey, TemplatePreview, TemplateText, TemplateView, TemplatesPage};
use crate::{Error, Result};
use domain::event::{Channel, Event};
use notify::{Language, NoticeKind, Template, Templates};
use store::{Store, TemplateRow};

/// As they are kept. What a newer version does not know any more is left out.
pub(crate) async fn read(store: &Store) -> Result<Templates> {
    let rows = store.templates().await?;
    Ok(Templates::with(rows.into_iter().filter_map(|row| {
        let key = notify::TemplateKey {
            channel: named(&row.channel)?,
            kind: named(&row.kind)?,
            language: named(&row.language)?,
        };
        Some((key, Template { subject: row.subject, body: row.body }))
    })))
}

fn named<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(name.into()).ok()
}

fn name<T: serde::Serialize>(value: T) -> String {
    let value = serde_json::to_value(value).ok();
    value.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

pub(crate) fn channel_of(channel: Channel) -> notify::Channel {
    match channel {
        Channel::Email => notify::Channel::Email,
        Channel::Sms => notify::Channel::Sms,
        Channel::Slack => notify::Channel::Slack,
        Channel::Teams => notify::Channel::Teams,
        Channel::Webhook => notify::Channel::Webhook,
        Channel::Desktop => notify::Channel::Desktop,
    }
}

fn domain_channel(channel: notify::Channel) -> Channel {
    match channel {
        notify::Channel::Email => Channel::Email,
        notify::Channel::Sms => Channel::Sms,
        notify::Channel::Slack => Channel::Slack,
        notify::Channel::Teams => Channel::Teams,
        notify::Channel::Webhook => Channel::Webhook,
        notify::Channel::Desktop => Channel::Desktop,
    }
}

impl From<TemplateKey> for notify::TemplateKey {
    fn from(key: TemplateKey) -> notify::TemplateKey {
        notify::TemplateKey {
            channel: channel_of(key.channel.into()),
            kind: NoticeKind::from(key.kind),
            language: match key.language {
                LanguageName::En => Language::En,
                LanguageName::Es => Language::Es,
            },
        }
    }
}

impl From<notify::TemplateKey> for TemplateKey {
    fn from(key: notify::TemplateKey) -> TemplateKey {
        TemplateKey {
            channel: domain_channel(key.channel).into(),
            kind: key.kind.into(),
            language: match key.language {
                Language::En => LanguageName::En,
                Language::Es => LanguageName::Es,
            },
        }
    }
}

impl From<TemplateText> for Template {
    fn from(text: TemplateText) -> Template {
        Template { subject: text.subject, body: text.body }
    }
}

impl From<&Template> for TemplateText {
    fn from(template: &Template) -> TemplateText {
        TemplateText { subject: template.subject.clone(), body: template.body.clone() }
    }
}

impl Station {
    /// The words in force for this message.
    pub(crate) fn template_of(&self, key: notify::TemplateKey) -> Template {
        self.channels().templates.own(key).cloned().unwrap_or_else(|| Template::default_of(key.channel))
    }
}

impl Reader {
    pub fn templates(&self) -> TemplatesPage {
        TemplatesPage {
            own: self.station.channels().templates.keys().map(TemplateKey::from).collect(),
            values: Template::variables().iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    pub fn template(&self, key: TemplateKey) -> TemplateView {
        let key = notify::TemplateKey::from(key);
        let default = TemplateText::from(&Template::default_of(key.channel));
        TemplateView {
            own: self.station.channels().templates.own(key).map(TemplateText::from),
            has_subject: !default.subject.is_empty(),
            default,
        }
    }

    /// What a template makes of made-up facts, and what is wrong with it.
    pub fn preview_template(&self, key: TemplateKey, text: TemplateText) -> TemplatePreview {
        let (key, template) = (notify::TemplateKey::from(key), Template::from(text));
        let fault = Templates::check(key, &template).err();
        let shown = Templates::preview(key, &template, crate::clock::utc(self.station.now()));
        let (subject, text) = shown.message.words();
        TemplatePreview { subject, text, fault: fault.as_ref().map(Into::into) }
    }
}

impl Admin {
    /// `None` goes back to the words there were.
    pub async fn set_template(&self, key: TemplateKey, text: Option<TemplateText>) -> Result<()> {
        let (channel, key) = (Channel::from(key.channel), notify::TemplateKey::from(key));
        let (kind, language) = (name(key.kind), name(key.language));
        let mut tx = self.station.begin().await?;
        let own = text.is_some();
        match text {
            Some(text) => {
                let Template { subject, body } = {
                    let template = Template::from(text);
                    let fault = Templates::check(key, &template);
                    fault.map_err(|fault| Error::invalid(part(fault.part), InvalidWhy::Malformed))?;
                    template
                };
                let (channel, kind, language) = (name(key.channel), kind.clone(), language.clone());
                tx.put_template(&TemplateRow { channel, kind, language, subject, body }).await?;
            }
            None => tx.drop_template(&name(key.channel), &kind, &language).await?,
        }
        let template = format!("{kind}/{language}");
        tx.append(&Event::TemplateSet { channel, template, own, by: self.by }).await?;
        self.station.commit(tx).await?;
        self.station.reload_channels().await
    }
}

fn part(part: notify::Part) -> &'static str {
    match part {
        notify::Part::Subject => "subject",
        notify::Part::Body => "body",
    }
}
