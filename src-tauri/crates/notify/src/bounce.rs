//! Reports of mails that could not be delivered after all (RFC 3464), read from the raw mail.
//!
//! It must never take a report for more than a claim: anybody can write one, so only a report that names the
//! Message-ID of a mail that was sent counts, and that is for the caller to look up. It must never fail on what it is
//! given, and never read without a bound.

use std::fmt;

use mail_parser::{HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::answer::{Reason, Why};
use crate::smtp::{self, Stage, Status};

/// Bytes of a report that is looked at; those with the whole mail in them are far smaller.
pub const LONGEST_REPORT: usize = 1 << 20;
const MOST_RECIPIENTS: usize = 50;
const LONGEST_FIELD: usize = 1000;

/// What one report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Of the mail that it is about, without angle brackets. A report without one can't be matched.
    pub message_id: Option<String>,
    pub failures: Vec<Failure>,
}

/// One recipient who did not get it, or not yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    /// As the report writes the address.
    pub recipient: String,
    /// An enhanced status code (RFC 3463), "5.1.1".
    pub status: Option<String>,
    /// The server has given up. Otherwise it is still trying.
    pub permanent: bool,
    pub why: Why,
}

/// Without the address.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failure = &mut f.debug_struct("Failure");
        failure.field("status", &self.status).field("permanent", &self.permanent).field("why", &self.why);
        failure.finish_non_exhaustive()
    }
}

/// The report in a raw mail; nothing if it isn't one, or says only that all is well.
pub fn read_report(raw: &[u8]) -> Option<Report> {
    if raw.len() > LONGEST_REPORT {
        return None;
    }
    let mail = MessageParser::default().parse(raw)?;
    let status = mail.parts.iter().find(|part| is(part, &["delivery-status", "global-delivery-status"]))?;
    let text = String::from_utf8_lossy(status.contents());
    let failures: Vec<Failure> =
        groups(&text).iter().skip(1).take(MOST_RECIPIENTS).filter_map(failure).collect();
    (!failures.is_empty()).then(|| Report { message_id: original(&mail), failures })
}

fn is(part: &MessagePart<'_>, names: &[&str]) -> bool {
    part.content_type().is_some_and(|kind| {
        let named = |name: &&str| kind.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case(name));
        let outer = kind.ctype();
        (outer.eq_ignore_ascii_case("message") || outer.eq_ignore_ascii_case("text"))
            && names.iter().any(named)
    })
}

type Fields = Vec<(String, String)>;

/// Blocks of "Name: value", folded lines joined, names in small letters. The first block is about the report itself.
fn groups(text: &str) -> Vec<Fields> {
    let mut groups: Vec<Fields> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            open = false;
            continue;
        }
        if !open {
            groups.push(Vec::new());
            open = true;
        }
        let Some(fields) = groups.last_mut() else { continue };
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut()
                && value.len() < LONGEST_FIELD
            {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_lowercase(), value.trim().chars().take(LONGEST_FIELD).collect()));
        }
    }
    groups
}

fn failure(fields: &Fields) -> Option<Failure> {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    // "rfc822; ana@example.com"
    let typed = |value: &str| value.split_once(';').map_or(value, |(_, value)| value).trim().to_owned();
    let action = field("action")?.split_whitespace().next()?.to_lowercase();
    let permanent = match action.as_str() {
        "failed" => true,
        "delayed" => false,
        _ => return None,
    };
    // What the sender wrote is what the sender knows; the final address may be an alias's.
    let recipient = field("original-recipient").or_else(|| field("final-recipient")).map(typed)?;
    let recipient = recipient.trim_matches(['<', '>']).to_owned();
    let said = field("diagnostic-code").map(typed).unwrap_or_default();
    let stated = field("status").and_then(|status| smtp::status(status.split_whitespace().next()?));
    // "5.0.0" says nothing: the server's own words may.
    let status = stated.filter(|status| status.1 != 0).or_else(|| smtp::status_in(&said)).or(stated);
    let code = said
        .split(|c: char| !c.is_ascii_digit())
        .find_map(|word| (word.len() == 3).then(|| word.parse().ok())?);
    let code: Option<u16> = code.filter(|code| (400..600).contains(code));
    Some(Failure { recipient, status: status.map(written), permanent, why: why(permanent, status, code) })
}

fn written((class, subject, detail): Status) -> String {
    format!("{class}.{subject}.{detail}")
}

fn why(permanent: bool, status: Option<Status>, code: Option<u16>) -> Why {
    let said = match (code, status) {
        (Some(code), Some(status)) => format!("{code} {}", written(status)),
        (Some(code), None) => code.to_string(),
        (None, Some(status)) => written(status),
        (None, None) => String::new(),
    };
    let known = smtp::by_status(Stage::Recipient, permanent, status);
    let by_code =
        || code.and_then(|code| smtp::meaning(Stage::Recipient, code, "").why().map(|why| why.reason));
    let reason = known.or_else(by_code).unwrap_or(if permanent { Reason::Refused } else { Reason::NotNow });
    Why::new(reason, said)
}

/// The Message-ID of the mail that came back: from what is left of it in the report, else from what the report answers.
fn original(mail: &Message<'_>) -> Option<String> {
    let returned = mail.parts.iter().find_map(|part| match &part.body {
        PartType::Message(inner) if is(part, &["rfc822", "global"]) => inner.message_id().map(str::to_owned),
        _ if is(part, &["rfc822-headers", "global-headers"]) => {
            MessageParser::default().parse_headers(part.contents())?.message_id().map(str::to_owned)
        }
        _ => None,
    });
    let answered = || match mail.in_reply_to() {
        HeaderValue::Text(id) => Some(id.to_string()),
        HeaderValue::TextList(ids) => ids.first().map(ToString::to_string),
        _ => None,
    };
    let id = returned.or_else(answered)?;
    let id = id.trim().trim_matches(['<', '>']);
    let sound = !id.is_empty() && id.len() <= 998 && id.chars().all(|c| c.is_ascii_graphic());
    sound.then(|| id.to_owned())
}
