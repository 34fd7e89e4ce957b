//! The disk fills up, fails, or goes bad; and what was backed up comes back.

use domain::package::PackageSize;
use station::backup::{BackupError, BackupPlan};
use station::wire::{BackupWhy, DeviceWhy, HealthKind, OpeningState, Step, TaskName};
use station::{Disk, Error};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use stories::{Room, until};

/// A disk whose free space the story sets.
struct Filling(AtomicU64);

const RESERVE: u64 = 1 << 16;

impl Disk for Filling {
    fn free(&self, _: &Path) -> std::io::Result<u64> {
        Ok(self.0.load(Ordering::Relaxed))
    }
    fn reserve(&self) -> u64 {
        RESERVE
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_07_a_full_disk_takes_nothing_in_and_everything_there_can_be_fetched() {
    let disk = Arc::new(Filling(AtomicU64::new(1 << 40)));
    let room = Room::on_disk(disk.clone()).await;
    let reserve = room.folder.path().join("reserve");
    until("the reserve", async || std::fs::metadata(&reserve).is_ok_and(|m| m.len() == RESERVE)).await;
    let (ada, bob) = (room.person("Ada", "1111").await, room.person("Bob", "2222").await);
    let (fetched, channel) = room.stored(ada).await;
    let (removed, other) = room.stored(bob).await;
    let (waiting, given) =
        (room.received(bob, PackageSize::S).await, room.received(bob, PackageSize::S).await);

    disk.0.store(0, Ordering::Relaxed);
    assert!(matches!(room.staff.deposit(waiting, None).await, Err(Error::DiskLow)));
    until("the urgent task", async || {
        room.tasks().await.iter().any(|t| t.kind == TaskName::DiskLow && t.urgent)
    })
    .await;
    assert!(!reserve.exists(), "the reserve is given back");
    let ill = room.staff.health().await.unwrap().devices;
    assert!(ill.iter().any(|d| d.kind == HealthKind::Disk && !d.ok), "{ill:?}");
    let intake = station::Received {
        tracking_number: "T1".into(),
        recipient: ada,
        size: PackageSize::S,
        handling: vec![],
        note: None,
    };
    assert!(matches!(room.staff.receive(intake).await, Err(Error::DiskLow)));

    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    room.bank.shut(channel);
    room.until_state(fetched, "Collected").await;
    let opening = room.staff.removal(removed).await.unwrap();
    room.until_opening(opening.id.parse().unwrap(), OpeningState::Open).await;
    room.bank.shut(other);
    room.until_state(removed, "Received").await;
    room.staff.hand_over(given, None).await.unwrap();

    disk.0.store(1 << 40, Ordering::Relaxed);
    until("deposits go on", async || room.staff.deposit(waiting, None).await.is_ok()).await;
    assert!(std::fs::metadata(&reserve).is_ok_and(|m| m.len() == RESERVE), "and there is a reserve again");
    until("no task", async || room.tasks().await.iter().all(|t| t.kind != TaskName::DiskLow)).await;
    assert!(room.staff.health().await.unwrap().devices.iter().all(|d| d.kind != HealthKind::Disk));
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_06_once_the_record_fails_no_door_moves_until_a_new_start() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (package, channel) = room.stored(ada).await;
    let (later, _) = room.stored(ada).await;
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    let (frames, head) = (room.bank.unlocks().len(), *room.station.head().borrow());

    room.station.store().break_off("the disk failed");
    room.bank.shut(channel);
    until("out of service", async || room.kiosk().state().await.unwrap().out_of_service).await;
    assert!(matches!(room.staff.deposit(later, None).await, Err(Error::Refused(_) | Error::OutOfService(_))));
    assert!(matches!(room.kiosk().badge("1111").await, Err(Error::OutOfService(_))));
    assert!(matches!(room.staff.removal(later).await, Err(Error::OutOfService(_))));
    let ill = room.staff.health().await.unwrap().devices;
    let disk = ill.iter().find(|d| d.kind == HealthKind::Disk).unwrap();
    let Some(DeviceWhy::DiskFailed { says }) = &disk.why else { panic!("{disk:?}") };
    assert!(says.contains("the disk failed"));
    assert_eq!(room.bank.unlocks().len(), frames, "no door moves");
    assert_eq!(room.station.store().head().await.unwrap().0, head, "nothing is recorded");

    let room = room.restart().await;
    room.until_state(package, "Collected").await;
    assert_eq!(room.bank.unlocks().len(), frames, "the sensor is asked, nothing is sent");
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_08_a_record_that_does_not_verify_takes_the_node_out_of_service() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    room.stored(ada).await;
    let room = room
        .restart_changing(async |folder| {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("cubby.db"));
            let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
            sqlx::query("update package set tracking_number = 'other'").execute(&pool).await.unwrap();
            pool.close().await;
        })
        .await;
    until("out of service", async || room.kiosk().state().await.unwrap().out_of_service).await;
    assert_eq!(room.staff.health().await.unwrap().chain_ok, Some(false));
    let frames = room.bank.unlocks().len();
    assert!(matches!(room.kiosk().badge("1111").await, Err(Error::OutOfService(_))));
    assert_eq!(room.bank.unlocks().len(), frames);
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_go_by_plan_are_told_and_only_the_newest_stay() {
    let room = Room::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let data = room.folder.path();
    let plan = BackupPlan { folder: Some(elsewhere.path().join("here")), keep: 2, ..BackupPlan::default() };
    plan.save(data).unwrap();
    assert_eq!(room.staff.health().await.unwrap().backup.at, None);
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(room.station.back_up().await.unwrap());
    }
    assert!(!made[0].exists() && made[1].exists() && made[2].exists());
    let health = room.staff.health().await.unwrap().backup;
    assert!(health.at.is_some() && health.kibibytes > Some(0) && health.why.is_none() && !health.encrypted);
    assert_eq!(station::backup::newest(data).unwrap().0, made[2]);
    // One that went bad is not offered.
    let mut bytes = std::fs::read(&made[2]).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(&made[2], bytes).unwrap();
    assert_eq!(station::backup::newest(data).unwrap().0, made[1]);

    std::fs::write(elsewhere.path().join("file"), "").unwrap();
    BackupPlan { folder: Some(elsewhere.path().join("file/no")), ..plan.clone() }.save(data).unwrap();
    room.station.back_up().await.unwrap_err();
    let why = room.staff.health().await.unwrap().backup.why;
    assert!(matches!(&why, Some(BackupWhy::Folder { folder, .. }) if folder.ends_with("file/no")), "{why:?}");
    let told = async || room.tasks().await.iter().any(|task| task.kind == TaskName::NoBackup);
    room.station.back_up().await.unwrap_err();
    assert!(!told().await, "a share may be away for an hour");
    room.station.back_up().await.unwrap_err();
    assert!(told().await, "no backup, and nobody would look for it");

    // After a new start it is still to be done, also when somebody else is making one.
    let room = room.restart_changing(async |_| ()).await;
    let data = room.folder.path();
    let told = async || room.tasks().await.iter().any(|task| task.kind == TaskName::NoBackup);
    plan.save(data).unwrap();
    let other = std::fs::File::create(data.join("backup.lock")).unwrap();
    other.lock().unwrap();
    assert!(matches!(room.station.back_up().await, Err(BackupError::UnderWay)));
    assert!(told().await);
    drop(other);
    room.station.back_up().await.unwrap();
    assert!(!told().await && room.staff.health().await.unwrap().backup.why.is_none());
    room.verify().await;
}

/// The drill: backed up while packages come and a door is open, restored into an empty folder, encrypted on the way.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_in_the_middle_of_things_comes_back_whole() {
    let room = Room::new().await;
    let (ada, bob) = (room.person("Ada", "1111").await, room.person("Bob", "2222").await);
    let (fetched, channel) = room.stored(ada).await;
    let (kept, _) = room.stored(bob).await;
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;

