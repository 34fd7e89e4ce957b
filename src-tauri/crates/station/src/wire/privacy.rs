//! What is kept of people and for how long.

use domain::policy::Retention;
use serde::{Deserialize, Serialize};

wire! {
    /// For how many days each kind of record is kept.
    #[derive(Copy, Eq)]
    pub struct RetentionDays { pub access: u16, pub packages: u16, pub leavers: u16 }
    pub struct PrivacyView {
        pub retention: RetentionDays, pub defaults: RetentionDays, pub most_days: u16, pub swept_at: Option<String>, pub data_folder: String,
        pub backups_kept: u32, pub export_days: u16,
    }
    /// Where copies of the database lie that were made before an erasure.
    pub struct Erasure { pub copies: Vec<String> }
    pub struct ExportFiles { pub data: String, pub page: String }
}

impl From<Retention> for RetentionDays {
    fn from(kept: Retention) -> RetentionDays {
        RetentionDays { access: kept.access, packages: kept.packages, leavers: kept.leavers }
    }
}

impl From<RetentionDays> for Retention {
    fn from(days: RetentionDays) -> Retention {
        Retention { access: days.access, packages: days.packages, leavers: days.leavers }
    }
}
