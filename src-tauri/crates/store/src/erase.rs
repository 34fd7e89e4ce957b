//! Erasing what names a person, in every table that does, and in what lies under them: search indexes, free pages, the
//! write-ahead log. The id stays, so that the record still says what happened.
//!
//! Every table is either folded from the log, named here, or holds nothing of a person; a test goes through them all.

use crate::{Result, Store, Tx};
use domain::directory::{Record, Source};
use domain::time::Wall;
use domain::{NoticeId, PersonId};
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection, Row};
use std::time::Duration;
use uuid::Uuid;

/// Shorter words are too common to be taken out of what others wrote.
const WORD_MIN: usize = 4;
/// Pages of an index that are merged at one go.
const MERGE: i64 = 64;
/// How long a truncation waits for readers, so that no door waits for it.
const TRUNCATE: Duration = Duration::from_millis(50);
const GONE: &str = "•••";

/// Where else than in their own rows a person is named: in what staff wrote, and in what sources say of others.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// In small letters.
    words: Vec<String>,
    notes: Vec<Uuid>,
    overrides: Vec<Uuid>,
    tasks: Vec<Uuid>,
    compartments: Vec<Uuid>,
    outbox: Vec<Uuid>,
    people: Vec<Uuid>,
    teams: Vec<Uuid>,
}

#[derive(Clone, Copy)]
enum Place {
    Note,
    Override,
    Task,
    Compartment,
    Outbox,
    Person,
    Team,
}

/// A text without these words, whatever their case.
pub fn free_text(text: &str, words: &[String]) -> String {
    let mut text = text.to_owned();
    for word in words.iter().map(|w| w.to_lowercase()) {
        loop {
            let lower = text.to_lowercase();
            let Some(at) = lower.find(&word) else { break };
            // A letter whose small form has another length: better all of it gone than a part of it left.
            match (lower.len() == text.len()).then(|| text.get(at..at + word.len())).flatten() {
                Some(_) => text.replace_range(at..at + word.len(), GONE),
                None => return GONE.into(),
            }
        }
    }
    text
}

fn without(value: &mut serde_json::Value, words: &[String]) {
    match value {
        serde_json::Value::String(text) => *text = free_text(text, words),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| without(item, words)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| without(field, words)),
        _ => {}
    }
}

fn raw_without(raw: &str, words: &[String]) -> String {
    match serde_json::from_str::<serde_json::Value>(raw) {
        Ok(mut value) => {
            without(&mut value, words);
            value.to_string()
        }
        Err(_) => free_text(raw, words),
    }
}

impl Store {
    /// Looks for people in what was written of others, each table once. Beside everything else: it reads whole tables.
    pub async fn where_named(&self, people: &[PersonId]) -> Result<Vec<Named>> {
        let mut named = Vec::with_capacity(people.len());
        for person in people {
            named.push(Named { words: self.words_of(*person).await?, ..Named::default() });
        }
        for (query, place) in [
            ("select package, note from package_note", Place::Note),
            ("select opening, note from override_note", Place::Override),
            ("select task, detail from task_detail", Place::Task),
            ("select compartment, reason from compartment_reason", Place::Compartment),
            ("select notice, body from outbox", Place::Outbox),
            ("select person, record || coalesce(raw, '') from person_source", Place::Person),
            ("select id, raw from team where raw is not null", Place::Team),
        ] {
            let mut rows = sqlx::query(query).fetch(&self.readers);
            while let Some(row) = rows.try_next().await? {
                let (id, text): (Uuid, String) = (row.try_get(0)?, row.try_get(1)?);
                let text = text.to_lowercase();
                for one in named.iter_mut().filter(|one| one.words.iter().any(|word| text.contains(word))) {
                    match place {
                        Place::Note => &mut one.notes,
                        Place::Override => &mut one.overrides,
                        Place::Task => &mut one.tasks,
                        Place::Compartment => &mut one.compartments,
                        Place::Outbox => &mut one.outbox,
                        Place::Person => &mut one.people,
                        Place::Team => &mut one.teams,
                    }
                    .push(id);
                }
            }
        }
        for (person, one) in people.iter().zip(&mut named) {
            one.people.retain(|other| *other != person.0);
            one.people.dedup();
        }
        Ok(named)
    }

