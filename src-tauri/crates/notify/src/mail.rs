//! A notice as a mail: subject, plain text, HTML and the code as a picture.
//!
//! It must never fail (an odd fact is made harmless, not refused), never put the code into the subject, and never
//! write it more than once in the text.

use std::fmt;
use std::sync::LazyLock;

use chrono::DateTime;
use minijinja::{Environment, context};

use crate::clean;
use crate::notice::{Height, Notice, NoticeKind, Place};
use crate::qr;
use crate::words::Words;

/// By this name the HTML refers to the picture that travels beside it.
pub const QR_CONTENT_ID: &str = "qr@cubby";

const LONGEST_NAME: usize = 120;
const LONGEST_NUMBER: usize = 80;

/// A mail without its addresses. It holds the access code in clear: send it, don't keep it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub qr_png: Option<Vec<u8>>,
}

/// Only the subject, so that a code can't reach a log this way.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// The mail for a notice, in its language. `code` is the access code's eight digits, if this mail brings it;
/// without it a recipient who has a code is pointed to the message that brought it.
pub fn render(notice: &Notice, code: Option<&str>) -> Mail {
    let digits = code.filter(|_| notice.how.code).and_then(eight_digits);
    let parts = Parts::new(notice, digits.as_deref());
    let qr = digits.as_deref().and_then(|digits| {
        qr::png(&qr::qr_payload(digits))
            .inspect_err(|error| tracing::error!(%error, "no QR image was made"))
            .ok()
    });
    let html = parts.html(qr.as_ref().map(|(_, side)| *side));
    Mail { text: parts.text(), html, subject: parts.headline, qr_png: qr.map(|(png, _)| png) }
}

/// Spaces and hyphens between the digits are no mistake; anything else isn't a code, and isn't shown as one.
fn eight_digits(code: &str) -> Option<String> {
    let digits: String = code.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let sound = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
    if !sound {
        tracing::error!("an access code for a mail isn't eight digits; the mail goes without it");
    }
    sound.then_some(digits)
}

/// What both forms of the mail say, in order, each a single line.
struct Parts {
    words: Words,
    headline: String,
    greeting: String,
    place: String,
    notes: Vec<String>,
    how: String,
    code: Option<String>,
    care: Option<String>,
    details: Vec<String>,
}

impl Parts {
    fn new(notice: &Notice, digits: Option<&str>) -> Self {
        let words = Words::of(notice.language);
        let name = |raw: &str| clean::line(raw, LONGEST_NAME);
        let site = name(&notice.site);
        let (headline, place) = match &notice.place {
            Place::Compartment { bank, label, height, .. } => {
                let (bank, label) = (name(bank), name(label));
                let height = words.get(match height {
                    Height::Top => "height_top",
                    Height::Upper => "height_upper",
                    Height::Lower => "height_lower",
                    Height::Bottom => "height_bottom",
                });
                let values =
                    [("label", label.as_str()), ("bank", &bank), ("site", &site), ("height", height)];
                let headline = match notice.kind {
                    NoticeKind::Leaver => "subject_leaver",
                    NoticeKind::Escalation => "subject_escalation",
                    _ if notice.about.is_some() => "subject_compartment_delegate",
                    NoticeKind::Stored | NoticeKind::Shelved => "subject_compartment",
                    NoticeKind::Moved | NoticeKind::Removed => "subject_compartment_moved",
                    NoticeKind::Reminder => "subject_compartment_reminder",
                    NoticeKind::Expedited => "subject_compartment_expedited",
                    NoticeKind::CodeReissued => "subject_compartment_code",
                };
                (words.say(headline, &values), words.say("place_compartment", &values))
            }
            Place::Counter { shelf } => {
                let shelf = shelf.as_deref().map(name).filter(|shelf| !shelf.is_empty());
                let headline = match notice.kind {
                    NoticeKind::Leaver => "subject_leaver",
                    NoticeKind::Escalation => "subject_escalation",
                    NoticeKind::Reminder => "subject_counter_reminder",
                    NoticeKind::Removed => "subject_counter_removed",
                    NoticeKind::Expedited => "subject_counter_expedited",
                    NoticeKind::Stored | NoticeKind::Shelved => "subject_counter",
                    NoticeKind::Moved => "subject_counter_moved",
                    NoticeKind::CodeReissued => "subject_counter_code",
                };
                let place = match &shelf {
                    Some(shelf) => words.say("place_counter_shelf", &[("site", &site), ("shelf", shelf)]),
                    None => words.say("place_counter", &[("site", &site)]),
                };
                (words.get(headline).to_owned(), place)
            }
        };

        let greeting = match name(&notice.recipient_name) {
            nobody if nobody.is_empty() => words.get("greeting_nameless").to_owned(),
            person => words.say("greeting", &[("name", &person)]),
        };
        let care = digits.map(|_| match notice.kind {
            NoticeKind::CodeReissued | NoticeKind::Reminder => words.get("code_replaces").to_owned(),
            _ => words.get("code_once").to_owned(),
        });
        Self {
            headline,
            greeting,
            place,
            notes: notes(notice, &words),
            how: words.get(how(notice, digits.is_some())).to_owned(),
            code: digits.map(|digits| digits.split_at(4)).map(|(first, last)| format!("{first} {last}")),
            care,
            details: details(notice, &words),
            words,
        }
    }