    let elsewhere = tempfile::tempdir().unwrap();
    let key = elsewhere.path().join("key");
    let recipient = Some(station::backup::new_key(&key).unwrap());
    BackupPlan { recipient, ..BackupPlan::default() }.save(room.folder.path()).unwrap();
    let intakes = async {
        for _ in 0..20 {
            room.received(ada, PackageSize::M).await;
        }
    };
    let (made, ()) = tokio::join!(room.station.back_up(), intakes);
    let made = made.unwrap();
    let bytes = std::fs::read(&made).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org"));
    let head = b"SQLite format 3";
    assert!(!bytes.windows(head.len()).any(|w| w == head), "nothing can be read in it");

    let empty = elsewhere.path().join("new");
    let refused = station::backup::restore(&empty, &made, None, "old").await.unwrap_err().to_string();
    assert!(refused.contains("--identity"), "{refused}");
    assert!(station::backup::restore(&empty, &made, Some(&key), "old").await.unwrap(), "with its secrets");
    let room = room.moved_to(&empty).await;
    room.verify().await;
    room.bank.shut(channel);
    room.until_state(fetched, "Collected").await;
    // The badge's key came along: who had one before is still known.
    room.kiosk().badge("2222").await.unwrap();
    room.until_step(Step::Open).await;
    assert_eq!(room.state(kept).await, "Stored");
    room.verify().await;
}
