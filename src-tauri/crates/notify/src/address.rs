//! How a person can be reached. It must never show itself in a log.

use std::fmt;

/// What is known of how to reach one person; a channel takes the part it needs. Empty for channels that reach a place.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    pub email: Option<String>,
    /// In any usual spelling with its country code: "+34 600 111 222".
    pub phone: Option<String>,
}

impl Address {
    pub fn email(email: impl Into<String>) -> Self {
        Self { email: Some(email.into()), phone: None }
    }

    pub fn phone(phone: impl Into<String>) -> Self {
        Self { email: None, phone: Some(phone.into()) }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |part: &Option<String>| if part.is_some() { "known" } else { "none" };
        write!(f, "Address(email {}, phone {})", known(&self.email), known(&self.phone))
    }
}

/// A telephone number as E.164 has it ("+34600111222"), or nothing if it isn't one. Source: ITU-T E.164 (at most
/// fifteen digits, the country code first, which never begins with 0).
pub fn e164(number: &str) -> Option<String> {
    let number = number.trim();
    let digits: String = number.strip_prefix('+')?.chars().filter(|c| !" -./()\u{a0}".contains(*c)).collect();
    let sound = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    sound.then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for number in ["+34600111222", " +34 600 111 222 ", "+34-600-111-222", "+34 (600) 11.12.22"] {
            assert_eq!(e164(number).as_deref(), Some("+34600111222"), "{number}");
        }
        assert_eq!(e164("+123456789012345").as_deref(), Some("+123456789012345"));
        for number in [
            "",
            "+",
            "600111222",
            "0034600111222",
            "+0600111222",
            "+1234567890123456",
            "+12345",
            "+34600x11222",
            "+34٦٠٠١١١٢٢٢",
        ] {
            assert_eq!(e164(number), None, "{number}");
        }
    }

    #[test]
    fn an_address_does_not_show_itself() {
        let address = Address { email: Some("ana@example.com".into()), phone: Some("+34600111222".into()) };
        assert_eq!(format!("{address:?}"), "Address(email known, phone known)");
    }
}
