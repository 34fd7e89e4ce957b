//! Does what was planned: in transactions so short that no door waits behind one, and again from the start of what is
//! left whenever somebody else changed people meanwhile.

use super::job::Job;
use super::plan::{Change, Plan, plan};
use crate::directory::unhex;
use crate::start::Station;
use crate::{Error, Result, Secrets};
use domain::event::{Actor, Event};
use domain::{BadgeId, PersonId};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Everybody, NewWord, Stamp, Store, StoreError, Tx};
use uuid::Uuid;

/// How long one transaction should write where doors wait behind it, at most one each; its sync comes on top.
const BESIDE_DOORS: Duration = Duration::from_millis(8);
/// Where none do: each transaction has its sync and its piece of the search index to be merged later.
const ALONE: Duration = Duration::from_secs(4);
/// Beside doors it rests for so many times as long as it wrote: what reaches the disk late is in nobody's way then.
const REST: u32 = 2;
const MOST: usize = 20_000;
const LEAST: usize = 5;
/// How often others may get in between before this gives up for now.
const TRIES: u32 = 100;

/// Where it is done.
#[derive(Clone)]
pub(crate) enum Desk {
    Running(Station),
    /// From the command line, which holds the node's lock.
    Alone(Box<Alone>),
}

#[derive(Clone)]
pub(crate) struct Alone {
    store: Store,
    secrets: Secrets,
    folder: PathBuf,
    stamp: Stamp,
}

impl Desk {
    /// A folder of which no node runs; the caller holds its lock.
    pub async fn alone(folder: &Path) -> Result<Desk> {
        let store = Store::open(folder).await?;
        store.expect_much().await?;
        let stamp = crate::stamp(&store).await?;
        let secrets = Secrets::open(folder)?;
        Ok(Desk::Alone(Box::new(Alone { store, secrets, folder: folder.into(), stamp })))
    }

    pub fn stamp(&self) -> Stamp {
        match self {
            Desk::Running(station) => station.inner.stamp(),
            Desk::Alone(alone) => alone.stamp,
        }
    }
    pub fn store(&self) -> &Store {
        match self {
            Desk::Running(station) => &station.inner.store,
            Desk::Alone(alone) => &alone.store,
        }
    }
    pub fn secrets(&self) -> Secrets {
        match self {
            Desk::Running(station) => station.inner.secrets(),
            Desk::Alone(alone) => alone.secrets.clone(),
        }
    }
    pub fn folder(&self) -> &Path {
        match self {
            Desk::Running(station) => &station.inner.folder,
            Desk::Alone(alone) => &alone.folder,
        }
    }
    /// With how many it begins.
    fn first(&self) -> usize {
        match self {
            Desk::Running(_) => 50,
            Desk::Alone(_) => 5_000,
        }
    }
    /// How long one transaction should write.
    fn turn(&self) -> Duration {
        match self {
            Desk::Running(_) => BESIDE_DOORS,
            Desk::Alone(_) => ALONE,
        }
    }
    async fn begin(&self) -> Result<Tx> {
        match self {
            Desk::Running(station) => station.begin().await,
            Desk::Alone(alone) => Ok(alone.store.begin(alone.stamp).await?),
        }
    }
    async fn commit(&self, tx: Tx) -> Result<()> {
        match self {
            Desk::Running(station) => station.commit(tx).await,
            Desk::Alone(_) => Ok(tx.commit().await.map(|_| ())?),
        }
    }
}

/// Compares with what is known now.
pub(crate) async fn compare(desk: &Desk, job: Arc<Job>) -> Result<(Everybody, Plan)> {
    crate::badge_keys::renew(desk.store(), &desk.secrets(), desk.stamp(), &job.badges).await?;
    let everybody = desk.store().everybody().await?;
    // A second's work for a large list: not on a thread that doors wait for.
    let planned =
        tokio::task::spawn_blocking(move || plan(&job, &everybody).map(|plan| (everybody, plan))).await;
    planned.map_err(|error| Error::Internal(error.to_string()))?
}

/// Decides for a job and does it, as it was compared at `head`: if people have changed since, it is compared anew.
/// `progress` hears how much of how much.
pub(crate) async fn apply(
    desk: &Desk,
    job: Arc<Job>,
    head: i64,
    plan: &Plan,
    progress: impl Fn(usize, usize),
) -> Result<()> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    let (kept, folder) = (job.clone(), desk.folder().to_owned());
    let decided = tokio::task::spawn_blocking(move || kept.decide(&folder)).await;
    decided.map_err(|error| Error::Internal(error.to_string()))??;
    carry_out(desk, &job, head, plan, &progress).await
}

/// Finishes what was decided before the last stop.
pub(crate) async fn finish(desk: &Desk, progress: impl Fn(usize, usize)) -> Result<Option<Plan>> {
    let Some(job) = Job::left_over(desk.folder())? else { return Ok(None) };
    let job = Arc::new(job);
    let (everybody, left) = compare(desk, job.clone()).await?;
    carry_out(desk, &job, everybody.head, &left, &progress).await?;
    Ok(Some(left))
}

async fn carry_out(
    desk: &Desk,
    job: &Arc<Job>,
    head: i64,
    first: &Plan,
    progress: &impl Fn(usize, usize),
) -> Result<()> {
    let mut done = write(desk, job, head, first, progress).await?;
    for _ in 0..TRIES {
        if done {
            if let Desk::Alone(alone) = desk {
                alone.store.merge_people_search().await?;
            }
            return Job::done(desk.folder());
        }
        // Others changed people: what is left is compared with what they made of it.
        let (everybody, plan) = compare(desk, job.clone()).await?;
        done = write(desk, job, everybody.head, &plan, progress).await?;
    }
    Err(Error::Internal(
        "people change faster than an import can follow: it goes on at the next start".into(),
    ))
}

