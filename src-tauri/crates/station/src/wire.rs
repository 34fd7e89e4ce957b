//! What crosses to a window or an integrator: plain shapes, no behaviour. Times are RFC 3339, ids are UUIDs as text,
//! no number is wider than JavaScript can hold. Never carries a code, a badge number or a password hash outwards.

use domain::allocation::Why;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! wire {
    ($($(#[$meta:meta])* $vis:vis $kind:ident $name:ident $(<$t:ident>)? { $($body:tt)* })*) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "specta", derive(specta::Type))]
        #[serde(rename_all = "camelCase")]
        $(#[$meta])*
        $vis $kind $name $(<$t>)? { $($body)* }
    )*};
}

/// `S`, `M`, `L`, `XL` as the domain has them; the wire's own types so that the domain needs no generator.
macro_rules! mirror {
    ($(#[$meta:meta])* $name:ident = $domain:path { $($variant:ident),* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "specta", derive(specta::Type))]
        $(#[$meta])*
        pub enum $name { $($variant),* }
        impl From<$domain> for $name {
            fn from(value: $domain) -> Self { match value { $(<$domain>::$variant => $name::$variant),* } }
        }
        impl From<$name> for $domain {
            fn from(value: $name) -> Self { match value { $($name::$variant => <$domain>::$variant),* } }
        }
    };
}

mirror!(Size = domain::package::Size { S, M, L, XL });
mirror!(
    #[serde(rename_all = "camelCase")]
    Height = domain::place::Height { Top, Upper, Lower, Bottom }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    Handling = domain::package::Handling { Fragile, Confidential, HighValue, Oversize, Perishable, Cold }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    ProposalWhy = Why {
        ExactSize,
        NextSizeUp,
        Accessible,
        Refrigerated,
        LeastUsed,
        Oversize,
        PerishableNeedsCold,
        BankFull,
        NoneBigEnough
    }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    Refusal = domain::Refusal {
        CompartmentTaken,
        CompartmentOutOfService,
        TooSmall,
        DoorNotClosed,
        NoCompartment,
        WrongState,
        TooManyTries,
        ReopenTooLate,
        PackageElsewhere,
        DepositUnderWay,
        AlreadySetUp,
        RecipientInactive
    }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    CheckDigit = domain::tracking::Check { Right, Wrong, None }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    TaskName = domain::event::TaskKind {
        VerifyDoor,
        Jam,
        Forced,
        WrongDoor,
        Ajar,
        Implausible,
        Help,
        NotThere,
        NotMine,
        CouldNotBeTold,
        SuspectDoor,
        ClockDoubted,
        DiskLow
    }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    OutcomeName = domain::event::Outcome { Done, PackageInside, PackageGone }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    ReportName = domain::event::Report { NotThere, NotMine }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    PurposeName = domain::event::Purpose { Deposit, Pickup, Removal, Reopen, Inspection }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    RoleName = domain::person::Role { Recipient, Clerk, Supervisor, Admin, Auditor }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    SourceName = domain::directory::Source { Hand, Csv, Ldap, Scim }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    ChannelName = domain::event::Channel { Email, Desktop }
);

/// A package's size: a compartment's, or too big for any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub enum IntakeSize {
    S,
    M,
    L,
    XL,
    #[serde(rename = "oversize")]
    Oversize,
}

impl From<domain::package::PackageSize> for IntakeSize {
    fn from(size: domain::package::PackageSize) -> Self {
        use domain::package::PackageSize as P;
        match size {
            P::S => IntakeSize::S,
            P::M => IntakeSize::M,
            P::L => IntakeSize::L,
            P::XL => IntakeSize::XL,
            P::Oversize => IntakeSize::Oversize,
        }
    }
}
impl From<IntakeSize> for domain::package::PackageSize {
    fn from(size: IntakeSize) -> Self {
        use domain::package::PackageSize as P;
        match size {
            IntakeSize::S => P::S,
            IntakeSize::M => P::M,
            IntakeSize::L => P::L,
            IntakeSize::XL => P::XL,
            IntakeSize::Oversize => P::Oversize,
        }
    }
}

wire! {
    #[derive(Copy, Eq)]
    pub enum DoorState { Unknown, Closed, Open }
    #[derive(Copy, Eq)]
    pub enum Fitness { InService, OutOfService }
    #[derive(Copy, Eq)]
    pub enum Occupancy { Empty, Reserved, Holding }
    #[derive(Copy, Eq)]
    pub enum OpeningState { Journaled, Sent, Acknowledged, Open, Closed, NotOpened, Unknown, Waiting }
    #[derive(Copy, Eq)]
    pub enum PackageState { Received, Stored, Shelved, Disputed, Collected, HandedOver, Returned, Lost }
    #[derive(Copy, Eq)]
    pub enum LanguageName { En, Es }

    /// A bank as it stands: columns left to right, each a stack of cells top to bottom.
    pub struct BankView { pub id: String, pub name: String, pub columns: Vec<Vec<CellView>>, pub online: bool, pub locked: bool, pub last_seen: Option<String> }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    #[allow(clippy::large_enum_variant)]
    pub enum CellView {
        /// Where the kiosk's screen stands.
        Screen { units: u8 },
        Compartment { units: u8, compartment: CompartmentView },
    }
    pub struct CompartmentView {
        pub id: String, pub bank: String, pub bank_id: String, pub label: String, pub size: Size, pub accessible: bool, pub refrigerated: bool, pub height: Height,
        pub fitness: Fitness, pub fitness_reason: Option<String>, pub occupancy: Occupancy,
        pub door: DoorState, pub door_since: Option<String>, pub suspect: bool,
        /// Never told to the kiosk.
        pub package: Option<PackageBrief>,
    }
    pub struct PackageBrief { pub id: String, pub tracking_number: String, pub recipient: String, pub size: IntakeSize, pub late: bool, pub since: String }
    pub struct OpeningView {
        pub id: String, pub state: OpeningState, pub compartment: String, pub label: String, pub bank: String, pub bank_id: String,
        pub height: Height, pub purpose: PurposeName, pub tries_left: u8, pub ajar_seconds: Option<u32>, pub recovered: bool,
    }

    pub struct KioskState {
        pub site: String, pub languages: Vec<LanguageName>, pub banks: Vec<BankView>, pub out_of_service: bool,
        pub offline_devices: Vec<String>, pub locked_seconds: Option<u32>, pub badge_reader: bool, pub visit: Option<Visit>,
        pub help_called_at: Option<String>,
    }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    #[allow(clippy::large_enum_variant)]
    pub enum Visit {
        Pickup { who: String, items: Vec<VisitItem>, current: Option<u8>, seconds_left: u32 },
        Staff { who: String, deposit: Option<KioskDeposit>, seconds_left: u32 },
    }
    #[derive(Copy, Eq)]
    pub enum Step { Waiting, Opening, Open, Shut, NotOpened, Unknown, Reported, Unavailable }
    pub struct VisitItem {
        pub package: String, pub carrier: Option<String>, pub size: IntakeSize, pub label: String, pub bank_id: String, pub compartment: String,
        pub height: Height, pub step: Step, pub opening: Option<OpeningView>, pub reopen_seconds: Option<u32>, pub tries_left: u8,
        pub reported: Option<ReportName>,
    }
    pub struct KioskDeposit {
        pub package: Option<String>, pub tracking_number: String, pub recipient: String, pub proposal: Option<Proposal>,
        pub opening: Option<OpeningView>, pub done: bool,
    }

    pub struct SessionView { pub name: String, pub role: RoleName, pub email: String }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum Start {
        FirstRun,
        SignIn { site: String, demo: bool },
        SignedIn { session: SessionView, site: String, demo: bool },
    }
    #[derive(Copy, Eq)]
    pub enum DeviceKind { Serial, Hid }
    pub struct FoundDevice { pub path: String, pub name: String, pub kind: DeviceKind, pub permitted: bool, pub group: Option<String>, pub in_use: bool, pub id: String }
    pub struct SitePlan { pub site_name: String, pub admin: AdminPlan, pub bank: BankPlan, pub email: Option<EmailPlan> }
    pub struct AdminPlan { pub name: String, pub email: String, pub password: String }
    pub struct EmailPlan { pub url: String, pub from: String }
    pub struct BankPlan {
        pub name: String, pub driver: String,
        /// `null` is the virtual bank.
        pub port: Option<String>, pub baud: u32, pub board: u8, pub closed_bit: u8, pub status_order: Option<String>, pub columns: Vec<ColumnPlan>,
    }
    pub struct ColumnPlan { pub cells: Vec<CellPlan> }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum CellPlan {
        Compartment { label: String, channel: u8, size: Size, accessible: bool, refrigerated: bool },
        Screen,
    }
    pub struct Tracking { pub tracking_number: String, pub carrier: Option<String>, pub service: Option<String>, pub check: CheckDigit, pub duplicate_of: Option<PackageBrief> }
    pub struct PersonHit {
        pub id: String, pub name: String, pub aliases: Option<String>, pub department: Option<String>, pub email: Option<String>,
        pub active: bool, pub badge: bool, pub waiting: u32,
    }
    pub struct Intake { pub tracking_number: String, pub recipient_id: String, pub size: IntakeSize, pub handling: Vec<Handling>, pub note: Option<String> }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    #[allow(clippy::large_enum_variant)]
    pub enum Proposal {
        Compartment { compartment: CompartmentView, why: Vec<ProposalWhy>, others: Vec<CompartmentView> },
        Shelf { why: Vec<ProposalWhy>, place: String },
    }
    pub struct PackageRow {
        pub id: String, pub tracking_number: String, pub carrier: Option<String>, pub recipient: String, pub recipient_id: String,
        pub department: Option<String>, pub size: IntakeSize, pub handling: Vec<Handling>, pub state: PackageState, pub place: Option<String>,
        pub received_at: String, pub changed_at: String, pub deadline: Option<String>, pub late: bool, pub opening: Option<OpeningView>, pub notice: Option<NoticeState>,
    }
    #[derive(Copy, Eq)]
    pub enum NoticeProgress { Waiting, Sent, Failed }
    pub struct NoticeState { pub state: NoticeProgress, pub channel: ChannelName, pub at: Option<String>, pub why: Option<String> }
    pub struct Page<T> { pub rows: Vec<T>, pub next: Option<String> }
    pub struct PackagePage {
        #[serde(flatten)]
        pub row: PackageRow,
        pub note: Option<String>, pub compartment: Option<CompartmentView>, pub story: Vec<StoryLine>, pub code_active: bool,
    }
    pub struct StoryLine { pub seq: u32, pub at: String, pub kind: String, pub who: Option<String>, pub detail: BTreeMap<String, String> }
    pub struct Task {
        pub id: String, pub kind: TaskName, pub urgent: bool, pub at: String, pub label: Option<String>, pub bank: Option<String>,
        pub compartment_id: Option<String>, pub package_id: Option<String>, pub detail: Option<String>,
    }
    pub struct Health {
        pub sqlite: String, pub data_folder: String, pub chain_ok: Option<bool>, pub events: u32, pub saved_at: Option<String>,
        pub devices: Vec<DeviceHealth>, pub outbox_waiting: u32, pub backup: BackupHealth, pub secrets: SecretsHealth,
    }
    /// How it is with the backups that are made by plan.
    pub struct BackupHealth {
        pub folder: String, pub encrypted: bool,
        /// Of the newest whole one.
        pub at: Option<String>, pub kibibytes: Option<u32>,
        /// Why the last try failed, if it did.
        pub why: Option<String>,
        /// Of the one that is being made.
        pub percent: Option<u8>,
    }
    /// Where the node's secrets are, never what they are.
    pub struct SecretsHealth {
        pub place: SecretsPlace,
        /// The path of the file or credential, or the name of the keyring's entry.
        pub at: String,
        pub warnings: Vec<SecretsWarning>,
    }
    #[derive(Copy, Eq)]
    pub enum SecretsPlace { File, Keyring, Credential }
    #[derive(Copy, Eq)]
    pub enum SecretsWarning {
        /// Others than the owner may open the file.
        FileOpen,
        /// Anybody on this machine may look into the data folder.
        FolderOpen,
        /// The secrets are elsewhere, and the old file with all of them is still there.
        UnusedCopy,
    }
    #[derive(Copy, Eq)]
    pub enum HealthKind { Bank, Reader, Channel, Disk }
    pub struct DeviceHealth { pub name: String, pub kind: HealthKind, pub ok: bool, pub why: Option<String>, pub since: String }
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
        pub manager: Option<String>, pub teams: Vec<String>, pub packages: Vec<PackageRow>,
    }
    pub struct VirtualDoor { pub channel: u8, pub label: String, pub open: bool, pub jammed: bool }
    /// A mail that no server took, because there is none: the virtual bank's people are written to here.
    pub struct VirtualMail { pub to: String, pub subject: String, pub text: String, pub at: String }
    pub struct VirtualPanel { pub doors: Vec<VirtualDoor>, pub plugged: bool, pub mails: Vec<VirtualMail> }
    #[derive(Copy, Eq, Hash, PartialOrd, Ord)]
    pub enum Topic { Kiosk, Banks, Packages, Tasks, Health, People }
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

/// Reads a wire name back from the domain's or the store's text.
pub(crate) fn named<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    let mut camel = String::with_capacity(text.len());
    let mut upper = false;
    for c in text.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                camel.extend(c.to_uppercase());
                upper = false;
            }
            c => camel.push(c),
        }
    }
    serde_json::from_value(serde_json::Value::String(camel)).ok()
}
