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
[directory.ldap]
url = "ldaps://ldap.example.com"
base = "ou=people,dc=example,dc=com"
bind_dn = "cn=cubby,dc=example,dc=com"
password = "tr0ub4dor"
every_hours = 6
attributes = { badges = "employeeBadge", email = ["mail", "userPrincipalName"] }
[deadlines]
count = "business_days"
reminder = 1
removal = 3
time_zone = "Europe/Madrid"
open = "08:00-18:00"
weekdays = ["mon", "fri"]
holidays = ["2026-12-25"]
[[deadlines.rule]]
size = "XL"
removal = 24
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
fn a_directory_server_that_can_not_be_right_is_named_by_line_and_key() {
    for (good, bad, key) in [
        ("ldaps://ldap.example.com", "ldap.example.com", "url"),
        ("every_hours = 6", "every_hours = 0", "every_hours"),
        ("badges = ", "shoes = ", "attributes"),
        ("password = ", "password_file = ", "password_file"),
        ("ou=people,dc=example,dc=com", " ", "base"),
    ] {
        let error = parse(&GOOD.replacen(good, bad, 1), Path::new(".")).err().expect(key);
        assert_eq!(error.key, format!("directory.ldap.{key}"));
        let line = GOOD.lines().position(|l| l.contains(good)).unwrap() + 1;
        assert_eq!(error.line, line, "{key}");
        assert!(!error.to_string().contains("tr0ub4dor") || key == "password_file", "{error}");
    }
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
