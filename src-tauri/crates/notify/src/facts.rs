//! A notice's facts and sentences by name: the closed set of values that a template can use.
//!
//! It must never give a code to who may not have it, and never a value that breaks a line, except between paragraphs.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use crate::clean;
use crate::notice::{Height, Notice, NoticeKind, Place};
use crate::words::Words;

const LONGEST_NUMBER: usize = 80;

/// Every value a template can use; each is always there, and empty if there is nothing to say.
pub(crate) const VARIABLES: [&str; 24] = [
    // Sentences, in the reader's language.
    "headline",
    "greeting",
    "place",
    "about_note",
    "notes",
    "until",
    "how",
    "code",
    "care",
    "details",
    "closing",
    // Parts of sentences.
    "where",
    "spot",
    // Plain facts.
    "recipient",
    "about",
    "site",
    "bank",
    "compartment",
    "height",
    "shelf",
    "deadline",
    "carrier",
    "tracking",
    "kind",
];

/// How a channel wants its sentences.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// A QR goes with the code.
    pub pictures: bool,
    /// Every word counts.
    pub short: bool,
    /// Characters of a name at most.
    pub longest_name: usize,
}

pub(crate) struct Facts {
    pub words: Words,
    pub values: BTreeMap<&'static str, String>,
    /// The code's eight digits, if this message brings it.
    pub digits: Option<String>,
    pub until: Option<DateTime<FixedOffset>>,
}

impl Facts {
    pub fn new(notice: &Notice, code: Option<&str>, style: Style) -> Self {
        let words = Words::of(notice.language);
        let name = |raw: &str| clean::line(raw, style.longest_name);
        let told = notice.how.code && notice.kind.is_for_who_collects();
        let digits = code.filter(|_| told).and_then(eight_digits);
        let until = notice.until.as_deref().and_then(moment);
        let mut values: BTreeMap<_, _> = VARIABLES.map(|name| (name, String::new())).into();

        let about = notice.about.as_deref().map(name).unwrap_or_default();
        place(&mut values, notice, &words, &name);
        let say = |key: &str, given: &[(&str, &str)]| words.say(key, given);
        let recipient = name(&notice.recipient_name);
        let greeting = match recipient.as_str() {
            "" => words.get("greeting_nameless").to_owned(),
            person => say("greeting", &[("name", person)]),
        };
        let about_note = match (about.as_str(), notice.kind) {
            ("", _) => String::new(),
            (person, NoticeKind::Leaver) => say("about_leaver", &[("name", person)]),
            (person, NoticeKind::Escalation) => say("about_escalation", &[("name", person)]),
            (person, _) => say("about_delegate", &[("name", person)]),
        };
        let care = digits.as_ref().map(|_| match (notice.kind.replaces_a_code(), style.short) {
            (true, true) => words.get("short_code_replaces"),
            (true, false) => words.get("code_replaces"),
            (false, true) => "",
            (false, false) => words.get("code_once"),
        });
        let deadline = until.map(|moment| {
            let key = match notice.kind.is_for_who_collects() {
                _ if style.short => "until_short",
                true => "until",
                false => "until_others",
            };
            words.moment(key, moment)
        });
        let paused = (notice.paused && !style.short).then(|| words.get("paused").to_owned());
        let carrier = notice.carrier.as_deref().map(name).unwrap_or_default();
        let tracking = clean::unspaced(&notice.tracking_number, LONGEST_NUMBER);
        let details = [("carrier", &carrier), ("tracking", &tracking)];
        let details = details.iter().filter(|(_, value)| !value.is_empty());
        let details = details.map(|(key, value)| format!("{}: {value}", words.get(key)));

        let filled = [
            ("greeting", greeting),
            ("about_note", about_note),
            ("notes", notes(notice).iter().map(|key| words.get(key)).collect::<Vec<_>>().join("\n\n")),
            ("until", deadline.into_iter().chain(paused).collect::<Vec<_>>().join("\n\n")),
            ("how", words.get(how(notice, digits.is_some(), style)).to_owned()),
            ("code", digits.as_deref().map(spaced).unwrap_or_default()),
            ("care", care.unwrap_or_default().to_owned()),
            ("details", details.collect::<Vec<_>>().join("\n")),
            ("closing", words.get("closing").to_owned()),
            ("recipient", recipient),
            ("about", about),
            ("deadline", until.map(|moment| words.moment("moment", moment)).unwrap_or_default()),
            ("carrier", carrier),
            ("tracking", tracking),
            ("kind", kind(notice.kind).to_owned()),
        ];
        values.extend(filled);
        Self { words, values, digits, until }
    }

    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// As people read it: "4071 8265".
    pub fn code(&self) -> Option<&str> {
        Some(self.get("code")).filter(|code| !code.is_empty())
    }
}

/// The kind's name, as in JSON.
pub(crate) fn kind(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Stored => "stored",
        NoticeKind::Shelved => "shelved",
        NoticeKind::CodeReissued => "code_reissued",
        NoticeKind::Moved => "moved",
        NoticeKind::Leaver => "leaver",
        NoticeKind::Reminder => "reminder",
        NoticeKind::Escalation => "escalation",
        NoticeKind::Removed => "removed",
        NoticeKind::Expedited => "expedited",
    }
}

fn spaced(digits: &str) -> String {
    let (first, last) = digits.split_at(digits.len() / 2);
    format!("{first} {last}")
}

/// Spaces and hyphens between the digits are no mistake; anything else isn't a code, and isn't shown as one.
fn eight_digits(code: &str) -> Option<String> {
    let digits: String = code.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let sound = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
    if !sound {
        tracing::error!("an access code for a message isn't eight digits; the message goes without it");
    }
    sound.then_some(digits)
}

