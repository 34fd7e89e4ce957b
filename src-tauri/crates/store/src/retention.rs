//! Emptying the record when its time is over, a little at a time. A row of the log loses its body; an event appended
//! with it says which did, and what the tables must still say. Never touches what is still here, is disputed, or has a
//! task open.

use crate::row::{id, maybe_id, parsed};
use crate::{LoggedEvent, Result, Tx};
use domain::event::Event;
use domain::package::{Handling, PackageSize};
use domain::retention::{DoorCount, Erased, KeptPackage};
use domain::time::Wall;
use domain::{CompartmentId, DelegationId, HoldId, OpeningId, PackageId};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What one look at the access entries came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Entries looked at.
    pub seen: usize,
    /// The last of them.
    pub last: i64,
    pub erased: usize,
}

/// Ended, with nobody waiting for an answer about it.
macro_rules! ended {
    ($story:literal) => {
        concat!(
            "select * from package p where state in ('collected', 'handed_over', 'returned', 'lost') and story_gone ",
            $story,
            " and changed_ms < ? and not exists (select 1 from task where task.package = p.id and outcome is null)
              and not exists (select 1 from opening o where o.package = p.id and o.state in ('journaled', 'sent', 'acknowledged', 'open'))
              order by story_gone, changed_ms limit ?"
        )
    };
}

impl Tx {
    /// Erases the story of packages that ended before then: who opened and collected, codes, notices. How many.
    pub async fn erase_stories(&mut self, before: Wall, limit: i64) -> Result<usize> {
        let rows = sqlx::query(ended!("= 0")).bind(before.0).bind(limit).fetch_all(&mut *self.inner).await?;
        let mut erased = Erased::default();
        let mut doors = BTreeSet::new();
        for row in &rows {
            let kept = kept(row)?;
            erased.events.extend(self.told_of(kept.package).await?);
            doors.extend(self.doors_of(kept.package).await?);
            self.unkeep_story(kept.package).await?;
            self.append(&Event::PackageKept(kept)).await?;
        }
        erased.counts = self.counts(doors).await?;
        self.empty(erased).await?;
        Ok(rows.len())
    }

    /// Forgets packages that ended before then, with whom they were for. How many.
    pub async fn forget_packages(&mut self, before: Wall, limit: i64) -> Result<usize> {
        let rows =
            sqlx::query(ended!("in (0, 1)")).bind(before.0).bind(limit).fetch_all(&mut *self.inner).await?;
        let mut erased = Erased::default();
        let mut doors = BTreeSet::new();
        for row in &rows {
            let package: PackageId = id(row, "id")?;
            let n: i64 = row.get("n");
            erased.events.extend(self.told_of(package).await?);
            doors.extend(self.doors_of(package).await?);
            self.unkeep_story(package).await?;
            for query in [
                "delete from package_search where rowid = ?",
                "delete from package_digits where rowid = ?",
                "delete from package_note where package = (select id from package where n = ?)",
            ] {
                sqlx::query(query).bind(n).execute(&mut *self.inner).await?;
            }
            erased.packages.push(package);
        }
        erased.counts = self.counts(doors).await?;
        self.empty(erased).await?;
        Ok(rows.len())
    }

    /// Erases entries of who came, signed in and opened before then, beginning after number `after`.
    pub async fn erase_access(&mut self, after: i64, before: Wall, limit: i64) -> Result<Swept> {
        let rows = sqlx::query(
            "select * from event where body <> '' and kind in ('visit.began', 'visit.ended', 'staff.signed_in', 'staff.refused',
               'credential.refused', 'credential.asked', 'badge.blocked_shown', 'delegation.given', 'delegation.ended', 'hold.set', 'hold.ended', 'task.taken', 'task.settled',
               'opening.decided', 'opening.sent', 'opening.acknowledged', 'opening.opened', 'opening.not_opened', 'opening.unknown',
               'opening.answered', 'opening.closed') and seq > ? order by seq limit ?",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *self.inner)
        .await?;
        let mut swept = Swept { seen: 0, last: after, erased: 0 };
        let mut erased = Erased::default();
        let mut doors = BTreeSet::new();
        for row in &rows {
            let event = crate::log::read(row)?;
            if event.wall >= before {
                break;
            }
            swept.seen += 1;
            swept.last = event.seq;
            if self.is_over(&event, before, &mut erased, &mut doors).await? {
                erased.events.push(event.seq);
            }
        }
        swept.erased = erased.events.len();
        erased.counts = self.counts(doors).await?;
        self.empty(erased).await?;
        Ok(swept)
    }

