//! People. What the log knows of them is an id and a role; what names them stands beside it and can be erased.

use crate::row::{id, parsed};
use crate::{Result, Store, Tx};
use domain::PersonId;
use domain::person::Role;
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

/// What is true of a person, as screens read it. All of it can be erased.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonDetail {
    /// What they want to be called, else the name in the papers.
    pub name: String,
    /// The name in the papers, where that differs.
    pub formal_name: Option<String>,
    pub aliases: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub department: Option<String>,
    pub location: Option<String>,
    /// As the source names them: an external id or a mail address.
    pub manager: Option<String>,
    /// The groups they are in, one a line.
    pub teams: Option<String>,
    pub language: String,
    pub channel: Option<String>,
    pub needs_low_door: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PersonRow {
    pub n: i64,
    pub id: PersonId,
    pub role: Role,
    pub active: bool,
    /// Has a badge that opens.
    pub has_badge: bool,
    /// Packages waiting for them.
    pub waiting: i64,
    pub detail: PersonDetail,
}

impl PersonDetail {
    /// The other names a label may carry.
    pub fn also_known_as(&self) -> Option<String> {
        let names: Vec<&str> =
            [&self.formal_name, &self.aliases].into_iter().flatten().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

impl PersonRow {
    fn read(row: &SqliteRow) -> sqlx::Result<PersonRow> {
        Ok(PersonRow {
            n: row.try_get("n")?,
            id: id(row, "id")?,
            role: parsed(row, "role", Role::parse)?,
            active: row.try_get("active")?,
            has_badge: row.try_get("has_badge")?,
            waiting: row.try_get("waiting")?,
            detail: PersonDetail {
                name: row.try_get("name")?,
                formal_name: row.try_get("formal_name")?,
                aliases: row.try_get("aliases")?,
                email: row.try_get("email")?,
                phone: row.try_get("phone")?,
                department: row.try_get("department")?,
                location: row.try_get("location")?,
                manager: row.try_get("manager")?,
                teams: row.try_get("teams")?,
                language: row.try_get("language")?,
                channel: row.try_get("channel")?,
                needs_low_door: row.try_get("needs_low_door")?,
            },
        })
    }
}

macro_rules! people {
    ($tail:literal) => {
        concat!(
            "select person.*, d.*, (select count(*) from package where recipient = person.id and state in ('received', 'stored', 'shelved', 'disputed')) as waiting, ",
            "exists (select 1 from badge where badge.person = person.id and state = 'active') as has_badge ",
            "from person join person_detail d on d.person = person.id ",
            $tail
        )
    };
}

async fn one(row: Option<SqliteRow>) -> Result<Option<PersonRow>> {
    row.map(|r| PersonRow::read(&r).map_err(Into::into)).transpose()
}

async fn by_id(db: impl SqliteExecutor<'_>, person: PersonId) -> Result<Option<PersonRow>> {
    one(sqlx::query(people!("where person.id = ?")).bind(person.0).fetch_optional(db).await?).await
}

/// What the user typed as a full-text query: each word quoted, the last may go on.
pub(crate) fn words(query: &str) -> Option<String> {
    let words: Vec<String> = query
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .take(8)
        .map(|w| format!("\"{w}\"*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// What an address is found by, as `Tx::find` writes it: its domain says the same of everybody.
fn mailbox(address: &str) -> &str {
    match address.split_once('@') {
        Some((mailbox, _)) if !mailbox.is_empty() => mailbox,
        _ => address,
    }
}

/// The same for people, of whose mail addresses the part before the @ is known.
fn people_words(query: &str) -> Option<String> {
    words(&query.split_whitespace().map(mailbox).collect::<Vec<_>>().join(" "))
}

impl Store {
    pub async fn person(&self, person: PersonId) -> Result<Option<PersonRow>> {
        by_id(&self.readers, person).await
    }

    pub async fn person_by_email(&self, email: &str) -> Result<Option<PersonRow>> {
        one(sqlx::query(people!("where d.email = ?")).bind(email).fetch_optional(&self.readers).await?).await
    }

    /// Who has this number, as their telephone's or as the one a directory knows them by. Digits only; of two, nobody.
    pub async fn person_by_number(&self, digits: &str) -> Result<Option<PersonId>> {
        let rows = sqlx::query(
            "select person from person_source where external_id = ?1
             union select person from person_detail where phone is not null and length(?2) >= 7
               and substr(replace(replace(replace(replace(replace(replace(phone, ' ', ''), '-', ''), '(', ''), ')', ''), '.', ''), '/', ''), -length(?2)) = ?2
             limit 2",
        )
        .bind(digits)
        .bind(digits)
        .fetch_all(&self.readers)
        .await?;
        Ok(match rows.as_slice() {
            [one] => Some(id(one, "person")?),
            _ => None,
        })
    }

    /// Everybody who signs in, by name.
    pub async fn staff(&self) -> Result<Vec<PersonRow>> {
        let rows = sqlx::query(people!("where role <> 'recipient' order by d.name"))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|r| PersonRow::read(r).map_err(Into::into)).collect()
    }

    pub async fn has_admin(&self) -> Result<bool> {
        let row = sqlx::query("select count(*) from person where role = 'admin' and active = 1")
            .fetch_one(&self.readers)
            .await?;
        Ok(row.get::<i64, _>(0) > 0)
    }

    /// People whose name, alias, department or mail begins with what was typed, newest first, after number `after`.
    pub async fn search_people(&self, query: &str, after: Option<i64>, limit: i64) -> Result<Vec<PersonRow>> {
        let before = after.unwrap_or(i64::MAX);
        let rows = match people_words(query) {
            Some(words) => {
                sqlx::query(people!(
                    "where person.n in (select rowid from person_search where person_search match ?1 and rowid < ?2 order by rowid desc limit ?3) order by person.n desc"
                ))
                .bind(words)
                .bind(before)
                .bind(limit)
                .fetch_all(&self.readers)
                .await?
            }
            None => {
                sqlx::query(people!("where person.n < ? order by person.n desc limit ?"))
                    .bind(before)
                    .bind(limit)
                    .fetch_all(&self.readers)
                    .await?
            }
        };
        rows.iter().map(|r| PersonRow::read(r).map_err(Into::into)).collect()
    }
}

impl Tx {
    pub async fn person(&mut self, person: PersonId) -> Result<Option<PersonRow>> {
        by_id(&mut *self.inner, person).await
    }

    pub async fn person_by_email(&mut self, email: &str) -> Result<Option<PersonRow>> {
        one(sqlx::query(people!("where d.email = ?")).bind(email).fetch_optional(&mut *self.inner).await?)
            .await
    }

    /// Writes what can be erased, and makes it found. The person is in the log already.
    pub async fn put_person(&mut self, person: PersonId, detail: &PersonDetail) -> Result<()> {
        self.put_people(&[(person, detail)], &[person]).await
    }
}
