//! Every way a use case can end without doing what was asked. An adapter maps it once.

use domain::Refusal;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One answer for every unknown, spent, expired or malformed code and every badge of nobody.
    #[error("that code or badge does not open anything here")]
    CredentialRefused,
    #[error("too many wrong codes: wait {seconds} s, or use a badge")]
    Throttled { seconds: u32 },
    #[error("new codes were asked for too often here: wait {seconds} s")]
    AskedTooOften { seconds: u32 },
    #[error("somebody else is at the kiosk: wait until their door is shut")]
    KioskBusy,
    #[error("nobody is signed in")]
    NotSignedIn,
    #[error("this role may not do that")]
    NotAllowed,
    #[error("mail address and password do not match")]
    SignInRefused,
    /// A code of the second factor that is wrong, spent or too old.
    #[error("that code is not right")]
    FactorRefused,
    /// Nobody was at this window for a while: its person shows who they are, and goes on.
    #[error("this window is locked")]
    Locked,
    #[error("{0}")]
    NotByProvider(#[from] crate::provider::NotByProvider),
    /// This needs a fresh proof of who sits there.
    #[error("confirm first that it is you")]
    ConfirmFirst,
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{field}: {why}")]
    Invalid { field: String, why: InvalidWhy },
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("{device} is not connected")]
    DeviceOffline { device: String },
    /// Nothing can be recorded, so no door is moved.
    #[error("out of service: the record can't be written ({0})")]
    OutOfService(String),
    /// Even the reserve is used up.
    #[error("out of service: the disk is full")]
    DiskFull,
    /// What is here can be fetched; nothing is taken in.
    #[error("the disk is almost full: free some space; until then nothing is taken in")]
    DiskLow,
    #[error(transparent)]
    Backup(#[from] crate::backup::BackupError),
    #[error(transparent)]
    Store(store::StoreError),
    #[error("{0}")]
    Internal(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWhy {
    #[error("is empty")]
    Empty,
    #[error("is too long")]
    TooLong,
    #[error("is too short")]
    TooShort,
    #[error("is not well formed")]
    Malformed,
    #[error("is taken")]
    Taken,
    #[error("is out of range")]
    OutOfRange,
    #[error("is easy to guess")]
    Guessable,
}

impl Error {
    pub(crate) fn invalid(field: impl Into<String>, why: InvalidWhy) -> Error {
        Error::Invalid { field: field.into(), why }
    }
}

impl From<store::StoreError> for Error {
    fn from(error: store::StoreError) -> Self {
        match error {
            store::StoreError::Full => Error::DiskFull,
            broken @ (store::StoreError::Disk(_) | store::StoreError::Broken(_)) => {
                Error::OutOfService(broken.to_string())
            }
            other => Error::Store(other),
        }
    }
}
