//! The words of every message: defaults, and what an admin wrote instead for one channel, kind and language.
//!
//! It must never let a template put a code where it may not be (the code is only among the values of a body, and only
//! if this message brings it), and never fail: what is broken all the same gives way to the default, and is told.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::check::check_source;
use crate::clean;
use crate::facts::{self, Facts, Style};
use crate::gsm;
use crate::mail::{self, picture};
use crate::message::{Chat, Event, Message, Rendered, Text, Toast};
use crate::notice::{Language, Notice, NoticeKind};
use crate::samples;
use crate::sender::Channel;
use crate::sms::MAX_SEGMENTS;
use crate::template_error::{Part, TemplateError, What};

/// Characters. A body fits Slack's longest block, and with so many paragraphs the largest message of Teams.
const LONGEST_SUBJECT: usize = 200;
const LONGEST_BODY: usize = 3000;
const MOST_PARAGRAPHS: usize = 40;
/// Steps of the template engine; a long template takes a few hundred.
const FUEL: u64 = 20_000;

const SUBJECT: &str = "{{ headline }}";
const BODY: &str = "\
{{ headline }}

{{ greeting }}

{{ place }}

{{ about_note }}

{{ notes }}

{{ until }}

{{ how }}

{{ code }}

{{ care }}

{{ details }}

{{ closing }}";
const TEXT: &str = "{{ headline }}.{% if spot %} {{ spot }}.{% endif %}{% if about_note %} {{ about_note }}{% endif %} \
                    {{ how }}{% if code %} {{ code }}.{% if care %} {{ care }}{% endif %}{% endif %}{% if until %} \
                    {{ until }}{% endif %}";
/// What must be said when names leave no room for more.
const TERSE: &str = "{{ headline }}. {{ how }}{% if code %} {{ code }}.{% endif %}";

/// Which message a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TemplateKey {
    pub channel: Channel,
    pub kind: NoticeKind,
    pub language: Language,
}

/// The sources, as an admin edits them. Text messages and chats have no subject: it is not looked at there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub subject: String,
    pub body: String,
}

impl Template {
    /// What is used as long as nobody wrote another, and what an editor begins with.
    pub fn default_of(channel: Channel) -> Self {
        let (subject, body) = match channel {
            Channel::Sms => ("", TEXT),
            Channel::Slack | Channel::Teams => ("", BODY),
            Channel::Email | Channel::Webhook => (SUBJECT, BODY),
            Channel::Desktop => ("{{ recipient or site }}", "{{ headline }}"),
        };
        Self { subject: subject.to_owned(), body: body.to_owned() }
    }

    /// The names of the values it may use.
    pub fn variables() -> &'static [&'static str] {
        &facts::VARIABLES
    }
}

#[derive(Debug, Clone, Default)]
pub struct Templates {
    own: BTreeMap<TemplateKey, Template>,
}

impl Templates {
    /// With what was saved before, unchecked: what a newer version no longer takes gives way when it is rendered.
    pub fn with(own: impl IntoIterator<Item = (TemplateKey, Template)>) -> Self {
        Self { own: own.into_iter().collect() }
    }

    /// Whether a template may be saved: all of it is looked at, and it is filled in for each kind of place and way in.
    pub fn check(key: TemplateKey, template: &Template) -> Result<(), TemplateError> {
        check_sources(key.channel, template)?;
        samples::all(key.kind, key.language, key.channel).iter().try_for_each(|(notice, code)| {
            let style = style(key.channel, LONGEST_NAME);
            let facts = Facts::new(notice, code.as_deref(), style);
            if subject(key.channel, template, &facts)?.chars().count() > LONGEST_SUBJECT {
                return Err(TemplateError { part: Part::Subject, line: 1, what: What::TooLong });
            }
            words(key.channel, template, &facts).map(|_| ())
        })
    }

    /// What `template` makes of made-up facts; if it is broken, the default and why.
    pub fn preview(key: TemplateKey, template: &Template, at: DateTime<Utc>) -> Rendered {
        let (notice, code) = samples::one(key.kind, key.language, key.channel);
        Self::with([(key, template.clone())]).render(key.channel, &notice, code.as_deref(), at)
    }

