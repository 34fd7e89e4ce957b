//! The file of a spreadsheet, as an import: its columns as told, as remembered, or as they sound.

use super::apply::{Desk, apply, compare, finish};
use super::job::Job;
use super::preview::preview;
use super::{Follow, ImportError, Outcome, Unseen, percent};
use crate::error::InvalidWhy;
use crate::wire::{ImportColumn, ImportOptions, ImportSheet};
use crate::{Error, Secrets};
use directory::Target;
use directory::csv::{Mapping, Reading, Sheet};
use domain::directory::Source;
use domain::event::Actor;
use std::path::Path;
use std::sync::Arc;
use store::{NodeLock, Store};

/// What columns were read as the last time.
const COLUMNS: &str = "import.columns";

/// Rows between two looks at whether to go on.
const LOOK: usize = 1_000;

/// A file, read.
pub(crate) struct Read {
    pub job: Job,
    pub sheet: ImportSheet,
    /// To be remembered once it was of use.
    pub mapping: Mapping,
}

pub(crate) async fn remembered(store: &Store) -> Result<Mapping, ImportError> {
    let kept = store.setting(COLUMNS).await?;
    // One of another version is as good as none.
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

pub(crate) async fn remember(store: &Store, mapping: &Mapping) -> Result<(), ImportError> {
    let all = remembered(store).await?.with(mapping);
    let text = serde_json::to_string(&all).map_err(store::StoreError::from)?;
    Ok(store.put_setting(COLUMNS, &text).await?)
}

/// Reads a file to its end. Takes a second for a large one: not for a thread that others wait for.
pub(crate) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    remembered: Mapping,
    secrets: &Secrets,
    by: Actor,
    follow: &impl Follow,
) -> Result<Read, ImportError> {
    let mut told = Mapping::default();
    for (header, target) in &options.columns {
        let target = Target::parse(target).ok_or_else(|| Error::invalid(header, InvalidWhy::Malformed))?;
        told.set(header, target);
    }
    let reading = Reading { encoding: options.encoding.clone(), told, remembered };
    let sheet = Sheet::open(bytes, &reading)?;
    let mut job = Job::new(Source::Csv, by, options.leavers, options.many_leavers);
    let mut entries = sheet.entries();
    let mut rows = 0_usize;
    while let Some(entry) = entries.next() {
        job.take(secrets, entry);
        rows += 1;
        if rows.is_multiple_of(LOOK) {
            if follow.cancelled() {
                return Err(ImportError::Cancelled);
            }
            follow.reading(percent(entries.read(), sheet.size()));
        }
    }
    Ok(Read { job, sheet: shown(&sheet), mapping: sheet.mapping() })
}

fn shown(sheet: &Sheet) -> ImportSheet {
    let column = |column: &directory::csv::Column| ImportColumn {
        header: column.header.clone(),
        target: column.target.map(|t| t.as_str().to_owned()),
        guessed: column.guessed,
        sample: column.sample.clone(),
    };
    ImportSheet {
        encoding: sheet.encoding().to_owned(),
        delimiter: sheet.delimiter().to_string(),
        columns: sheet.columns().iter().map(column).collect(),
        targets: import_targets().into_iter().map(str::to_owned).collect(),
    }
}

/// What a column can be read as.
pub fn import_targets() -> Vec<&'static str> {
    Target::all().map(Target::as_str).collect()
}

/// The command line's import, into a folder of which no node runs.
pub async fn import_file(
    folder: &Path,
    bytes: &[u8],
    options: &ImportOptions,
    dry: bool,
    progress: impl Fn(usize, usize),
) -> Result<Outcome, ImportError> {
    // What is compared must not change meanwhile.
    let _lock = NodeLock::take(folder)?;
    let desk = Desk::alone(folder).await?;
    let done = import(&desk, bytes, options, dry, progress).await;
    desk.store().close().await;
    done
}

async fn import(
    desk: &Desk,
    bytes: &[u8],
    options: &ImportOptions,
    dry: bool,
    progress: impl Fn(usize, usize),
) -> Result<Outcome, ImportError> {
    if !dry {
        finish(desk, |_, _| ()).await?;
    }
    let known = remembered(desk.store()).await?;
    let Read { job, sheet, mapping } = read(bytes, options, known, &desk.secrets(), Actor::System, &Unseen)?;
    let job = Arc::new(job);
    let (everybody, plan) = compare(desk, job.clone()).await?;
    let preview = preview(&job, &everybody, &plan)?;
    if !dry {
        apply(desk, job, everybody.head, &plan, progress).await?;
        remember(desk.store(), &mapping).await?;
    }
    Ok(Outcome { sheet: Some(sheet), preview, faults: plan.faults })
}
