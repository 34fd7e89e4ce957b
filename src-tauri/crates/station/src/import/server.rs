//! The directory server that people come from: read on a schedule and on request, and how that went.

use super::apply::{Desk, apply, compare, finish};
use super::job::Job;
use super::plan::Plan;
use super::preview::{counts, preview, stay};
use super::{Follow, ImportError, Outcome, Unseen};
use crate::clock::rfc3339;
use crate::start::Station;
use crate::wire::{DirectoryHealth, ImportCounts, ImportFailure, ImportStay, Topic};
use crate::{Error, Secrets};
use directory::Target;
use directory::ldap::{Bind, LdapError, Reader, Settings};
use domain::directory::Source;
use domain::event::Actor;
use domain::time::{HOUR, Wall};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{NodeLock, Store};

/// How it went.
const STATE: &str = "directory.ldap";
const LOOK: Duration = Duration::from_secs(60);
/// After one that failed.
const AGAIN: i64 = HOUR;

/// Where the server is and what is read of it, as the site file declares it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LdapPlan {
    pub url: String,
    #[serde(default)]
    pub unencrypted: bool,
    pub bind_dn: Option<String>,
    pub password: Option<String>,
    /// Read each time, so that a password can be changed there.
    pub password_file: Option<PathBuf>,
    pub base: String,
    pub filter: Option<String>,
    pub groups: Option<String>,
    #[serde(default)]
    pub attributes: BTreeMap<Target, Vec<String>>,
    pub ca_file: Option<PathBuf>,
    pub every_hours: u32,
}

impl std::fmt::Debug for LdapPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LdapPlan").field("url", &self.url).field("base", &self.base).finish_non_exhaustive()
    }
}

impl LdapPlan {
    /// What differs from what was declared, as lines to read.
    pub fn changes(&self, secrets: &Secrets) -> Vec<String> {
        if secrets.ldap() == Some(self) {
            return Vec::new();
        }
        let mut lines =
            vec![format!("directory: read {} from {} every {} h", self.base, self.url, self.every_hours)];
        if self.unencrypted {
            lines.push("directory: WARNING: the password and everything read can be seen on the way".into());
        }
        lines
    }

    /// With the password as it is now.
    pub fn settings(&self) -> Result<Settings, LdapError> {
        let wrong = |key, why| LdapError::Setting { key, why };
        let password = match (&self.password_file, &self.password) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path).map_err(|e| {
                    wrong("password_file", format!("({}) can't be read: {e}", path.display()))
                })?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (None, password) => password.clone(),
        };
        let bind = match (&self.bind_dn, password) {
            (None, None) => None,
            (dn, password) => {
                Some(Bind { dn: dn.clone().unwrap_or_default(), password: password.unwrap_or_default() })
            }
        };
        Ok(Settings {
            unencrypted: self.unencrypted,
            bind,
            filter: self.filter.clone(),
            groups: self.groups.clone(),
            attributes: self.attributes.clone(),
            ca_file: self.ca_file.clone(),
            ..Settings::new(&self.url, &self.base)
        })
    }
}

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
    let done = apply(&Desk::Running(station.clone()), Arc::new(job), |_, _| ()).await?;
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
    let store = Store::open(folder).await?;
    let done = sync_alone(&store, folder, many_leavers, dry, progress).await;
    store.close().await;
    done
}

async fn sync_alone(
    store: &Store,
    folder: &Path,
    many_leavers: bool,
    dry: bool,
    progress: impl Fn(usize, usize),
) -> Result<Outcome, ImportError> {
    let secrets = Secrets::open(folder)?;
    let stamp = crate::stamp(store).await?;
    let plan = secrets.ldap().cloned().ok_or(ImportError::NoServer)?;
    let desk = Desk::Alone {
        store: store.clone(),
        secrets: Box::new(secrets.clone()),
        folder: folder.into(),
        stamp,
    };
    if !dry {
        finish(&desk, |_, _| ()).await?;
    }
    let job = Arc::new(read(&plan, &secrets, Actor::System, many_leavers, &Unseen).await?);
    let (everybody, compared) = compare(&desk, job.clone()).await?;
    let preview = preview(&job, &everybody, &compared)?;
    if !dry {
        apply(&desk, job, progress).await?;
        let now = Some(stamp.wall);
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
