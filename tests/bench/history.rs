//! A large history, made in bulk, and how long a file with it takes to open. Never a real room's: its log's chain is
//! made up, so that nothing may check it.

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;
use stories::Room;

/// History in bulk: what screens and searches read, with a log as long, none of it so old that it is to be erased. Its chain is not a real one, so the
/// benchmark's folder is never checked.
pub async fn fill(room: &Room, packages: i64, people: i64) {
    let pool = pool(&room.folder.path().join("cubby.db")).await;
    let run = async |sql: &'static str, n: i64| {
        sqlx::query(sql).bind(n).execute(&pool).await.unwrap();
    };
    run("insert into person (id, role) with recursive s(i) as (select 1 union all select i + 1 from s where i < ?) select randomblob(16), 'recipient' from s", people).await;
    run("insert into person_detail (person, name, department, language) select id, 'Person ' || char(97 + n % 26) || char(97 + n / 26 % 26) || char(97 + n / 676 % 26) || ' Name' || n, 'Dept ' || n % 40, 'en' from person where id not in (select person from person_detail) and ?1 = ?1", 0).await;
    run("insert into person_search (rowid, name, department) select n, name, department from person join person_detail on person = id where n not in (select rowid from person_search) and ?1 = ?1", 0).await;
    run("insert into package (id, tracking_number, carrier, recipient, size, handling, state, opening, received_ms, changed_ms) with recursive s(i) as (select 1 union all select i + 1 from s where i < ?) select randomblob(16), '1Z' || printf('%08X', abs(random()) % 4294967296) || i, 'UPS', (select id from person where n = 1 + i % (select count(*) from person)), 'S', '', 'collected', randomblob(16), strftime('%s') * 1000 - i, strftime('%s') * 1000 - i from s", packages).await;
    run("insert into package_search (rowid, tracking, recipient) select p.n, p.tracking_number, d.name from package p join person_detail d on d.person = p.recipient where ?1 = ?1", 0).await;
    run(
        "insert into package_digits (rowid, tracking) select n, tracking_number from package where ?1 = ?1",
        0,
    )
    .await;
    run("insert into event (seq, id, kind, body, wall_utc_ms, boot_id, mono_ms, prev_hash, hash) with recursive s(i) as (select 1 union all select i + 1 from s where i < ?) select (select max(seq) from event) + i, randomblob(16), 'visit.ended', '{\"visit\":\"00000000-0000-0000-0000-000000000000\"}', strftime('%s') * 1000, zeroblob(16), i, randomblob(32), randomblob(32) from s", packages).await;
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&pool).await.unwrap();
    pool.close().await;
}

/// As durable as the node's own writer.
pub async fn pool(file: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(60));
    SqlitePool::connect_with(options).await.unwrap()
}
