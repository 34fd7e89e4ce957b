//! Packages: reading them, finding them.

use crate::people::words;
use crate::row::{holds, id, maybe_id, parsed};
use crate::{Result, Store, Tx};
use domain::deadlines::{Subject, Waiting};
use domain::holds::{Hold, paused};
use domain::package::{Handling, Package, PackageSize};
use domain::time::Wall;
use domain::{CompartmentId, OpeningId, PackageId, PersonId};
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

#[derive(Clone, Debug, PartialEq)]
pub struct PackageRow {
    pub n: i64,
    pub id: PackageId,
    pub tracking_number: String,
    pub carrier: Option<String>,
    pub recipient: PersonId,
    pub recipient_name: String,
    pub department: Option<String>,
    pub size: PackageSize,
    pub handling: Vec<Handling>,
    pub state: Package,
    /// The bank's name and the door's label, while it is in one.
    pub place: Option<(String, String)>,
    pub received: Wall,
    pub changed: Wall,
    /// When it was deposited, while it is behind a door.
    pub stored: Option<Wall>,
    /// Until when it may stay, as it was set.
    pub due: Option<Wall>,
    /// The same with the times in which it pauses.
    pub deadline: Option<Wall>,
    /// Times in which its deadlines pause: the recipient's holds, and jumps of the clock.
    pub pauses: Vec<Hold>,
    /// A bit for each step of its deadlines that was taken.
    pub fired: u8,
    pub note: Option<String>,
    /// Channel, state and time of its newest notice.
    pub notice: Option<(String, String, Wall)>,
    /// Its newest opening.
    pub opening: Option<OpeningId>,
}

impl PackageRow {
    fn read(row: &SqliteRow) -> sqlx::Result<PackageRow> {
        let compartment: Option<CompartmentId> = maybe_id(row, "compartment")?;
        let handling: String = row.try_get("handling")?;
        let name: String = row.try_get("state")?;
        let state = match (name.as_str(), compartment) {
            ("received", _) => Package::Received,
            ("stored", Some(compartment)) => Package::Stored { compartment },
            ("disputed", Some(compartment)) => Package::Disputed { compartment },
            ("shelved", _) => Package::Shelved { place: row.try_get("shelf")? },
            ("collected", _) => Package::Collected { opening: id(row, "opening")? },
            ("handed_over", _) => Package::HandedOver { to: id(row, "handed_to")? },
            ("returned", _) => Package::Returned,
            ("lost", _) => Package::Lost,
            _ => return Err(sqlx::Error::Decode(format!("a package is {name:?} without a place").into())),
        };
        let place: (Option<String>, Option<String>) = (row.try_get("bank_name")?, row.try_get("label")?);
        let notice: Option<String> = row.try_get("notice")?;
        let moment = |column: &str| -> sqlx::Result<Option<Wall>> {
            Ok(row.try_get::<Option<i64>, _>(column)?.map(Wall))
        };
        let (stored, due) = (moment("stored_ms")?, moment("deadline_ms")?);
        let pauses = holds(row)?;
        Ok(PackageRow {
            n: row.try_get("n")?,
            id: id(row, "id")?,
            tracking_number: row.try_get("tracking_number")?,
            carrier: row.try_get("carrier")?,
            recipient: id(row, "recipient")?,
            recipient_name: row.try_get::<Option<String>, _>("name")?.unwrap_or_default(),
            department: row.try_get("department")?,
            size: parsed(row, "size", PackageSize::parse)?,
            handling: handling.split(',').filter_map(Handling::parse).collect(),
            state,
            place: place.0.zip(place.1),
            received: Wall(row.try_get("received_ms")?),
            changed: Wall(row.try_get("changed_ms")?),
            stored,
            due,
            deadline: match (stored, due) {
                (Some(stored), Some(due)) => Some(paused(stored, due, &pauses)),
                _ => due,
            },
            pauses,
            fired: row.try_get("fired")?,
            note: row.try_get("note")?,
            notice: notice.and_then(|text| {
                let mut parts = text.split('|');
                Some((parts.next()?.into(), parts.next()?.into(), Wall(parts.next()?.parse().ok()?)))
            }),
            opening: maybe_id(row, "latest_opening")?,
        })
    }

