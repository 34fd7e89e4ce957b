//! What a window is told when something was not done. The one place that maps, and the only one that logs what is
//! behind an internal error, with a number the person can read out.

use serde::Serialize;
use specta::Type;
use station::wire::Refusal;
use station::{Error, NotByProvider, ProviderFailed};

#[derive(Debug, Serialize, Type)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ApiError {
    /// Every failure of a code or badge reads the same.
    CredentialRefused,
    /// New codes were asked for too often at this kiosk.
    AskedTooOften {
        seconds: u32,
    },
    Throttled {
        seconds: u32,
    },
    KioskBusy,
    NotSignedIn,
    NotAllowed,
    SignInRefused,
    /// A code of the second factor is wrong or spent.
    FactorRefused,
    Locked,
    ConfirmFirst,
    NotByProvider {
        why: ProviderWhy,
    },
    NotFound {
        what: Missing,
    },
    Invalid {
        field: String,
        why: InvalidWhy,
    },
    Refused {
        why: Refusal,
    },
    DeviceOffline {
        device: String,
    },
    /// Nothing is taken in until there is space.
    DiskLow,
    OutOfService {
        why: OutOfServiceWhy,
    },
    Internal {
        incident: String,
    },
}

#[derive(Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    Package,
    Person,
    Compartment,
    Opening,
    Bank,
    Badge,
    Delegation,
    Hold,
    Task,
    Notice,
    Channel,
    Import,
    DirectoryServer,
}

#[derive(Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum InvalidWhy {
    Empty,
    TooLong,
    Malformed,
    Taken,
    TooShort,
    OutOfRange,
    Guessable,
}

/// Why a sign-in in the browser came to nothing.
#[derive(Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ProviderWhy {
    NoProvider,
    Settings,
    Unreachable,
    OtherSession,
    Declined,
    Spent,
    ClockBehind,
    Expired,
    WrongIssuer,
    WrongAudience,
    NotFresh,
    Unbelievable,
    TimedOut,
    NotStaff,
    SomebodyElse,
    NoBrowser,
}

impl From<NotByProvider> for ApiError {
    fn from(why: NotByProvider) -> ApiError {
        if let NotByProvider::Failed(why) = &why {
            tracing::warn!(%why, "a sign-in by the identity provider failed");
        }
        let why = match why {
            NotByProvider::None => ProviderWhy::NoProvider,
            NotByProvider::NotStaff => ProviderWhy::NotStaff,
            NotByProvider::SomebodyElse => ProviderWhy::SomebodyElse,
            NotByProvider::Failed(failed) => match failed {
                ProviderFailed::Settings(_) => ProviderWhy::Settings,
                ProviderFailed::Unreachable(_) => ProviderWhy::Unreachable,
                ProviderFailed::OtherSession => ProviderWhy::OtherSession,
                ProviderFailed::Declined => ProviderWhy::Declined,
                ProviderFailed::Spent => ProviderWhy::Spent,
                ProviderFailed::ClockBehind => ProviderWhy::ClockBehind,
                ProviderFailed::Expired => ProviderWhy::Expired,
                ProviderFailed::WrongIssuer => ProviderWhy::WrongIssuer,
                ProviderFailed::WrongAudience => ProviderWhy::WrongAudience,
                ProviderFailed::NotFresh => ProviderWhy::NotFresh,
                ProviderFailed::Unbelievable(_) => ProviderWhy::Unbelievable,
                ProviderFailed::TimedOut => ProviderWhy::TimedOut,
            },
        };
        ApiError::NotByProvider { why }
    }
}

#[derive(Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum OutOfServiceWhy {
    Storage,
    Database,
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::CredentialRefused => ApiError::CredentialRefused,
            Error::Throttled { seconds } => ApiError::Throttled { seconds },
            Error::AskedTooOften { seconds } => ApiError::AskedTooOften { seconds },
            Error::KioskBusy => ApiError::KioskBusy,
            Error::NotSignedIn => ApiError::NotSignedIn,
            Error::NotAllowed => ApiError::NotAllowed,
            Error::SignInRefused => ApiError::SignInRefused,
            Error::FactorRefused => ApiError::FactorRefused,
            Error::Locked => ApiError::Locked,
            Error::ConfirmFirst => ApiError::ConfirmFirst,
            Error::NotByProvider(why) => why.into(),
            Error::NotFound(what) => match what {
                "package" => ApiError::NotFound { what: Missing::Package },
                "person" => ApiError::NotFound { what: Missing::Person },
                "compartment" => ApiError::NotFound { what: Missing::Compartment },
                "opening" => ApiError::NotFound { what: Missing::Opening },
                "badge" => ApiError::NotFound { what: Missing::Badge },
                "delegation" => ApiError::NotFound { what: Missing::Delegation },
                "hold" => ApiError::NotFound { what: Missing::Hold },
                "bank" => ApiError::NotFound { what: Missing::Bank },
                "notice" => ApiError::NotFound { what: Missing::Notice },
                "channel" => ApiError::NotFound { what: Missing::Channel },
                "import" => ApiError::NotFound { what: Missing::Import },
                "directory server" => ApiError::NotFound { what: Missing::DirectoryServer },
                _ => ApiError::NotFound { what: Missing::Task },
            },
            Error::Invalid { field, why } => ApiError::Invalid {
                field,
                why: match why {
                    station::InvalidWhy::Empty => InvalidWhy::Empty,
                    station::InvalidWhy::TooLong => InvalidWhy::TooLong,
                    station::InvalidWhy::TooShort => InvalidWhy::TooShort,
                    station::InvalidWhy::Malformed => InvalidWhy::Malformed,
                    station::InvalidWhy::Taken => InvalidWhy::Taken,
                    station::InvalidWhy::OutOfRange => InvalidWhy::OutOfRange,
                    station::InvalidWhy::Guessable => InvalidWhy::Guessable,
                },
            },
            Error::Refused(why) => ApiError::Refused { why: why.into() },
            Error::DeviceOffline { device } => ApiError::DeviceOffline { device },
            Error::DiskLow => ApiError::DiskLow,
            Error::DiskFull => ApiError::OutOfService { why: OutOfServiceWhy::Storage },
            Error::OutOfService(why) => {
                tracing::error!(why, "out of service");
                ApiError::OutOfService { why: OutOfServiceWhy::Storage }
            }
            Error::Store(station::StoreError::Damaged(why)) => {
                tracing::error!(why, "the database is damaged");
                ApiError::OutOfService { why: OutOfServiceWhy::Database }
            }
            Error::Store(station::StoreError::Conflict(_)) => {
                ApiError::Refused { why: Refusal::CompartmentTaken }
            }
            error @ (Error::Backup(_) | Error::Store(_) | Error::Internal(_)) => {
                let incident = uuid::Uuid::new_v4().simple().to_string()[..8].to_uppercase();
                tracing::error!(%error, incident, "internal error");
                ApiError::Internal { incident }
            }
        }
    }
}
