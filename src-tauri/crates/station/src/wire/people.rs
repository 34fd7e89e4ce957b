//! People, their delegates and holds, as staff see them. Never a badge's number outwards.

use super::{LanguageName, PackageRow, QuietHours, RoleName};
use serde::{Deserialize, Serialize};

mirror!(
    #[serde(rename_all = "camelCase")]
    SourceName = domain::directory::Source { Hand, Csv, Ldap, Scim }
);

wire! {
    pub struct PersonHit {
        pub id: String, pub name: String, pub aliases: Option<String>, pub department: Option<String>, pub email: Option<String>,
        pub active: bool, pub badge: bool, pub waiting: u32,
    }
    pub struct DelegationView {
        pub id: String, pub principal: String, pub principal_id: String, pub delegate: String, pub delegate_id: String,
        /// This one only; `null` is every package within the dates.
        pub package_id: Option<String>, pub tracking_number: Option<String>, pub from: String, pub until: String, pub in_force: bool,
    }
    pub struct HoldView { pub id: String, pub from: String, pub until: String, pub in_force: bool }
    pub struct DelegateForm { pub delegate_id: String, pub package_id: Option<String>, pub from: Option<String>, pub until: Option<String> }
    /// What staff can say of a person.
    pub struct PersonForm {
        pub name: String, pub preferred_name: Option<String>, pub aliases: Option<String>, pub email: Option<String>,
        pub phone: Option<String>, pub department: Option<String>, pub location: Option<String>, pub language: LanguageName,
        pub channel: Option<String>, pub needs_low_door: bool,
        /// One more badge, by its number.
        pub badge: Option<String>,
        pub active: bool,
    }
    pub struct BadgeView { pub id: String, pub blocked: bool, pub since: String }
    pub struct SourceView { pub source: SourceName, pub external_id: Option<String>, pub changed: String }
    /// A field of the form that a directory owns.
    pub struct HeldField { pub field: String, pub source: SourceName }
    pub struct PersonPage {
        #[serde(flatten)]
        pub form: PersonForm,
        pub id: String,
        /// What they are called on screens.
        pub shown: String,
        pub role: RoleName, pub badges: Vec<BadgeView>, pub sources: Vec<SourceView>, pub held: Vec<HeldField>,
        pub delegations: Vec<DelegationView>, pub holds: Vec<HoldView>,
        pub manager: Option<String>, pub teams: Vec<String>, pub packages: Vec<PackageRow>,
        pub quiet: Option<QuietHours>,
    }
}

impl PersonForm {
    /// Somebody of whom only the name is known.
    pub fn named(name: impl Into<String>) -> PersonForm {
        PersonForm {
            name: name.into(),
            preferred_name: None,
            aliases: None,
            email: None,
            phone: None,
            department: None,
            location: None,
            language: LanguageName::En,
            channel: None,
            needs_low_door: false,
            badge: None,
            active: true,
        }
    }
}
