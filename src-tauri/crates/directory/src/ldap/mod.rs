//! A directory server, over LDAP: OpenLDAP and its kin, or Active Directory.
//!
//! Only reads. Whoever it gave is everyone there is only when [`Reader::next`] said so: whatever breaks off before is
//! an error, so that nobody can be taken for gone because a line went down.

mod attributes;
mod dn;
mod error;
mod reader;
mod settings;
mod wire;

pub use attributes::Kind;
pub use error::LdapError;
pub use reader::Reader;
pub use settings::{Bind, Settings};