/// A deadline that isn't a date is left out: a wrong one is worse than none.
fn moment(until: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(until)
        .inspect_err(
            |error| tracing::error!(%error, "a deadline isn't RFC 3339; the message goes without it"),
        )
        .ok()
}

/// Where it is, in all the ways of saying it.
fn place(
    values: &mut BTreeMap<&'static str, String>,
    notice: &Notice,
    words: &Words,
    name: &dyn Fn(&str) -> String,
) {
    let site = name(&notice.site);
    let filled = match &notice.place {
        Place::Compartment { bank, label, height, .. } => {
            let (bank, label) = (name(bank), name(label));
            let height = words.get(match height {
                Height::Top => "height_top",
                Height::Upper => "height_upper",
                Height::Lower => "height_lower",
                Height::Bottom => "height_bottom",
            });
            let given = [("label", label.as_str()), ("bank", &bank), ("site", &site), ("height", height)];
            let headline = match notice.kind {
                NoticeKind::Leaver => "subject_compartment_leaver",
                NoticeKind::Escalation => "subject_compartment_escalation",
                _ if notice.about.is_some() => "subject_compartment_delegate",
                NoticeKind::Stored | NoticeKind::Shelved => "subject_compartment",
                NoticeKind::Moved | NoticeKind::Removed => "subject_compartment_moved",
                NoticeKind::CodeReissued => "subject_compartment_code",
                NoticeKind::Reminder => "subject_compartment_reminder",
                NoticeKind::Expedited => "subject_compartment_expedited",
            };
            vec![
                ("headline", words.say(headline, &given)),
                ("place", words.say("place_compartment", &given)),
                ("where", words.say("where_compartment", &given)),
                (
                    "spot",
                    [site.as_str(), height]
                        .into_iter()
                        .filter(|part| !part.is_empty())
                        .collect::<Vec<_>>()
                        .join(", "),
                ),
                ("height", height.to_owned()),
                ("bank", bank),
                ("compartment", label),
            ]
        }
        Place::Counter { shelf } => {
            let shelf = shelf.as_deref().map(name).unwrap_or_default();
            let given = [("site", site.as_str()), ("shelf", &shelf)];
            let headline = match notice.kind {
                NoticeKind::Leaver => "subject_counter_leaver",
                NoticeKind::Escalation => "subject_counter_escalation",
                _ if notice.about.is_some() => "subject_counter_delegate",
                NoticeKind::Stored | NoticeKind::Shelved => "subject_counter",
                NoticeKind::Moved | NoticeKind::Removed => "subject_counter_moved",
                NoticeKind::CodeReissued => "subject_counter_code",
                NoticeKind::Reminder => "subject_counter_reminder",
                NoticeKind::Expedited => "subject_counter_expedited",
            };
            let (place, spot) = match shelf.as_str() {
                "" => ("place_counter", site.clone()),
                _ => ("place_counter_shelf", words.say("spot_shelf", &given)),
            };
            vec![
                ("headline", words.get(headline).to_owned()),
                ("place", words.say(place, &given)),
                ("where", words.get("where_counter").to_owned()),
                ("spot", spot),
                ("shelf", shelf),
            ]
        }
    };
    values.extend(filled);
    values.insert("site", site);
}

fn notes(notice: &Notice) -> Vec<&'static str> {
    let collects = notice.kind.is_for_who_collects();
    let notes = [
        (collects && matches!(notice.place, Place::Compartment { accessible: true, .. }), "accessible"),
        (collects && matches!(notice.place, Place::Counter { .. }), "counter_hours"),
        (notice.kind == NoticeKind::Moved, "moved"),
        (notice.kind == NoticeKind::Removed, "removed"),
        (notice.kind == NoticeKind::Expedited, "perishable"),
    ];
    notes.into_iter().filter(|(due, _)| *due).map(|(_, key)| key).collect()
}

fn how(notice: &Notice, code_here: bool, style: Style) -> &'static str {
    let kiosk = matches!(notice.place, Place::Compartment { .. });
    match notice.kind {
        NoticeKind::Leaver => return "leaver_staff",
        NoticeKind::Escalation => return "escalation_staff",
        _ => {}
    }
    if kiosk && notice.how.both {
        return match (code_here, style.short, style.pictures) {
            (true, true, _) => "short_kiosk_code_and_badge",
            (false, true, _) => "short_kiosk_sent_and_badge",
            (true, false, true) => "kiosk_code_and_badge",
            (true, false, false) => "plain_kiosk_code_and_badge",
            (false, false, _) => "kiosk_sent_and_badge",
        };
    }
    let (code, badge) = (notice.how.code, notice.how.badge);
    match (kiosk, code_here) {
        (true, true) => match (badge, style.pictures) {
            (true, true) => "kiosk_code_badge",
            (true, false) => "plain_kiosk_code_badge",
            (false, true) => "kiosk_code",
            (false, false) => "plain_kiosk_code",
        },
        (true, false) => match (code, badge) {
            (true, true) => "kiosk_sent_badge",
            (true, false) => "kiosk_sent",
            (false, true) => "kiosk_badge",
            (false, false) => "kiosk_staff",
        },
        (false, true) => match (badge, style.pictures) {
            (true, true) => "counter_code_badge",
            (true, false) => "plain_counter_code_badge",
            (false, true) => "counter_code",
            (false, false) => "plain_counter_code",
        },
        (false, false) => match (code, badge) {
            (true, true) => "counter_sent_badge",
            (true, false) => "counter_sent",
            (false, true) => "counter_badge",
            (false, false) => "counter_staff",
        },
    }
}
