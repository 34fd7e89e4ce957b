//! People: what they may do, and how little of their name the lobby shows.

use serde::{Deserialize, Serialize};

/// What somebody is to the parcel room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Recipient,
    /// Takes in, deposits, hands over.
    Clerk,
    /// Runs the room: also opens for others, settles alarms, imports people.
    Supervisor,
    /// Sets it up: also staff, policy, privacy and secrets.
    Admin,
    /// Reads everything and changes nothing.
    Auditor,
}

/// What a role may do. Each is one type in the station: a use case takes the type, so it can't be reached without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// See packages, people, doors and tasks.
    Look,
    /// Take in, deposit, hand over, keep recipients.
    Work,
    /// Decide where a clerk may not.
    Supervise,
    /// Change who and what the site is.
    Administer,
    /// Read and export the record.
    Audit,
}

impl Right {
    pub const ALL: [Right; 5] = [Right::Look, Right::Work, Right::Supervise, Right::Administer, Right::Audit];
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Recipient, Role::Clerk, Role::Supervisor, Role::Admin, Role::Auditor];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Recipient => "recipient",
            Role::Clerk => "clerk",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
            Role::Auditor => "auditor",
        }
    }
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.as_str() == text)
    }

    pub fn may(self, right: Right) -> bool {
        match self {
            Role::Recipient => false,
            Role::Clerk => matches!(right, Right::Look | Right::Work),
            Role::Supervisor => matches!(right, Right::Look | Right::Work | Right::Supervise),
            Role::Admin => true,
            Role::Auditor => matches!(right, Right::Look | Right::Audit),
        }
    }

    /// Signs in at the mailroom.
    pub fn is_staff(self) -> bool {
        self.may(Right::Look)
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
