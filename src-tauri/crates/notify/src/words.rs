//! The words of each language, from the message files that are part of the program.
//!
//! A translator changes only `messages/*.json`. This must never fill a value into a value: what a person typed is
//! put in once and not looked at again.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, FixedOffset};

use crate::notice::Language;

type Messages = BTreeMap<String, String>;

static EN: LazyLock<Messages> = LazyLock::new(|| parse(include_str!("../messages/en.json")));
static ES: LazyLock<Messages> = LazyLock::new(|| parse(include_str!("../messages/es.json")));

/// The files are built in and a test reads them, so an error can't reach a user; if one did, mails would still go
/// out, with keys for words.
fn parse(json: &str) -> Messages {
    serde_json::from_str(json).unwrap_or_else(|error| {
        tracing::error!(%error, "a message file can't be read");
        Messages::new()
    })
}

pub struct Words(&'static Messages, Language);

impl Words {
    pub fn of(language: Language) -> Self {
        match language {
            Language::En => Self(&EN, language),
            Language::Es => Self(&ES, language),
        }
    }

    pub fn tag(&self) -> &'static str {
        match self.1 {
            Language::En => "en",
            Language::Es => "es",
        }
    }

    pub fn get<'a>(&self, key: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// The message with each `{name}` replaced, in one pass.
    pub fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut said = String::new();
        let mut rest = self.get(key);
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
        {
            said.push_str(before);
            said.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
            rest = after;
        }
        said + rest
    }

    /// A sentence about a moment, in the offset it was given in.
    pub fn moment(&self, key: &str, moment: DateTime<FixedOffset>) -> String {
        let month = format!("month_{}", moment.month());
        let month = self.get(&month);
        self.say(
            key,
            &[
                ("weekday", self.get(&format!("weekday_{}", moment.weekday().number_from_monday()))),
                ("day", &moment.day().to_string()),
                ("month", month),
                ("mon", &month.chars().take(3).collect::<String>()),
                ("year", &moment.year().to_string()),
                ("time", &moment.format("%H:%M").to_string()),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_have_the_same_messages_with_the_same_places() {
        let holes = |text: &str| -> Vec<String> {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|s| s.split_once('}'))
                .map(|(name, _)| name.into())
                .collect();
            names.sort();
            names
        };
        assert!(!EN.is_empty());
        assert_eq!(EN.keys().collect::<Vec<_>>(), ES.keys().collect::<Vec<_>>());
        for (key, text) in EN.iter() {
            assert_eq!(holes(text), holes(&ES[key]), "{key}");
            assert!(!text.trim().is_empty() && !ES[key].trim().is_empty(), "{key}");
        }
    }

    #[test]
    fn a_value_is_not_filled_again() {
        let said = Words::of(Language::En).say("greeting", &[("name", "{name} {bank}")]);
        assert_eq!(said, "Hello {name} {bank},");
    }

    #[test]
    fn a_deadline_is_said_in_its_own_offset() {
        let moment = DateTime::parse_from_rfc3339("2026-11-24T18:05:00-05:00").unwrap();
        let en = Words::of(Language::En).moment("until", moment);
        assert_eq!(en, "Please collect it by Tuesday, 24 November 2026 at 18:05.");
        let short = Words::of(Language::En).moment("until_short", moment);
        assert_eq!(short, "By 24 Nov, 18:05.");
        let es = Words::of(Language::Es).moment("until", moment);
        assert_eq!(es, "Recójalo, por favor, antes del martes, 24 de noviembre de 2026, a las 18:05.");
    }
}
