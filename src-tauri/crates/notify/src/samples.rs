//! Made-up notices to try a template on: each kind of place, way in and reader that a kind of notice can have.

use crate::notice::{Height, How, Language, Notice, NoticeKind, Place};
use crate::sender::Channel;
use crate::words::Words;

const CODE: &str = "12345678";

/// What a preview shows.
pub fn one(kind: NoticeKind, language: Language, channel: Channel) -> (Notice, Option<String>) {
    let place = places(kind, language).remove(0);
    let about = (!kind.is_for_who_collects()).then(|| Words::of(language).get("sample_about").to_owned());
    (notice(kind, language, place, about, true), code(kind, channel))
}

pub fn all(kind: NoticeKind, language: Language, channel: Channel) -> Vec<(Notice, Option<String>)> {
    let about = Some(Words::of(language).get("sample_about").to_owned());
    let mut all = Vec::new();
    for place in places(kind, language) {
        for about in [None, about.clone()] {
            for full in [true, false] {
                for code in [code(kind, channel), None] {
                    all.push((notice(kind, language, place.clone(), about.clone(), full), code));
                }
            }
        }
    }
    all
}

fn code(kind: NoticeKind, channel: Channel) -> Option<String> {
    (kind.is_for_who_collects() && channel != Channel::Desktop).then(|| CODE.to_owned())
}

fn places(kind: NoticeKind, language: Language) -> Vec<Place> {
    let bank = Words::of(language).get("sample_bank").to_owned();
    let compartment =
        Place::Compartment { bank, label: "A07".to_owned(), height: Height::Bottom, accessible: true };
    let counter = [Place::Counter { shelf: Some("B3".to_owned()) }, Place::Counter { shelf: None }];
    let boxed = !matches!(kind, NoticeKind::Shelved | NoticeKind::Removed);
    boxed.then_some(compartment).into_iter().chain(counter).collect()
}

/// `full`: with all that may be missing.
fn notice(kind: NoticeKind, language: Language, place: Place, about: Option<String>, full: bool) -> Notice {
    let words = Words::of(language);
    Notice {
        kind,
        language,
        site: words.get("sample_site").to_owned(),
        recipient_name: words.get("sample_recipient").to_owned(),
        carrier: full.then(|| "DHL".to_owned()),
        tracking_number: if full { "JD014600001234567890".to_owned() } else { String::new() },
        place,
        until: full.then(|| "2026-11-24T18:30:00+01:00".to_owned()),
        how: How { badge: full, code: true, both: false },
        about,
        paused: full,
    }
}
