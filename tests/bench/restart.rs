//! From `kill -9` to doors ready: the program that ships, killed in the middle of what people do, started again at once
//! on the same folder and the same bank.

use crate::measure::{percentiles, setting};
use domain::package::PackageSize;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use stories::{Room, until};

const BADGE: &str = "40856634";

/// What lies in the file that a start reads.
const PACKAGES: usize = 1_000;

pub async fn restarts() {
    let Some(cubby) = std::env::var_os("CUBBY_BENCH_APP") else {
        println!("CUBBY_BENCH_APP names no program to kill");
        return;
    };
    let room = Room::new().await;
    let ada = room.person("Ada", BADGE).await;
    let bob = room.person("Bob", "40856699").await;
    for _ in 0..PACKAGES {
        room.received(bob, PackageSize::S).await;
    }
    let token = room.token.clone();
    let left = room.ended().await;
    let kills = setting("CUBBY_BENCH_KILLS", 50);
    let mut node = Node::start(cubby.as_ref(), left.folder.path());
    let mut times = Vec::new();
    for n in 0..kills {
        let intake = format!(
            r#"{{"tracking_number":"KILL{n:06}","recipient_id":"{}","size":"S","handling":[]}}"#,
            ada.0
        );
        let taken = node.ask(&token, "/v1/packages", &intake);
        let id = taken.split("\"id\":\"").nth(1).and_then(|rest| rest.get(..36)).unwrap().to_owned();
        node.ask(&token, &format!("/v1/packages/{id}/deposit"), "{}");
        until("an open door", async || left.bank.doors().iter().any(|d| d.open)).await;
        // Half of them with the door open, half after it was shut, each at another moment.
        if n % 2 == 0 {
            shut(&left);
        }
        tokio::time::sleep(Duration::from_micros((n as u64 * 61_803) % 400_000)).await;
        let killed = Instant::now();
        node.kill();
        node = Node::start(cubby.as_ref(), left.folder.path());
        times.push(killed.elapsed());
        shut(&left);
        until("a free door", async || {
            // What stands behind a door is fetched, so that there is room for the next.
            node.ask(&token, "/v1/kiosk/pickups", &format!(r#"{{"badge":"{BADGE}"}}"#));
            shut(&left);
            true
        })
        .await;
    }
    node.kill();
    let worst = times.iter().max().copied().unwrap_or_default().as_secs_f64() * 1_000.0;
    let (p50, p99) = percentiles(&mut times);
    println!("\n## kill -9 to doors ready ({kills} kills, {PACKAGES} packages, `cubby serve`)");
    println!("p50 {p50:.0} ms, p99 {p99:.0} ms, worst {worst:.0} ms (target 5000 ms)");
}

fn shut(left: &stories::Left) {
    for door in left.bank.doors().iter().filter(|door| door.open) {
        left.bank.shut(door.channel);
    }
}

struct Node {
    child: Child,
    address: String,
}

impl Node {
    /// Comes back when it says that its doors are ready.
    fn start(program: &Path, data: &Path) -> Node {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let ready = said.lines().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("cubby is ready on http://").map(|address| address.trim().to_owned())
        });
        Node { child, address: ready.expect("it says that it is ready") }
    }

    fn ask(&self, token: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
