//! Reading columns into the domain's types. An id column can only become its own kind of id.

use domain::holds::Hold;
use domain::time::Wall;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

pub(crate) fn id<T: From<Uuid>>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    row.try_get::<Uuid, _>(column).map(T::from)
}

pub(crate) fn maybe_id<T: From<Uuid>>(row: &SqliteRow, column: &str) -> sqlx::Result<Option<T>> {
    Ok(row.try_get::<Option<Uuid>, _>(column)?.map(T::from))
}

/// A column whose text the domain parses. What it can't parse was not written by us.
pub(crate) fn parsed<T>(row: &SqliteRow, column: &str, parse: impl Fn(&str) -> Option<T>) -> sqlx::Result<T> {
    let text: String = row.try_get(column)?;
    parse(&text).ok_or_else(|| sqlx::Error::Decode(format!("{column} is {text:?}").into()))
}

/// A column that holds pairs of moments as JSON.
pub(crate) fn holds(row: &SqliteRow) -> sqlx::Result<Vec<Hold>> {
    let text: String = row.try_get("holds")?;
    let pairs: Vec<(i64, i64)> = serde_json::from_str(&text).map_err(|e| sqlx::Error::Decode(e.into()))?;
    Ok(pairs.into_iter().map(|(from, until)| Hold { from: Wall(from), until: Wall(until) }).collect())
}