    /// Is an access entry's time over? What goes with it is noted.
    async fn is_over(
        &mut self,
        event: &LoggedEvent,
        before: Wall,
        erased: &mut Erased,
        doors: &mut BTreeSet<Uuid>,
    ) -> Result<bool> {
        let body: Value = serde_json::from_str(&event.body)?;
        let of =
            |field: &str| body[field].as_str().and_then(|text| text.parse::<Uuid>().ok()).unwrap_or_default();
        let (family, _) = event.kind.split_once('.').unwrap_or_default();
        match (family, event.kind.as_str()) {
            ("delegation", kind) => {
                let delegation = of("delegation");
                let known = erased.delegations.contains(&DelegationId(delegation));
                let until = "select until_ms from delegation where id = ?";
                let Some(until) = self.moment(until, delegation).await?.filter(|_| !known) else {
                    return Ok(true);
                };
                let over = kind == "delegation.given" && until < before;
                erased.delegations.extend(over.then_some(DelegationId(delegation)));
                Ok(over)
            }
            ("hold", kind) => {
                let hold = of("hold");
                let known = erased.holds.contains(&HoldId(hold));
                let until = "select min(until_ms, coalesce(ended_ms, until_ms)) from hold where id = ?";
                let Some(until) = self.moment(until, hold).await?.filter(|_| !known) else { return Ok(true) };
                let over = kind == "hold.set" && until < before;
                erased.holds.extend(over.then_some(HoldId(hold)));
                Ok(over)
            }
            ("task", _) => {
                let raised = "select raised_ms from task where id = ?";
                Ok(self.moment(raised, of("task")).await?.is_none())
            }
            ("opening", kind) => {
                let opening = of("opening");
                if erased.openings.contains(&OpeningId(opening)) {
                    return Ok(true);
                }
                let row =
                    sqlx::query("select compartment, package, state, changed_ms from opening where id = ?")
                        .bind(opening)
                        .fetch_optional(&mut *self.inner)
                        .await?;
                // Gone with its package's story.
                let Some(row) = row else { return Ok(true) };
                let settled = matches!(row.get("state"), "closed" | "not_opened" | "unknown");
                let over = kind == "opening.decided"
                    && row.get::<Option<Uuid>, _>("package").is_none()
                    && settled
                    && row.get::<i64, _>("changed_ms") < before.0;
                if over {
                    doors.insert(row.get("compartment"));
                    erased.openings.push(OpeningId(opening));
                }
                Ok(over)
            }
            _ => Ok(true),
        }
    }

    async fn moment(&mut self, query: &'static str, of: Uuid) -> Result<Option<Wall>> {
        let row = sqlx::query(query).bind(of).fetch_optional(&mut *self.inner).await?;
        Ok(row.map(|r| Wall(r.get(0))))
    }

    /// The rows of the log that tell a package's story.
    async fn told_of(&mut self, package: PackageId) -> Result<Vec<i64>> {
        let rows = sqlx::query(
            "select seq from story join event using (seq) where story.package = ? and body <> '' order by seq",
        )
        .bind(package.0)
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.iter().map(|r| r.get(0)).collect())
    }

    async fn doors_of(&mut self, package: PackageId) -> Result<Vec<Uuid>> {
        let rows = sqlx::query("select distinct compartment from opening where package = ?")
            .bind(package.0)
            .fetch_all(&mut *self.inner)
            .await?;
        Ok(rows.iter().map(|r| r.get(0)).collect())
    }

    async fn counts(&mut self, doors: BTreeSet<Uuid>) -> Result<Vec<DoorCount>> {
        let mut counts = Vec::with_capacity(doors.len());
        for door in doors {
            let row = sqlx::query("select used, freed_ms from compartment where id = ?")
                .bind(door)
                .fetch_optional(&mut *self.inner)
                .await?;
            counts.extend(row.map(|r| DoorCount {
                compartment: CompartmentId(door),
                used: r.get("used"),
                freed: Wall(r.get("freed_ms")),
            }));
        }
        Ok(counts)
    }

    /// What hangs on a package's story beside the log.
    async fn unkeep_story(&mut self, package: PackageId) -> Result<()> {
        for query in [
            "delete from outbox where notice in (select id from notice where package = ?)",
            "delete from task_detail where task in (select id from task where package = ?)",
            "delete from override_note where opening in (select id from opening where package = ?)",
            "delete from code_secret where code in (select id from code where package = ?)",
        ] {
            sqlx::query(query).bind(package.0).execute(&mut *self.inner).await?;
        }
        Ok(())
    }

    /// Says what goes, and lets it go.
    async fn empty(&mut self, erased: Erased) -> Result<()> {
        if erased.is_empty() {
            return Ok(());
        }
        let rows = serde_json::to_string(&erased.events)?;
        self.append(&Event::RecordErased(erased)).await?;
        sqlx::query("update event set body = '' where seq in (select value from json_each(?))")
            .bind(rows)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}

