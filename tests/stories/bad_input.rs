//! Bad input gets a clear answer, and nothing is lost.

use station::site_file::parse;
use station::{Error, Options, Station, StoreError};
use std::path::Path;
use stories::Room;

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_of_a_credential_reads_the_same() {
    let room = Room::new().await;
    let kiosk = room.kiosk();
    let long = "9".repeat(4096);
    for text in ["", "1234", "12345678", "abcdefgh", "٠١٢٣٤٥٦٧"] {
        assert!(matches!(kiosk.enter_code(text).await, Err(Error::CredentialRefused)), "{text:?}");
    }
    for text in ["", "999999", "<script>", "\u{1b}[2J", &long] {
        assert!(matches!(kiosk.badge(text).await, Err(Error::CredentialRefused)), "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_copy_on_the_same_folder_says_so() {
    let room = Room::new().await;
    let options = Options { folder: room.folder.path().into(), demo: false, desktop: false };
    assert!(matches!(Station::start(options).await, Err(Error::Store(StoreError::InUse(_)))));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_38_one_badge_for_two_people_is_refused() {
    let room = Room::new().await;
    room.person("Ada", "1111").await;
    let form = station::wire::PersonForm {
        badge: Some("00 11 11".into()),
        ..station::wire::PersonForm::named("Bob")
    };
    let refused = room.staff.add_person(form).await.unwrap_err();
    assert_eq!(refused.to_string(), "badge: is taken");
    room.verify().await;
}

#[allow(clippy::panic)]
fn wrong(text: &str) -> String {
    match parse(text, Path::new(".")) {
        Ok(_) => panic!("taken: {text}"),
        Err(error) => error.to_string(),
    }
}

const GOOD: &str = r#"
[site]
name = "Head office"

[[bank]]
name = "Lobby"
driver = "bcc8a"
port = "/dev/ttyUSB0"
closed_bit = 1

[[bank.compartment]]
label = "A01"
channel = 1
size = "S"
column = 0
row = 0
features = ["accessible"]

[[bank.compartment]]
label = "A02"
channel = 2
size = "M"
column = 0
row = 1
"#;

#[test]
fn a_good_site_file_is_taken() {
    let site = parse(GOOD, Path::new(".")).unwrap();
    assert_eq!(site.plan.banks[0].compartments.len(), 2);
    assert_eq!(site.plan.banks[0].baud, 9600);
}

#[test]
fn a_bad_site_file_names_line_key_and_remedy() {
    let of = |from: &str, to: &str| wrong(&GOOD.replacen(from, to, 1));
    assert_eq!(of("size = \"M\"", "size = \"huge\""), "line 22: size is not known: use S, M, L or XL");
    assert_eq!(
        of("driver = \"bcc8a\"", "driver = \"acme\""),
        "line 7: bank.driver is not known: use one of bcc8a"
    );
    assert_eq!(
        of("channel = 2", "channel = 1"),
        "line 21: bank.compartment.channel is the same as another's: a channel of one board must be unique"
    );
    assert_eq!(of("closed_bit = 1", "closed_bit = 7"), "line 9: bank.closed_bit is out of range: use 0 or 1");
    assert!(of("port = ", "prot = ").starts_with("line 8: prot"), "{}", of("port = ", "prot = "));
    assert!(of("\"Head office\"", "").starts_with("line 3: name"));
    assert!(of("[\"accessible\"]", "[\"golden\"]").contains("use accessible or refrigerated"));
}
