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

mod deadlines;
mod health;
mod notices;
pub use deadlines::*;
pub use health::*;
pub use notices::*;

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
        RecipientInactive,
        DelegateIsRecipient,
        DelegateInactive,
        NotTheirPackage,
        DatesDoNotFit,
        NotForDelegates,
        PackagesWaiting,
        TaskOpen,
        StillStaff,
        LastAdmin,
        SamePerson,
        SecondTooLate,
        NeedsCold,
        OwnerIsHere,
        NoWayToTell
    }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    CheckDigit = domain::tracking::Check { Right, Wrong, None }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    TaskName = domain::event::TaskKind {
        ChannelDown,
        VerifyDoor,
        Jam,
        Forced,
        WrongDoor,
        Ajar,
        Implausible,
        WrongBoard,
        Help,
        NotThere,
        NotMine,
        CouldNotBeTold,
        SuspectDoor,
        ClockDoubted,
        DiskLow,
        LeaverPackage,
        BlockedBadge,
        Removal,
        Escalation,
        NoBackup
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
    EverythingWhy = domain::event::Everything { Evacuation, Audit }
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
    OverrideReasonName = domain::event::OverrideReason { CodeLost, BadgeLost, KioskFails, NeedsHelp, Other }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    IdentityCheckName = domain::event::IdentityCheck { IdCard, BadgePhoto, KnownBySight, CalledBack }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    WaysInName = domain::policy::WaysIn { Either, Badge, Code, Both }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    FactorName = domain::policy::Factor { Badge, Code }
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
        Pickup {
            who: String, items: Vec<VisitItem>, current: Option<u8>, seconds_left: u32,
            /// What is to be shown before anything more opens.
            needs: Option<FactorName>, own: Own,
            /// What waits for them at the counter: no door opens for it.
            counter: Vec<CounterItem>,
        },
        /// A staff badge: their PIN opens the staff's side. Without one yet, it is set in the mailroom.
        Pin { who: String, set: bool, locked_seconds: Option<u32>, seconds_left: u32 },
        Staff {
            who: String, deposit: Option<KioskDeposit>,
            /// May ask for every door.
            everything_allowed: bool, everything: Option<EverythingView>, seconds_left: u32,
        },
    }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum EverythingView {
        /// The second person's badge is awaited, then their PIN.
        Second { who: Option<String>, locked_seconds: Option<u32>, seconds_left: u32 },
        Running { who: String, of: u32, opened: u32, not_opened: Vec<String>, current: Option<String>, left: u32 },
    }
    pub struct CounterItem { pub carrier: Option<String>, pub place: String }
    #[derive(Copy, Eq)]
    pub enum Step { Waiting, Locked, Opening, Open, Shut, NotOpened, Unknown, Reported, Unavailable }
    pub struct VisitItem {
        pub package: String, pub carrier: Option<String>, pub size: IntakeSize, pub label: String, pub bank_id: String, pub compartment: String,
        pub height: Height, pub step: Step, pub opening: Option<OpeningView>, pub reopen_seconds: Option<u32>, pub tries_left: u8,
        pub reported: Option<ReportName>,
        /// For whom, masked, where that is not the visitor.
        pub principal: Option<String>,
        /// What is still to be shown for it.
        pub needs: Option<FactorName>,
    }
    /// What a recipient may see to at the kiosk.
    pub struct Own {
        pub badges: u8, pub may_add_badge: bool, pub may_block_badges: bool, pub away_until: Option<String>,
        pub delegates: Vec<KioskDelegate>, pub awaiting: Option<AwaitingName>,
    }
    pub struct KioskDelegate { pub id: String, pub who: String, pub until: String, pub one_package: bool }
    /// What the next badge shown is for.
    #[derive(Copy, Eq)]
    pub enum AwaitingName { Badge, Delegate }
    pub struct KioskDeposit {
        pub package: Option<String>, pub tracking_number: String, pub recipient: String, pub proposal: Option<Proposal>,
        pub opening: Option<OpeningView>, pub done: bool,
    }

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
    pub struct NoticeState { pub state: NoticeProgress, pub channel: ChannelName, pub at: Option<String>, pub why: Option<Said> }
    pub struct Page<T> { pub rows: Vec<T>, pub next: Option<String> }
    pub struct PackagePage {
        #[serde(flatten)]
        pub row: PackageRow,
        pub note: Option<String>, pub compartment: Option<CompartmentView>, pub story: Vec<StoryLine>, pub code_active: bool,
        /// Who may fetch it for its recipient.
        pub delegations: Vec<DelegationView>,
    }
    pub struct DelegationView {
        pub id: String, pub principal: String, pub principal_id: String, pub delegate: String, pub delegate_id: String,
        /// This one only; `null` is every package within the dates.
        pub package_id: Option<String>, pub tracking_number: Option<String>, pub from: String, pub until: String, pub in_force: bool,
    }
    pub struct HoldView { pub id: String, pub from: String, pub until: String, pub in_force: bool }
    pub struct DelegateForm { pub delegate_id: String, pub package_id: Option<String>, pub from: Option<String>, pub until: Option<String> }
    pub struct OverrideForm { pub to: Option<String>, pub reason: OverrideReasonName, pub check: IdentityCheckName, pub note: Option<String> }
    pub struct HandlingWays { pub handling: Handling, pub ways: WaysInName }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum LeaverNoticeView { Nobody, Manager, Person { person_id: String } }
    pub struct RetentionView { pub access: u16, pub packages: u16, pub leavers: u16 }
    pub struct PolicyView {
        pub ways_in: WaysInName, pub ways_in_of: Vec<HandlingWays>, pub badge_by_self: bool, pub delegates_for_sensitive: bool,
        pub leaver_notice: LeaverNoticeView, pub retention: RetentionView, pub idle_minutes: u16, pub totp_for_admins: bool,
    }
    /// How likely it is that somebody at a keypad hits a code, with the codes that are active now.
    pub struct GuessingView {
        pub active_codes: u32, pub tries_a_day: u32,
        /// The chance a day is one in so many; `null` is none.
        pub day_one_in: Option<u32>,
        /// The chance in a year of guessing all day long, in millionths.
        pub year_per_million: u32,
        /// At most 1 in 10,000 a day.
        pub kept: bool,
        /// With how many active codes it still would be.
        pub holds_up_to: u32,
    }
    pub struct PolicyPage { pub policy: PolicyView, pub leaver_person_name: Option<String>, pub guessing: GuessingView }
    pub struct StoryLine { pub seq: u32, pub at: String, pub kind: String, pub who: Option<String>, pub detail: BTreeMap<String, String> }
    pub struct Task {
        pub id: String, pub kind: TaskName, pub urgent: bool, pub at: String, pub label: Option<String>, pub bank: Option<String>,
        pub compartment_id: Option<String>, pub package_id: Option<String>, pub detail: Option<String>,
        /// Who said that they see to it.
        pub owner: Option<String>, pub mine: bool,
    }
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
    /// For how many days each kind of record is kept.
    #[derive(Copy, Eq)]
    pub struct RetentionForm { pub access: u16, pub packages: u16, pub leavers: u16 }
    pub struct PrivacyView {
        pub retention: RetentionForm, pub defaults: RetentionForm, pub most_days: u16, pub swept_at: Option<String>, pub data_folder: String,
        pub backups_kept: u32, pub export_days: u16,
    }
    /// Where copies of the database lie that were made before an erasure.
    pub struct Erasure { pub copies: Vec<String> }
    pub struct ExportFiles { pub data: String, pub page: String }
    pub struct VirtualDoor { pub channel: u8, pub label: String, pub open: bool, pub jammed: bool }
    /// A mail that no server took, because there is none: the virtual bank's people are written to here.
    pub struct VirtualMail { pub to: String, pub subject: String, pub text: String, pub at: String }
    pub struct VirtualPanel { pub doors: Vec<VirtualDoor>, pub plugged: bool, pub mails: Vec<VirtualMail> }
    #[derive(Copy, Eq, Hash, PartialOrd, Ord)]
    pub enum Topic { Kiosk, Banks, Packages, Tasks, Health, People, Import }

    /// How to take in a file of people.
    pub struct ImportOptions {
        /// As browsers name encodings; left out, it is found out.
        pub encoding: Option<String>,
        /// What columns are read as: a header, and one of [`ImportSheet::targets`].
        pub columns: BTreeMap<String, String>,
        /// People who are not in this file have left.
        pub leavers: bool,
        /// Also if that is most of them.
        pub many_leavers: bool,
    }
    #[derive(Copy, Eq)]
    pub enum ImportStage {
        /// Bytes come in.
        Upload,
        Reading, Comparing,
        /// It can be looked at, and applied.
        Ready,
        /// It goes on after a restart, too, and can't be cancelled any more.
        Applying,
        Done, Failed, Cancelled,
    }
    /// The one import there is at a time.
    pub struct ImportState {
        pub id: String, pub source: SourceName, pub name: Option<String>, pub stage: ImportStage,
        /// Of what the stage does.
        pub percent: u8,
        pub sheet: Option<ImportSheet>, pub preview: Option<ImportPreview>, pub failure: Option<ImportFailure>,
    }
    /// How a file was understood.
    pub struct ImportSheet { pub encoding: String, pub delimiter: String, pub columns: Vec<ImportColumn>, pub targets: Vec<String> }
    pub struct ImportColumn {
        pub header: String, pub target: Option<String>,
        /// Nobody said so: its header sounds like it.
        pub guessed: bool,
        pub sample: Vec<String>,
    }
    #[derive(Copy, Eq, Default)]
    pub struct ImportCounts {
        pub added: u32, pub changed: u32, pub deactivated: u32, pub reactivated: u32, pub unchanged: u32, pub refused: u32,
        /// Lines that say something of which a higher source says something else.
        pub held: u32,
    }
    /// What will change, and the first of each kind.
    pub struct ImportPreview {
        pub counts: ImportCounts,
        pub added: Vec<ImportPerson>, pub changed: Vec<ImportChange>, pub deactivated: Vec<ImportPerson>, pub reactivated: Vec<ImportPerson>,
        pub refused: Vec<ImportFault>, pub held: Vec<ImportHeld>,
        /// Why nobody is taken to have left, though the list is said to be whole.
        pub stay: Option<ImportStay>,
    }
    pub struct ImportPerson { pub line: Option<u32>, pub person_id: Option<String>, pub name: String, pub email: Option<String>, pub department: Option<String> }
    pub struct ImportChange { pub line: Option<u32>, pub person_id: String, pub name: String, pub fields: Vec<ImportFieldChange> }
    /// Of badges only their number is told.
    pub struct ImportFieldChange { pub field: String, pub from: Option<String>, pub to: Option<String> }
    pub struct ImportFault { pub line: Option<u32>, pub column: Option<String>, pub why: ImportWhy, pub other_line: Option<u32> }
    pub struct ImportHeld { pub line: u32, pub name: String, pub fields: Vec<HeldField> }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    #[derive(Copy, Eq)]
    pub enum ImportStay { Unreadable { lines: u32 }, TooMany { leavers: u32, of: u32 } }
    #[derive(Copy, Eq)]
    pub enum ImportWhy {
        UnclosedQuote, QuoteInside, TooFewCells, TooManyCells, NoKey, Unreadable, ControlCharacter, Formula, SpreadsheetError, Rounded,
        TooLong, TooMany, NotAnAddress, NotABadge, NotYesOrNo, Malformed,
        NoName, SamePerson, SameAddress, AddressTaken, SameBadge, BadgeTaken, ManagerCycle, LastAdmin,
    }
    #[derive(Copy, Eq)]
    pub enum ImportFailureKind {
        Empty, HeaderOnly, TooLarge, Workbook, NoSuchEncoding, NoSuchColumn, TwoColumns, SameHeader, NoKeyColumn, BadHeader,
        Setting, Unreachable, Tls, BindRefused, BaseUnknown, Limited, ServerRefused, Gone, Nobody, Store,
    }
    /// Why there is nothing to look at. The detail names a column, an encoding, a server's words.
    pub struct ImportFailure { pub kind: ImportFailureKind, pub detail: Option<String> }
}

