//! People: what they may do, and how little of their name the lobby shows.

use serde::{Deserialize, Serialize};

/// What a person may do. Roles widen from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Recipient,
    Clerk,
    Admin,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Recipient => "recipient",
            Role::Clerk => "clerk",
            Role::Admin => "admin",
        }
    }
    pub fn parse(text: &str) -> Option<Role> {
        match text {
            "recipient" => Some(Role::Recipient),
            "clerk" => Some(Role::Clerk),
            "admin" => Some(Role::Admin),
            _ => None,
        }
    }
}

/// Longest name kept, in characters.
pub const NAME_MAX: usize = 500;

/// A name as it is kept: trimmed, control characters dropped, runs of blanks folded. `None` if nothing is left
/// or it is longer than [`NAME_MAX`].
pub fn clean_name(text: &str) -> Option<String> {
    let folded = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    (!folded.is_empty() && folded.chars().count() <= NAME_MAX).then_some(folded)
}

/// A name as the lobby shows it: the first initial, then the last word's first letter and dots. The number of dots
/// is always the same, so that the length of a name gives nothing away.
pub fn masked(name: &str) -> String {
    let mut words = name.split_whitespace();
    let Some(first) = words.next().and_then(|w| w.chars().next()) else { return "•••••".into() };
    match words.next_back().and_then(|w| w.chars().next()) {
        Some(last) => format!("{}. {}•••••", first.to_uppercase(), last.to_uppercase()),
        None => format!("{}•••••", first.to_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_name_keeps_two_letters_in_any_script() {
        assert_eq!(masked("Ada de la Lovelace"), "A. L•••••");
        assert_eq!(masked("王小明"), "王•••••");
        assert_eq!(masked("Ольга Петрова"), "О. П•••••");
        assert_eq!(masked("  "), "•••••");
    }

    #[test]
    fn names_are_cleaned_not_refused() {
        assert_eq!(clean_name("  Zoë\t O'Brien\u{0} \"Z\" ").as_deref(), Some("Zoë O'Brien \"Z\""));
        assert_eq!(clean_name("\n\u{7}"), None);
        assert!(clean_name(&"x".repeat(500)).is_some());
        assert!(clean_name(&"x".repeat(501)).is_none());
    }
}
