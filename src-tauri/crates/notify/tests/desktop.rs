//! Toasts on a real session bus, shown by a real service (dunst, under Xvfb) and read back from its history.
//!
//! The bus is found through the environment, so each toast is shown by a process of its own: this test program,
//! started again with `CUBBY_TEST_TOAST` set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

mod support;

use notify::desktop::{self, DesktopError};
use notify::{Address, Language, NoticeKind, Place, Sender, Templates};

const TITLE: &str = "Package waits 48 h";
const BODY: &str = "R&D <b>Ana López</b>: A07, Lobby";

/// Runs in the other process, where the environment is the session's. Does nothing in this one.
#[tokio::test]
async fn toast() {
    match std::env::var("CUBBY_TEST_TOAST").as_deref() {
        Ok("notice") => {
            let place = Place::Counter { shelf: None };
            let facts = support::notice(NoticeKind::Stored, Language::En, place);
            let made = Sender::Desktop.message(
                &Templates::default(),
                &facts,
                Some(support::CODE),
                chrono::Utc::now(),
            );
            eprintln!("{:?}", Sender::Desktop.send(&Address::default(), &made.message, "1@cubby").await);
        }
        Ok(_) => desktop::show(TITLE, BODY, true).await.unwrap(),
        Err(_) => {}
    }
}

const TOAST: [&str; 3] = ["--exact", "toast", "--nocapture"];

fn toast_command() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(TOAST).env("CUBBY_TEST_TOAST", "1").env("RUST_BACKTRACE", "0");
    command
}

/// Runs a shell line on a new session bus that can start the services of one folder only.
fn on_a_bus(services: &Path, display: &str, line: &str) -> Output {
    let config = services.join("session.conf");
    std::fs::write(
        &config,
        format!(
            "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>\
             <servicedir>{}</servicedir><policy context=\"default\"><allow send_destination=\"*\"/>\
             <allow eavesdrop=\"false\"/><allow own=\"*\"/></policy></busconfig>",
            services.display()
        ),
    )
    .unwrap();
    Command::new("dbus-run-session")
        .arg("--config-file")
        .arg(&config)
        .args(["--", "sh", "-c", line])
        .arg(std::env::current_exe().unwrap())
        .args(TOAST)
        .env("CUBBY_TEST_TOAST", "1")
        .env("RUST_BACKTRACE", "0")
        .env("DISPLAY", display)
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("dbus-run-session, of the package dbus")
}

/// A display that ends with the test.
struct Display(Child, String);

impl Display {
    fn open() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb, of the package xvfb");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self(server, format!(":{}", number.trim()))
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_toast_is_shown_as_it_was_written() {
    let display = Display::open();
    // To a service that reads markup the text must come escaped, to one that doesn't as it is.
    for (markup, body) in [("full", "R&amp;D &lt;b&gt;Ana López&lt;/b&gt;: A07, Lobby"), ("no", BODY)] {
        let services = tempfile::tempdir().unwrap();
        let config = services.path().join("dunstrc");
        std::fs::write(&config, format!("[global]\nmarkup = {markup}\n")).unwrap();
        // The bus starts dunst for the first call and holds the call until dunst answers: nothing to wait for.
        let service = format!(
            "[D-BUS Service]\nName=org.freedesktop.Notifications\nExec=/usr/bin/env dunst -conf {}\n",
            config.display()
        );
        std::fs::write(services.path().join("dunst.service"), service).unwrap();
        let run = on_a_bus(
            services.path(),
            &display.1,
            "\"$0\" \"$@\" >&2 && dunstctl count displayed >&2 && dunstctl close-all && dunstctl history",
        );
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{told}");

        let history: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        let shown = &history["data"][0][0];
        assert_eq!(shown["appname"]["data"], "Cubby", "{history}");
        assert_eq!(shown["summary"]["data"], TITLE);
        assert_eq!(shown["body"]["data"], body);
        assert_eq!(shown["timeout"]["data"], 0, "an urgent one stays: {history}");
    }
}

#[test]
fn a_notice_is_shown_without_its_code() {
    let display = Display::open();
    let services = tempfile::tempdir().unwrap();
    let service =
        "[D-BUS Service]\nName=org.freedesktop.Notifications\nExec=/usr/bin/env dunst -conf /dev/null\n";
    std::fs::write(services.path().join("dunst.service"), service).unwrap();
    let line = "CUBBY_TEST_TOAST=notice \"$0\" \"$@\" >&2 && dunstctl close-all && dunstctl history";
    let run = on_a_bus(services.path(), &display.1, line);
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains("Gone"), "{told}");
    let history: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let shown = &history["data"][0][0];
    assert_eq!(shown["summary"]["data"], "Ana López", "{history}");
    assert_eq!(shown["body"]["data"], "Your package is at the counter");
}

#[test]
fn a_notice_without_a_bus_is_the_channel_s_fault() {
    let run = toast_command()
        .env("CUBBY_TEST_TOAST", "notice")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains("reason: Setting") && told.contains("whose: Channel"), "{told}");
}

#[test]
fn without_a_service_it_says_so() {
    let services = tempfile::tempdir().unwrap();
    let run = on_a_bus(services.path(), "", "\"$0\" \"$@\"");
    assert!(!run.status.success());
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains("Unavailable("), "{told}");
}

#[test]
fn without_a_bus_it_says_so() {
    let run = toast_command().env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus").output().unwrap();
    assert!(!run.status.success());
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains("Unavailable("), "{told}");
}

#[test]
fn a_bus_that_hangs_is_given_up() {
    let place = tempfile::tempdir().unwrap();
    let bus = place.path().join("bus");
    let _silent = UnixListener::bind(&bus).unwrap();
    let address = format!("unix:path={}", bus.display());
    let run = toast_command().env("DBUS_SESSION_BUS_ADDRESS", address).output().unwrap();
    assert!(!run.status.success());
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains(&format!("{:?}", DesktopError::Slow)), "{told}");
}