impl From<domain::policy::Policy> for PolicyView {
    fn from(policy: domain::policy::Policy) -> PolicyView {
        use domain::policy::LeaverNotice;
        PolicyView {
            ways_in: policy.ways_in.into(),
            ways_in_of: policy
                .ways_in_of
                .into_iter()
                .map(|(handling, ways)| HandlingWays { handling: handling.into(), ways: ways.into() })
                .collect(),
            badge_by_self: policy.badge_by_self,
            delegates_for_sensitive: policy.delegates_for_sensitive,
            leaver_notice: match policy.leaver_notice {
                LeaverNotice::Nobody => LeaverNoticeView::Nobody,
                LeaverNotice::Manager => LeaverNoticeView::Manager,
                LeaverNotice::Person(person) => LeaverNoticeView::Person { person_id: person.to_string() },
            },
            retention: RetentionView {
                access: policy.retention.access,
                packages: policy.retention.packages,
                leavers: policy.retention.leavers,
            },
            idle_minutes: policy.idle_minutes,
            totp_for_admins: policy.totp_for_admins,
        }
    }
}

impl TryFrom<PolicyView> for domain::policy::Policy {
    type Error = crate::Error;
    fn try_from(view: PolicyView) -> crate::Result<domain::policy::Policy> {
        use domain::policy::{LeaverNotice, Policy, Retention};
        Ok(Policy {
            ways_in: view.ways_in.into(),
            ways_in_of: view.ways_in_of.into_iter().map(|w| (w.handling.into(), w.ways.into())).collect(),
            badge_by_self: view.badge_by_self,
            delegates_for_sensitive: view.delegates_for_sensitive,
            leaver_notice: match view.leaver_notice {
                LeaverNoticeView::Nobody => LeaverNotice::Nobody,
                LeaverNoticeView::Manager => LeaverNotice::Manager,
                LeaverNoticeView::Person { person_id } => {
                    LeaverNotice::Person(person_id.parse().map_err(|_| crate::Error::NotFound("person"))?)
                }
            },
            retention: Retention {
                access: view.retention.access,
                packages: view.retention.packages,
                leavers: view.retention.leavers,
            },
            idle_minutes: view.idle_minutes,
            totp_for_admins: view.totp_for_admins,
        })
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
