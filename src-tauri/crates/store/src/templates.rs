//! The words that admins wrote for messages. The log knows that they did, not what.

use crate::{Result, Store, Tx};
use sqlx::Row;

/// By the names that the channels, kinds and languages have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRow {
    pub channel: String,
    pub kind: String,
    pub language: String,
    pub subject: String,
    pub body: String,
}

impl Store {
    pub async fn templates(&self) -> Result<Vec<TemplateRow>> {
        let rows = sqlx::query("select * from template order by channel, kind, language")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|r| {
                Ok(TemplateRow {
                    channel: r.try_get("channel")?,
                    kind: r.try_get("kind")?,
                    language: r.try_get("language")?,
                    subject: r.try_get("subject")?,
                    body: r.try_get("body")?,
                })
            })
            .collect()
    }
}

impl Tx {
    pub async fn put_template(&mut self, row: &TemplateRow) -> Result<()> {
        sqlx::query(
            "insert into template (channel, kind, language, subject, body) values (?, ?, ?, ?, ?)
             on conflict (channel, kind, language) do update set subject = excluded.subject, body = excluded.body",
        )
        .bind(&row.channel)
        .bind(&row.kind)
        .bind(&row.language)
        .bind(&row.subject)
        .bind(&row.body)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Back to the words there were.
    pub async fn drop_template(&mut self, channel: &str, kind: &str, language: &str) -> Result<()> {
        sqlx::query("delete from template where channel = ? and kind = ? and language = ?")
            .bind(channel)
            .bind(kind)
            .bind(language)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
