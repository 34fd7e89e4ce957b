//! Many people at once: everything a directory is compared with, and writes by the hundred in one statement.

use crate::row::{id, parsed};
use crate::{PersonDetail, Result, Store, Tx};
use domain::directory::Source;
use domain::person::Role;
use domain::{BadgeId, PersonId};
use futures_util::future::join;
use sqlx::{QueryBuilder, Row, Sqlite};

/// Rows of one statement: fewer hand-overs to SQLite's thread, and one statement of each kind for it to know. As
/// values, not as JSON: reading that took more than half of an import.
const TOGETHER: usize = 100;

/// One source's word of somebody, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub source: Source,
    pub external_id: Option<String>,
    /// JSON, its badges keyed hashes in hex.
    pub record: String,
}

/// Somebody whom the directory knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub id: PersonId,
    pub role: Role,
    pub active: bool,
    pub email: Option<String>,
    pub words: Vec<Told>,
    pub badges: Vec<KnownBadge>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBadge {
    pub id: BadgeId,
    /// The keyed hash in hex.
    pub hash: String,
}

/// Everybody there is, at one moment of the log.
#[derive(Clone, Debug, Default)]
pub struct Everybody {
    pub people: Vec<Known>,
    /// The newest event then.
    pub head: i64,
}

/// A word to be kept.
#[derive(Clone, Debug)]
pub struct NewWord<'a> {
    pub person: PersonId,
    pub external_id: Option<&'a str>,
    pub record: &'a str,
}

impl Store {
    /// For who has the file alone and is about to write much: what a transaction changes stays in memory until it is
    /// committed, and is not written out and read again meanwhile.
    pub async fn expect_much(&self) -> Result<()> {
        self.write(sqlx::query("pragma cache_size = -65536")).await
    }

    /// For who has the file alone and has written much: puts the pieces of the people's search index together, as
    /// others' transactions would have to later, with doors behind them.
    pub async fn merge_people_search(&self) -> Result<()> {
        self.write(sqlx::query("insert into person_search (person_search) values ('optimize')")).await
    }

    /// Everybody, by the order of their ids.
    pub async fn everybody(&self) -> Result<Everybody> {
        // One snapshot for all that is read.
        let mut tx = self.readers.begin().await?;
        let head = sqlx::query("select coalesce(max(seq), 0) from event").fetch_one(&mut *tx).await?.get(0);
        let rows = sqlx::query(
            "select id, role, active, email from person join person_detail on person = id order by id",
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut people = Vec::with_capacity(rows.len());
        for row in &rows {
            people.push(Known {
                id: id(row, "id")?,
                role: parsed(row, "role", Role::parse)?,
                active: row.try_get("active")?,
                email: row.try_get("email")?,
                words: Vec::new(),
                badges: Vec::new(),
            });
        }
        let words =
            sqlx::query("select person, source, external_id, record from person_source order by person")
                .fetch_all(&mut *tx)
                .await?;
        merge(&mut people, &words, |known, row| {
            known.words.push(Told {
                source: parsed(row, "source", Source::parse)?,
                external_id: row.try_get("external_id")?,
                record: row.try_get("record")?,
            });
            Ok(())
        })?;
        let badges = sqlx::query(
            "select badge.person, badge.id, lower(hex(hash)) as hash from badge join badge_secret on badge_secret.badge = badge.id order by badge.person",
        )
        .fetch_all(&mut *tx)
        .await?;
        merge(&mut people, &badges, |known, row| {
            known.badges.push(KnownBadge { id: id(row, "id")?, hash: row.try_get("hash")? });
            Ok(())
        })?;
        Ok(Everybody { people, head })
    }
}

/// Hands each row to its person; both are in the order of the ids.
fn merge(
    people: &mut [Known],
    rows: &[sqlx::sqlite::SqliteRow],
    take: impl Fn(&mut Known, &sqlx::sqlite::SqliteRow) -> sqlx::Result<()>,
) -> Result<()> {
    let mut people = people.iter_mut().peekable();
    for row in rows {
        let of: PersonId = id(row, "person")?;
        while people.next_if(|known| known.id < of).is_some() {}
        if let Some(known) = people.peek_mut().filter(|known| known.id == of) {
            take(known, row)?;
        }
    }
    Ok(())
}

impl Tx {
    /// Has anybody else changed people or badges since this event?
    pub async fn people_changed_since(&mut self, seq: i64) -> Result<bool> {
        let row = sqlx::query(
            "select exists (select 1 from event where seq > ? and (kind like 'person.%' or kind like 'people.%' or kind like 'badge%'))",
        )
        .bind(seq)
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(row.get(0))
    }

    /// Takes their mail addresses away, so that others can have them in the same change.
    pub async fn free_addresses(&mut self, people: &[PersonId]) -> Result<()> {
        self.each(
            "update person_detail set email = null where person in (select unhex(value, '-') from json_each(?))",
            &serde_json::to_string(people)?,
        )
        .await
    }

