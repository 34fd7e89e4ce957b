//! Reads people from outside: the file of a spreadsheet ([`csv`]) or a directory server ([`ldap`]). Gives what each
//! source says, one person at a time, or why a line can't be taken.
//!
//! Never decides who is who, never writes: that needs the directory at hand.

mod build;
pub mod csv;
mod entry;
pub mod ldap;
mod words;

pub use entry::{Entry, Fault, Refused, Target};
