//! The numbers to hold, each beside the physical floor measured in the same run. Prints; never judges by time.
//!
//! `npm run bench` runs it all; `-- door`, `-- search`, `-- intake` or `-- people` one part. `CUBBY_BENCH_PACKAGES` sets the large
//! history (1,000,000).
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::cast_precision_loss)]

mod people;

use domain::package::PackageSize;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use std::path::Path;
use std::time::{Duration, Instant};
use stories::{Room, until};

const WIRE: Duration = Duration::from_micros(5_208); // five bytes at 9600 baud, 8N1
const VISITS: usize = 60;

#[tokio::main]
async fn main() {
    let part = std::env::args().nth(1).unwrap_or_default();
    let large: i64 =
        std::env::var("CUBBY_BENCH_PACKAGES").ok().and_then(|v| v.parse().ok()).unwrap_or(1_000_000);
    if part == "people" {
        return people::people().await;
    }
    let mut p99s = Vec::new();
    for packages in [1_000, large] {
        println!("\n## {packages} packages of history");
        let began = Instant::now();
        let room = Room::new().await;
        fill(&room, packages, (packages / 10).max(100)).await;
        println!("history made in {:.1} s", began.elapsed().as_secs_f64());
        if part.is_empty() || part == "door" {
            p99s.push(door(&room).await);
        }
        if part.is_empty() || part == "search" {
            search(&room).await;
        }
        if part.is_empty() || part == "intake" {
            intake(&room).await;
        }
    }
    if let [small, large] = p99s.as_slice() {
        println!("\np99 at the large history / at 1,000: {:.2} (target 1.10)", large / small);
    }
    if part.is_empty() {
        people::people().await;
    }
}

/// History in bulk: what screens and searches read, with a log as long. Its chain is not a real one, so the
/// benchmark's folder is never checked.
async fn fill(room: &Room, packages: i64, people: i64) {
    let pool = scratch(room.folder.path()).await;
    let run = async |sql: &'static str, n: i64| {
        sqlx::query(sql).bind(n).execute(&pool).await.unwrap();
    };
    run("insert into person (id, role) with recursive s(i) as (select 1 union all select i + 1 from s where i < ?) select randomblob(16), 'recipient' from s", people).await;
    run("insert into person_detail (person, name, department, language) select id, 'Person ' || char(97 + n % 26) || char(97 + n / 26 % 26) || char(97 + n / 676 % 26) || ' Name' || n, 'Dept ' || n % 40, 'en' from person where id not in (select person from person_detail) and ?1 = ?1", 0).await;
    run("insert into person_search (rowid, name, department) select n, name, department from person join person_detail on person = id where n not in (select rowid from person_search) and ?1 = ?1", 0).await;
    run("insert into package (id, tracking_number, carrier, recipient, size, handling, state, opening, received_ms, changed_ms) with recursive s(i) as (select 1 union all select i + 1 from s where i < ?) select randomblob(16), '1Z' || printf('%08X', abs(random()) % 4294967296) || i, 'UPS', (select id from person where n = 1 + i % (select count(*) from person)), 'S', '', 'collected', randomblob(16), i, i from s", packages).await;
    run("insert into package_search (rowid, tracking, recipient) select p.n, p.tracking_number, d.name from package p join person_detail d on d.person = p.recipient where ?1 = ?1", 0).await;
    run(
        "insert into package_digits (rowid, tracking) select n, tracking_number from package where ?1 = ?1",
        0,
    )
    .await;
    run("insert into event (seq, id, kind, body, wall_utc_ms, boot_id, mono_ms, prev_hash, hash) with recursive s(i) as (select 1 union all select i + 1 from s where i < ?) select (select max(seq) from event) + i, randomblob(16), 'visit.ended', '{\"visit\":\"00000000-0000-0000-0000-000000000000\"}', i, zeroblob(16), i, randomblob(32), randomblob(32) from s", packages).await;
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&pool).await.unwrap();
    pool.close().await;
}

async fn scratch(folder: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("cubby.db"))
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(60));
    SqlitePool::connect_with(options).await.unwrap()
}

/// Badge presented to the last byte of the unlock frame, beside one durable commit and the frame's wire time.
async fn door(room: &Room) -> f64 {
    let ada = room.person("Ada", "40856634").await;
    let floor_pool = scratch(room.folder.path()).await;
    sqlx::query("create table if not exists bench_floor (n integer primary key, body text)")
        .execute(&floor_pool)
        .await
        .unwrap();
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..VISITS {
        let (package, channel) = room.stored(ada).await;
        for _ in 0..5 {
            let began = Instant::now();
            let mut tx = floor_pool.begin_with("begin immediate").await.unwrap();
            sqlx::query("insert into bench_floor (body) values ('an intent of about this length, as the log writes it')")
                .execute(&mut *tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            floor.push(began.elapsed() + WIRE);
        }
        let seen = room.bank.unlocks().len();
        let kiosk = room.kiosk();
        let began = Instant::now();
        let tapped = tokio::spawn(async move { kiosk.badge("40856634").await.map(|_| ()) });
        until("the frame", async || room.bank.unlocks().len() > seen).await;
        // The board notes when the frame's last byte came; on a pseudo-terminal that takes no time, so the wire's
        // time is added to both sides.
        ours.push(room.bank.unlocks()[seen].0.duration_since(began) + WIRE);
        tapped.await.unwrap().unwrap();
        until("open", async || room.bank.door(channel).unwrap().open).await;
        room.bank.shut(channel);
        room.until_state(package, "Collected").await;
        room.kiosk().end().await.unwrap();
    }
    floor_pool.close().await;
    let (f50, f99) = percentiles(&mut floor);
    let (o50, o99) = percentiles(&mut ours);
    println!("badge to last byte of the unlock frame ({VISITS} visits):");
    println!("  p50 {o50:.2} ms, floor {f50:.2} ms, ratio {:.2}", o50 / f50);
    println!("  p99 {o99:.2} ms, floor {f99:.2} ms, ratio {:.2} (target 1.50)", o99 / f99);
    o99
}

async fn search(room: &Room) {
    let letters = |n: usize| -> String {
        (0..3).map(|i| char::from(b'a' + u8::try_from((n * 7 + i * 11) % 26).unwrap())).collect()
    };
    let (mut packages, mut people) = (Vec::new(), Vec::new());
    for n in 0..300 {
        for query in [letters(n), format!("person {}", &letters(n)[..1]), format!("{n:03}"), format!("1z{n}")]
        {
            let began = Instant::now();
            room.station.store().search_packages(&query, None, None, 20).await.unwrap();
            packages.push(began.elapsed());
        }
        for query in [letters(n), letters(n)[..1].to_owned(), format!("dept {}", n % 40)] {
            let began = Instant::now();
            room.station.store().search_people(&query, None, 20).await.unwrap();
            people.push(began.elapsed());
        }
    }
    let (a50, a99) = percentiles(&mut packages);
    let (b50, b99) = percentiles(&mut people);
    println!(
        "search as you type: packages p50 {a50:.2} ms, p99 {a99:.2} ms; people p50 {b50:.2} ms, p99 {b99:.2} ms (target p99 10 ms)"
    );
}

async fn intake(room: &Room) {
    let bob = room.person("Bob", "40856635").await;
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(3) {
        room.received(bob, PackageSize::S).await;
        done += 1;
    }
    println!("intake: {:.0} packages a second", f64::from(done) / began.elapsed().as_secs_f64());
}

fn percentiles(times: &mut [Duration]) -> (f64, f64) {
    times.sort();
    let at = |p: usize| times[(times.len() * p / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0;
    (at(50), at(99))
}
