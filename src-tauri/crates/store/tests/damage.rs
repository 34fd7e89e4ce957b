//! A file that went bad: it is named, kept as it is, and never made anew; what was acknowledged is never lost silently.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use domain::BootId;
use domain::event::Event;
use domain::time::{Mono, Wall};
use std::path::{Path, PathBuf};
use store::{NodeLock, Progress, Stamp, Store, StoreError};
use uuid::Uuid;

async fn named(store: &Store, name: &str) {
    let stamp = Stamp { wall: Wall(1), mono: Mono(1), boot: BootId(Uuid::nil()) };
    let mut tx = store.begin(stamp).await.unwrap();
    tx.append(&Event::SiteNamed { name: name.into() }).await.unwrap();
    tx.commit().await.unwrap();
}

/// A folder as a killed process leaves it: events in the database, and more in the write-ahead log.
async fn killed(events: usize) -> tempfile::TempDir {
    let live = tempfile::tempdir().unwrap();
    let store = Store::open(live.path()).await.unwrap();
    for n in 0..events {
        named(&store, &format!("name {n} {}", "x".repeat(400))).await;
    }
    let left = tempfile::tempdir().unwrap();
    for file in ["cubby.db", "cubby.db-wal"] {
        std::fs::copy(live.path().join(file), left.path().join(file)).unwrap();
    }
    store.close().await;
    left
}

fn flip(file: &Path, offset: usize) -> Vec<u8> {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[offset] ^= 0b0000_0100;
    std::fs::write(file, &bytes).unwrap();
    bytes
}

/// Opened as a node opens it, and verified as a node verifies it after its start.
async fn opened(folder: &Path) -> Result<i64, String> {
    let told = |e: StoreError| {
        // A flip can also make it look like another version's: that is refused and left alone, too.
        let typed = matches!(e, StoreError::Damaged(_) | StoreError::Altered(_) | StoreError::Newer(_));
        assert!(typed, "{e}");
        e.to_string()
    };
    Store::check_journal(folder).map_err(told)?;
    let store = Store::open(folder).await.map_err(told)?;
    let report = store.check().await;
    store.close().await;
    let report = report.map_err(told)?;
    match report.fault {
        Some(fault) => Err(fault.to_string()),
        None => Ok(report.events),
    }
}

#[tokio::test]
async fn fault_08_a_flipped_bit_in_the_database_is_found_wherever_it_matters() {
    let folder = killed(40).await;
    // All of it in the database itself.
    Store::open(folder.path()).await.unwrap().close().await;
    let file = folder.path().join("cubby.db");
    let whole = std::fs::read(&file).unwrap();
    let pages = whole.len() / 4096;
    // The header's magic, page size and format; then the middle and the end of every page.
    let mut offsets = vec![3, 16, 18, 100, 105];
    offsets.extend((1..pages).flat_map(|page| [page * 4096, page * 4096 + 2048, page * 4096 + 4090]));
    let mut found = 0;
    for offset in &offsets {
        std::fs::write(&file, &whole).unwrap();
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path().join(format!("cubby.db{suffix}")));
        }
        flip(&file, *offset);
        match opened(folder.path()).await {
            Err(_) => found += 1,
            // Free space inside a page holds nothing: what is told is what was told before.
            Ok(events) => assert_eq!(events, 40, "offset {offset}"),
        }
    }
    assert!(found * 3 > offsets.len(), "{found} of {} flips were found", offsets.len());
}

#[tokio::test]
async fn fault_08_a_database_that_can_not_be_read_is_kept_to_the_byte() {
    for offset in [3, 18, 4096] {
        let folder = killed(40).await;
        Store::open(folder.path()).await.unwrap().close().await;
        let file = folder.path().join("cubby.db");
        let damaged = flip(&file, offset);
        assert!(opened(folder.path()).await.is_err(), "offset {offset}");
        assert!(std::fs::read(&file).unwrap() == damaged, "offset {offset}: the file was changed");
    }
}