/// Writes all of a plan, or stops when somebody else changed people since.
async fn write(
    desk: &Desk,
    job: &Job,
    mut head: i64,
    plan: &Plan,
    progress: &impl Fn(usize, usize),
) -> Result<bool> {
    let (together, mut rest) = plan.changes.split_at(plan.together.min(plan.changes.len()));
    let total = plan.changes.len();
    if !together.is_empty() && chunk(desk, job, &mut head, together, true).await?.is_none() {
        return Ok(false);
    }
    let mut size = desk.first();
    while !rest.is_empty() {
        let (now, later) = rest.split_at(size.min(rest.len()));
        let Some(took) = chunk(desk, job, &mut head, now, false).await? else { return Ok(false) };
        size = next_size(size, took, desk.turn());
        if let Desk::Running(_) = desk {
            tokio::time::sleep(took * REST).await;
        }
        rest = later;
        progress(total - rest.len(), total);
    }
    Ok(true)
}

/// As many as would have taken about the right time, and never many more than the last time.
fn next_size(size: usize, took: Duration, turn: Duration) -> usize {
    let fitting = size * usize::try_from(turn.as_micros()).unwrap_or(1)
        / usize::try_from(took.as_micros()).unwrap_or(usize::MAX).max(1);
    fitting.clamp(LEAST, (size * 2).min(MOST))
}

/// One transaction. How long it wrote, or nothing if somebody else changed people since.
async fn chunk(
    desk: &Desk,
    job: &Job,
    head: &mut i64,
    changes: &[Change],
    moving: bool,
) -> Result<Option<Duration>> {
    let mut tx = desk.begin().await?;
    if tx.people_changed_since(*head).await? {
        return Ok(None);
    }
    let began = Instant::now();
    match fill(&mut tx, job, changes, moving).await {
        Ok(last) => {
            let took = began.elapsed();
            desk.commit(tx).await?;
            *head = last.max(*head);
            Ok(Some(took))
        }
        // Something that left no trace in the log.
        Err(Error::Store(StoreError::Conflict(what))) => {
            tracing::warn!(what, "an import meets a change of somebody else");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn fill(tx: &mut Tx, job: &Job, changes: &[Change], moving: bool) -> Result<i64> {
    let (source, by) = (job.source, job.by);
    let of = |wanted: &dyn Fn(&Change) -> bool| -> Vec<PersonId> {
        changes.iter().filter(|c| wanted(c)).map(|c| c.person).collect()
    };
    let mut last = 0;
    let added = of(&Change::is_new);
    let known = of(&|c| !c.is_new());
    if !added.is_empty() {
        last = tx.append(&Event::PeopleAdded { source, people: added, by }).await?;
    }
    if !known.is_empty() {
        last = tx.append(&Event::PeopleChanged { source, people: known, by }).await?;
    }
    for active in [false, true] {
        let people = of(&|c| c.active == active && c.was_active != active);
        if !people.is_empty() {
            last = tx.append(&Event::PeopleActiveSet { source, active, people, by }).await?;
        }
    }
    last = last.max(badges(tx, job, changes, by).await?);
    if moving {
        tx.free_addresses(&of(&|c| c.detail.is_some() && !c.is_new())).await?;
    }
    let details: Vec<_> = changes.iter().filter_map(|c| Some((c.person, c.detail.as_ref()?))).collect();
    if !details.is_empty() {
        tx.put_people(&details, &of(&|c| c.detail.is_some() && !c.is_new())).await?;
    }
    let words: Vec<_> = changes
        .iter()
        .map(|c| NewWord { person: c.person, external_id: c.external_id.as_deref(), record: &c.word })
        .collect();
    tx.put_words(source, &words).await?;
    // After what names them is as the list says: a leaver's manager may be new, too.
    for person in tx.of_consequence(&of(&|c| c.was_active && !c.active)).await? {
        crate::leavers::left(tx, person, by).await?;
    }
    for person in tx.of_consequence(&of(&|c| !c.was_active && c.active)).await? {
        crate::leavers::back(tx, person, by).await?;
    }
    Ok(last)
}

async fn badges(tx: &mut Tx, job: &Job, changes: &[Change], by: Actor) -> Result<i64> {
    let source = job.source;
    let mut last = 0;
    let taken: Vec<_> = changes.iter().flat_map(|c| c.taken.iter().map(|b| (b.id, c.person))).collect();
    if !taken.is_empty() {
        last = tx.append(&Event::BadgesTaken { source, badges: taken, by }).await?;
    }
    // By their hashes, and their ids in that order: both go into an index, where neighbours cost half as much.
    let mut given: Vec<_> =
        changes.iter().flat_map(|c| c.given.iter().map(|hash| (unhex(hash), c.person))).collect();
    given.sort_unstable();
    let (mut badges, mut hashes) = (Vec::new(), Vec::new());
    for (hash, person) in given {
        let badge = BadgeId(Uuid::now_v7());
        badges.push((badge, person));
        hashes.push((badge, hash));
    }
    if !badges.is_empty() {
        last = tx.append(&Event::BadgesGiven { source, badges, by }).await?;
        tx.put_badge_secrets(&hashes).await?;
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_that_took_long_is_followed_by_a_shorter_one() {
        let next = |size, took| next_size(size, took, Duration::from_millis(8));
        assert_eq!(next(100, Duration::from_millis(80)), 10);
        assert_eq!(next(100, Duration::from_secs(3)), LEAST);
        assert_eq!(next(100, Duration::from_micros(10)), 200);
        assert_eq!(next(15_000, Duration::from_millis(1)), MOST);
    }
}
