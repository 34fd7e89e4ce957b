//! The watchdog: a service manager hears from the door loop, and hears nothing when it does not answer.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use station::{Options, Station};
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Whatever happens to the test, the program goes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a manager does: a socket, and a time within which it wants to hear.
fn serve(folder: &Path, socket: &Path, watchdog: Option<Duration>) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cubby"));
    command.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
    command.env("NOTIFY_SOCKET", socket).env_remove("WATCHDOG_USEC").env_remove("WATCHDOG_PID");
    if let Some(within) = watchdog {
        command.env("WATCHDOG_USEC", within.as_micros().to_string());
    }
    Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}

fn socket(path: &Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    socket
}

fn next(socket: &UnixDatagram) -> String {
    let mut text = [0; 512];
    let length = socket.recv(&mut text).expect("the manager hears something in time");
    String::from_utf8_lossy(&text[..length]).trim().to_owned()
}

#[test]
fn the_service_manager_hears_that_doors_are_ready_and_live_and_that_the_end_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = socket(&path);
    let mut node = serve(folder.path(), &path, Some(Duration::from_millis(400)));
    assert_eq!(next(&manager), "READY=1");
    for _ in 0..3 {
        assert_eq!(next(&manager), "WATCHDOG=1");
    }
    assert!(Command::new("kill").arg(node.0.id().to_string()).status().unwrap().success());
    let last = std::iter::repeat_with(|| next(&manager)).find(|said| said != "WATCHDOG=1");
    assert_eq!(last.as_deref(), Some("STOPPING=1"));
    assert!(node.0.wait().unwrap().success());
}

#[test]
fn without_a_watchdog_only_the_start_is_told_and_without_a_manager_it_runs_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = socket(&path);
    let node = serve(folder.path(), &path, None);
    assert_eq!(next(&manager), "READY=1");
    drop(node);
    manager.set_nonblocking(true).unwrap();
    assert!(manager.recv(&mut [0; 512]).is_err(), "nothing else was said");

    let mut alone = serve(folder.path(), &folder.path().join("nobody"), Some(Duration::from_secs(1)));
    let mut line = String::new();
    BufReader::new(alone.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("cubby is ready on http://127.0.0.1:"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watchdog_is_fed_by_the_door_loop_alone() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { folder: folder.path().join("data"), demo: true, desktop: false };
    let station = Station::start(options).await.unwrap();
    assert!(station.doors_alive().await);
    station.clone().stop().await;
    assert!(!station.doors_alive().await, "its tasks have ended, though the process lives");
}
