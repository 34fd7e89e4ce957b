//! One normalised value for a badge, whichever reader or form it came from. Never stored as such: the store gets a
//! keyed hash only.

/// A badge number, normalised: separators dropped, letters upper case, leading zeros of an all-digit number dropped
/// (readers print the same card as `0040856634` and `40856634`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Badge(String);

const MIN: usize = 3;
const MAX: usize = 64;

impl Badge {
    /// Letters, digits and the separators blank `-` `:` `,` `.` are read; anything else makes it no badge.
    pub fn parse(text: &str) -> Option<Badge> {
        let mut value = String::with_capacity(16);
        for c in text.trim().chars() {
            match c {
                '0'..='9' | 'A'..='Z' => value.push(c),
                'a'..='z' => value.push(c.to_ascii_uppercase()),
                ' ' | '-' | ':' | ',' | '.' => {}
                _ => return None,
            }
            if value.len() > MAX {
                return None;
            }
        }
        if value.bytes().all(|b| b.is_ascii_digit()) {
            value = value.trim_start_matches('0').to_owned();
        }
        (value.len() >= MIN).then_some(Badge(value))
    }

    /// The bytes that are hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Badge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Badge(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_card_has_one_value() {
        assert_eq!(Badge::parse("0040856634"), Badge::parse(" 40856634\r"));
        assert_eq!(Badge::parse("01:02:6f:6c:3a"), Badge::parse("01026F6C3A"));
        assert_ne!(Badge::parse("40856634"), Badge::parse("40856635"));
    }

    #[test]
    fn garbage_is_no_badge() {
        for text in ["", "0", "00", "<script>", "12\u{1b}34", &"9".repeat(200)] {
            assert_eq!(Badge::parse(text), None, "{text:?}");
        }
    }
}