    /// Names, addresses and numbers by which others may have called this person.
    async fn words_of(&self, person: PersonId) -> Result<Vec<String>> {
        let Some(row) = self.person(person).await? else { return Ok(vec![]) };
        let detail = row.detail;
        let mut words: Vec<String> = [Some(detail.name), detail.formal_name, detail.email, detail.phone]
            .into_iter()
            .flatten()
            .chain(detail.aliases.iter().flat_map(|a| a.split(", ").map(str::to_owned)))
            .collect();
        for source in self.sources_of(person).await? {
            words.extend(
                [source.record.name, source.record.preferred_name, source.record.email].into_iter().flatten(),
            );
            words.extend(source.external_id);
        }
        words.retain(|word| word.chars().count() >= WORD_MIN);
        let mut words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Ok(words)
    }

    /// Merges the search indexes a little, so that words of erased rows leave them. True when there is nothing left
    /// to do.
    pub async fn tidy_search(&self, begin: bool) -> Result<bool> {
        self.gate.open()?;
        let merged = self.merged(if begin { -MERGE } else { MERGE }).await;
        self.gate.after(merged)
    }

    async fn merged(&self, pages: i64) -> Result<bool> {
        let mut done = true;
        for query in [
            "insert into person_search (person_search, rank) values ('merge', ?)",
            "insert into package_search (package_search, rank) values ('merge', ?)",
            "insert into package_digits (package_digits, rank) values ('merge', ?)",
        ] {
            let mut writer = self.writer.acquire().await?;
            let before: i64 = sqlx::query("select total_changes()").fetch_one(&mut *writer).await?.get(0);
            sqlx::query(query).bind(pages).execute(&mut *writer).await?;
            let after: i64 = sqlx::query("select total_changes()").fetch_one(&mut *writer).await?.get(0);
            done &= after - before < 2;
        }
        Ok(done)
    }

    /// Moves the write-ahead log into the file and cuts it off, so that nothing old is left in it. False when somebody
    /// was reading: again later.
    pub async fn cut_journal(&self) -> Result<bool> {
        self.gate.open()?;
        let mut own: SqliteConnection =
            crate::open::options(self.path()).busy_timeout(TRUNCATE).connect().await?;
        sqlx::query("pragma wal_checkpoint(passive)").execute(&mut own).await?;
        let row = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(&mut own).await;
        own.close().await?;
        match row {
            Ok(row) => Ok(row.get::<i64, _>(0) == 0),
            Err(error) if error.as_database_error().is_some_and(|e| e.message().contains("locked")) => {
                Ok(false)
            }
            Err(error) => self.gate.after(Err(error)),
        }
    }

    /// People who left before then and of whom something is still kept, at most `limit`.
    pub async fn leavers(&self, before: Wall, limit: i64) -> Result<Vec<PersonId>> {
        let rows = sqlx::query(
            "select id from person where left_ms is not null and left_ms < ? and role = 'recipient'
               and exists (select 1 from person_detail where person_detail.person = person.id)
               and not exists (select 1 from package where recipient = person.id and state in ('received', 'stored', 'shelved', 'disputed'))
               and not exists (select 1 from task join package on package.id = task.package where outcome is null and recipient = person.id)
             order by left_ms limit ?",
        )
        .bind(before.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(|r| PersonId(r.get(0))).collect())
    }
}

impl Tx {
    /// Is there a task about one of their packages?
    pub async fn task_open_for(&mut self, person: PersonId) -> Result<bool> {
        let row = sqlx::query(
            "select exists (select 1 from task join package on package.id = task.package where outcome is null and recipient = ?)",
        )
        .bind(person.0)
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(row.get(0))
    }

    /// Notices to this person that have not gone.
    pub async fn notices_waiting_for(&mut self, person: PersonId) -> Result<Vec<NoticeId>> {
        let rows = sqlx::query("select id from notice where person = ? and state = 'waiting'")
            .bind(person.0)
            .fetch_all(&mut *self.inner)
            .await?;
        Ok(rows.iter().map(|r| NoticeId(r.get(0))).collect())
    }

