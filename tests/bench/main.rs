//! The numbers to hold, each beside the physical floor measured in the same run. Prints; never judges by time.
//!
//! `npm run bench` runs it all; `-- door`, `-- load`, `-- line`, `-- search`, `-- intake`, `-- people`, `-- notices` or `-- restart`
//! one part.
//! `CUBBY_BENCH_PACKAGES` sets the large history (1,000,000), `CUBBY_BENCH_VISITS` how often a door is measured,
//! `CUBBY_BENCH_KILLS` how often the program is killed.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::cast_precision_loss)]

mod desk;
mod door;
mod history;
mod measure;
mod notices;
mod people;
mod restart;

use measure::setting;
use std::time::Instant;
use stories::Room;

#[tokio::main]
async fn main() {
    let part = std::env::args().nth(1).unwrap_or_default();
    let asked = |name: &str| part.is_empty() || part == name;
    let large = i64::try_from(setting("CUBBY_BENCH_PACKAGES", 1_000_000)).unwrap();
    let mut p99s = Vec::new();
    let on_history = ["door", "load", "search", "intake"].into_iter().any(asked);
    for packages in [1_000, large].into_iter().filter(|_| on_history) {
        println!("\n## {packages} packages of history");
        let began = Instant::now();
        let room = Room::new().await;
        history::fill(&room, packages, (packages / 10).max(100)).await;
        println!("history made in {:.1} s", began.elapsed().as_secs_f64());
        if asked("door") {
            p99s.push(door::idle(&room).await);
        }
        if asked("load") {
            door::loaded(&room).await;
        }
        if asked("search") {
            desk::search(&room).await;
        }
        if asked("intake") {
            desk::intake(&room).await;
        }
    }
    if let [small, large] = p99s.as_slice() {
        println!("\np99 at the large history / at 1,000: {:.2} (target 1.10)", large / small);
    }
    if asked("line") {
        println!("\n## lines of boards");
        for boards in [1, 31] {
            door::on_a_line(boards).await;
        }
    }
    if asked("people") {
        people::people().await;
    }
    if asked("notices") {
        notices::notices().await;
    }
    if asked("restart") {
        restart::restarts().await;
    }
}
