//! The deadline as a calendar entry, for who wants to be reminded by their own calendar (RFC 5545).
//!
//! It must never hold an access code: calendars are shared.

use chrono::{DateTime, Duration, Utc};
use icalendar::{Alarm, Calendar, Component, Event, EventLike, Property};
use sha2::{Digest, Sha256};

use crate::facts::Facts;
use crate::notice::Notice;

/// How long before the deadline the entry begins, and its reminder comes.
const ENTRY: Duration = Duration::minutes(30);
const WARNING: Duration = Duration::hours(2);

/// Nothing without a deadline, or for who doesn't collect.
pub fn deadline(notice: &Notice, facts: &Facts, at: DateTime<Utc>) -> Option<String> {
    let until = facts.until.filter(|_| notice.kind.is_for_who_collects())?.to_utc();
    let summary = facts.words.say("calendar_summary", &[("place", facts.get("where"))]);
    // Of later notices the higher one counts: a new deadline moves the entry instead of adding one.
    let sequence = u32::try_from(at.timestamp() / 60).unwrap_or_default();
    let identity = identity(notice, facts);
    let alarm = Alarm::display(&summary, -WARNING).uid(&format!("alarm-{identity}")).timestamp(at).done();
    let entry = Event::new()
        .uid(&identity)
        .timestamp(at)
        .sequence(sequence)
        .summary(&summary)
        .location(facts.get("place"))
        .starts(until - ENTRY)
        .ends(until)
        .append_property(Property::new("TRANSP", "TRANSPARENT"))
        .alarm(alarm)
        .done();
    let mut calendar = Calendar::empty();
    for (name, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Cubby//Notices//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
    ] {
        calendar.append_property(Property::new(name, value));
    }
    calendar.push(entry);
    Some(calendar.to_string())
}

/// The same for all notices of one package. Without a tracking number the place has to do.
fn identity(notice: &Notice, facts: &Facts) -> String {
    let package = match facts.get("tracking") {
        "" => facts.get("place"),
        tracking => tracking,
    };
    let hash = Sha256::digest(format!("{}\n{package}\n{}", notice.site, notice.recipient_name));
    format!("{}@cubby", hex::encode(hash.first_chunk::<16>().map_or(&[][..], |half| half)))
}
