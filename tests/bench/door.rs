//! Badge presented to the last byte of the unlock frame, beside its floor: one durable commit on the same disk, in the
//! same minute and beside the same work, and the frame's time on the wire.

use crate::desk::letters;
use crate::history::pool;
use crate::measure::{percentiles, setting};
use domain::CompartmentId;
use domain::package::PackageSize;
use station::Progress;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use stories::{BYTE, Room, until};

fn wire() -> Duration {
    BYTE * 5
}

/// With nothing else going on. On a pseudo-terminal bytes take no time, so the frame's is added; gives the p99.
pub async fn idle(room: &Room) -> f64 {
    let mut times = visits(room, "40856634", &[], wire()).await;
    times.told("nothing else going on", Some(1.5))
}

/// With 50 intakes a second, somebody typing a search, and one backup after another.
pub async fn loaded(room: &Room) {
    let load = Load::start(room).await;
    let mut times = visits(room, "40856635", &[], wire()).await;
    let done = load.stop().await;
    times.told(&format!("beside {done}"), Some(2.0));
}

/// While ten thousand notices are sent.
pub async fn beside_notices(room: &Room) -> f64 {
    let mut times = visits(room, "40856636", &[], wire()).await;
    times.told("while notices are sent", None)
}

/// A line on which each byte takes its time, and whose boards are asked in turn: whoever acts while a board answers
/// waits for the answer's end. The floor knows nothing of that.
pub async fn on_a_line(boards: u8) {
    let room = Room::on_a_line(boards, 8).await;
    let of_first = room.station.store().banks().await.unwrap().into_iter().find(|b| b.board == 1).unwrap();
    let doors = room.station.store().compartments().await.unwrap();
    let doors: Vec<CompartmentId> =
        doors.into_iter().filter(|d| d.bank == of_first.id).map(|d| d.id).collect();
    let mut times = visits(&room, "40856634", &doors, Duration::ZERO).await;
    times.told(&format!("on a line of {boards} at 9600 baud, byte by byte"), None);
}

struct Times {
    floor: Vec<Duration>,
    ours: Vec<Duration>,
}

impl Times {
    fn told(&mut self, when: &str, target: Option<f64>) -> f64 {
        let visits = self.ours.len();
        let ((f50, f99), (o50, o99)) = (percentiles(&mut self.floor), percentiles(&mut self.ours));
        let target = target.map_or(String::new(), |target| format!(" (target {target:.2})"));
        println!("badge to last byte of the unlock frame, {when} ({visits} visits):");
        println!("  p50 {o50:.2} ms, floor {f50:.2} ms, ratio {:.2}", o50 / f50);
        println!("  p99 {o99:.2} ms, floor {f99:.2} ms, ratio {:.2}{target}", o99 / f99);
        o99
    }
}

/// Somebody's package is put behind a door, they show their badge, take it and shut the door; again and again.
/// `added` is what the wire would have taken of our time.
async fn visits(room: &Room, badge: &'static str, doors: &[CompartmentId], added: Duration) -> Times {
    let ada = room.person("Ada", badge).await;
    let floor_pool = pool(&room.folder.path().join("floor.db")).await;
    sqlx::query("create table if not exists floor (n integer primary key, body text)")
        .execute(&floor_pool)
        .await
        .unwrap();
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for n in 0..setting("CUBBY_BENCH_VISITS", 300) {
        let chosen = doors.get(n % doors.len().max(1)).copied();
        let (package, channel) = room.stored_in(ada, chosen).await;
        for _ in 0..3 {
            let began = Instant::now();
            let mut tx = floor_pool.begin_with("begin immediate").await.unwrap();
            sqlx::query(
                "insert into floor (body) values ('an intent of about this length, as the log writes it')",
            )
            .execute(&mut *tx)
            .await
            .unwrap();
            tx.commit().await.unwrap();
            floor.push(began.elapsed() + wire());
        }
        // The line asks its boards in a rhythm of its own: a visit begins anywhere in it.
        tokio::time::sleep(Duration::from_micros((n as u64 * 61_803) % 175_000)).await;
        let seen = room.bank.unlocks().len();
        let kiosk = room.kiosk();
        let began = Instant::now();
        let tapped = tokio::spawn(async move { kiosk.badge(badge).await.map(|_| ()) });
        until("the frame", async || room.bank.unlocks().len() > seen).await;
        ours.push(room.bank.unlocks()[seen].0.duration_since(began) + added);
        tapped.await.unwrap().unwrap();
        until("open", async || room.bank.door(channel).unwrap().open).await;
        room.bank.shut(channel);
        room.until_state(package, "Collected").await;
        room.kiosk().end().await.unwrap();
    }
    floor_pool.close().await;
    Times { floor, ours }
}

/// Everything a busy node does beside its doors.
struct Load {
    stop: Arc<AtomicBool>,
    counts: Arc<[AtomicUsize; 3]>,
    began: Instant,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

const INTAKES: Duration = Duration::from_millis(20);
/// Between two keys of somebody who types fast.
const KEYS: Duration = Duration::from_millis(100);

impl Load {
    async fn start(room: &Room) -> Load {
        let bob = room.person("Bob", "40856699").await;
        let (stop, counts) = (Arc::new(AtomicBool::new(false)), Arc::<[AtomicUsize; 3]>::default());
        let mut tasks = Vec::new();
        let going = |stop: &Arc<AtomicBool>| {
            let stop = stop.clone();
            move || !stop.load(Relaxed)
        };
        let (on, count, staff) = (going(&stop), counts.clone(), room.staff.clone());
        tasks.push(tokio::spawn(async move {
            let mut pace = tokio::time::interval(INTAKES);
            while on() {
                pace.tick().await;
                let (staff, count) = (staff.clone(), count.clone());
                // Beside the others: a slow one doesn't lower the rate.
                tokio::spawn(async move {
                    staff.receive(stories::intake(bob, PackageSize::S)).await.unwrap();
                    count[0].fetch_add(1, Relaxed);
                });
            }
        }));
        let (on, count, station) = (going(&stop), counts.clone(), room.station.clone());
        tasks.push(tokio::spawn(async move {
            let mut pace = tokio::time::interval(KEYS);
            for n in 0.. {
                pace.tick().await;
                if !on() {
                    return;
                }
                let typed = letters(n / 3)[..=n % 3].to_owned();
                station.store().search_packages(&typed, None, None, 20).await.unwrap();
                station.store().search_people(&typed, None, 20).await.unwrap();
                count[1].fetch_add(1, Relaxed);
            }
        }));
        let (on, count, station) = (going(&stop), counts.clone(), room.station.clone());
        let to = room.folder.path().join("backup.db");
        tasks.push(tokio::spawn(async move {
            while on() {
                // The made-up history can't be verified; the copying and the reading are what weighs.
                let _ = station.store().copy(&to, &Progress::default()).await;
                count[2].fetch_add(1, Relaxed);
            }
        }));
        Load { stop, counts, began: Instant::now(), tasks }
    }

    async fn stop(self) -> String {
        self.stop.store(true, Relaxed);
        let seconds = self.began.elapsed().as_secs_f64();
        for task in self.tasks {
            task.await.unwrap();
        }
        let a_second = |n: usize| self.counts[n].load(Relaxed) as f64 / seconds;
        format!(
            "{:.0} intakes and {:.0} searches a second, and {} backups one after another",
            a_second(0),
            a_second(1) * 2.0,
            self.counts[2].load(Relaxed)
        )
    }
}
