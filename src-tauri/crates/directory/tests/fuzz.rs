//! Whatever stands in a file: people, or lines with a reason; never a panic, never a line that isn't there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use directory::csv::{Reading, Sheet};
use fuzz::fuzz;
use proptest::prelude::*;

const GOOD: &str = "id;name;email;badges;groups;active\r\n\
    7;\"Zoë \"\"Z\"\" O'Brien\";zoe@example.com;=\"00123\";a|b;yes\r\n\
    8;\"Two\nlines\";two@example.com;124;;no\r\n";

fn files() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<Vec<u8>>(),
        "[\";,\\|\t\r\n='+@a-z0-9]{0,20}".prop_map(String::into_bytes),
        Just(vec![0]),
        Just(b"\xff\xfe".to_vec()),
        Just(b"sep=\n".to_vec()),
        Just(vec![b'"'; 33]),
        Just(b"4.09E+07".to_vec()),
    ];
    let spoilt = (0..GOOD.len(), 0usize..40, piece).prop_map(|(at, length, piece)| {
        let bytes = GOOD.as_bytes();
        [&bytes[..at], &piece, &bytes[(at + length).min(bytes.len())..]].concat()
    });
    prop_oneof![5 => spoilt, 1 => any::<Vec<u8>>()]
}

#[test]
fn fuzz_spreadsheets() {
    assert_eq!(
        Sheet::open(GOOD.as_bytes(), &Reading::default()).unwrap().entries().filter(Result::is_ok).count(),
        2
    );
    fuzz(&files(), |bytes| {
        let Ok(sheet) = Sheet::open(&bytes, &Reading::default()) else { return Ok(()) };
        let mut before = 0;
        let mut entries = sheet.entries();
        for entry in entries.by_ref() {
            let at = match &entry {
                Ok(entry) => {
                    prop_assert!(entry.external_id.is_some() || entry.record.email.is_some());
                    let name = entry.record.name.as_deref().unwrap_or_default();
                    prop_assert!(!name.starts_with(['=', '+', '-', '@']) && !name.contains('\0'), "{name:?}");
                    entry.at
                }
                Err(fault) => fault.at,
            };
            prop_assert!(at > before, "line {at} after {before}");
            before = at;
        }
        prop_assert!(entries.read() <= sheet.size());
        prop_assert!(before <= sheet.size() as u64 + 1);
        Ok(())
    });
}

#[test]
fn fuzz_a_file_survives_its_way_through_a_spreadsheet() {
    // What one program writes from people is what is read back.
    let person = (
        "[a-z0-9]{1,8}",
        "[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ \"',;|]{0,20}[a-z]",
        prop::collection::vec("[1-9][0-9]{3,9}", 0..3),
    );
    let people = prop::collection::btree_map(person.0, (person.1, person.2), 1..20);
    let delimiter = prop::sample::select(vec![b',', b';', b'\t', b'|']);
    fuzz(&(people, delimiter, any::<bool>()), |(people, delimiter, wide)| {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["Employee ID", "Name", "Badge numbers"]).unwrap();
        for (id, (name, badges)) in &people {
            writer.write_record([id, name, &badges.join(" | ")]).unwrap();
        }
        let mut bytes = writer.into_inner().unwrap();
        if wide {
            bytes = String::from_utf8(bytes).unwrap().encode_utf16().flat_map(u16::to_be_bytes).collect();
        }
        let sheet = Sheet::open(&bytes, &Reading::default()).unwrap();
        let read: Vec<_> = sheet.entries().map(Result::unwrap).collect();
        prop_assert_eq!(read.len(), people.len());
        for (entry, (id, (name, badges))) in read.iter().zip(&people) {
            prop_assert_eq!(entry.external_id.as_ref(), Some(id));
            let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
            prop_assert_eq!(words(entry.record.name.as_deref().unwrap()), words(name));
            let mut badges = badges.clone();
            badges.dedup();
            prop_assert_eq!(entry.record.badges.as_ref().unwrap().len(), badges.len());
        }
        Ok(())
    });
}
