//! A notice as a mail: subject, plain text, HTML, the code as a picture, and for machines a ParcelDelivery and the
//! deadline as a calendar entry.
//!
//! It must never fail (an odd fact is made harmless, not refused), never put the code into the subject, the calendar or
//! what is for machines, and never write it more than once in the text.

use std::fmt;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use minijinja::value::Value;
use minijinja::{Environment, context};
use serde_json::json;

use crate::calendar;
use crate::facts::Facts;
use crate::notice::{Notice, Place};
use crate::qr;
use crate::templates::headed;

/// By this name the HTML refers to the picture that travels beside it.
pub const QR_CONTENT_ID: &str = "qr@cubby";

/// A mail without its addresses. It holds the access code in clear: send it, don't keep it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub qr_png: Option<Vec<u8>>,
    /// The deadline, as iCalendar (RFC 5545).
    pub calendar: Option<String>,
}

/// Only the subject, so that a code can't reach a log this way.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// `body` is a headline and paragraphs of plain text.
pub(crate) fn form(notice: &Notice, facts: &Facts, subject: String, body: &str, at: DateTime<Utc>) -> Mail {
    let qr = picture(facts);
    let html = html(notice, facts, body, qr.as_ref().map(|(_, side)| *side));
    let calendar = calendar::deadline(notice, facts, at);
    Mail { subject, text: format!("{body}\n"), html, qr_png: qr.map(|(png, _)| png), calendar }
}

/// The code as a PNG and the length of its side, if there is a code.
pub(crate) fn picture(facts: &Facts) -> Option<(Vec<u8>, u32)> {
    let digits = facts.digits.as_deref()?;
    qr::png(&qr::qr_payload(digits)).inspect_err(|error| tracing::error!(%error, "no QR image was made")).ok()
}

/// The text's paragraphs in the page's frame: a template is plain text, so nothing in it can break the page.
fn html(notice: &Notice, facts: &Facts, body: &str, qr_side: Option<u32>) -> String {
    let (headline, paragraphs) = headed(body);
    let blocks: Vec<Value> = paragraphs
        .map(|text| {
            let is = |name: &str| !facts.get(name).is_empty() && facts.get(name) == text;
            let class = match text {
                _ if is("code") => "code",
                _ if is("place") => "place",
                _ if is("details") => "details",
                _ if is("closing") => "closing",
                _ => "text",
            };
            context! { class => class, lines => text.lines().map(str::to_owned).collect::<Vec<_>>() }
        })
        .collect();
    // A code inside a sentence has no block of its own: the picture comes after the text then.
    let in_place = facts.code().is_some_and(|code| headed(body).1.any(|text| text == code));
    let page = TEMPLATES.get_template(TEMPLATE).and_then(|template| {
        template.render(context! {
            lang => facts.words.tag(),
            headline => headline.to_owned(),
            blocks => blocks,
            qr => qr_side.map(|_| QR_CONTENT_ID),
            qr_last => !in_place,
            qr_side => qr_side,
            qr_alt => facts.words.get("qr_alt"),
            delivery => Value::from_safe_string(delivery(notice, facts)),
        })
    });
    // The template is built in and tested. Should it fail all the same, the plain text is a page too.
    page.unwrap_or_else(|error| {
        tracing::error!(%error, "the HTML of a mail was not made; its text stands in");
        format!("<pre>{}</pre>", minijinja::HtmlEscape(body))
    })
}

/// What mail programs read to show a parcel. Source: https://schema.org/ParcelDelivery. Its `accessCode` stays away:
/// what reads this shows it in lists and on locked screens.
fn delivery(notice: &Notice, facts: &Facts) -> String {
    let locker = matches!(notice.place, Place::Compartment { .. });
    let mut delivery = json!({
        "@context": "https://schema.org",
        "@type": "ParcelDelivery",
        "deliveryAddress": {"@type": "PostalAddress", "name": facts.get("site"), "streetAddress": facts.get("place")},
        "itemShipped": {"@type": "Product", "name": facts.get("headline")},
        "hasDeliveryMethod": if locker { "https://schema.org/LockerDelivery" } else { "https://schema.org/OnSitePickup" },
        "deliveryStatus": {"@type": "DeliveryEvent", "name": facts.get("headline")},
    });
    let mut set = |pointer: &str, key: &str, value: serde_json::Value| {
        if let Some(object) = delivery.pointer_mut(pointer).and_then(serde_json::Value::as_object_mut) {
            object.insert(key.to_owned(), value);
        }
    };
    if !facts.get("carrier").is_empty() {
        set("", "provider", json!({"@type": "Organization", "name": facts.get("carrier")}));
    }
    if !facts.get("tracking").is_empty() {
        set("", "trackingNumber", json!(facts.get("tracking")));
    }
    if let Some(until) = facts.until {
        set("/deliveryStatus", "availableThrough", json!(until.to_rfc3339()));
    }
    // Inside a script element nothing is escaped; as JSON's own escapes these can't end it.
    delivery.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
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
