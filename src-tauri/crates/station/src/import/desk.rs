//! The one import that is under way in a running node: bytes come in, it is read, looked at, and done or left.

use super::apply::{Desk, apply, compare, finish};
use super::file::{Read, read, remember, remembered};
use super::job::Job;
use super::preview::preview;
use super::{Follow, ImportError, percent, server};
use crate::error::InvalidWhy;
use crate::session::Supervisor;
use crate::start::Station;
use crate::wire::{ImportOptions, ImportStage as Stage, ImportState, SourceName, Topic};
use crate::{Error, Result};
use directory::csv::{MAX_BYTES, Mapping};
use domain::event::Actor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

struct Current {
    state: ImportState,
    bytes: Arc<Vec<u8>>,
    job: Option<Arc<Job>>,
    mapping: Mapping,
    stop: Arc<AtomicBool>,
    by: Actor,
}

/// What is under way, if anything is.
#[derive(Default)]
pub struct Imports(Mutex<Option<Current>>);

impl Imports {
    fn lock(&self) -> MutexGuard<'_, Option<Current>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the windows how far a reading is; ends when it was cancelled or read anew.
#[derive(Clone)]
struct Telling {
    station: Station,
    stop: Arc<AtomicBool>,
}

impl Telling {
    /// Changes the state, unless this import isn't the one any more.
    fn put(&self, change: impl FnOnce(&mut Current)) -> bool {
        let mut current = self.station.inner.imports.lock();
        let mine = current.as_mut().filter(|c| Arc::ptr_eq(&c.stop, &self.stop) && !self.cancelled());
        let found = mine.map(change).is_some();
        drop(current);
        self.station.inner.changed(Topic::Import);
        found
    }

    fn fail(&self, error: &ImportError) {
        tracing::warn!(%error, "an import came to nothing");
        self.put(|c| {
            c.state.stage = Stage::Failed;
            c.state.failure = Some(error.failure());
        });
    }
}

impl Follow for Telling {
    fn reading(&self, percent: u8) {
        self.put(|c| c.state.percent = percent);
    }
    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Supervisor {
    /// Begins with a file; its bytes follow. Another that is not being applied gives way.
    pub fn import_begin(&self, name: &str) -> Result<ImportState> {
        self.import_anew(SourceName::Csv, Some(name.chars().take(200).collect()), Stage::Upload)
    }

    /// Takes the next bytes of the file.
    pub fn import_bytes(&self, id: &str, bytes: &[u8]) -> Result<()> {
        let mut current = self.station.inner.imports.lock();
        let current = found(&mut current, id)?;
        if current.state.stage != Stage::Upload {
            return Err(Error::Refused(domain::Refusal::WrongState));
        }
        let held = Arc::make_mut(&mut current.bytes);
        if held.len() + bytes.len() > MAX_BYTES {
            return Err(Error::invalid("file", InvalidWhy::TooLong));
        }
        held.extend_from_slice(bytes);
        Ok(())
    }

    /// Reads the file and compares it; can be asked again with other options.
    pub async fn import_read(&self, id: &str, options: ImportOptions) -> Result<ImportState> {
        let known = remembered(&self.station.inner.store).await.map_err(plain)?;
        let (telling, bytes, by, state) = {
            let mut current = self.station.inner.imports.lock();
            let current = found(&mut current, id)?;
            if current.state.source != SourceName::Csv || busy(current.state.stage) {
                return Err(Error::Refused(domain::Refusal::WrongState));
            }
            let telling = restart(&self.station, current);
            (telling, current.bytes.clone(), current.by, current.state.clone())
        };
        let secrets = self.station.inner.secrets();
        self.station.spawn(async move {
            let follow = telling.clone();
            let reading =
                tokio::task::spawn_blocking(move || read(&bytes, &options, known, &secrets, by, &follow));
            match reading.await {
                Ok(Ok(Read { job, sheet, mapping })) => {
                    telling.put(|c| {
                        c.state.sheet = Some(sheet);
                        c.mapping = mapping;
                    });
                    look(&telling, job).await;
                }
                Ok(Err(error)) => telling.fail(&error),
                Err(error) => telling.fail(&Error::Internal(error.to_string()).into()),
            }
        });
        Ok(state)
    }

    /// Reads the directory server and compares it, to be looked at.
    pub fn sync_read(&self, many_leavers: bool) -> Result<ImportState> {
        let plan = self.station.inner.secrets().ldap().cloned().ok_or(Error::NotFound("directory server"))?;
        let state = self.import_anew(SourceName::Ldap, None, Stage::Reading)?;
        let (telling, by) = {
            let mut current = self.station.inner.imports.lock();
            let current = found(&mut current, &state.id)?;
            (restart(&self.station, current), current.by)
        };
        self.station.spawn(async move {
            let secrets = telling.station.inner.secrets();
            match server::read(&plan, &secrets, by, many_leavers, &telling).await {
                Ok(job) => look(&telling, job).await,
                Err(error) => {
                    server::failed(&telling.station.inner.store, &telling.station, &error).await;
                    telling.fail(&error);
                }
            }
        });
        Ok(state)
    }

    pub fn import_state(&self) -> Option<ImportState> {
        self.station.inner.imports.lock().as_ref().map(|c| c.state.clone())
    }

    /// Does what was looked at. From here on it is finished, after a restart if need be.
    pub fn import_apply(&self, id: &str) -> Result<ImportState> {
        let (telling, job, mapping, state) = {
            let mut current = self.station.inner.imports.lock();
            let current = found(&mut current, id)?;
            let job = current.job.clone().filter(|_| current.state.stage == Stage::Ready);
            let job = job.ok_or(Error::Refused(domain::Refusal::WrongState))?;
            current.state.stage = Stage::Applying;
            current.state.percent = 0;
            let telling = Telling { station: self.station.clone(), stop: current.stop.clone() };
            (telling, job, current.mapping.clone(), current.state.clone())
        };
        self.station.inner.changed(Topic::Import);
        self.station.spawn(async move {
            match do_it(&telling, job, &mapping).await {
                Ok(()) => {
                    telling.put(|c| {
                        c.state.stage = Stage::Done;
                        c.state.percent = 100;
                        c.job = None;
                    });
                }
                Err(error) => telling.fail(&error),
            }
            telling.station.inner.changed(Topic::People);
        });
        Ok(state)
    }

    /// Leaves it, with nothing changed. What is being applied can't be left any more.
    pub fn import_cancel(&self, id: &str) -> Result<ImportState> {
        let mut current = self.station.inner.imports.lock();
        let current = found(&mut current, id)?;
        if current.state.stage == Stage::Applying {
            return Err(Error::Refused(domain::Refusal::WrongState));
        }
        current.stop.store(true, Ordering::Relaxed);
        current.state.stage = Stage::Cancelled;
        (current.job, current.bytes) = (None, Arc::default());
        self.station.inner.changed(Topic::Import);
        Ok(current.state.clone())
    }

    fn import_anew(&self, source: SourceName, name: Option<String>, stage: Stage) -> Result<ImportState> {
        let mut current = self.station.inner.imports.lock();
        if let Some(old) = current.as_ref() {
            if old.state.stage == Stage::Applying {
                return Err(Error::Refused(domain::Refusal::WrongState));
            }
            old.stop.store(true, Ordering::Relaxed);
        }
        let state = ImportState {
            id: Uuid::new_v4().to_string(),
            source,
            name,
            stage,
            percent: 0,
            sheet: None,
            preview: None,
            failure: None,
        };
        *current = Some(Current {
            state: state.clone(),
            bytes: Arc::default(),
            job: None,
            mapping: Mapping::default(),
            stop: Arc::default(),
            by: self.by,
        });
        Ok(state)
    }
}

fn found<'a>(current: &'a mut Option<Current>, id: &str) -> Result<&'a mut Current> {
    current.as_mut().filter(|c| c.state.id == id).ok_or(Error::NotFound("import"))
}

