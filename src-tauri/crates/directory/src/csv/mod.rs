//! The file of a spreadsheet, as it comes: any delimiter, any encoding, whatever a spreadsheet did to its values.

mod cell;
mod columns;
mod encoding;
mod rows;
mod sheet;

pub use columns::{Column, Mapping};
pub use sheet::{Entries, MAX_BYTES, Reading, Sheet, SheetError};
