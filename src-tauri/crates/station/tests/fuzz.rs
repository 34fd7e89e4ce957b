//! The site file, whatever an editor left in it: a plan, or a line, a key and a remedy; never a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use fuzz::fuzz;
use proptest::prelude::*;
use station::site_file::parse;
use std::path::Path;

const GOOD: &str = r#"[site]
name = "Head office"
[[bank]]
name = "Lobby"
driver = "bcc8a"
port = "/dev/ttyUSB0"
baud = 9600
board = 1
closed_bit = 1
status_order = "last-byte-first"
screen = { column = 1, row = 0 }
[[bank.compartment]]
label = "A01"
channel = 1
size = "S"
column = 0
row = 0
features = ["accessible"]
[[reader]]
name = "Badges"
kind = "hid-keyboard"
device = "0c27:3bfa"
place = "kiosk"
[channel.email]
url = "smtp://user:tr0ub4dor@mail.example.com:587"
from = "Parcel room <parcels@example.com>"
"#;

/// The good file with a piece of it replaced, or any text at all.
fn files() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[a-z_\\[\\]\"= 0-9\\n.-]{0,30}",
        Just("[[bank]]\n".to_owned()),
        Just("18446744073709551616".to_owned()),
        Just("-1".to_owned()),
        Just("\"\"\"".to_owned()),
    ];
    let spoilt = (0..GOOD.len(), 0usize..40, piece).prop_map(|(at, length, piece)| {
        let end = (at + length).min(GOOD.len());
        format!("{}{piece}{}", &GOOD[..at], &GOOD[end..])
    });
    prop_oneof![4 => spoilt, 1 => any::<String>()]
}

#[test]
fn fuzz_site_files() {
    assert!(parse(GOOD, Path::new(".")).is_ok());
    fuzz(&files(), |text| {
        if let Err(error) = parse(&text, Path::new(".")) {
            let lines = text.lines().count() + 1;
            prop_assert!((1..=lines).contains(&error.line), "line {} of {lines}", error.line);
            prop_assert!(!error.remedy.trim().is_empty());
            prop_assert!(!error.to_string().contains("tr0ub4dor"), "a refusal shows the password");
        }
        Ok(())
    });
}