    /// As the rules of deadlines see it.
    pub fn subject(&self) -> Subject<'_> {
        Subject { recipient: self.recipient, size: self.size, handling: &self.handling }
    }

    /// Where it waits, if it does: behind a door or at the counter.
    pub fn waits(&self) -> Option<Waiting<'_>> {
        let waits = matches!(self.state, Package::Stored { .. } | Package::Shelved { .. });
        waits.then(|| Waiting { since: self.since(), promised: self.due, pauses: &self.pauses })
    }

    /// Since when it is where it is.
    pub fn since(&self) -> Wall {
        self.stored.unwrap_or(self.changed)
    }

    pub fn compartment(&self) -> Option<CompartmentId> {
        match self.state {
            Package::Stored { compartment } | Package::Disputed { compartment } => Some(compartment),
            _ => None,
        }
    }
}

macro_rules! packages {
    ($tail:literal) => {
        concat!(
            "select p.*, d.name, d.department, c.label, b.name as bank_name, t.note, ",
            "(select channel || '|' || state || '|' || changed_ms from notice where package = p.id order by changed_ms desc, channel desc limit 1) as notice, ",
            "(select id from opening where package = p.id order by decided_ms desc limit 1) as latest_opening, ",
            "(select json_group_array(json_array(from_ms, until_ms)) from (select from_ms, min(until_ms, coalesce(ended_ms, until_ms)) as until_ms from hold where person = p.recipient union all select from_ms, until_ms from clock_jump)) as holds ",
            "from package p left join person_detail d on d.person = p.recipient left join compartment c on c.id = p.compartment ",
            "left join bank b on b.id = c.bank left join package_note t on t.package = p.id ",
            $tail
        )
    };
}

fn all(rows: &[SqliteRow]) -> Result<Vec<PackageRow>> {
    rows.iter().map(|r| PackageRow::read(r).map_err(Into::into)).collect()
}

async fn by_id(db: impl SqliteExecutor<'_>, package: PackageId) -> Result<Option<PackageRow>> {
    let row = sqlx::query(packages!("where p.id = ?")).bind(package.0).fetch_optional(db).await?;
    row.map(|r| PackageRow::read(&r).map_err(Into::into)).transpose()
}

impl Store {
    pub async fn package(&self, package: PackageId) -> Result<Option<PackageRow>> {
        by_id(&self.readers, package).await
    }

    /// What waits behind this person's doors, oldest first.
    pub async fn stored_for(&self, person: PersonId) -> Result<Vec<PackageRow>> {
        all(&sqlx::query(packages!("where p.recipient = ? and p.state = 'stored' order by p.n limit 50"))
            .bind(person.0)
            .fetch_all(&self.readers)
            .await?)
    }

    /// What waits for this person at the counter, oldest first.
    pub async fn shelved_for(&self, person: PersonId) -> Result<Vec<PackageRow>> {
        all(&sqlx::query(packages!("where p.recipient = ? and p.state = 'shelved' order by p.n limit 50"))
            .bind(person.0)
            .fetch_all(&self.readers)
            .await?)
    }