    /// As [`Tx::put_person`], for many. `known` are not new: what was found under their old names isn't any more.
    pub async fn put_people(
        &mut self,
        details: &[(PersonId, &PersonDetail)],
        known: &[PersonId],
    ) -> Result<()> {
        self.in_statements(details, |details| {
            let mut query = QueryBuilder::new(
                "insert into person_detail (person, name, formal_name, aliases, email, phone, department, location, manager, teams, language, channel, needs_low_door) ",
            );
            query.push_values(details, |mut row, (person, d)| {
                row.push_bind(person.0).push_bind(&d.name).push_bind(&d.formal_name);
                row.push_bind(&d.aliases).push_bind(&d.email).push_bind(&d.phone);
                row.push_bind(&d.department).push_bind(&d.location).push_bind(&d.manager);
                row.push_bind(&d.teams).push_bind(&d.language).push_bind(&d.channel);
                row.push_bind(d.needs_low_door);
            });
            query.push(
                " on conflict (person) do update set name = excluded.name, formal_name = excluded.formal_name, aliases = excluded.aliases,
                   email = excluded.email, phone = excluded.phone, department = excluded.department, location = excluded.location,
                   manager = excluded.manager, teams = excluded.teams, language = excluded.language, channel = excluded.channel,
                   needs_low_door = excluded.needs_low_door",
            );
            query
        })
        .await?;
        let known = serde_json::to_string(known)?;
        self.each(
            "delete from person_search where rowid in (select n from person where id in (select unhex(value, '-') from json_each(?)))",
            &known,
        )
        .await?;
        self.refile(&known).await?;
        let people: Vec<PersonId> = details.iter().map(|(person, _)| *person).collect();
        self.find(&serde_json::to_string(&people)?).await
    }

    /// Makes them found. In one statement and by the order of their numbers: the index writes a segment out, to be
    /// merged later, at each statement of several rows and at each number that is less than the one before.
    async fn find(&mut self, people: &str) -> Result<()> {
        self.each(
            "insert into person_search (rowid, name, aliases, department, email)
             select n, name, nullif(concat_ws(', ', formal_name, aliases), ''), department,
               case when instr(email, '@') > 1 then substr(email, 1, instr(email, '@') - 1) else email end
             from person join person_detail on person = id
             where id in (select unhex(value, '-') from json_each(?)) order by +n",
            people,
        )
        .await
    }

    /// Their packages are found under their new names.
    async fn refile(&mut self, people: &str) -> Result<()> {
        for query in [
            "delete from package_search where rowid in
               (select n from package where recipient in (select unhex(value, '-') from json_each(?)))",
            "insert into package_search (rowid, tracking, recipient)
             select n, tracking_number, name from package join person_detail on person = recipient
             where recipient in (select unhex(value, '-') from json_each(?)) order by +n",
        ] {
            self.each(query, people).await?;
        }
        Ok(())
    }

    /// As [`Tx::put_source`], for many of whom the source says something else than before.
    pub async fn put_words(&mut self, source: Source, words: &[NewWord<'_>]) -> Result<()> {
        let now = self.stamp().wall.0;
        self.in_statements(words, |words| {
            let mut query = QueryBuilder::new(
                "insert into person_source (person, source, external_id, record, changed_ms) ",
            );
            query.push_values(words, |mut row, word| {
                row.push_bind(word.person.0).push_bind(source.as_str()).push_bind(word.external_id);
                row.push_bind(word.record).push_bind(now);
            });
            query.push(
                " on conflict (person, source) do update set external_id = excluded.external_id, record = excluded.record,
                   version = version + 1, changed_ms = excluded.changed_ms",
            );
            query
        })
        .await
    }

    /// As [`Tx::put_badge_secret`], for many.
    pub async fn put_badge_secrets(&mut self, badges: &[(BadgeId, Vec<u8>)]) -> Result<()> {
        self.in_statements(badges, |badges| {
            let mut query = QueryBuilder::new("insert into badge_secret (badge, hash) ");
            query.push_values(badges, |mut row, (badge, hash)| {
                row.push_bind(badge.0).push_bind(hash.as_slice());
            });
            query
        })
        .await
    }

    /// Writes many rows in a few statements; while SQLite's thread has one, the next is made.
    async fn in_statements<'rows, T: Sync>(
        &mut self,
        rows: &'rows [T],
        statement: impl Fn(&'rows [T]) -> QueryBuilder<Sqlite> + Send,
    ) -> Result<()> {
        let mut statements = rows.chunks(TOGETHER).map(statement);
        let mut next = statements.next();
        while let Some(mut now) = next {
            let sent = now.build().execute(&mut *self.inner);
            let (done, after) = join(sent, async { statements.next() }).await;
            done?;
            next = after;
        }
        Ok(())
    }

    async fn each(&mut self, query: &'static str, rows: &str) -> Result<()> {
        sqlx::query(query).bind(rows).execute(&mut *self.inner).await?;
        Ok(())
    }
}
