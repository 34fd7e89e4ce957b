//! Bytes to text: by the mark at their beginning, by what they can only be, or by what they look like.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes tell whether there are two for each character.
const SAMPLE: usize = 4_096;

/// The text, and the name of the encoding it was read by. What can't be read becomes U+FFFD, and is told by line.
pub(super) fn decode(bytes: &[u8], told: Option<&'static Encoding>) -> (String, &'static str) {
    let (encoding, mark) = match (Encoding::for_bom(bytes), told) {
        (Some(marked), _) => marked,
        (None, Some(told)) => (told, 0),
        (None, None) => (guess(bytes), 0),
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
    (text.into_owned(), encoding.name())
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some(wide) = wide(bytes) {
        return wide;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    // The code page of western Windows, unless the bytes speak for another.
    detector.guess(Some(b"es"), chardetng::Utf8Detection::Deny)
}

/// Two bytes a character, without a mark: every other byte of ASCII is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = sample.len() / 4;
    match (even > many, odd > many) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}