    /// Deletes all that names a person: theirs, and what others' rows say of them. Their badges are taken by events.
    pub async fn erase_names(&mut self, person: PersonId, named: &Named) -> Result<()> {
        let packages = sqlx::query("select n, tracking_number from package where recipient = ?")
            .bind(person.0)
            .fetch_all(&mut *self.inner)
            .await?;
        for row in packages {
            let (n, tracking): (i64, String) = (row.get(0), row.get(1));
            sqlx::query("delete from package_search where rowid = ?")
                .bind(n)
                .execute(&mut *self.inner)
                .await?;
            sqlx::query("insert into package_search (rowid, tracking, recipient) values (?, ?, '')")
                .bind(n)
                .bind(tracking)
                .execute(&mut *self.inner)
                .await?;
        }
        for query in [
            "delete from person_search where rowid = (select n from person where id = ?)",
            "delete from package_note where package in (select id from package where recipient = ?)",
            "delete from override_note where opening in (select opening.id from opening join package on package.id = opening.package where recipient = ?)",
            "delete from task_detail where task in (select task.id from task join package on package.id = task.package where recipient = ?)",
            "delete from outbox where notice in (select id from notice where person = ?)",
            "delete from badge_secret where badge in (select id from badge where person = ?)",
            "delete from team_member where person = ?",
            "delete from person_quiet where person = ?",
            "delete from account where person = ?",
            "delete from person_source where person = ?",
            "delete from person_detail where person = ?",
        ] {
            sqlx::query(query).bind(person.0).execute(&mut *self.inner).await?;
        }
        self.erase_mentions(named).await
    }

    async fn erase_mentions(&mut self, named: &Named) -> Result<()> {
        let words = &named.words;
        for (ids, read, write) in [
            (
                named.notes.clone(),
                "select note from package_note where package = ?",
                "update package_note set note = ? where package = ?",
            ),
            (
                named.overrides.clone(),
                "select note from override_note where opening = ?",
                "update override_note set note = ? where opening = ?",
            ),
            (
                named.tasks.clone(),
                "select detail from task_detail where task = ?",
                "update task_detail set detail = ? where task = ?",
            ),
            (
                named.compartments.clone(),
                "select reason from compartment_reason where compartment = ?",
                "update compartment_reason set reason = ? where compartment = ?",
            ),
            (
                named.outbox.clone(),
                "select body from outbox where notice = ?",
                "update outbox set body = ? where notice = ?",
            ),
            (
                named.teams.clone(),
                "select coalesce(raw, '') from team where id = ?",
                "update team set raw = ? where id = ? and raw is not null",
            ),
        ] {
            for id in ids {
                let row = sqlx::query(read).bind(id).fetch_optional(&mut *self.inner).await?;
                let Some(text) = row.map(|r| r.get::<String, _>(0)) else { continue };
                sqlx::query(write).bind(raw_without(&text, words)).bind(id).execute(&mut *self.inner).await?;
            }
        }
        for person in &named.people {
            self.erase_from_sources(PersonId(*person), words).await?;
        }
        Ok(())
    }

    /// Takes an erased person out of what sources say of somebody else, who called them their manager.
    async fn erase_from_sources(&mut self, person: PersonId, words: &[String]) -> Result<()> {
        let is_named =
            |manager: &Option<String>| manager.as_ref().is_some_and(|m| words.contains(&m.to_lowercase()));
        for row in self.sources_of(person).await? {
            let mut record: Record = row.record;
            if is_named(&record.manager) {
                record.manager = None;
            }
            let raw = row.raw.as_deref().map(|raw| raw_without(raw, words));
            let source: Source = row.source;
            self.put_source(person, source, row.external_id.as_deref(), &record, raw.as_deref()).await?;
        }
        let Some(row) = self.person(person).await? else { return Ok(()) };
        if is_named(&row.detail.manager) {
            sqlx::query("update person_detail set manager = null where person = ?")
                .bind(person.0)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_out_of_a_text_in_any_case() {
        let words = ["Zoë O'Brien".to_owned(), "zoe@example.com".to_owned()];
        assert_eq!(free_text("For ZOË o'brien (Zoe@Example.com), fragile", &words), "For ••• (•••), fragile");
        assert_eq!(free_text("İ Zoë O'Brien", &words), GONE);
        assert_eq!(raw_without(r#"{"a":["Zo\u00eb O'Brien"],"n":1}"#, &words), r#"{"a":["•••"],"n":1}"#);
    }
}
