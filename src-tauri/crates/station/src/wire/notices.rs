//! Notices, channels and templates as a window sees them. Never a code, a token, a password or a secret url outwards.

use super::LanguageName;
use serde::{Deserialize, Serialize};

mirror!(
    #[serde(rename_all = "camelCase")]
    ChannelName = domain::event::Channel { Email, Sms, Slack, Teams, Webhook, Desktop }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    NoticeKindName = notify::NoticeKind {
        Stored,
        Shelved,
        CodeReissued,
        Moved,
        Leaver,
        Reminder,
        Escalation,
        Removed,
        Expedited
    }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    TemplatePart = notify::Part { Subject, Body }
);

wire! {
    /// What the program itself has to say, in every language it speaks.
    #[derive(Eq)]
    pub struct Said { pub en: String, pub es: String }

    #[derive(Copy, Eq)]
    pub enum NoticeProgress { Waiting, Sent, Failed }
    pub struct NoticeState { pub state: NoticeProgress, pub channel: ChannelName, pub at: Option<String>, pub why: Option<Said> }
    /// A notice that waits or could not be told.
    pub struct NoticeItem {
        pub id: String, pub kind: Option<NoticeKindName>, pub state: NoticeProgress, pub channel: ChannelName,
        /// Who reads it; it may be about somebody else's package.
        pub reader: String, pub reader_id: String, pub package_id: String, pub tracking_number: String,
        pub since: String, pub attempts: u32, pub next_at: Option<String>, pub why: Option<Said>,
    }

    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum ChannelState {
        Well,
        /// It failed as it would fail everybody; tried again then.
        Resting { until: String, why: Said },
        /// Its settings or its account: an admin must mend them.
        Broken { why: Said },
    }
    pub struct ChannelView {
        pub channel: ChannelName,
        /// `null` if it is not set up.
        pub settings: Option<ChannelSettings>,
        /// A code may go this way.
        pub codes: bool, pub waiting: u32, pub state: ChannelState,
    }
    /// What of a channel's settings may be shown.
    #[serde(tag = "channel", rename_all_fields = "camelCase")]
    pub enum ChannelSettings {
        Email { server: String, from: String, bounces: Option<String> },
        Sms { api: String, account: String, from: String },
        Slack { api: String },
        Teams { server: String, personal: bool },
        Webhook { url: String, codes: bool },
        Desktop,
    }
    pub struct ChannelsPage {
        pub channels: Vec<ChannelView>,
        /// In which order a person is tried to be told who has no order of their own.
        pub order: Vec<ChannelName>,
    }
    /// Settings as they are typed. A secret that is `null` stays as it is.
    #[serde(tag = "channel", rename_all_fields = "camelCase")]
    pub enum ChannelForm {
        Email { url: Option<String>, from: String },
        Sms { api: String, account: String, token: Option<String>, from: String },
        Slack { api: String, token: Option<String> },
        Teams { url: Option<String>, personal: bool },
        Webhook { url: String, secret: Option<String>, codes: bool },
    }
    /// What became of a test message: `null` is sent.
    pub struct TestAnswer { pub why: Option<Said> }

    pub struct TemplateKey { pub channel: ChannelName, pub kind: NoticeKindName, pub language: LanguageName }
    pub struct TemplateText { pub subject: String, pub body: String }
    pub struct TemplatesPage {
        /// Those that somebody wrote. All others are the default.
        pub own: Vec<TemplateKey>,
        /// The names of the values a template may use.
        pub values: Vec<String>,
    }
    pub struct TemplateView {
        /// `null` if the default is used.
        pub own: Option<TemplateText>, pub default: TemplateText,
        /// Text messages and chats have none.
        pub has_subject: bool,
    }
    pub struct TemplateFault { pub part: TemplatePart, pub line: u32, pub why: Said }
    /// What it makes of made-up facts.
    pub struct TemplatePreview { pub subject: Option<String>, pub text: String, pub fault: Option<TemplateFault> }

    /// Nothing is sent between these, as `HH:MM` in the site's time.
    #[derive(Eq)]
    pub struct QuietHours { pub from: String, pub until: String }
}

impl From<&notify::Why> for Said {
    fn from(why: &notify::Why) -> Said {
        Said { en: why.say(notify::Language::En), es: why.say(notify::Language::Es) }
    }
}

impl From<&notify::TemplateError> for TemplateFault {
    fn from(error: &notify::TemplateError) -> TemplateFault {
        let why = Said { en: error.say(notify::Language::En), es: error.say(notify::Language::Es) };
        TemplateFault { part: error.part.into(), line: u32::try_from(error.line).unwrap_or(u32::MAX), why }
    }
}
