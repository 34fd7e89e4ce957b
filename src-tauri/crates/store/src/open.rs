//! Opening the file: one writer, a few readers, full durability, asserted and read back.

use crate::gate::Gate;
use crate::{Result, StoreError};
use sqlx::Row;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The database's name inside a data folder.
pub(crate) const FILE: &str = "cubby.db";
const LOCK: &str = "cubby.lock";

/// Held by the one process that drives this folder's doors.
#[derive(Debug)]
pub struct NodeLock {
    _file: File,
}

impl NodeLock {
    /// Takes the folder, or says that another process has it.
    pub fn take(folder: &Path) -> Result<NodeLock> {
        let file = writable(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(NodeLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.into())),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// Makes a data folder that only its owner can look into; one that is there stays as it is.
pub fn own_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The lock's file, which also proves that the folder can be written.
fn writable(folder: &Path) -> Result<File> {
    let at = |error| StoreError::at(folder, error);
    own_folder(folder).map_err(at)?;
    File::options().create(true).truncate(false).write(true).open(folder.join(LOCK)).map_err(at)
}

/// The open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
    /// One that shortens the write-ahead log, so that no commit does.
    pub(crate) shortener: SqlitePool,
    pub(crate) gate: Gate,
    path: PathBuf,
}

pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit that was told must survive a power cut: NORMAL forgets doors that opened.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .auto_vacuum(SqliteAutoVacuum::None)
        // What is deleted is overwritten: an erased name must not lie in a free page.
        .pragma("secure_delete", "on")
        // Nor in a file of SQLite's elsewhere: what a statement changed, to be taken back, and what didn't fit a sort.
        .pragma("temp_store", "memory")
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "on")
        .pragma("journal_size_limit", "67108864")
        // Only if the shortener is far behind.
        .pragma("wal_autocheckpoint", "8000")
        .pragma("fullfsync", "1")
        .pragma("checkpoint_fullfsync", "1")
        .statement_cache_capacity(256)
        // Rows come from a thread of their own: a hundred thousand people in fewer hand-overs.
        .row_buffer_size(2_048)
}

impl Store {
    /// Opens a folder's database, makes or upgrades it. Nothing is changed if it is newer, altered or damaged.
    pub async fn open(folder: &Path) -> Result<Store> {
        writable(folder)?;
        Self::whole(folder)?;
        Self::open_file(&folder.join(FILE)).await
    }

    /// Opens a folder's database if there is one, and makes none.
    pub async fn open_existing(folder: &Path) -> Result<Store> {
        let path = folder.join(FILE);
        if path.exists() {
            writable(folder)?;
            Self::whole(folder)?;
            return Self::open_file(&path).await;
        }
        let error = std::io::Error::new(
            std::io::ErrorKind::NotFound,
            format!("there is no database in {}", folder.display()),
        );
        Err(error.into())
    }

    pub async fn open_file(path: &Path) -> Result<Store> {
        let fresh = !path.exists();
        if !fresh {
            File::options().read(true).write(true).open(path).map_err(|error| StoreError::at(path, error))?;
        }
        match Self::opened(path, fresh).await {
            // The system lets it be written, so it is the file's own head that says otherwise.
            Err(StoreError::Disk(why)) if why.ends_with("(8)") => Err(StoreError::Damaged(why)),
            opened => opened,
        }
    }

    async fn opened(path: &Path, fresh: bool) -> Result<Store> {
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options(path).create_if_missing(true))
            .await?;
        let version: String = sqlx::query("select sqlite_version()").fetch_one(&writer).await?.get(0);
        if !new_enough(&version) {
            return Err(StoreError::OldSqlite(version));
        }
        if !fresh {
            let verdict: String = sqlx::query("pragma quick_check(1)").fetch_one(&writer).await?.get(0);
            if verdict != "ok" {
                return Err(StoreError::Damaged(verdict));
            }
            Self::keep_before_upgrade(&writer, path).await?;
        }
        MIGRATIONS.run(&writer).await?;
        let synchronous: i64 = sqlx::query("pragma synchronous").fetch_one(&writer).await?.get(0);
        if synchronous != 2 {
            return Err(StoreError::Damaged("synchronous is not FULL".into()));
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(3)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options(path).read_only(true).pragma("mmap_size", "268435456"))
            .await?;
        let shortener = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options(path));
        let store = Store { writer, readers, shortener, gate: Gate::new(), path: path.into() };
        store.name_node().await?;
        Ok(store)
    }

    /// A copy beside the file before its form changes.
    async fn keep_before_upgrade(writer: &SqlitePool, path: &Path) -> Result<()> {
        let known: i64 = sqlx::query("select count(*) from sqlite_master where name = '_sqlx_migrations'")
            .fetch_one(writer)
            .await?
            .get(0);
        if known == 0 {
            return Ok(());
        }
        let at: i64 = sqlx::query("select coalesce(max(version), 0) from _sqlx_migrations")
            .fetch_one(writer)
            .await?
            .get(0);
        let newest = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or_default();
        if at < newest {
            let copy = path.with_file_name(format!("pre-{at}.db"));
            if copy.exists() {
                std::fs::remove_file(&copy)?;
            }
            sqlx::query("vacuum into ?").bind(copy.to_string_lossy().into_owned()).execute(writer).await?;
        }
        Ok(())
    }

    async fn name_node(&self) -> Result<()> {
        sqlx::query("insert into node (id, node_id, incarnation) values (1, ?, 1) on conflict do nothing")
            .bind(uuid::Uuid::new_v4())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    pub async fn sqlite_version(&self) -> Result<String> {
        Ok(sqlx::query("select sqlite_version()").fetch_one(&self.readers).await?.get(0))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the file. After a failed write it is left as it is until the process ends: closing writes, too.
    pub async fn close(&self) {
        if self.gate.open().is_err() {
            std::mem::forget(self.clone());
            return;
        }
        self.shortener.close().await;
        self.readers.close().await;
        self.writer.close().await;
    }

    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        let row = sqlx::query("select value from setting where key = ?")
            .bind(key)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|r| r.get(0)))
    }

    /// Small, not in the log: a channel's settings, a keypad's throttle.
    pub async fn put_setting(&self, key: &str, value: &str) -> Result<()> {
        let query = sqlx::query(
            "insert into setting (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        );
        self.write(query.bind(key).bind(value)).await
    }
}

fn new_enough(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').filter_map(|p| p.parse().ok()).collect();
    parts >= vec![3, 51, 3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(new_enough("3.51.3") && new_enough("3.100.0"));
        assert!(!new_enough("3.51.2") && !new_enough("3.9.9"));
    }
}
