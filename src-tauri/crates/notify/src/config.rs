//! A channel's setting that can't be used: what is wrong, and what to write instead. It must never repeat a secret.

use std::path::PathBuf;

use crate::sender::Channel;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("the email channel's `url` can't be used: {0}")]
    Url(&'static str),
    #[error(
        "the email channel's `from` is {from:?}, which isn't an address: write \"parcels@example.com\" or \
         \"Parcel room <parcels@example.com>\""
    )]
    From { from: String },
    #[error(
        "the email channel's `ca_file` {} can't be used: {why}. Name a readable file with one or more PEM \
         certificates", path.display()
    )]
    CaFile { path: PathBuf, why: String },
    #[error("encryption for the email channel can't be set up: {why}. Check `url` and `ca_file`")]
    Tls { why: String },
    /// `key` is the name in the site file's `[channel.…]`.
    #[error("the {channel} channel's `{key}` can't be used: {why}")]
    Setting { channel: Channel, key: &'static str, why: String },
}

impl ConfigError {
    pub(crate) fn setting(channel: Channel, key: &'static str, why: impl Into<String>) -> Self {
        ConfigError::Setting { channel, key, why: why.into() }
    }

    /// The key of the site file that has to change.
    pub fn key(&self) -> &'static str {
        match self {
            ConfigError::Url(_) | ConfigError::Tls { .. } => "url",
            ConfigError::From { .. } => "from",
            ConfigError::CaFile { .. } => "ca_file",
            ConfigError::Setting { key, .. } => key,
        }
    }
}
