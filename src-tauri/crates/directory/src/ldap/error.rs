//! Every way reading a directory can end without everyone having been seen.

use ldap3::{LdapError as Inner, LdapResult};
use std::io;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LdapError {
    #[error("`{key}` {why}")]
    Setting { key: &'static str, why: String },
    #[error("the directory server can't be reached: {why}")]
    Unreachable { why: String },
    #[error("no encrypted connection to the directory server: {why}")]
    Tls { why: String },
    #[error("the directory server refuses this bind_dn and password")]
    BindRefused,
    #[error("the directory server knows no base {base}, or doesn't show it to this bind_dn")]
    BaseUnknown { base: String },
    #[error("the directory server gives no more than {after} entries: raise its limit for this bind_dn")]
    Limited { after: u64 },
    #[error("the directory server refuses to be read: {why}")]
    Refused { why: String },
    #[error("the directory server was gone after {after} entries: {why}")]
    Gone { after: u64, why: String },
}

mod code {
    pub const TIME_LIMIT: u32 = 3;
    pub const SIZE_LIMIT: u32 = 4;
    pub const STRONGER_AUTH: u32 = 8;
    pub const ADMIN_LIMIT: u32 = 11;
    pub const CONFIDENTIALITY: u32 = 13;
    pub const NO_SUCH_OBJECT: u32 = 32;
    pub const INVALID_DN: u32 = 34;
    pub const INVALID_CREDENTIALS: u32 = 49;
    pub const INSUFFICIENT_RIGHTS: u32 = 50;
    pub const BUSY: u32 = 51;
    pub const UNAVAILABLE: u32 = 52;
}

impl LdapError {
    /// What went wrong before the first question.
    pub(super) fn connecting(error: Inner) -> LdapError {
        let why = error.to_string();
        match error {
            Inner::Io { source } if is_tls(&source) => LdapError::Tls { why: source.to_string() },
            Inner::Io { source } => LdapError::Unreachable { why: source.to_string() },
            Inner::Rustls { .. } | Inner::DNSName { .. } => LdapError::Tls { why },
            Inner::LdapResult { result } => LdapError::Tls { why: format!("StartTLS: {}", told(&result)) },
            Inner::Timeout { .. } => LdapError::Unreachable { why: "no answer".into() },
            _ => LdapError::Unreachable { why: "it hung up".into() },
        }
    }

    pub(super) fn binding(error: Inner) -> LdapError {
        match error {
            Inner::LdapResult { result } if result.rc == code::INVALID_CREDENTIALS => LdapError::BindRefused,
            Inner::LdapResult { result } => LdapError::Refused { why: told(&result) },
            other => LdapError::reading(other, 0, ""),
        }
    }

    /// What ended a search early.
    pub(super) fn reading(error: Inner, after: u64, base: &str) -> LdapError {
        match error {
            Inner::LdapResult { result } => match result.rc {
                code::NO_SUCH_OBJECT | code::INVALID_DN => LdapError::BaseUnknown { base: base.into() },
                code::TIME_LIMIT | code::SIZE_LIMIT | code::ADMIN_LIMIT => LdapError::Limited { after },
                code::BUSY | code::UNAVAILABLE => LdapError::Gone { after, why: told(&result) },
                _ => LdapError::Refused { why: told(&result) },
            },
            Inner::FilterParsing => LdapError::Setting { key: "filter", why: "is no LDAP filter".into() },
            Inner::Timeout { .. } => LdapError::Gone { after, why: "no answer".into() },
            _ => LdapError::Gone { after, why: "the connection broke off".into() },
        }
    }
}

/// The server's own words, or its number.
fn told(result: &LdapResult) -> String {
    let text: String = result.text.chars().filter(|c| !c.is_control()).take(200).collect();
    let text = match (text.as_str(), result.rc) {
        ("", code::INSUFFICIENT_RIGHTS) => "this bind_dn has no right to read it",
        ("", code::CONFIDENTIALITY | code::STRONGER_AUTH) => "it wants an encrypted connection",
        ("", _) => "it doesn't say why",
        (text, _) => text,
    };
    format!("{text} (result {})", result.rc)
}

/// Rustls wraps its errors so; a server that knows no TLS hangs up on the greeting.
fn is_tls(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}
