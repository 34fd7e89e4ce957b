//! What a label's barcode says: the tracking number, its carrier, and whether the check digit is right. A wrong one
//! warns and never blocks: labels are printed badly and rules change.
//!
//! Rules: UPS 1Z (mod 10 with letters), FedEx 12 (mod 11) and 15 digits (mod 10), USPS IMpb (mod 10), UPU S10
//! (mod 11), DHL Express waybill (mod 7); Amazon TBA and DHL JD carry none.

use serde::{Deserialize, Serialize};

/// Longest tracking number kept, in characters.
pub const TRACKING_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Check {
    Right,
    Wrong,
    /// The form carries no check digit, or the form is unknown.
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognised {
    pub tracking_number: String,
    pub carrier: Option<&'static str>,
    pub service: Option<&'static str>,
    pub check: Check,
}

/// Why a text is no tracking number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTracking {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than 64 characters")]
    TooLong,
    #[error("it has characters no label carries")]
    Malformed,
}

/// Cleans what a scanner or a person gave (blanks, control characters and a GS1 routing prefix go) and names the
/// carrier.
pub fn recognise(text: &str) -> Result<Recognised, NotTracking> {
    // A label's barcode is at most some hundred characters: more is garbage, whatever is in it.
    if text.len() > 512 {
        return Err(NotTracking::TooLong);
    }
    let cleaned: String =
        text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>().to_uppercase();
    if cleaned.is_empty() {
        return Err(NotTracking::Empty);
    }
    if !cleaned.chars().all(|c| c.is_ascii_alphanumeric() || "-./_+".contains(c)) {
        return Err(NotTracking::Malformed);
    }
    let number = without_routing(&cleaned);
    if number.len() > TRACKING_MAX {
        return Err(NotTracking::TooLong);
    }
    let (carrier, service, check) = carrier(number);
    Ok(Recognised { tracking_number: number.to_owned(), carrier, service, check })
}

/// USPS labels begin with `420` and a postal code; FedEx Ground and Express ones wrap the number in a longer one.
fn without_routing(text: &str) -> &str {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && text.starts_with("420") {
        for skip in [8, 12] {
            if let Some(rest) = text.get(skip..)
                && rest.starts_with('9')
                // Read again from the screen, this would be unwrapped once more, to another number.
                && !rest.starts_with("96")
                && matches!(rest.len(), 20..=22)
            {
                return rest;
            }
        }
    }
    if digits && text.len() == 34 && text.starts_with("10") {
        return text.get(22..).unwrap_or(text);
    }
    if digits && text.len() == 22 && text.starts_with("96") {
        return text.get(7..).unwrap_or(text);
    }
    text
}

type Named = (Option<&'static str>, Option<&'static str>, Check);

fn carrier(number: &str) -> Named {
    let bytes = number.as_bytes();
    let digits = bytes.iter().all(u8::is_ascii_digit);
    let verdict = |right: bool| if right { Check::Right } else { Check::Wrong };
    match bytes.len() {
        18 if number.starts_with("1Z") => {
            let service = match &number[8..10] {
                "01" => Some("Next Day Air"),
                "02" => Some("2nd Day Air"),
                "03" => Some("Ground"),
                "12" => Some("3 Day Select"),
                _ => None,
            };
            (Some("UPS"), service, verdict(ups(bytes)))
        }
        13 if s10_shape(bytes) => (Some(postal_operator(&number[11..])), None, verdict(s10(bytes))),
        15 if number.starts_with("TBA") && bytes[3..].iter().all(u8::is_ascii_digit) => {
            (Some("Amazon"), None, Check::None)
        }
        _ if (number.starts_with("JD") || number.starts_with("JJD"))
            && bytes.len() >= 14
            && number.trim_start_matches(['J', 'D']).bytes().all(|b| b.is_ascii_digit()) =>
        {
            (Some("DHL"), None, Check::None)
        }
        20..=22 if digits && bytes[0] == b'9' => (Some("USPS"), None, verdict(mod10(bytes))),
        12 if digits => (Some("FedEx"), Some("Express"), verdict(fedex12(bytes))),
        15 if digits => (Some("FedEx"), Some("Ground"), verdict(mod10(bytes))),
        // Ten digits say little: only a right check makes it a DHL waybill.
        10 if digits && dhl(bytes) => (Some("DHL"), Some("Express"), Check::Right),
        _ => (None, None, Check::None),
    }
}

