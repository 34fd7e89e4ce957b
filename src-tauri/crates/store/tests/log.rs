//! The custody log: nothing in it can be changed, lost or moved without being found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use domain::event::{Actor, BankFacts, CompartmentFacts, Event, Purpose, Way};
use domain::package::{PackageSize, Size};
use domain::person::Role;
use domain::time::{Mono, Wall};
use domain::{BankId, BootId, CompartmentId, OpeningId, PackageId, PersonId};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use sqlx::{Connection, Row};
use store::{ChainFault, NodeLock, PersonDetail, Stamp, Store, StoreError};
use uuid::Uuid;

fn stamp(ms: i64) -> Stamp {
    Stamp { wall: Wall(ms), mono: Mono(ms), boot: BootId(Uuid::nil()) }
}

/// A package goes in and out: every kind of table is touched.
async fn a_day(store: &Store) {
    let bank = BankId(Uuid::now_v7());
    let compartment = CompartmentId(Uuid::now_v7());
    let person = PersonId(Uuid::now_v7());
    let package = PackageId(Uuid::now_v7());
    let (deposit, pickup) = (OpeningId(Uuid::now_v7()), OpeningId(Uuid::now_v7()));
    let by = Actor::Person(person);
    let decided = |opening, purpose| Event::OpeningDecided {
        opening,
        compartment,
        package: Some(package),
        purpose,
        by,
        way: Way::Badge,
    };
    let events = [
        Event::SiteNamed { name: "Here".into() },
        Event::BankDeclared(BankFacts {
            bank,
            name: "Lobby".into(),
            driver: "bcc8a".into(),
            port: "/dev/null".into(),
            baud: 9600,
            board: 1,
            closed_bit: 1,
            status_order: None,
            screen: Some((0, 1)),
            position: 0,
        }),
        Event::CompartmentDeclared(CompartmentFacts {
            compartment,
            bank,
            label: "A01".into(),
            channel: 1,
            size: Size::S,
            column: 0,
            row: 0,
            accessible: true,
            refrigerated: false,
        }),
        Event::PersonAdded { person, role: Role::Recipient, by: Actor::System },
        Event::Received {
            package,
            tracking_number: "1Z999AA10123456784".into(),
            carrier: Some("UPS".into()),
            recipient: person,
            size: PackageSize::S,
            handling: vec![],
            by,
        },
        decided(deposit, Purpose::Deposit),
        Event::OpeningSent { opening: deposit, attempt: 1 },
        Event::OpeningOpened { opening: deposit, recovered: false },
        Event::OpeningClosed { opening: deposit },
        Event::Stored { package, compartment, opening: deposit, deadline: Wall(99) },
        decided(pickup, Purpose::Pickup),
        Event::OpeningSent { opening: pickup, attempt: 1 },
        Event::OpeningOpened { opening: pickup, recovered: false },
        Event::OpeningClosed { opening: pickup },
        Event::Collected { package, compartment, opening: pickup, by, principal: None },
    ];
    for (n, event) in events.iter().enumerate() {
        let mut tx = store.begin(stamp(i64::try_from(n).unwrap())).await.unwrap();
        tx.append(event).await.unwrap();
        if let Event::PersonAdded { .. } = event {
            let detail =
                PersonDetail { name: "Ada".into(), language: "en".into(), ..PersonDetail::default() };
            tx.put_person(person, &detail).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

async fn raw(folder: &std::path::Path) -> SqlitePool {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(folder.join("cubby.db")))
        .await
        .unwrap();
    for trigger in ["event_is_never_changed", "event_is_never_deleted"] {
        let sql = if trigger.ends_with("changed") {
            "drop trigger event_is_never_changed"
        } else {
            "drop trigger event_is_never_deleted"
        };
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    pool
}

async fn after(tamper: &'static [&'static str]) -> Option<ChainFault> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    a_day(&store).await;
    assert_eq!(store.check().await.unwrap().fault, None, "whole before it is tampered with");
    let pool = raw(folder.path()).await;
    for sql in tamper {
        sqlx::query(*sql).execute(&pool).await.unwrap();
    }
    pool.close().await;
    store.check().await.unwrap().fault
}

#[tokio::test]
async fn a_changed_body_time_or_hash_is_found() {
    assert_eq!(
        after(&["update event set body = replace(body, 'UPS', 'DHL') where seq = 5"]).await,
        Some(ChainFault::Changed(5))
    );
    assert_eq!(
        after(&["update event set wall_utc_ms = 0 where seq = 7"]).await,
        Some(ChainFault::Changed(7))
    );
    assert_eq!(
        after(&["update event set mono_ms = mono_ms + 1 where seq = 15"]).await,
        Some(ChainFault::Changed(15))
    );
}

#[tokio::test]
async fn a_missing_row_is_found() {
    assert_eq!(after(&["delete from event where seq = 6"]).await, Some(ChainFault::Missing(6)));
    assert_eq!(after(&["delete from event where seq = 1"]).await, Some(ChainFault::Missing(1)));
}

#[tokio::test]
async fn reordered_rows_are_found() {
    let swap = &[
        "update event set seq = -1 where seq = 8",
        "update event set seq = 8 where seq = 9",
        "update event set seq = 9 where seq = -1",
    ];
    assert!(matches!(after(swap).await, Some(ChainFault::Changed(8))));
}

#[tokio::test]
async fn tables_that_say_otherwise_are_found() {
    assert_eq!(after(&["update package set state = 'lost'"]).await, Some(ChainFault::Table("package")));
    assert_eq!(after(&["update compartment set used = 7"]).await, Some(ChainFault::Table("compartment")));
}

#[tokio::test]
async fn the_log_refuses_change_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    a_day(&store).await;
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(folder.path().join("cubby.db")))
        .await
        .unwrap();
    for sql in ["update event set kind = 'x'", "delete from event"] {
        let refused = sqlx::query(sql).execute(&pool).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn one_node_runs_on_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = NodeLock::take(folder.path()).unwrap();
    assert!(matches!(NodeLock::take(folder.path()), Err(StoreError::InUse(_))));
    drop(first);
    NodeLock::take(folder.path()).unwrap();
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    Store::open(folder.path()).await.unwrap().close().await;
    let path = folder.path().join("cubby.db");
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::query("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', 1, x'00', 0)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    assert!(matches!(Store::open(folder.path()).await, Err(StoreError::Newer(9999))));
}

#[tokio::test]
async fn a_damaged_file_is_named_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cubby.db");
    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    assert!(matches!(Store::open(folder.path()).await, Err(StoreError::Damaged(_))));
    assert_eq!(std::fs::read(&path).unwrap(), vec![b'x'; 8192]);
}