fn kept(row: &SqliteRow) -> sqlx::Result<KeptPackage> {
    let handling: String = row.try_get("handling")?;
    Ok(KeptPackage {
        package: id(row, "id")?,
        tracking_number: row.try_get("tracking_number")?,
        carrier: row.try_get("carrier")?,
        recipient: id(row, "recipient")?,
        size: parsed(row, "size", PackageSize::parse)?,
        handling: handling.split(',').filter_map(Handling::parse).collect(),
        state: row.try_get("state")?,
        opening: maybe_id(row, "opening")?,
        handed_to: maybe_id(row, "handed_to")?,
        received: Wall(row.try_get("received_ms")?),
        ended: Wall(row.try_get("changed_ms")?),
    })
}

/// Takes out of the tables what told a package's story.
pub(crate) async fn story_gone(db: &mut SqliteConnection, package: PackageId) -> Result<()> {
    for query in [
        "delete from opening where package = ?",
        "delete from code where package = ?",
        "delete from notice where package = ?",
        "delete from task where package = ?",
        "delete from delegation where package = ?",
        "delete from story where package = ?",
    ] {
        sqlx::query(query).bind(package.0).execute(&mut *db).await?;
    }
    Ok(())
}

/// The row that is kept of a package: as it was, or made from what is left of it.
pub(crate) async fn keep(db: &mut SqliteConnection, kept: &KeptPackage) -> Result<()> {
    let handling: Vec<&str> = kept.handling.iter().map(|h| h.as_str()).collect();
    sqlx::query(
        "insert into package (id, tracking_number, carrier, recipient, size, handling, state, opening, handed_to, received_ms, changed_ms, story_gone)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) on conflict (id) do update set story_gone = 1",
    )
    .bind(kept.package.0)
    .bind(&kept.tracking_number)
    .bind(&kept.carrier)
    .bind(kept.recipient.0)
    .bind(kept.size.as_str())
    .bind(handling.join(","))
    .bind(&kept.state)
    .bind(kept.opening.map(|o| o.0))
    .bind(kept.handed_to.map(|p| p.0))
    .bind(kept.received.0)
    .bind(kept.ended.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Folds what was erased.
pub(crate) async fn gone(db: &mut SqliteConnection, erased: &Erased) -> Result<()> {
    for package in &erased.packages {
        story_gone(db, *package).await?;
        sqlx::query("delete from package where id = ?").bind(package.0).execute(&mut *db).await?;
    }
    let ids = |ids: Vec<Uuid>| serde_json::to_string(&ids);
    for (query, ids) in [
        (
            "delete from opening where id in (select unhex(value, '-') from json_each(?))",
            ids(erased.openings.iter().map(|o| o.0).collect())?,
        ),
        (
            "delete from delegation where id in (select unhex(value, '-') from json_each(?))",
            ids(erased.delegations.iter().map(|d| d.0).collect())?,
        ),
        (
            "delete from hold where id in (select unhex(value, '-') from json_each(?))",
            ids(erased.holds.iter().map(|h| h.0).collect())?,
        ),
    ] {
        sqlx::query(query).bind(ids).execute(&mut *db).await?;
    }
    for count in &erased.counts {
        sqlx::query("update compartment set used = ?, freed_ms = ? where id = ?")
            .bind(count.used)
            .bind(count.freed.0)
            .bind(count.compartment.0)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}