    /// The code stands on a line of its own, before any number of a carrier.
    fn text(&self) -> String {
        let mut blocks = vec![self.headline.clone(), self.greeting.clone(), self.place.clone()];
        blocks.extend(self.notes.iter().cloned());
        blocks.push(self.how.clone());
        blocks.extend(self.code.clone());
        blocks.extend(self.care.clone());
        if !self.details.is_empty() {
            blocks.push(self.details.join("\n"));
        }
        blocks.push(self.words.get("closing").to_owned());
        blocks.join("\n\n") + "\n"
    }

    fn html(&self, qr_side: Option<u32>) -> String {
        let page = TEMPLATES.get_template(TEMPLATE).and_then(|template| {
            template.render(context! {
                lang => self.words.tag(),
                headline => self.headline.clone(),
                greeting => self.greeting.clone(),
                place => self.place.clone(),
                notes => self.notes.clone(),
                how => self.how.clone(),
                code => self.code.clone(),
                care => self.care.clone(),
                qr => qr_side.map(|_| QR_CONTENT_ID),
                qr_side => qr_side,
                qr_alt => self.words.get("qr_alt"),
                details => self.details.clone(),
                closing => self.words.get("closing"),
            })
        });
        // The template is built in and tested. Should it fail all the same, the plain text is a page too.
        page.unwrap_or_else(|error| {
            tracing::error!(%error, "the HTML of a mail was not made; its text stands in");
            format!("<pre>{}</pre>", minijinja::HtmlEscape(&self.text()))
        })
    }
}

fn notes(notice: &Notice, words: &Words) -> Vec<String> {
    let about = notice.about.as_deref().map(|about| {
        let key = match notice.kind {
            NoticeKind::Leaver => "about_leaver",
            NoticeKind::Escalation => "about_escalation",
            _ => "about_delegate",
        };
        words.say(key, &[("name", &clean::line(about, LONGEST_NAME))])
    });
    let notes = [
        (matches!(notice.place, Place::Compartment { accessible: true, .. }), "accessible"),
        (matches!(notice.place, Place::Counter { .. }), "counter_hours"),
        (matches!(notice.kind, NoticeKind::Moved | NoticeKind::Removed), "moved"),
        (notice.kind == NoticeKind::Expedited, "expedited"),
    ];
    let due = notes.into_iter().filter(|(due, _)| *due).map(|(_, key)| words.get(key).to_owned());
    about
        .into_iter()
        .chain(due)
        .chain(notice.until.as_deref().and_then(|until| deadline(until, words)))
        .chain(notice.paused.then(|| words.get("paused").to_owned()))
        .collect()
}

/// A deadline that isn't a date is left out: a wrong one is worse than none.
fn deadline(until: &str, words: &Words) -> Option<String> {
    DateTime::parse_from_rfc3339(until)
        .map(|moment| words.until(moment))
        .inspect_err(|error| tracing::error!(%error, "a deadline isn't RFC 3339; the mail goes without it"))
        .ok()
}

fn details(notice: &Notice, words: &Words) -> Vec<String> {
    let carrier = notice.carrier.as_deref().map(|carrier| clean::line(carrier, LONGEST_NAME));
    let number = clean::unspaced(&notice.tracking_number, LONGEST_NUMBER);
    [("carrier", carrier.unwrap_or_default()), ("tracking", number)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{}: {value}", words.get(key)))
        .collect()
}

fn how(notice: &Notice, code_here: bool) -> &'static str {
    let kiosk = matches!(notice.place, Place::Compartment { .. });
    if notice.kind == NoticeKind::Leaver {
        return "leaver_staff";
    }
    if notice.kind == NoticeKind::Escalation {
        return "escalation_staff";
    }
    if kiosk && notice.how.both {
        return if code_here { "kiosk_code_and_badge" } else { "kiosk_sent_and_badge" };
    }
    match (kiosk, code_here, notice.how.code, notice.how.badge) {
        (true, true, _, true) => "kiosk_code_badge",
        (true, true, _, false) => "kiosk_code",
        (true, false, true, true) => "kiosk_sent_badge",
        (true, false, true, false) => "kiosk_sent",
        (true, false, false, true) => "kiosk_badge",
        (true, false, false, false) => "kiosk_staff",
        (false, true, _, true) => "counter_code_badge",
        (false, true, _, false) => "counter_code",
        (false, false, true, true) => "counter_sent_badge",
        (false, false, true, false) => "counter_sent",
        (false, false, false, true) => "counter_badge",
        (false, false, false, false) => "counter_staff",
    }
}

const TEMPLATE: &str = "mail.html";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    // The name's ending turns escaping on.
    let mut templates = Environment::new();
    if let Err(error) = templates.add_template(TEMPLATE, include_str!("../templates/mail.html")) {
        tracing::error!(%error, "the mail template can't be read");
    }
    templates
});