#[tokio::test]
async fn a_backup_is_whole_and_a_restore_is_a_new_incarnation() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    a_day(&store).await;
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let events = store.check().await.unwrap().events;
    store.close().await;
    Store::restore(folder.path(), &copy, "old").await.unwrap();
    let restored = Store::open(folder.path()).await.unwrap();
    assert_eq!(restored.check().await.unwrap().events, events);
    assert!(folder.path().join("old.db").exists(), "what was there is kept");
}

/// What the write-ahead log holds and the file does not yet, in pages.
async fn unmoved(store: &Store) -> i64 {
    let mut db =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(store.path())).await.unwrap();
    let row = sqlx::query("pragma wal_checkpoint(noop)").fetch_one(&mut db).await.unwrap();
    row.get::<i64, _>(1) - row.get::<i64, _>(2)
}

#[tokio::test]
async fn a_long_log_is_moved_into_the_file_while_somebody_writes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    while unmoved(&store).await < 1_000 {
        let mut tx = store.begin(stamp(0)).await.unwrap();
        for _ in 0..200 {
            let (person, by) = (PersonId(Uuid::new_v4()), Actor::System);
            tx.append(&Event::PersonAdded { person, role: Role::Recipient, by }).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let before = unmoved(&store).await;
    let mut tx = store.begin(stamp(1)).await.unwrap();
    tx.append(&Event::SiteNamed { name: "Elsewhere".into() }).await.unwrap();
    store.shorten_log().await.unwrap();
    assert_eq!(unmoved(&store).await, 0, "of {before}");
    tx.commit().await.unwrap();
    let short = unmoved(&store).await;
    store.shorten_log().await.unwrap();
    assert!(short > 0 && unmoved(&store).await == short, "a short one is left alone");
    assert_eq!(store.check().await.unwrap().fault, None);
}
