//! People by the hundred thousand: an import beside a plain read-and-insert of the same file, what a door waits
//! meanwhile, and the search afterwards. `-- people` runs it; `CUBBY_BENCH_PEOPLE` sets how many.

use crate::measure::percentiles;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use station::import_file;
use station::wire::{ImportCounts, ImportOptions, ImportStage};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use stories::{Room, stamp};

const GIVEN: [&str; 16] = [
    "Ada", "Bea", "Carmen", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Inés", "Jun", "Kofi", "Lena",
    "Mateo", "Noor", "Olga", "Priya",
];

pub async fn people() {
    let count = std::env::var("CUBBY_BENCH_PEOPLE").ok().and_then(|v| v.parse().ok()).unwrap_or(100_000);
    println!("\n## {count} people");
    let file = list(count, 0);
    let floor = plain(&file).await;
    println!("plain read and insert of the same {} kB: {:.2} s", file.len() / 1_024, floor.as_secs_f64());

    let room = Room::new().await;
    let folder = room.folder.path().to_owned();
    room.station.clone().stop().await;
    let ratio = |what: &str, took: Duration| {
        println!(
            "{what}: {:.2} s, ratio {:.2} (target 3.00)",
            took.as_secs_f64(),
            took.as_secs_f64() / floor.as_secs_f64()
        );
    };
    let (took, counts) = import(&folder, &file).await;
    assert_eq!(counts.added as usize, count);
    ratio("import of everybody", took);
    let (took, counts) = import(&folder, &file).await;
    assert_eq!(counts.unchanged as usize, count);
    ratio("the same again, with no change", took);
    let (took, counts) = import(&folder, &list(count, 50)).await;
    assert!(counts.changed as usize >= count / 50);
    ratio("one in fifty moved to another department", took);

    let room = room.restart_changing(async |_| ()).await;
    search(&room).await;
    beside(&room, &list(count, 20)).await;
}

/// A list; every `moved`th person is somewhere else than before.
fn list(count: usize, moved: usize) -> String {
    let mut text = String::from("Employee ID;First name;Last name;Email;Department;Location;Phone;Badge\r\n");
    for n in 0..count {
        let department = if moved > 0 && n % moved == 0 { n % 40 + 1 } else { n % 40 };
        writeln!(
            text,
            "E{n:06};{};Name{} {};p{n}@example.com;Department {department};Building {}, floor {};+34 600 {n:06};{}\r",
            GIVEN[n % GIVEN.len()],
            n / 7,
            GIVEN[n / 3 % GIVEN.len()],
            n % 9,
            n % 12,
            40_000_000 + n
        )
        .unwrap();
    }
    text
}

/// The floor: each line read and inserted as it is, into a table with a key and the index a mail address needs, in one
/// durable transaction.
async fn plain(text: &str) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("plain.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("create table person (id text primary key, given text, family text, email text unique, department text, location text, phone text, badge text unique)")
        .execute(&mut db)
        .await
        .unwrap();
    let began = Instant::now();
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let mut tx = db.begin().await.unwrap();
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).unwrap() {
        let mut insert = sqlx::query("insert into person values (?, ?, ?, ?, ?, ?, ?, ?)");
        for cell in &row {
            insert = insert.bind(cell);
        }
        insert.execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    began.elapsed()
}

fn options() -> ImportOptions {
    ImportOptions { encoding: None, columns: [].into(), leavers: true, many_leavers: false }
}

async fn import(folder: &Path, text: &str) -> (Duration, ImportCounts) {
    let began = Instant::now();
    let done = import_file(folder, text.as_bytes(), &options(), false, |_, _| ()).await.unwrap();
    (began.elapsed(), done.preview.counts)
}

async fn search(room: &Room) {
    let mut times = Vec::new();
    for n in 0..600_usize {
        for query in [
            GIVEN[n % 16][..2].to_owned(),
            format!("name{}", n * 13),
            format!("p{n}@ex"),
            format!("{} name{n}", GIVEN[n % 16]),
        ] {
            let began = Instant::now();
            room.station.store().search_people(&query, None, 20).await.unwrap();
            times.push(began.elapsed());
        }
    }
    let (p50, p99) = percentiles(&mut times);
    println!("search as you type over them: p50 {p50:.2} ms, p99 {p99:.2} ms (target p99 10 ms)");
}

/// What whoever writes waits for the writer while an import is being applied.
async fn beside(room: &Room, text: &str) {
    let state = room.supervisor().await.import_begin("people.csv").unwrap();
    for piece in text.as_bytes().chunks(1 << 20) {
        room.supervisor().await.import_bytes(&state.id, piece).unwrap();
    }
    room.supervisor().await.import_read(&state.id, options()).await.unwrap();
    reach(room, ImportStage::Ready).await;
    room.supervisor().await.import_apply(&state.id).unwrap();
    let mut waits = Vec::new();
    while room.supervisor().await.import_state().unwrap().stage == ImportStage::Applying {
        let began = Instant::now();
        drop(room.station.store().begin(stamp()).await.unwrap());
        waits.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let (p50, p99) = percentiles(&mut waits);
    let most = waits.last().copied().unwrap_or_default().as_secs_f64() * 1_000.0;
    println!(
        "a door waits for the writer beside an import ({} times): p50 {p50:.2} ms, p99 {p99:.2} ms, most {most:.2} ms (target 20 ms)",
        waits.len()
    );
}

async fn reach(room: &Room, stage: ImportStage) {
    stories::until("the import", async || {
        room.supervisor().await.import_state().is_some_and(|s| s.stage == stage)
    })
    .await;
}
