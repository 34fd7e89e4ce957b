//! The write-ahead log: kept short, and read after a stop.
//!
//! Is it whole? SQLite takes a damaged frame for the end of the log and goes on without what follows:
//! right after a power cut, and the silent loss of acknowledged commits when a block went bad. Here the two are told
//! apart. That only reads.

use crate::{Result, Store};
use sqlx::Row;
use std::io::Read;
use std::path::Path;

const HEADER: usize = 32;
const FRAME: usize = 24;

/// So many pages, 4 MB of them, are moved into the file together.
const LONG: i64 = 1_000;

impl Store {
    /// Moves the write-ahead log into the file once it is long, beside whoever writes meanwhile: a door that waits for
    /// its commit does not wait for this.
    pub async fn shorten_log(&self) -> Result<()> {
        self.gate.open()?;
        let row = sqlx::query("pragma wal_checkpoint(noop)").fetch_one(&self.shortener).await?;
        let (pages, moved): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        if pages - moved >= LONG {
            let moving = sqlx::query("pragma wal_checkpoint(passive)").execute(&self.shortener).await;
            self.gate.after(moving)?;
        }
        Ok(())
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(bytes.get(at..at + 4).unwrap_or(&[0; 4]));
    u32::from_be_bytes(word)
}

/// SQLite's running checksum over pairs of words.
fn checksum(bytes: &[u8], big_endian: bool, (mut a, mut b): (u32, u32)) -> (u32, u32) {
    let read = |at| if big_endian { word(bytes, at) } else { word(bytes, at).swap_bytes() };
    for at in (0..bytes.len()).step_by(8) {
        a = a.wrapping_add(read(at)).wrapping_add(b);
        b = b.wrapping_add(read(at + 4)).wrapping_add(a);
    }
    (a, b)
}

/// What is wrong with the write-ahead log beside a database, if something is.
///
/// Every commit is synced before it is acknowledged, so a power cut can damage the last one only. A bad frame with two
/// or more commits of the same log behind it lies in what was synced. Damage in the very last commit can't be told
/// from a commit that was under way.
pub(crate) fn damage(path: &Path) -> std::io::Result<Option<String>> {
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(fault(&bytes))
}

fn fault(bytes: &[u8]) -> Option<String> {
    let (header, frames) = bytes.split_at_checked(HEADER)?;
    // Made and never synced: nothing in it was acknowledged.
    if header.iter().all(|b| *b == 0) || frames.is_empty() {
        return None;
    }
    let big_endian = word(header, 0) & 1 == 1;
    let sum = checksum(header.get(..24)?, big_endian, (0, 0));
    if word(header, 0) & !1 != 0x377f_0682 || sum != (word(header, 24), word(header, 28)) {
        return Some("the head of the write-ahead log is damaged".into());
    }
    let page = usize::try_from(word(header, 8)).ok().filter(|p| (512..=65_536).contains(p))?;
    let salts = header.get(16..24)?;
    let (mut sum, mut bad, mut commits, mut ended) = (sum, None, 0, false);
    for (number, frame) in frames.chunks_exact(FRAME + page).enumerate() {
        if frame.get(8..16)? != salts {
            // What is left of an older log; but a frame's salts can be what is damaged.
            bad = bad.or(Some(number));
            continue;
        }
        let commit = word(frame, 4) != 0;
        if bad.is_none() {
            let next = checksum(frame.get(FRAME..)?, big_endian, checksum(frame.get(..8)?, big_endian, sum));
            if next == (word(frame, 16), word(frame, 20)) {
                sum = next;
                continue;
            }
            bad = Some(number);
        } else if commit && !ended {
            commits += 1;
        }
        // A commit's last frame may be there twice, to fill a sector.
        ended = commit;
    }
    let bad = bad.filter(|_| commits >= 2)?;
    Some(format!("the write-ahead log is damaged at frame {}, and {commits} commits follow", bad + 1))
}
