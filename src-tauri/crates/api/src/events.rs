//! The custody log, as pages and as an endless stream.
//!
//! Must never change a byte of an event's body: with it an integrator can verify the chain.

use crate::access::Reader;
use crate::body::{Params, limit};
use crate::problem::{Details, Problem, Why};
use crate::{App, ended};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat};
use futures_util::StreamExt;
use futures_util::stream::{Stream, unfold};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use station::{Access, Error, Station};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Events of the longest page.
const PAGE: i64 = 1_000;
/// Another process may append, too: so often the stream looks without being woken.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The number of the last event already known.
    after: Option<i64>,
    #[param(minimum = 1, maximum = 1_000, default = 1_000)]
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Logged {
    seq: i64,
    id: Uuid,
    kind: String,
    /// What happened, in ids and never in names. Byte for byte as it was hashed; null when its time was over and it
    /// was erased: then a later `record.erased` has its number, and `hash` can be followed and not computed.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
    at: String,
    /// The run of the program that `mono_ms` counts in.
    boot_id: Uuid,
    mono_ms: i64,
    prev_hash: String,
    hash: String,
}

#[derive(Serialize, ToSchema)]
pub struct Events {
    events: Vec<Logged>,
    /// Where the next page begins; null on the last.
    next: Option<i64>,
}

/// The custody log, oldest first; with `Accept: text/event-stream` an endless stream that resumes by `Last-Event-ID`.
#[utoipa::path(get, path = "/v1/events", operation_id = "readEvents", tag = "events",
    params(From, ("Last-Event-ID" = Option<i64>, Header, description = "Of a stream: goes before `after`")),
    security(("token" = ["read", "staff", "admin"])),
    responses(
        (status = 200, description = "A page, or the stream of `Logged`", content((Events = "application/json"), (String = "text/event-stream"))),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn read(
    Reader(access): Reader,
    State(app): State<App>,
    headers: HeaderMap,
    Params(from): Params<From>,
) -> Result<Response, Problem> {
    let most = limit(from.limit, PAGE, PAGE)?;
    let after = from.after.unwrap_or(0);
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/event-stream") {
        let after = match headers.get("last-event-id").map(|value| value.to_str().map(str::parse)) {
            None => after,
            Some(Ok(Ok(last))) => last,
            Some(_) => return Err(Problem::invalid("Last-Event-ID", Why::Malformed)),
        };
        let events = stream(app.station, access, after).take_until(ended(app.closing));
        return Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response());
    }
    let mut events = page(&app.station, after, most + 1).await?;
    let more = events.len() > usize::try_from(most).unwrap_or(usize::MAX);
    if more {
        events.pop();
    }
    let next = if more { events.last().map(|event| event.seq) } else { None };
    Ok(Json(Events { events, next }).into_response())
}

/// Every event after `after`, those to come too. Ends at a fault: the listener comes again with the last it has; and
/// when its token is revoked.
fn stream(station: Station, access: Access, after: i64) -> impl Stream<Item = Result<Event, axum::Error>> {
    let tail = Tail { head: station.head(), station, access, after, read: VecDeque::new() };
    unfold(tail, |mut tail| async move {
        let logged = tail.next().await.ok()?;
        Some((Event::default().id(logged.seq.to_string()).json_data(logged), tail))
    })
}

struct Tail {
    station: Station,
    access: Access,
    head: watch::Receiver<i64>,
    after: i64,
    read: VecDeque<Logged>,
}

impl Tail {
    async fn next(&mut self) -> Result<Logged, Problem> {
        loop {
            if let Some(logged) = self.read.pop_front() {
                self.after = logged.seq;
                return Ok(logged);
            }
            // What is appended from here on wakes.
            self.head.mark_unchanged();
            if !self.station.holds(self.access).await? {
                return Err(Error::NotSignedIn.into());
            }
            self.read = page(&self.station, self.after, PAGE).await?.into();
            if self.read.is_empty() {
                // Woken or not, it looks again.
                let _ = tokio::time::timeout(LOOK, self.head.changed()).await;
            }
        }
    }
}

async fn page(station: &Station, after: i64, limit: i64) -> Result<Vec<Logged>, Problem> {
    let rows = station.store().events(after, limit).await.map_err(Error::from)?;
    rows.into_iter()
        .map(|row| {
            let at = DateTime::from_timestamp_millis(row.wall.0).unwrap_or_default();
            let erased = row.erased();
            let body = if erased { Ok(RawValue::NULL.to_owned()) } else { RawValue::from_string(row.body) };
            let body = body.map_err(|error| Problem::incident(&error))?;
            Ok(Logged {
                seq: row.seq,
                id: row.id,
                kind: row.kind,
                body,
                at: at.to_rfc3339_opts(SecondsFormat::Millis, true),
                boot_id: row.boot,
                mono_ms: row.mono,
                prev_hash: hex::encode(&row.prev_hash),
                hash: hex::encode(&row.hash),
            })
        })
        .collect()
}
