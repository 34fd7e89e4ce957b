//! What a source says of one person, and why one can't be taken.

use domain::directory::{Field, Record};
use serde::{Deserialize, Serialize};

/// One person as a source tells of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The source's own key for them, which outlives a change of name or address.
    pub external_id: Option<String>,
    /// What the source calls them where it names a manager, if that is another word than its key.
    pub reference: Option<String>,
    /// The line as an editor counts, or which entry it was of those a server sent.
    pub at: u64,
    pub record: Record,
}

/// What a column or an attribute is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Target {
    ExternalId,
    Reference,
    GivenName,
    FamilyName,
    Field(Field),
    /// Read as nothing, whatever its header says.
    Ignore,
}

impl Target {
    pub fn as_str(self) -> &'static str {
        match self {
            Target::ExternalId => "external_id",
            Target::Reference => "reference",
            Target::GivenName => "given_name",
            Target::FamilyName => "family_name",
            Target::Field(field) => field.as_str(),
            Target::Ignore => "ignore",
        }
    }
    pub fn parse(text: &str) -> Option<Target> {
        Target::all().find(|target| target.as_str() == text)
    }
    pub fn all() -> impl Iterator<Item = Target> {
        use Target::{ExternalId, FamilyName, GivenName, Ignore, Reference};
        let own = [ExternalId, Reference, GivenName, FamilyName, Ignore];
        own.into_iter().chain(Field::ALL.iter().copied().map(Target::Field))
    }
    /// May several columns be read into it?
    pub(crate) fn takes_several(self) -> bool {
        matches!(
            self,
            Target::FamilyName
                | Target::Ignore
                | Target::Field(Field::Aliases | Field::Groups | Field::Badges)
        )
    }
}

impl From<Target> for &'static str {
    fn from(target: Target) -> Self {
        target.as_str()
    }
}

impl TryFrom<String> for Target {
    type Error = String;
    fn try_from(text: String) -> Result<Target, String> {
        Target::parse(&text).ok_or_else(|| format!("{text} is no field"))
    }
}

/// A line or an entry that can't be taken. Carries no value of it but its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {at}{}: {why}", column.as_deref().map(|c| format!(", {c}")).unwrap_or_default())]
pub struct Refused {
    pub at: u64,
    /// The header of the column, or the name of the attribute.
    pub column: Option<String>,
    /// The key of whom it is about, where it could be read: nobody may be thought to have left because of a fault.
    pub external_id: Option<String>,
    pub why: Fault,
}

/// What is wrong, and what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    #[error("a quotation mark is opened and never closed")]
    UnclosedQuote,
    #[error("there is text after a closing quotation mark: write \"\" for one inside a quoted cell")]
    QuoteInside,
    #[error("the line has fewer cells than the header")]
    TooFewCells,
    #[error(
        "the line has more cells than the header: put quotation marks around a cell that holds the delimiter"
    )]
    TooManyCells,
    #[error("holds neither a key nor a mail address: there is nothing to know the person by")]
    NoKey,
    #[error("has characters that can't be read: save the file as CSV UTF-8")]
    Unreadable,
    #[error("has a control character")]
    ControlCharacter,
    #[error("begins like a formula (= + - @): remove that character")]
    Formula,
    #[error("is a formula's error, not a value: correct it in the spreadsheet")]
    SpreadsheetError,
    #[error(
        "was turned into a rounded number by a spreadsheet: format the column as text and enter the number anew"
    )]
    Rounded,
    #[error("is too long")]
    TooLong,
    #[error("has too many values")]
    TooMany,
    #[error("is no mail address")]
    NotAnAddress,
    #[error("is no badge number")]
    NotABadge,
    #[error("is neither yes nor no")]
    NotYesOrNo,
    #[error("is no word that can be read here")]
    Malformed,
}
