//! The directory server that people come from: read on a schedule and on request, and how that went.

use super::apply::{Desk, apply, compare, finish};
use super::declared::LdapPlan;
use super::job::Job;
use super::plan::Plan;
use super::preview::{counts, preview, stay};
use super::{Follow, ImportError, Outcome, Unseen};
use crate::clock::rfc3339;
use crate::start::Station;
use crate::wire::{DirectoryHealth, ImportCounts, ImportFailure, ImportStay, Topic};
use crate::{Error, Secrets};
use directory::ldap::Reader;
use domain::directory::Source;
use domain::event::Actor;
use domain::time::{HOUR, Wall};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{NodeLock, Store};

/// How it went.
const STATE: &str = "directory.ldap";
const LOOK: Duration = Duration::from_secs(60);
/// After one that failed.
const AGAIN: i64 = HOUR;

/// How the last readings went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    /// When the last one was whole.
    at: Option<Wall>,
    counts: Option<ImportCounts>,
    stay: Option<ImportStay>,
    tried: Option<Wall>,
    failing_since: Option<Wall>,
    failure: Option<ImportFailure>,
}

async fn state(store: &Store) -> State {
    let kept = store.setting(STATE).await.ok().flatten();
    kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

async fn keep(store: &Store, state: &State) -> Result<(), ImportError> {
    let text = serde_json::to_string(state).map_err(store::StoreError::from)?;
    Ok(store.put_setting(STATE, &text).await?)
}

/// Reads everyone. An error is never everyone.
pub(super) async fn read(
    plan: &LdapPlan,
    secrets: &Secrets,
    by: Actor,
    sweeping: bool,
    follow: &impl Follow,
) -> Result<Job, ImportError> {
    let settings = plan.settings()?;
    let mut job = Job::new(Source::Ldap, by, true, sweeping);
    let mut reader = Reader::open(settings).await?;
    while let Some(entry) = reader.next().await? {
        if follow.cancelled() {
            return Err(ImportError::Cancelled);
        }
        job.take(secrets, entry);
    }
    if job.lines.is_empty() {
        return Err(ImportError::Nobody);
    }
    Ok(job)
}

pub(super) async fn succeeded(store: &Store, station: &Station, plan: &Plan) -> Result<(), ImportError> {
    let now = Some(station.now());
    let kept = State {
        at: now,
        tried: now,
        counts: Some(counts(plan)),
        stay: plan.stay.map(stay),
        ..State::default()
    };
    keep(store, &kept).await?;
    station.inner.changed(Topic::Health);
    Ok(())
}

pub(super) async fn failed(store: &Store, station: &Station, error: &ImportError) {
    let now = station.now();
    let mut kept = state(store).await;
    kept.tried = Some(now);
    kept.failing_since.get_or_insert(now);
    kept.failure = Some(error.failure());
    if let Err(error) = keep(store, &kept).await {
        tracing::warn!(%error, "how the directory server was read can't be kept");
    }
    station.inner.changed(Topic::Health);
}

/// Finishes what a stop left, then reads the server whenever it is due.
pub(crate) async fn run(station: Station) {
    if let Err(error) = finish_left_over(&station).await {
        tracing::error!(%error, "an import that was decided can't be finished");
    }
    loop {
        if let Some(plan) = station.inner.secrets().ldap().cloned()
            && is_due(&state(&station.inner.store).await, plan.every_hours, station.now())
        {
            let read = sync(&station, &plan).await;
            if let Err(error) = read {
                tracing::warn!(%error, "the directory server could not be read");
                failed(&station.inner.store, &station, &error).await;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn finish_left_over(station: &Station) -> Result<(), ImportError> {
    let _turn = station.inner.import_turn.lock().await;
    if finish(&Desk::Running(station.clone()), |_, _| ()).await?.is_some() {
        station.inner.changed(Topic::People);
    }
    Ok(())
}

fn is_due(state: &State, every_hours: u32, now: Wall) -> bool {
    let after = |at: Option<Wall>, pause: i64| at.is_none_or(|at| now.0 - at.0 >= pause || now < at);
    match state.failure {
        Some(_) => after(state.tried, AGAIN.min(i64::from(every_hours) * HOUR)),
        None => after(state.tried, i64::from(every_hours) * HOUR),
    }
}

async fn sync(station: &Station, plan: &LdapPlan) -> Result<(), ImportError> {
    let job = read(plan, &station.inner.secrets(), Actor::System, false, &Unseen).await?;
    let _turn = station.inner.import_turn.lock().await;
    let (desk, job) = (Desk::Running(station.clone()), Arc::new(job));
    let (everybody, done) = compare(&desk, job.clone()).await?;
    apply(&desk, job, everybody.head, &done, |_, _| ()).await?;
    succeeded(&station.inner.store, station, &done).await?;
    station.inner.changed(Topic::People);
    Ok(())
}

/// The command line's reading of the server, into a folder of which no node runs.
pub async fn sync_server(
    folder: &Path,
    many_leavers: bool,
    dry: bool,
    progress: impl Fn(usize, usize),
) -> Result<Outcome, ImportError> {
    let _lock = NodeLock::take(folder)?;
    let desk = Desk::alone(folder).await?;
    let done = sync_alone(&desk, many_leavers, dry, progress).await;
    desk.store().close().await;
    done
}

async fn sync_alone(
    desk: &Desk,
    many_leavers: bool,
    dry: bool,
    progress: impl Fn(usize, usize),
) -> Result<Outcome, ImportError> {
    let (store, secrets) = (desk.store(), desk.secrets());
    let plan = secrets.ldap().cloned().ok_or(ImportError::NoServer)?;
    if !dry {
        finish(desk, |_, _| ()).await?;
    }
    let job = Arc::new(read(&plan, &secrets, Actor::System, many_leavers, &Unseen).await?);
    let (everybody, compared) = compare(desk, job.clone()).await?;
    let preview = preview(&job, &everybody, &compared)?;
    if !dry {
        apply(desk, job, everybody.head, &compared, progress).await?;
        let now = Some(desk.stamp().wall);
        let stay = compared.stay.map(stay);
        let kept = State { at: now, tried: now, counts: Some(counts(&compared)), stay, ..State::default() };
        keep(store, &kept).await?;
    }
    Ok(Outcome { sheet: None, preview, faults: compared.faults })
}

impl Station {
    pub(crate) async fn directory_health(&self) -> Result<Option<DirectoryHealth>, Error> {
        let Some(plan) = self.inner.secrets().ldap().cloned() else { return Ok(None) };
        let state = state(&self.inner.store).await;
        Ok(Some(DirectoryHealth {
            server: plan.url,
            every_hours: plan.every_hours,
            at: state.at.map(rfc3339),
            counts: state.counts,
            failing_since: state.failing_since.map(rfc3339),
            failure: state.failure,
            stay: state.stay,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_when_it_is_due_and_an_hour_after_a_failure() {
        let fine = State { tried: Some(Wall(0)), ..State::default() };
        assert!(is_due(&State::default(), 24, Wall(0)));
        assert!(!is_due(&fine, 24, Wall(23 * HOUR)) && is_due(&fine, 24, Wall(24 * HOUR)));
        assert!(is_due(&fine, 24, Wall(-1)), "a clock that was set back");
        let failure = Some(ImportError::Nobody.failure());
        let failing = State { failure, ..fine };
        assert!(!is_due(&failing, 24, Wall(HOUR - 1)) && is_due(&failing, 24, Wall(HOUR)));
    }
}