#[tokio::test]
async fn fault_08_a_damaged_journal_does_not_lose_acknowledged_commits_silently() {
    let folder = killed(40).await;
    let wal = folder.path().join("cubby.db-wal");
    let whole = std::fs::read(&wal).unwrap();
    let database = std::fs::read(folder.path().join("cubby.db")).unwrap();
    let frames = (whole.len() - 32) / 4120;
    for offset in
        [0, 5, 20, 30].into_iter().chain((0..frames * 3 / 4).map(|frame| 32 + frame * 4120 + frame % 4100))
    {
        std::fs::write(&wal, &whole).unwrap();
        std::fs::write(folder.path().join("cubby.db"), &database).unwrap();
        let _ = std::fs::remove_file(folder.path().join("cubby.db-shm"));
        let damaged = flip(&wal, offset);
        let told = opened(folder.path()).await.unwrap_err();
        assert!(told.contains("write-ahead log"), "offset {offset}: {told}");
        assert!(std::fs::read(&wal).unwrap() == damaged, "offset {offset}: the log was changed");
    }
}

#[tokio::test]
async fn a_torn_last_commit_is_no_damage() {
    let folder = killed(40).await;
    let wal = folder.path().join("cubby.db-wal");
    let whole = std::fs::read(&wal).unwrap();
    for lost in [1, 512, 4120, 4120 + 512] {
        std::fs::write(&wal, &whole[..whole.len() - lost]).unwrap();
        Store::check_journal(folder.path()).unwrap();
    }
    // A sector of the last commit never came to the disk, and its end did.
    let mut torn = whole.clone();
    let sector = whole.len() - 2 * 4120;
    torn[sector..sector + 512].fill(0);
    std::fs::write(&wal, torn).unwrap();
    Store::check_journal(folder.path()).unwrap();
}

async fn backed_up(folder: &Path) -> PathBuf {
    let store = Store::open(folder).await.unwrap();
    let copy = folder.join("copy.db");
    store.backup(&copy).await.unwrap();
    store.close().await;
    copy
}

#[tokio::test]
async fn a_restore_that_was_interrupted_is_no_database() {
    let folder = killed(4).await;
    let copy = backed_up(folder.path()).await;
    std::fs::write(folder.path().join("restore.unfinished"), "").unwrap();
    assert!(matches!(Store::open(folder.path()).await, Err(StoreError::Damaged(_))));
    Store::restore(folder.path(), &copy, "old").await.unwrap();
    assert_eq!(opened(folder.path()).await, Ok(4));
}

#[tokio::test]
async fn a_damaged_backup_is_not_put_in_place() {
    let folder = killed(4).await;
    let copy = backed_up(folder.path()).await;
    flip(&copy, 4096 + 2);
    let before = std::fs::read(folder.path().join("cubby.db")).unwrap();
    Store::restore(folder.path(), &copy, "old").await.unwrap_err();
    assert!(std::fs::read(folder.path().join("cubby.db")).unwrap() == before);
    assert!(!folder.path().join("old.db").exists());
}

#[tokio::test]
async fn a_cancelled_copy_leaves_nothing() {
    let folder = killed(4).await;
    let store = Store::open(folder.path()).await.unwrap();
    let (progress, to) = (Progress::default(), folder.path().join("copy.db"));
    progress.cancel();
    assert!(matches!(store.copy(&to, &progress).await, Err(StoreError::Cancelled(_))));
    assert!(!to.exists());
    store.copy(&to, &Progress::default()).await.unwrap();
    assert!(to.exists(), "and can be made again");
}

#[tokio::test]
async fn fault_06_nothing_is_written_once_the_file_can_not_be_relied_on() {
    let folder = killed(4).await;
    let store = Store::open(folder.path()).await.unwrap();
    store.break_off("a test");
    let stamp = Stamp { wall: Wall(1), mono: Mono(1), boot: BootId(Uuid::nil()) };
    assert!(matches!(store.begin(stamp).await, Err(StoreError::Broken(_))));
    assert!(matches!(store.put_setting("key", "value").await, Err(StoreError::Broken(_))));
    assert_eq!(store.events(0, 10).await.unwrap().len(), 4, "it can still be read");
    store.close().await;
}

#[test]
fn a_folder_that_can_not_be_written_is_named_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let told = NodeLock::take(&file.join("data")).unwrap_err().to_string();
    assert!(told.contains("file") && told.contains("--data"), "{told}");
}