    /// What was written for this message instead of the default.
    pub fn own(&self, key: TemplateKey) -> Option<&Template> {
        self.own.get(&key)
    }

    pub fn keys(&self) -> impl Iterator<Item = TemplateKey> {
        self.own.keys().copied()
    }

    pub fn render(
        &self,
        channel: Channel,
        notice: &Notice,
        code: Option<&str>,
        at: DateTime<Utc>,
    ) -> Rendered {
        let key = TemplateKey { channel, kind: notice.kind, language: notice.language };
        let facts = Facts::new(notice, code, style(channel, LONGEST_NAME));
        let own = self
            .own
            .get(&key)
            .map(|own| check_sources(channel, own).and_then(|()| words(channel, own, &facts)));
        let (said, broken) = match own {
            Some(Ok(said)) => (said, None),
            Some(Err(error)) => {
                tracing::warn!(%channel, %error, "a template is broken; the default stands in");
                (default_words(channel, notice, code, &facts), Some(error))
            }
            None => (default_words(channel, notice, code, &facts), None),
        };
        Rendered { message: form(channel, notice, &facts, said, at), broken }
    }
}

/// The defaults are built in, and tested with all that a notice can hold. In a text message names may leave too little
/// room: then they are cut, and only what must be said is.
fn default_words(channel: Channel, notice: &Notice, code: Option<&str>, facts: &Facts) -> Said {
    let default = Template::default_of(channel);
    let said = words(channel, &default, facts).or_else(|error| {
        if channel != Channel::Sms {
            return Err(error);
        }
        let facts = Facts::new(notice, code, style(channel, SHORTEST_NAME));
        words(channel, &Template { body: TERSE.to_owned(), ..default }, &facts)
    });
    said.unwrap_or_else(|error| {
        tracing::error!(%channel, %error, "a default template is broken");
        Said { subject: facts.get("headline").to_owned(), body: facts.get("headline").to_owned() }
    })
}

fn check_sources(channel: Channel, template: &Template) -> Result<(), TemplateError> {
    if has_subject(channel) {
        check_source(Part::Subject, &template.subject)?;
    }
    check_source(Part::Body, &template.body)
}

const LONGEST_NAME: usize = 120;
/// In a text message, where each name costs.
const SHORT_NAME: usize = 24;
const SHORTEST_NAME: usize = 8;

fn style(channel: Channel, longest_name: usize) -> Style {
    let short = channel == Channel::Sms;
    Style {
        pictures: matches!(channel, Channel::Email | Channel::Teams),
        short,
        longest_name: if short { longest_name.min(SHORT_NAME) } else { longest_name },
    }
}

fn has_subject(channel: Channel) -> bool {
    matches!(channel, Channel::Email | Channel::Webhook | Channel::Desktop)
}

struct Said {
    subject: String,
    body: String,
}

/// A template filled in, and looked at: what it must say it says, and what it must not it doesn't.
fn words(channel: Channel, template: &Template, facts: &Facts) -> Result<Said, TemplateError> {
    let fault = |part, what| Err(TemplateError { part, line: 1, what });
    let body = paragraphs(&fill(Part::Body, &template.body, &facts.values)?);
    if body.is_empty() {
        return fault(Part::Body, What::Empty);
    }
    let too_long = match channel {
        Channel::Sms => gsm::segments(&gsm::fold(&body)) > MAX_SEGMENTS,
        _ => body.chars().count() > LONGEST_BODY || body.split("\n\n").count() > MOST_PARAGRAPHS,
    };
    if too_long {
        return fault(Part::Body, What::TooLong);
    }
    let first = body.lines().next().unwrap_or_default().to_lowercase();
    if !first.contains(facts.get("where").trim().to_lowercase().as_str()) {
        return fault(Part::Body, What::PlaceMissing);
    }
    if let Some(code) = facts.code() {
        // A first line is a headline: it is shown on locked screens and in lists. A text message has but one.
        if channel != Channel::Sms && first.contains(code) {
            return fault(Part::Body, What::CodeInSubject);
        }
        match body.matches(code).count() {
            0 => return fault(Part::Body, What::CodeMissing),
            1 => {}
            _ => return fault(Part::Body, What::CodeTwice),
        }
    }
    // What names make too long is cut; what the template makes too long is refused when it is saved.
    let subject = clean::line(&subject(channel, template, facts)?, LONGEST_SUBJECT);
    if has_subject(channel) && subject.is_empty() {
        return fault(Part::Subject, What::Empty);
    }
    Ok(Said { subject, body })
}

