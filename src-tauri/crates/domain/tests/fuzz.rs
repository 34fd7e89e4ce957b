//! What people type and scanners read, whatever it is.

use domain::badge::Badge;
use domain::code::AccessCode;
use domain::tracking::{TRACKING_MAX, recognise};
use fuzz::fuzz;
use proptest::prelude::*;

/// Texts near those that are meant: any text at all is mostly refused at its first character.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9A-Za-z :,.-]{0,80}",
        "[0-9 -]{0,40}",
        "\\PC{0,12}[0-9]{4,16}\\PC{0,12}",
        prop::collection::vec(any::<u8>(), 0..600)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

#[test]
fn fuzz_badges() {
    fuzz(&text(), |text| {
        let Some(badge) = Badge::parse(&text) else { return Ok(()) };
        let value = std::str::from_utf8(badge.as_bytes()).unwrap();
        prop_assert!((3..=64).contains(&value.len()), "{value:?}");
        prop_assert!(value.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()), "{value:?}");
        prop_assert!(Badge::parse(value).as_ref() == Some(&badge), "not the same when read again");
        prop_assert!(Badge::parse(&text.to_ascii_lowercase()).as_ref() == Some(&badge));
        Ok(())
    });
}

#[test]
fn fuzz_badges_in_other_writing() {
    let writing = ("[1-9A-Z][0-9A-Z]{2,40}", "[ :,.-]", 1usize..6);
    fuzz(&writing, |(number, separator, every)| {
        let pieces: Vec<_> = number.as_bytes().chunks(every).map(String::from_utf8_lossy).collect();
        prop_assert_eq!(Badge::parse(&pieces.join(&separator)), Badge::parse(&number));
        Ok(())
    });
}

#[test]
fn fuzz_access_codes() {
    let near = prop_oneof![text(), "(CUBBY-)?[ -]{0,3}[0-9]{3,5}[ -]{0,3}[0-9]{3,5}[ -]{0,3}"];
    fuzz(&near, |text| {
        let Some(code) = AccessCode::parse(&text) else { return Ok(()) };
        prop_assert!(code.digits().len() == 8 && code.digits().bytes().all(|b| b.is_ascii_digit()));
        prop_assert!(AccessCode::parse(code.digits()).as_ref() == Some(&code));
        let typed: String = text.chars().filter(char::is_ascii_digit).collect();
        prop_assert_eq!(typed.as_str(), code.digits(), "digits that nobody typed");
        let debug = format!("{code:?}");
        prop_assert!(!debug.contains(code.digits()));
        Ok(())
    });
}

#[test]
fn fuzz_tracking_numbers() {
    let label = prop_oneof![
        text(),
        "420[0-9]{5,9}9[0-9]{19,21}",
        "(10|96)[0-9]{20,32}",
        "1Z[0-9A-Z]{14,18}",
        "[A-Z]{2}[0-9]{9}[A-Z]{2}",
        "(JD|JJD|TBA)[0-9]{10,20}",
        "[0-9]{9,24}",
    ];
    fuzz(&label, |text| {
        let Ok(found) = recognise(&text) else { return Ok(()) };
        let number = found.tracking_number.as_str();
        prop_assert!((1..=TRACKING_MAX).contains(&number.len()));
        prop_assert!(
            number.bytes().all(|b| b.is_ascii_alphanumeric() || b"-./_+".contains(&b)),
            "{number:?}"
        );
        prop_assert_eq!(recognise(number), Ok(found.clone()), "the number itself is another one");
        let framed = recognise(&format!("\u{2}{text}\r\n"));
        prop_assert!(framed == Ok(found) || text.len() + 3 > 512);
        Ok(())
    });
}