fn busy(stage: Stage) -> bool {
    matches!(stage, Stage::Applying | Stage::Done | Stage::Cancelled)
}

/// An earlier reading of the same ends unheard.
fn restart(station: &Station, current: &mut Current) -> Telling {
    current.stop.store(true, Ordering::Relaxed);
    current.stop = Arc::default();
    current.job = None;
    let state = &mut current.state;
    (state.stage, state.percent) = (Stage::Reading, 0);
    (state.sheet, state.preview, state.failure) = (None, None, None);
    Telling { station: station.clone(), stop: current.stop.clone() }
}

fn plain(error: ImportError) -> Error {
    match error {
        ImportError::Station(error) => error,
        other => Error::Internal(other.to_string()),
    }
}

/// Compares, and shows what came of it.
async fn look(telling: &Telling, job: Job) {
    telling.put(|c| c.state.stage = Stage::Comparing);
    let job = Arc::new(job);
    let desk = Desk::Running(telling.station.clone());
    let compared = compare(&desk, job.clone()).await;
    match compared.and_then(|(everybody, plan)| preview(&job, &everybody, &plan)) {
        Ok(preview) => {
            telling.put(|c| {
                c.state.stage = Stage::Ready;
                c.state.preview = Some(preview);
                c.job = Some(job);
            });
        }
        Err(error) => telling.fail(&error.into()),
    }
}

async fn do_it(telling: &Telling, job: Arc<Job>, mapping: &Mapping) -> std::result::Result<(), ImportError> {
    let station = &telling.station;
    let _turn = station.inner.import_turn.lock().await;
    let desk = Desk::Running(station.clone());
    finish(&desk, |_, _| ()).await?;
    let (everybody, plan) = compare(&desk, job.clone()).await?;
    apply(&desk, job.clone(), everybody.head, &plan, |done, of| telling.reading(percent(done, of))).await?;
    if job.source == domain::directory::Source::Csv {
        remember(&station.inner.store, mapping).await?;
    } else {
        server::succeeded(&station.inner.store, station, &plan).await?;
    }
    Ok(())
}
