//! What a SCIM request ends with when it is not done (RFC 7644, 3.12).
//!
//! The detail names attributes, as the schemas spell them, and never a value that was sent.

use serde_json::{Value, json};

pub type Result<T> = std::result::Result<T, Error>;

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The RFC's words for what a client did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    TooMany,
    Uniqueness,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::InvalidFilter => "invalidFilter",
            Kind::InvalidPath => "invalidPath",
            Kind::InvalidSyntax => "invalidSyntax",
            Kind::InvalidValue => "invalidValue",
            Kind::Mutability => "mutability",
            Kind::NoTarget => "noTarget",
            Kind::TooMany => "tooMany",
            Kind::Uniqueness => "uniqueness",
        }
    }
    fn status(self) -> u16 {
        if self == Kind::Uniqueness { 409 } else { 400 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    pub status: u16,
    pub kind: Option<Kind>,
    pub detail: String,
}

impl Error {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Error {
        Error { status: kind.status(), kind: Some(kind), detail: detail.into() }
    }
    /// One that only its status names.
    pub fn status(status: u16, detail: impl Into<String>) -> Error {
        Error { status, kind: None, detail: detail.into() }
    }
    pub(crate) fn value(attribute: &str, what: &str) -> Error {
        Error::new(Kind::InvalidValue, format!("{attribute} {what}"))
    }

    /// The body; its status is text, as the RFC has it.
    pub fn body(&self) -> Value {
        let mut body =
            json!({ "schemas": [SCHEMA], "status": self.status.to_string(), "detail": self.detail });
        if let Some(kind) = self.kind {
            body["scimType"] = kind.as_str().into();
        }
        body
    }
}
