//! Why a line isn't taken in, beyond what can be seen of the line alone.

/// A line that isn't taken in. Carries no value of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {at}{}: {why}{}", column.as_deref().map(|c| format!(", {c}")).unwrap_or_default(),
    other.map(|line| format!(" (line {line})")).unwrap_or_default())]
pub struct LineFault {
    /// 0 for somebody who isn't in the list at all.
    pub at: u64,
    pub column: Option<String>,
    pub why: Why,
    /// The line it doesn't agree with.
    pub other: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Why {
    #[error("{0}")]
    Line(directory::Fault),
    #[error("there is no name, and nobody with this key or mail address is known")]
    NoName,
    #[error("another line is about the same person")]
    SamePerson,
    #[error("another line gives somebody else this mail address")]
    SameAddress,
    #[error("somebody else has this mail address")]
    AddressTaken,
    #[error("another line gives somebody else this badge")]
    SameBadge,
    #[error("somebody else has this badge")]
    BadgeTaken,
    #[error("they would be their own manager's manager")]
    ManagerCycle,
    #[error("this would leave nobody who can set up Cubby")]
    LastAdmin,
}
