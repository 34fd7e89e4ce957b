//! What a source said in one reading, cleaned and ready to be compared. Kept in a file from the moment it is decided
//! until it is done, so that a crash in between is finished at the next start.

use super::fault::{LineFault, Why};
use crate::directory::cleaned;
use crate::secrets::private;
use crate::{Error, Result, Secrets};
use directory::{Entry, Refused};
use domain::badge::Badge;
use domain::directory::{Record, Source};
use domain::event::Actor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "people-import.json";
const HALF: &str = "people-import.json.part";

/// One person as the source tells of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub at: u64,
    pub external_id: Option<String>,
    /// Whatever else the source calls them by.
    pub reference: Option<String>,
    /// Whom the source names as their manager, in its own words.
    pub manager: Option<String>,
    /// Without the manager; its badges are keyed hashes in hex.
    pub record: Record,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub source: Source,
    pub by: Actor,
    /// Who isn't in it has left.
    pub complete: bool,
    /// Also if that is most of them.
    pub sweeping: bool,
    pub lines: Vec<Line>,
    /// Keys of whom a line was refused: they haven't left.
    pub spared: BTreeSet<String>,
    /// Lines of which nobody can tell whom they are about.
    pub nameless: u32,
    #[serde(skip)]
    pub faults: Vec<LineFault>,
    /// The badges that were read: in memory alone, for who hashes them anew.
    #[serde(skip)]
    pub badges: Vec<Badge>,
}

impl Job {
    pub fn new(source: Source, by: Actor, complete: bool, sweeping: bool) -> Job {
        let (lines, spared, faults, badges) = (Vec::new(), BTreeSet::new(), Vec::new(), Vec::new());
        Job { source, by, complete, sweeping, lines, spared, nameless: 0, faults, badges }
    }

    /// Takes what a reader gives next.
    pub fn take(&mut self, secrets: &Secrets, said: std::result::Result<Entry, Refused>) {
        let mut entry = match said {
            Ok(entry) => entry,
            Err(refused) => {
                return self.refuse(refused.at, refused.column, refused.external_id, Why::Line(refused.why));
            }
        };
        let manager = entry.record.manager.take();
        self.badges.extend(entry.record.badges.iter().flatten().filter_map(|number| Badge::parse(number)));
        match cleaned(secrets, entry.record) {
            Ok(record) => self.lines.push(Line {
                at: entry.at,
                external_id: entry.external_id,
                reference: entry.reference.map(|name| name.to_lowercase()),
                manager,
                record,
            }),
            Err(Error::Invalid { field, .. }) => {
                self.refuse(entry.at, Some(field), entry.external_id, Why::Line(directory::Fault::Malformed));
            }
            Err(_) => {
                self.refuse(entry.at, None, entry.external_id, Why::Line(directory::Fault::Malformed));
            }
        }
    }

    fn refuse(&mut self, at: u64, column: Option<String>, external_id: Option<String>, why: Why) {
        self.faults.push(LineFault { at, column, why, other: None });
        match external_id {
            Some(id) => {
                self.spared.insert(id);
            }
            None => self.nameless += 1,
        }
    }

    /// From here on it will be done, whatever happens.
    pub fn decide(&self, folder: &Path) -> Result<()> {
        let half = folder.join(HALF);
        let written = || -> std::io::Result<()> {
            let mut file = BufWriter::new(private(&half)?);
            serde_json::to_writer(&mut file, self)?;
            file.flush()?;
            file.get_ref().sync_all()?;
            std::fs::rename(&half, folder.join(FILE))?;
            Ok(())
        };
        written().map_err(store::StoreError::from)?;
        store::sync_folder(folder).map_err(store::StoreError::from)?;
        Ok(())
    }

    /// The one that was decided and isn't done.
    pub fn left_over(folder: &Path) -> Result<Option<Job>> {
        let _ = std::fs::remove_file(folder.join(HALF));
        let file = match std::fs::File::open(folder.join(FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(store::StoreError::from(error).into()),
        };
        let job = serde_json::from_reader(BufReader::new(file))
            .map_err(|e| Error::Internal(format!("{} can't be read: {e}", Job::path(folder).display())))?;
        Ok(Some(job))
    }

    pub fn done(folder: &Path) -> Result<()> {
        std::fs::remove_file(Job::path(folder)).map_err(store::StoreError::from)?;
        Ok(())
    }

    fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }
}
