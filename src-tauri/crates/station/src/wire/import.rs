//! A list of people that is taken in: how it was read, what it will change, why not.

use super::{HeldField, SourceName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

wire! {
    /// How to take in a file of people.
    pub struct ImportOptions {
        /// As browsers name encodings; left out, it is found out.
        pub encoding: Option<String>,
        /// What columns are read as: a header, and one of [`ImportSheet::targets`].
        pub columns: BTreeMap<String, String>,
        /// People who are not in this file have left.
        pub leavers: bool,
        /// Also if that is most of them.
        pub many_leavers: bool,
    }
    #[derive(Copy, Eq)]
    pub enum ImportStage {
        /// Bytes come in.
        Upload,
        Reading, Comparing,
        /// It can be looked at, and applied.
        Ready,
        /// It goes on after a restart, too, and can't be cancelled any more.
        Applying,
        Done, Failed, Cancelled,
    }
    /// The one import there is at a time.
    pub struct ImportState {
        pub id: String, pub source: SourceName, pub name: Option<String>, pub stage: ImportStage,
        /// Of what the stage does.
        pub percent: u8,
        pub sheet: Option<ImportSheet>, pub preview: Option<ImportPreview>, pub failure: Option<ImportFailure>,
    }
    /// How a file was understood.
    pub struct ImportSheet { pub encoding: String, pub delimiter: String, pub columns: Vec<ImportColumn>, pub targets: Vec<String> }
    pub struct ImportColumn {
        pub header: String, pub target: Option<String>,
        /// Nobody said so: its header sounds like it.
        pub guessed: bool,
        pub sample: Vec<String>,
    }
    #[derive(Copy, Eq, Default)]
    pub struct ImportCounts {
        pub added: u32, pub changed: u32, pub deactivated: u32, pub reactivated: u32, pub unchanged: u32, pub refused: u32,
        /// Lines that say something of which a higher source says something else.
        pub held: u32,
    }
    /// What will change, and the first of each kind.
    pub struct ImportPreview {
        pub counts: ImportCounts,
        pub added: Vec<ImportPerson>, pub changed: Vec<ImportChange>, pub deactivated: Vec<ImportPerson>, pub reactivated: Vec<ImportPerson>,
        pub refused: Vec<ImportFault>, pub held: Vec<ImportHeld>,
        /// Why nobody is taken to have left, though the list is said to be whole.
        pub stay: Option<ImportStay>,
    }
    pub struct ImportPerson { pub line: Option<u32>, pub person_id: Option<String>, pub name: String, pub email: Option<String>, pub department: Option<String> }
    pub struct ImportChange { pub line: Option<u32>, pub person_id: String, pub name: String, pub fields: Vec<ImportFieldChange> }
    /// Of badges only their number is told.
    pub struct ImportFieldChange { pub field: String, pub from: Option<String>, pub to: Option<String> }
    pub struct ImportFault { pub line: Option<u32>, pub column: Option<String>, pub why: ImportWhy, pub other_line: Option<u32> }
    pub struct ImportHeld { pub line: u32, pub name: String, pub fields: Vec<HeldField> }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    #[derive(Copy, Eq)]
    pub enum ImportStay { Unreadable { lines: u32 }, TooMany { leavers: u32, of: u32 } }
    #[derive(Copy, Eq)]
    pub enum ImportWhy {
        UnclosedQuote, QuoteInside, TooFewCells, TooManyCells, NoKey, Unreadable, ControlCharacter, Formula, SpreadsheetError, Rounded,
        TooLong, TooMany, NotAnAddress, NotABadge, NotYesOrNo, Malformed,
        NoName, SamePerson, SameAddress, AddressTaken, SameBadge, BadgeTaken, ManagerCycle, LastAdmin,
    }
    #[derive(Copy, Eq)]
    pub enum ImportFailureKind {
        Empty, HeaderOnly, TooLarge, Workbook, NoSuchEncoding, NoSuchColumn, TwoColumns, SameHeader, NoKeyColumn, BadHeader,
        Setting, Unreachable, Tls, BindRefused, BaseUnknown, Limited, ServerRefused, Gone, Nobody, Store,
    }
    /// Why there is nothing to look at. The detail names a column, an encoding, a server's words.
    pub struct ImportFailure { pub kind: ImportFailureKind, pub detail: Option<String> }
}
