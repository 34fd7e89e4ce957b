//! Everything that is kept of one person, for that person: as JSON for machines and as a page to read.
//!
//! Never holds a badge's number, a code, a hash or a key, and of other people no more than the names by which this
//! person knows them.

use crate::clock::rfc3339;
use crate::privacy::EXPORTS;
use crate::secrets::private;
use crate::session::{Admin, Confirmed};
use crate::wire::ExportFiles;
use crate::{Error, Result};
use domain::PersonId;
use domain::event::{Actor, Event};
use domain::time::Wall;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use store::Store;

/// Entries of the log read at one go.
const PAGE: i64 = 1_000;

/// The command line's: writes what is kept of who has this id or mail address beside a file.
pub async fn export_person(store: &Store, who: &str, file: &Path) -> Result<ExportFiles> {
    let person = crate::privacy::find(store, who).await?;
    let stamp = crate::stamp(store).await?;
    let files = written(store, person, stamp.wall, file).await?;
    let mut tx = store.begin(stamp).await?;
    tx.append(&Event::PersonExported { person, by: Actor::System }).await?;
    tx.commit().await?;
    Ok(files)
}

/// Writes `.json` and `.html`.
async fn written(store: &Store, person: PersonId, now: Wall, file: &Path) -> Result<ExportFiles> {
    let export = export(store, person, now).await?;
    let (data, page) = (file.with_extension("json"), file.with_extension("html"));
    let text = serde_json::to_string_pretty(&export).map_err(store::StoreError::from)?;
    let (data_to, page_to, html) = (data.clone(), page.clone(), readable(&export));
    let written = tokio::task::spawn_blocking(move || {
        put(&data_to, text.as_bytes())?;
        put(&page_to, html.as_bytes())
    });
    let written = written.await.map_err(|e| Error::Internal(e.to_string()))?;
    written.map_err(|e| Error::from(store::StoreError::from(e)))?;
    Ok(ExportFiles { data: data.display().to_string(), page: page.display().to_string() })
}

impl Admin {
    /// Writes what is kept of a person into the data folder, where only this machine's owner can read it and from where
    /// it goes by itself.
    pub async fn export_person(&self, _: &Confirmed, person: PersonId) -> Result<ExportFiles> {
        let folder = self.station.inner.folder.join(EXPORTS);
        std::fs::create_dir_all(&folder).map_err(|e| Error::from(store::StoreError::from(e)))?;
        let (store, now) = (&self.station.inner.store, self.station.now());
        let files = written(store, person, now, &folder.join(file_name(person, now))).await?;
        self.station.log(&Event::PersonExported { person, by: self.by }).await?;
        Ok(files)
    }
}

fn file_name(person: PersonId, now: Wall) -> PathBuf {
    let day: String = rfc3339(now).chars().take(10).collect();
    PathBuf::from(format!("person-{person}-{day}.json"))
}

fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

async fn export(store: &Store, id: PersonId, now: Wall) -> Result<Value> {
    let person = store.person(id).await?.ok_or(Error::NotFound("person"))?;
    let detail = &person.detail;
    let mut sources = Vec::new();
    for word in store.sources_of(id).await? {
        let badges = word.record.badges.as_ref().map_or(0, Vec::len);
        let record = domain::directory::Record { badges: None, ..word.record };
        let raw = word.raw.as_deref().map(|raw| match serde_json::from_str(raw) {
            Ok(value) => without_secrets(value),
            Err(_) => Value::Null,
        });
        sources.push(json!({
            "source": word.source, "external_id": word.external_id, "says": record, "badges": badges,
            "as_sent": raw, "changed": rfc3339(word.changed),
        }));
    }
    let badges: Vec<_> = store.badges_of(id).await?;
    let badges: Vec<_> =
        badges.iter().map(|b| json!({ "since": rfc3339(b.changed), "blocked": b.blocked })).collect();
    let account = store.account(id).await?;
    let mut packages = Vec::new();
    let mut openings = Vec::new();
    let doors: BTreeMap<_, _> = store.compartments().await?.into_iter().map(|c| (c.id, c.label)).collect();
    for row in store.packages_of(id, i64::MAX).await? {
        for opening in store.openings_of(row.id).await? {
            let door = doors.get(&opening.compartment);
            openings.push(json!({
                    "package": row.id, "at": rfc3339(opening.decided), "door": door, "purpose": opening.purpose.as_str(),
                    "outcome": opening.state, "by_you": opening.by == Actor::Person(id),
                }));
        }
        packages.push(json!({
                "id": row.id, "tracking_number": row.tracking_number, "carrier": row.carrier, "size": row.size.as_str(),
                "handling": row.handling.iter().map(|h| h.as_str()).collect::<Vec<_>>(), "state": row.state.name(),
                "place": row.place.map(|(bank, label)| format!("{bank} {label}")), "received": rfc3339(row.received),
                "changed": rfc3339(row.changed), "deadline": row.deadline.map(rfc3339), "note": row.note,
            }));
    }
    let notices = store.notices_to(id).await?;
    let notices: Vec<_> = notices
            .iter()
            .map(|n| {
                json!({ "package": n.package, "channel": n.channel.as_str(), "state": n.state, "at": rfc3339(n.changed) })
            })
            .collect();
    let (access, record) = said_of(store, id).await?;
    Ok(json!({
        "made": rfc3339(now),
        "site": store.site_name().await?,
        "person": {
            "id": id, "role": person.role, "active": person.active, "name": detail.name, "formal_name": detail.formal_name,
            "aliases": detail.aliases, "email": detail.email, "phone": detail.phone, "department": detail.department,
            "location": detail.location, "manager": detail.manager,
            "groups": detail.teams.as_deref().map(|t| t.lines().collect::<Vec<_>>()),
            "language": detail.language, "channel": detail.channel, "needs_low_door": detail.needs_low_door,
        },
        "directory_groups": store.teams_of(id).await?.into_iter().map(|(_, name)| name).collect::<Vec<_>>(),
        "sources": sources,
        "badges": badges,
        "account": {
            "password": account.password_hash.is_some(), "pin": account.pin_hash.is_some(),
            "second_factor": account.totp_sealed.is_some(), "single_sign_on": account.subject.is_some(),
        },
        "delegations": delegations_for(store, id).await?,
        "holds": store.holds_of(id).await?.iter()
            .map(|h| json!({ "from": rfc3339(h.from), "until": rfc3339(h.until) })).collect::<Vec<_>>(),
        "packages": packages,
        "openings": openings,
        "notices": notices,
        "access": access,
        "record": record,
    }))
}

