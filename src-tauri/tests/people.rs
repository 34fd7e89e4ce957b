//! `cubby people import`: what scripts rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use station::{Options, Station};
use std::path::Path;
use std::process::{Command, Output};

fn cubby(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cubby"))
        .args(args)
        .arg("--data")
        .arg(folder.join("data"))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn the_command_line_takes_a_file_in_and_tells_each_line_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    std::fs::write(&file, "id;Who;Correo;Plastic\n1;Zoë;zoe@example.com;1001\n2;=1+1;two@example.com;\n")
        .unwrap();
    let file = file.to_str().unwrap();
    let import = |more: &[&str]| {
        cubby(folder.path(), &[&["people", "import", file, "--map", "Who=name"], more].concat())
    };

    let look = import(&["--dry-run"]);
    assert_eq!(
        said(&look).lines().last(),
        Some(
            "1 new, 0 changed, 0 deactivated, 0 reactivated, 0 unchanged, 1 lines refused; nothing was changed"
        )
    );
    let done = import(&["--map", "Plastic=badges"]);
    assert_eq!(done.status.code(), Some(2), "a refused line is seen by a script");
    assert!(said(&done).starts_with("line 3, Who: "), "{}", said(&done));
    // What was said of the columns is remembered.
    let again = cubby(folder.path(), &["people", "import", file]);
    assert!(said(&again).ends_with("1 unchanged, 1 lines refused\n"), "{}", said(&again));
    assert!(!import(&["--map", "Plastic=nonsense"]).status.success());

    let none = cubby(folder.path(), &["people", "sync"]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("[directory.ldap]"));

    let options = Options { folder: folder.path().join("data"), demo: false, desktop: false };
    let running = Station::start(options).await.unwrap();
    let refused = import(&[]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is running on"), "{refused:?}");
    running.stop().await;
}