/// Filled in without the code: what isn't there can't be said.
fn subject(channel: Channel, template: &Template, facts: &Facts) -> Result<String, TemplateError> {
    if !has_subject(channel) {
        return Ok(String::new());
    }
    let mut values = facts.values.clone();
    values.remove("code");
    fill(Part::Subject, &template.subject, &values)
}

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_fuel(Some(FUEL));
    engine.add_filter("upper", |text: String| text.to_uppercase());
    engine.add_filter("lower", |text: String| text.to_lowercase());
    engine.add_filter("trim", |text: String| text.trim().to_owned());
    engine
});

fn fill(part: Part, source: &str, values: &BTreeMap<&'static str, String>) -> Result<String, TemplateError> {
    ENGINE.render_str(source, values).map_err(|error| {
        let what = match error.kind() {
            ErrorKind::OutOfFuel => What::Endless,
            ErrorKind::UndefinedError if part == Part::Subject => What::CodeInSubject,
            _ => What::Syntax,
        };
        TemplateError { part, line: error.line().unwrap_or(1), what }
    })
}

/// Without spaces at the lines' ends, without control characters, and one empty line between paragraphs however many
/// an empty value left behind.
fn paragraphs(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        let line = line.trim();
        let gap = lines.last().is_none_or(String::is_empty);
        if !(line.is_empty() && gap) {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n").trim_end().to_owned()
}

/// The first line, which stands alone wherever it is shown, and the paragraphs after it.
pub(crate) fn headed(body: &str) -> (&str, impl Iterator<Item = &str>) {
    let (headline, rest) = body.split_once('\n').unwrap_or((body, ""));
    (headline, rest.split("\n\n").map(str::trim).filter(|text| !text.is_empty()))
}

fn form(channel: Channel, notice: &Notice, facts: &Facts, said: Said, at: DateTime<Utc>) -> Message {
    match channel {
        Channel::Email => Message::Mail(mail::form(notice, facts, said.subject, &said.body, at)),
        Channel::Sms => Message::Text(Text(said.body)),
        Channel::Slack | Channel::Teams => {
            let (headline, paragraphs) = headed(&said.body);
            Message::Chat(Chat {
                headline: headline.to_owned(),
                paragraphs: paragraphs.map(str::to_owned).collect(),
                code: facts.code().map(str::to_owned),
                qr_png: if channel == Channel::Teams { picture(facts).map(|(png, _)| png) } else { None },
                qr_alt: facts.words.get("qr_alt"),
            })
        }
        Channel::Webhook => Message::Event(event(notice, facts, &said, at)),
        Channel::Desktop => Message::Toast(Toast { title: said.subject, body: said.body }),
    }
}

/// The facts as they are, and the same words as on every other channel, for a receiver that only passes them on.
fn event(notice: &Notice, facts: &Facts, said: &Said, at: DateTime<Utc>) -> Event {
    let facts_of_all = json!({
        "recipient": {"name": notice.recipient_name},
        "language": facts.words.tag(),
        "site": notice.site,
        "place": notice.place,
        "carrier": notice.carrier,
        "tracking_number": notice.tracking_number,
        "until": facts.until.map(|until| until.to_rfc3339()),
        "how": notice.how,
        "about": notice.about,
        "paused": notice.paused,
        "text": {"subject": said.subject, "body": said.body},
    });
    Event {
        kind: format!("notice.{}", facts.get("kind")),
        at,
        facts: facts_of_all,
        code: facts.digits.clone(),
    }
}