    /// What waits behind doors for others, and this person may fetch now, oldest first.
    pub async fn stored_for_others(&self, delegate: PersonId, now: Wall) -> Result<Vec<PackageRow>> {
        all(&sqlx::query(packages!(
            "where p.state = 'stored' and p.id in (select q.id from delegation g join package q on q.recipient = g.principal
               where g.delegate = ?1 and g.ended = 0 and g.from_ms <= ?2 and ?2 < g.until_ms and q.state = 'stored'
                 and (g.package is null or g.package = q.id)) order by p.n limit 50"
        ))
        .bind(delegate.0)
        .bind(now.0)
        .fetch_all(&self.readers)
        .await?)
    }

    /// What waits behind doors and at the counter, with number `after` passed, in order: what has deadlines.
    pub async fn waiting(&self, after: i64, limit: i64) -> Result<Vec<PackageRow>> {
        all(&sqlx::query(packages!(
            "where p.n in (select n from package indexed by package_waits where state in ('stored', 'shelved') and n > ? order by n limit ?) order by p.n"
        ))
            .bind(after)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?)
    }

    pub async fn packages_of(&self, person: PersonId, limit: i64) -> Result<Vec<PackageRow>> {
        all(&sqlx::query(packages!("where p.recipient = ? order by p.n desc limit ?"))
            .bind(person.0)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?)
    }

    /// The newest package of that number that is still here, or else the newest of all.
    pub async fn package_by_tracking(&self, tracking: &str) -> Result<Option<PackageRow>> {
        let row = sqlx::query(packages!(
            "where p.tracking_number = ? order by p.state in ('received', 'stored', 'shelved', 'disputed') desc, p.n desc limit 1"
        ))
        .bind(tracking)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|r| PackageRow::read(&r).map_err(Into::into)).transpose()
    }

    /// Newest first, before number `after`. Finds words at their beginning, and any part of a tracking number from
    /// three characters on.
    pub async fn search_packages(
        &self,
        query: &str,
        state: Option<&str>,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<PackageRow>> {
        let before = after.unwrap_or(i64::MAX);
        let Some(words) = words(query) else {
            return match state {
                Some(state) => {
                    all(&sqlx::query(packages!("where p.state = ? and p.n < ? order by p.n desc limit ?"))
                        .bind(state)
                        .bind(before)
                        .bind(limit)
                        .fetch_all(&self.readers)
                        .await?)
                }
                None => all(&sqlx::query(packages!("where p.n < ? order by p.n desc limit ?"))
                    .bind(before)
                    .bind(limit)
                    .fetch_all(&self.readers)
                    .await?),
            };
        };
        let part: String = query.chars().filter(|c| !c.is_whitespace()).collect();
        let part = if part.chars().count() >= 3 {
            format!("\"{}\"", part.replace('"', "\"\""))
        } else {
            String::new()
        };
        let rows = match (state, part.is_empty()) {
            (None, true) => {
                sqlx::query(packages!(
                    "where p.n in (select rowid from package_search where package_search match ?1 and rowid < ?2 order by rowid desc limit ?3) order by p.n desc"
                ))
                .bind(words)
                .bind(before)
                .bind(limit)
                .fetch_all(&self.readers)
                .await?
            }
            (None, false) => {
                sqlx::query(packages!(
                    "where p.n in (select n from (
                       select rowid as n from (select rowid from package_search where package_search match ?1 and rowid < ?2 order by rowid desc limit ?3)
                       union
                       select rowid as n from (select rowid from package_digits where package_digits match ?4 and rowid < ?2 order by rowid desc limit ?3)
                     ) order by n desc limit ?3) order by p.n desc"
                ))
                .bind(words)
                .bind(before)
                .bind(limit)
                .bind(part)
                .fetch_all(&self.readers)
                .await?
            }
            (Some(state), _) => {
                let part = if part.is_empty() { "\"\u{1}\u{1}\u{1}\"".into() } else { part };
                sqlx::query(packages!(
                    "where p.state = ?5 and p.n < ?2 and (p.n in (select rowid from package_search where package_search match ?1)
                       or p.n in (select rowid from package_digits where package_digits match ?4)) order by p.n desc limit ?3"
                ))
                .bind(words)
                .bind(before)
                .bind(limit)
                .bind(part)
                .bind(state)
                .fetch_all(&self.readers)
                .await?
            }
        };
        all(&rows)
    }
}

impl Tx {
    pub async fn package(&mut self, package: PackageId) -> Result<Option<PackageRow>> {
        by_id(&mut *self.inner, package).await
    }

    /// What is behind a door and for this person.
    pub async fn inside_for(&mut self, person: PersonId) -> Result<Vec<PackageRow>> {
        all(&sqlx::query(packages!(
            "where p.recipient = ? and p.state in ('stored', 'disputed') order by p.n"
        ))
        .bind(person.0)
        .fetch_all(&mut *self.inner)
        .await?)
    }

    /// Makes a received package found, and keeps its note beside the log.
    pub async fn index_package(
        &mut self,
        package: PackageId,
        recipient_name: &str,
        note: Option<&str>,
    ) -> Result<()> {
        sqlx::query("insert into package_search (rowid, tracking, recipient) select n, tracking_number, ? from package where id = ?")
            .bind(recipient_name)
            .bind(package.0)
            .execute(&mut *self.inner)
            .await?;
        sqlx::query("insert into package_digits (rowid, tracking) select n, tracking_number from package where id = ?")
            .bind(package.0)
            .execute(&mut *self.inner)
            .await?;
        if let Some(note) = note {
            sqlx::query("insert into package_note (package, note) values (?, ?)")
                .bind(package.0)
                .bind(note)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }
}
