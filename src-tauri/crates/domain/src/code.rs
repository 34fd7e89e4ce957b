//! Access codes: eight digits, shown 4+4. The digits live in memory and in a sealed message only; they are never
//! logged, never in an event, never in an answer.

/// An access code's digits. `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessCode([u8; 8]);

/// How many digits a code has.
pub const DIGITS: u32 = 8;

/// What a QR in a notice says; a 2D scanner at the kiosk types it.
pub const QR_PREFIX: &str = "CUBBY-";

impl AccessCode {
    /// From a uniform random number below 10^8.
    pub fn from_number(number: u32) -> AccessCode {
        let mut digits = [0; 8];
        let mut rest = number % 100_000_000;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        AccessCode(digits)
    }

    /// Eight digits, blanks and dashes between them ignored, or the text of the notice's QR.
    pub fn parse(text: &str) -> Option<AccessCode> {
        let text = text.trim();
        let text = text.strip_prefix(QR_PREFIX).unwrap_or(text);
        if text.len() > 32 {
            return None;
        }
        let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b' ' | b'-')).collect();
        let digits: [u8; 8] = digits.try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(AccessCode(digits))
    }

    pub fn digits(&self) -> &str {
        // Only ASCII digits get in.
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl std::fmt::Debug for AccessCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessCode(••••••••)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_and_scanners_give_them() {
        let code = AccessCode::from_number(1_234_567);
        assert_eq!(code.digits(), "01234567");
        for text in ["0123 4567", "01234567", " 0123-4567 ", "CUBBY-01234567"] {
            assert_eq!(AccessCode::parse(text).as_ref(), Some(&code), "{text:?}");
        }
        for text in ["", "0123456", "012345678", "0123456a", "٠١٢٣٤٥٦٧", &"1".repeat(4096)] {
            assert_eq!(AccessCode::parse(text), None, "{text:?}");
        }
    }
}
