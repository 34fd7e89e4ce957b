//! Who sits there, and how they sign in. Never a password, a PIN or a kept key outwards.

use serde::{Deserialize, Serialize};

mirror!(
    #[serde(rename_all = "camelCase")]
    RoleName = domain::person::Role { Recipient, Clerk, Supervisor, Admin, Auditor }
);

wire! {
    pub struct SessionView {
        pub id: String, pub name: String, pub role: RoleName, pub email: String,
        pub locked: bool,
        /// Minutes until it locks; 0 is never.
        pub idle_minutes: u16,
        /// What they can show to confirm who they are.
        pub password: bool, pub totp: bool,
    }
    /// Where somebody who signs in stands.
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum SignInStep {
        In { session: SessionView },
        /// A code of the second factor is still owed.
        Code,
        /// They must set up a second factor now.
        Enrol { offer: FactorOffer },
    }
    /// A second factor's key, as a QR's rows of 0 and 1 and as text.
    pub struct FactorOffer { pub key: String, pub qr: Vec<String> }
    /// What a member of staff may see and change of how they sign in.
    pub struct AccountView {
        pub password: bool, pub pin: bool, pub totp: bool, pub recovery_left: u32,
        /// Who vouches for them, where they sign in by a provider.
        pub provider: Option<String>,
    }
    pub struct StaffRow {
        pub id: String, pub name: String, pub email: Option<String>, pub role: RoleName, pub active: bool, pub signed_in_at: Option<String>,
        pub password: bool, pub pin: bool, pub totp: bool, pub provider: bool, pub badge: bool,
    }
    /// What the policy says of signing in.
    pub struct SignInPolicy { pub idle_minutes: u16, pub totp_for_admins: bool }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum Start {
        FirstRun,
        SignIn {
            site: String, demo: bool,
            /// Whom one can sign in by in the browser.
            provider: Option<String>,
        },
        SignedIn { session: SessionView, site: String, demo: bool },
    }
}