async fn delegations_for(store: &Store, id: PersonId) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for (row, other, says) in store
        .delegations_by(id)
        .await?
        .into_iter()
        .map(|d| (d, d.delegate, "may_fetch_for_you"))
        .chain(store.delegations_to(id).await?.into_iter().map(|d| (d, d.principal, "you_may_fetch_for")))
    {
        let name = store.person(other).await?.map(|p| p.detail.name);
        all.push(json!({ "kind": says, "name": name, "package": row.package, "from": rfc3339(row.from), "until": rfc3339(row.until) }));
    }
    Ok(all)
}

/// What the custody log says of a person: when they came and signed in, and every entry that has their id.
async fn said_of(store: &Store, id: PersonId) -> Result<(Vec<Value>, Vec<Value>)> {
    let (mut access, mut record) = (Vec::new(), Vec::new());
    let (text, mut last) = (id.to_string(), 0);
    loop {
        let page = store.events(last, PAGE).await?;
        let Some(newest) = page.last() else { return Ok((access, record)) };
        last = newest.seq;
        for event in page.iter().filter(|e| e.body.contains(&text)) {
            let at = rfc3339(event.wall);
            if matches!(event.kind.as_str(), "visit.began" | "staff.signed_in") {
                let body: Value = serde_json::from_str(&event.body).map_err(store::StoreError::from)?;
                access.push(json!({ "at": at, "what": event.kind, "way": body["way"] }));
            }
            record.push(json!({ "number": event.seq, "at": at, "what": event.kind }));
        }
    }
}

/// What a source sent, without what lets somebody in.
fn without_secrets(value: Value) -> Value {
    let secret = |key: &str| {
        let key = key.to_ascii_lowercase();
        ["password", "badge", "pin", "secret", "card"].iter().any(|word| key.contains(word))
    };
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(key, _)| !secret(key));
            Value::Object(kept.map(|(key, value)| (key, without_secrets(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_secrets).collect()),
        other => other,
    }
}

/// The same as a page that needs nothing else: no script, no style sheet, nothing from elsewhere.
fn readable(export: &Value) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>What is kept of you</title>\n<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}</style>\n<h1>What is kept of you</h1>\n",
    );
    for (title, value) in export.as_object().into_iter().flatten() {
        // A string takes all that is written to it.
        let _ = match value {
            Value::Object(_) | Value::Array(_) => {
                writeln!(page, "<h2>{}</h2>\n{}", words(title), shown(value))
            }
            _ => writeln!(page, "<p>{}: {}</p>", words(title), shown(value)),
        };
    }
    page
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => escaped(text),
        Value::Array(items) if items.is_empty() => "<p>nothing</p>".into(),
        Value::Array(items) => match items.first() {
            Some(Value::Object(first)) => {
                let head: String = first.keys().map(|k| format!("<th>{}</th>", words(k))).collect();
                let rows: String = items
                    .iter()
                    .map(|item| {
                        let cells: String = first
                            .keys()
                            .map(|k| format!("<td>{}</td>", shown(item.get(k).unwrap_or(&Value::Null))))
                            .collect();
                        format!("<tr>{cells}</tr>\n")
                    })
                    .collect();
                format!("<table><tr>{head}</tr>\n{rows}</table>")
            }
            _ => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        },
        Value::Object(fields) => {
            let rows: String = fields
                .iter()
                .map(|(key, value)| format!("<tr><th>{}</th><td>{}</td></tr>\n", words(key), shown(value)))
                .collect();
            format!("<table>{rows}</table>")
        }
    }
}

fn words(key: &str) -> String {
    escaped(&key.replace('_', " "))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_somebody_in_is_not_in_what_a_source_sent() {
        let sent =
            json!({ "userName": "zoe", "password": "x", "x": [{ "badgeNumber": "7", "a": 1 }], "CardNo": 2 });
        assert_eq!(without_secrets(sent), json!({ "userName": "zoe", "x": [{ "a": 1 }] }));
    }

    #[test]
    fn a_name_is_not_markup() {
        let page = readable(&json!({ "person": { "name": "<script>alert(1)</script>\"" } }));
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
    }
}