fn value(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

fn ups(bytes: &[u8]) -> bool {
    let sum: u32 = bytes[2..17]
        .iter()
        .enumerate()
        .map(|(i, b)| {
            let v = if b.is_ascii_digit() { value(*b) } else { u32::from(b.wrapping_sub(63)) % 10 };
            if i % 2 == 1 { v * 2 } else { v }
        })
        .sum();
    (10 - sum % 10) % 10 == value(bytes[17])
}

fn mod10(bytes: &[u8]) -> bool {
    let Some((last, rest)) = bytes.split_last() else { return false };
    let sum: u32 =
        rest.iter().rev().enumerate().map(|(i, b)| value(*b) * if i % 2 == 0 { 3 } else { 1 }).sum();
    (10 - sum % 10) % 10 == value(*last)
}

fn fedex12(bytes: &[u8]) -> bool {
    let sum: u32 = bytes[..11].iter().zip([3, 1, 7].iter().cycle()).map(|(b, w)| value(*b) * w).sum();
    sum % 11 % 10 == value(bytes[11])
}

fn dhl(bytes: &[u8]) -> bool {
    bytes[..9].iter().fold(0, |acc, b| (acc * 10 + value(*b)) % 7) == value(bytes[9])
}

fn s10_shape(bytes: &[u8]) -> bool {
    bytes[..2].iter().chain(&bytes[11..]).all(u8::is_ascii_uppercase)
        && bytes[2..11].iter().all(u8::is_ascii_digit)
}

fn s10(bytes: &[u8]) -> bool {
    let sum: u32 = bytes[2..10].iter().zip([8, 6, 4, 2, 3, 5, 9, 7]).map(|(b, w)| value(*b) * w).sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    };
    check == value(bytes[10])
}

fn postal_operator(country: &str) -> &'static str {
    match country {
        "US" => "USPS",
        "GB" => "Royal Mail",
        "DE" => "Deutsche Post",
        "CA" => "Canada Post",
        "FR" => "La Poste",
        "ES" => "Correos",
        "MX" => "Correos de México",
        _ => "Post",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> (Option<&'static str>, Check) {
        let r = recognise(text).unwrap();
        (r.carrier, r.check)
    }

    #[test]
    fn carriers_and_check_digits() {
        assert_eq!(named("1Z 999 AA1 01 2345 6784"), (Some("UPS"), Check::Right));
        assert_eq!(named("1Z999AA10123456785"), (Some("UPS"), Check::Wrong));
        assert_eq!(named("986578788855"), (Some("FedEx"), Check::Right));
        assert_eq!(named("986578788856"), (Some("FedEx"), Check::Wrong));
        assert_eq!(named("041441760228964"), (Some("FedEx"), Check::Right));
        assert_eq!(named("RB123456785GB"), (Some("Royal Mail"), Check::Right));
        assert_eq!(named("RB123456784GB"), (Some("Royal Mail"), Check::Wrong));
        assert_eq!(named("TBA305881220144"), (Some("Amazon"), Check::None));
        assert_eq!(named("JD014600004522310000"), (Some("DHL"), Check::None));
        assert_eq!(named("3318810025"), (Some("DHL"), Check::Right));
        assert_eq!(named("INTERNAL-42"), (None, Check::None));
    }

    #[test]
    fn a_routing_prefix_is_not_part_of_the_number() {
        let plain = recognise("9205590164917312751089").unwrap();
        assert_eq!((plain.carrier, plain.check), (Some("USPS"), Check::Right));
        assert_eq!(recognise("420221539205590164917312751089").unwrap(), plain);
    }

    #[test]
    fn a_number_is_unwrapped_once_and_read_again_as_itself() {
        let once = recognise("4200000000009600000000000000000000").unwrap();
        assert_eq!(recognise(&once.tracking_number).unwrap(), once);
    }

    #[test]
    fn garbage_gets_a_reason_and_control_characters_go() {
        assert_eq!(recognise("\r\n\u{2}"), Err(NotTracking::Empty));
        assert_eq!(recognise(&"A".repeat(4096)), Err(NotTracking::TooLong));
        assert_eq!(recognise(&"A".repeat(65)), Err(NotTracking::TooLong));
        assert_eq!(recognise("1Z<script>"), Err(NotTracking::Malformed));
        assert_eq!(recognise("]C1\u{1d}123"), Err(NotTracking::Malformed));
        assert_eq!(recognise("\u{2}ABC123\u{3}\r").unwrap().tracking_number, "ABC123");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}", bytes: Vec<u8>) {
            let _ = recognise(&text);
            let _ = recognise(&String::from_utf8_lossy(&bytes));
        }
    }
}
