//! What happened, as the custody log keeps it. Bodies carry ids and never names, codes or badge numbers, so that
//! erasing a person leaves the chain whole. A kind once written is never given another meaning.

use crate::deadlines::{DeadlineStep, Deadlines};
use crate::directory::Source;
use crate::package::{Handling, PackageSize, Size};
use crate::person::Role;
use crate::policy::Policy;
use crate::retention::{Erased, KeptPackage};
use crate::time::Wall;
use crate::{
    BadgeId, BankId, CodeId, CompartmentId, DelegationId, HoldId, NoticeId, OpeningId, PackageId, PersonId,
    TaskId, TokenId, VisitId,
};
use serde::{Deserialize, Serialize};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    Person(PersonId),
    Token(TokenId),
    /// The program itself: a timer, a recovery, the command line.
    System,
}

/// What an opening is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Deposit,
    Pickup,
    /// Staff take a package out.
    Removal,
    /// The same recipient again, within the grace, after shutting the door too soon.
    Reopen,
    /// Staff look into a compartment.
    Inspection,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Deposit => "deposit",
            Purpose::Pickup => "pickup",
            Purpose::Removal => "removal",
            Purpose::Reopen => "reopen",
            Purpose::Inspection => "inspection",
        }
    }
    pub fn parse(text: &str) -> Option<Purpose> {
        [Purpose::Deposit, Purpose::Pickup, Purpose::Removal, Purpose::Reopen, Purpose::Inspection]
            .into_iter()
            .find(|p| p.as_str() == text)
    }
}

/// How a person showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Code,
    Badge,
    /// The one and then the other.
    Both,
    /// Signed in with a password, or by an API token.
    Session,
    /// A badge, and then its owner's PIN.
    Pin,
}

/// Why a door did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotOpened {
    /// The line or the board was away: nothing was sent.
    Offline,
    /// It could not be sent in time: nothing was sent.
    TooLate,
    /// The board said no, or nothing, and the door stayed shut.
    NoAnswer,
    /// The board said yes and the door stayed shut: it sticks, or something leans on it.
    Jammed,
}

/// Why it isn't known whether a door opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The line went away after the frame was sent.
    LineLost,
    /// No reading came after the frame.
    NoReading,
    /// The program stopped in between, and the door was found shut.
    Restart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// A door opened that nobody was let into.
    Forced,
    /// A door opened while another was asked for.
    WrongDoor,
    /// A door has stood open for five minutes.
    Ajar,
    /// Most doors of a bank read open at once and go on doing so: its settings or its board are wrong.
    Implausible,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    VerifyDoor,
    Jam,
    Forced,
    WrongDoor,
    Ajar,
    Implausible,
    /// Another board answers than the one declared: none of its doors opens.
    WrongBoard,
    Help,
    NotThere,
    NotMine,
    CouldNotBeTold,
    SuspectDoor,
    /// The wall clock jumped: deadlines go by the monotonic one until staff say it is right.
    ClockDoubted,
    /// Intake and deposits wait until there is space again.
    DiskLow,
    /// Whom it is for has left: the package is to be taken out.
    LeaverPackage,
    /// A lost badge was shown.
    BlockedBadge,
    /// It has waited too long: to be taken out, onto a shelf.
    Removal,
    /// It has waited long, and nobody else could be told of it.
    Escalation,
    /// Notices wait, because a channel takes none.
    ChannelDown,
    /// One backup after another failed.
    NoBackup,
}

impl TaskKind {
    /// Did a door do what no door should? Then it takes a supervisor's word to go on.
    pub fn needs_supervisor(self) -> bool {
        matches!(self, TaskKind::Forced | TaskKind::WrongDoor | TaskKind::Implausible)
    }

    /// Must somebody come now?
    pub fn urgent(self) -> bool {
        match self {
            TaskKind::Forced
            | TaskKind::WrongDoor
            | TaskKind::Help
            | TaskKind::Ajar
            | TaskKind::Implausible
            | TaskKind::WrongBoard
            | TaskKind::DiskLow => true,
            TaskKind::VerifyDoor
            | TaskKind::Jam
            | TaskKind::NotThere
            | TaskKind::NotMine
            | TaskKind::CouldNotBeTold
            | TaskKind::SuspectDoor
            | TaskKind::ClockDoubted
            | TaskKind::LeaverPackage
            | TaskKind::BlockedBadge
            | TaskKind::Removal
            | TaskKind::Escalation
            | TaskKind::ChannelDown
            | TaskKind::NoBackup => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    PackageInside,
    PackageGone,
}

/// Why every door is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Everything {
    Evacuation,
    Audit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    NotThere,
    NotMine,
}

/// A way to tell somebody. The names are those of the site file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Sms,
    Slack,
    Teams,
    Webhook,
    /// The mailroom's screen: staff tell the person.
    Desktop,
}

impl Channel {
    pub const ALL: [Channel; 6] =
        [Channel::Email, Channel::Sms, Channel::Slack, Channel::Teams, Channel::Webhook, Channel::Desktop];

    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Slack => "slack",
            Channel::Teams => "teams",
            Channel::Webhook => "webhook",
            Channel::Desktop => "desktop",
        }
    }
    pub fn parse(text: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|c| c.as_str() == text)
    }
}

/// A key of the node's secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretKey {
    /// Of codes and passwords.
    Pepper,
    /// Of badges.
    BadgeKey,
    /// Of messages that wait.
    SealKey,
}

/// What a member of staff signs in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountPart {
    Password,
    /// For the kiosk, after the badge.
    Pin,
    /// The second factor.
    Totp,
    /// The codes for when the second factor is lost.
    Recovery,
    SingleSignOn,
}

/// Why staff open a door for somebody who can't open it themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideReason {
    CodeLost,
    BadgeLost,
    /// The kiosk, its reader or its screen does not serve them.
    KioskFails,
    NeedsHelp,
    Other,
}

/// How staff know who stands before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityCheck {
    IdCard,
    BadgePhoto,
    KnownBySight,
    /// Called back on a number or address of the directory.
    CalledBack,
}

/// A bank as declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankFacts {
    pub bank: BankId,
    pub name: String,
    pub driver: String,
    pub port: String,
    pub baud: u32,
    pub board: u8,
    pub closed_bit: u8,
    pub status_order: Option<String>,
    /// Column and row of the kiosk's screen, where it stands in this bank.
    pub screen: Option<(u16, u16)>,
    pub position: u16,
}

/// A compartment as declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompartmentFacts {
    pub compartment: CompartmentId,
    pub bank: BankId,
    pub label: String,
    pub channel: u8,
    pub size: Size,
    pub column: u16,
    pub row: u16,
    pub accessible: bool,
    pub refrigerated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
pub enum Event {
    #[serde(rename = "site.named")]
    SiteNamed { name: String },
    #[serde(rename = "bank.declared")]
    BankDeclared(BankFacts),
    #[serde(rename = "compartment.declared")]
    CompartmentDeclared(CompartmentFacts),
    #[serde(rename = "compartment.retired")]
    CompartmentRetired { compartment: CompartmentId },
    #[serde(rename = "compartment.fitness_set")]
    FitnessSet { compartment: CompartmentId, in_service: bool, by: Actor },
    #[serde(rename = "compartment.suspected")]
    CompartmentSuspected { compartment: CompartmentId, suspect: bool },

    #[serde(rename = "person.added")]
    PersonAdded { person: PersonId, role: Role, by: Actor },
    #[serde(rename = "person.changed")]
    PersonChanged { person: PersonId, role: Role, active: bool, by: Actor },
    /// Recipients whom a source named for the first time.
    #[serde(rename = "people.added")]
    PeopleAdded { source: Source, people: Vec<PersonId>, by: Actor },
    /// What a source says of these people is not what it said before.
    #[serde(rename = "people.changed")]
    PeopleChanged { source: Source, people: Vec<PersonId>, by: Actor },
    /// Active no more, or again: by a source's word.
    #[serde(rename = "people.active_set")]
    PeopleActiveSet { source: Source, active: bool, people: Vec<PersonId>, by: Actor },
    /// All that names the person is gone from this node; the id stays.
    #[serde(rename = "person.erased")]
    PersonErased { person: PersonId, by: Actor },
    /// Somebody was given a copy of what is kept of a person.
    #[serde(rename = "person.exported")]
    PersonExported { person: PersonId, by: Actor },
    /// As it was written before a person could have several badges: the one badge, whose id is the person's.
    #[serde(rename = "person.badge_set")]
    BadgeSet { person: PersonId, given: bool, by: Actor },
    #[serde(rename = "badge.given")]
    BadgeGiven { badge: BadgeId, person: PersonId, by: Actor },
    /// Badges that a source's list names.
    #[serde(rename = "badges.given")]
    BadgesGiven { source: Source, badges: Vec<(BadgeId, PersonId)>, by: Actor },
    #[serde(rename = "badges.taken")]
    BadgesTaken { source: Source, badges: Vec<(BadgeId, PersonId)>, by: Actor },
    /// Lost: it opens nothing, and whoever shows it is noticed.
    #[serde(rename = "badge.blocked")]
    BadgeBlocked { badge: BadgeId, person: PersonId, by: Actor },
    #[serde(rename = "badge.unblocked")]
    BadgeUnblocked { badge: BadgeId, person: PersonId, by: Actor },
    #[serde(rename = "badge.taken")]
    BadgeTaken { badge: BadgeId, person: PersonId, by: Actor },
    /// A blocked badge was shown.
    #[serde(rename = "badge.blocked_shown")]
    BlockedBadgeShown { badge: BadgeId, person: PersonId, keypad: String },
    #[serde(rename = "delegation.given")]
    DelegationGiven {
        delegation: DelegationId,
        /// For whom.
        principal: PersonId,
        delegate: PersonId,
        /// This one only; `None` is every package within the dates.
        package: Option<PackageId>,
        from: Wall,
        until: Wall,
        by: Actor,
    },
    #[serde(rename = "delegation.ended")]
    DelegationEnded { delegation: DelegationId, by: Actor },
    #[serde(rename = "hold.set")]
    HoldSet { hold: HoldId, person: PersonId, from: Wall, until: Wall, by: Actor },
    #[serde(rename = "hold.ended")]
    HoldEnded { hold: HoldId, by: Actor },
    #[serde(rename = "policy.set")]
    PolicySet { policy: Policy, by: Actor },
    #[serde(rename = "deadlines.set")]
    DeadlinesSet { deadlines: Deadlines, by: Actor },
    /// A step of a package's deadlines was taken: once for each time it is put somewhere.
    #[serde(rename = "deadline.fired")]
    DeadlineFired { package: PackageId, step: DeadlineStep, due: Wall },
    /// Staff believe a clock that had jumped ahead. The time it went past did not pass: no deadline counts it.
    #[serde(rename = "clock.accepted")]
    ClockAccepted { from: Wall, until: Wall, by: Actor },
    #[serde(rename = "staff.signed_in")]
    SignedIn { person: PersonId, way: Way },
    /// A password, a PIN or another way to sign in was set or taken away.
    #[serde(rename = "account.changed")]
    AccountChanged { person: PersonId, what: AccountPart, given: bool, by: Actor },
    #[serde(rename = "staff.refused")]
    SignInRefused {},
    #[serde(rename = "token.created")]
    TokenCreated { token: TokenId, scope: String },
    #[serde(rename = "token.revoked")]
    TokenRevoked { token: TokenId, by: Actor },
    #[serde(rename = "secret.rotated")]
    SecretRotated { what: SecretKey },

    #[serde(rename = "package.received")]
    Received {
        package: PackageId,
        tracking_number: String,
        carrier: Option<String>,
        recipient: PersonId,
        size: PackageSize,
        handling: Vec<Handling>,
        by: Actor,
    },
    #[serde(rename = "package.stored")]
    Stored { package: PackageId, compartment: CompartmentId, opening: OpeningId, deadline: Wall },
    #[serde(rename = "package.shelved")]
    Shelved { package: PackageId, place: String, by: Actor },
    #[serde(rename = "package.removed")]
    Removed { package: PackageId, compartment: CompartmentId, opening: OpeningId, by: Actor },
    #[serde(rename = "package.collected")]
    Collected {
        package: PackageId,
        compartment: CompartmentId,
        opening: OpeningId,
        by: Actor,
        /// For whom, where that is somebody else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        principal: Option<PersonId>,
    },
    #[serde(rename = "package.handed_over")]
    HandedOver { package: PackageId, to: PersonId, by: Actor },
    /// Sent back: nobody fetched it.
    #[serde(rename = "package.returned")]
    Returned { package: PackageId, by: Actor },
    #[serde(rename = "package.reported")]
    Reported { package: PackageId, compartment: CompartmentId, what: Report, by: Actor },
    #[serde(rename = "package.settled")]
    PackageSettled { package: PackageId, compartment: CompartmentId, outcome: Outcome, by: Actor },
    #[serde(rename = "deposit.cancelled")]
    DepositCancelled { package: PackageId, compartment: CompartmentId, opening: OpeningId, by: Actor },

    /// Its story is gone; this much is kept of it.
    #[serde(rename = "package.kept")]
    PackageKept(KeptPackage),
    /// What was kept for its time is gone: these rows of the log are empty, and what followed from them is no more.
    #[serde(rename = "record.erased")]
    RecordErased(Erased),

    #[serde(rename = "opening.decided")]
    OpeningDecided {
        opening: OpeningId,
        compartment: CompartmentId,
        package: Option<PackageId>,
        purpose: Purpose,
        by: Actor,
        way: Way,
    },
    /// Stands before the decision, in the same transaction: two people answer for this opening.
    #[serde(rename = "everything.door")]
    EverythingDoor { opening: OpeningId, first: PersonId, second: PersonId },
    /// Two people at the kiosk begin to open every door.
    #[serde(rename = "everything.began")]
    EverythingBegan { first: PersonId, second: PersonId, why: Everything },
    #[serde(rename = "everything.ended")]
    EverythingEnded { first: PersonId, second: PersonId, doors: u32, of: u32 },
    #[serde(rename = "opening.sent")]
    OpeningSent { opening: OpeningId, attempt: u8 },
    #[serde(rename = "opening.acknowledged")]
    OpeningAcknowledged { opening: OpeningId },
    #[serde(rename = "opening.opened")]
    OpeningOpened { opening: OpeningId, recovered: bool },
    #[serde(rename = "opening.not_opened")]
    OpeningNotOpened { opening: OpeningId, why: NotOpened },
    #[serde(rename = "opening.unknown")]
    OpeningUnknown { opening: OpeningId, why: Unknown },
    #[serde(rename = "opening.answered")]
    OpeningAnswered { opening: OpeningId, opened: bool, by: Actor },
    #[serde(rename = "opening.closed")]
    OpeningClosed { opening: OpeningId },

    #[serde(rename = "code.issued")]
    CodeIssued {
        code: CodeId,
        package: PackageId,
        expires: Wall,
        /// Whose code it is by: a delegate's own. Without one it is the recipient's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delegation: Option<DelegationId>,
    },
    #[serde(rename = "code.revoked")]
    CodeRevoked { code: CodeId, package: PackageId },
    #[serde(rename = "code.consumed")]
    CodeConsumed { code: CodeId, package: PackageId, opening: OpeningId },
    /// A new code was asked for at a keypad; of whom, if the number given is known.
    #[serde(rename = "credential.asked")]
    CodeAsked { keypad: String, person: Option<PersonId> },
    /// Staff open a door for somebody they have identified. Their note stands beside the log.
    #[serde(rename = "override.decided")]
    OverrideDecided {
        opening: OpeningId,
        package: PackageId,
        /// Who stands there.
        to: PersonId,
        reason: OverrideReason,
        check: IdentityCheck,
        by: Actor,
    },
    #[serde(rename = "credential.refused")]
    CredentialRefused { keypad: String, way: Way },
    #[serde(rename = "visit.began")]
    VisitBegan { visit: VisitId, person: PersonId, way: Way },
    #[serde(rename = "visit.ended")]
    VisitEnded { visit: VisitId },

    #[serde(rename = "notice.written")]
    NoticeWritten { notice: NoticeId, package: PackageId, person: PersonId, channel: Channel },
    #[serde(rename = "notice.sent")]
    NoticeSent { notice: NoticeId },
    /// It could not go, or came back.
    #[serde(rename = "notice.failed")]
    NoticeFailed { notice: NoticeId },
    /// It goes by another channel than before.
    #[serde(rename = "notice.redirected")]
    NoticeRedirected { notice: NoticeId, channel: Channel },
    /// Staff had one that failed sent again.
    #[serde(rename = "notice.again")]
    NoticeAgain { notice: NoticeId, channel: Channel, by: Actor },
    /// How a channel sends was set, or that it sends no more.
    #[serde(rename = "channel.set")]
    ChannelSet { channel: Channel, used: bool, by: Actor },
    /// Somebody wrote the words of one kind of message, or went back to those there were.
    #[serde(rename = "template.set")]
    TemplateSet { channel: Channel, template: String, own: bool, by: Actor },

    #[serde(rename = "alarm.raised")]
    AlarmRaised {
        alarm: AlarmKind,
        bank: BankId,
        compartment: Option<CompartmentId>,
        package: Option<PackageId>,
    },
    #[serde(rename = "bank.locked")]
    BankLocked { bank: BankId },
    #[serde(rename = "bank.unlocked")]
    BankUnlocked { bank: BankId, by: Actor },
    #[serde(rename = "task.raised")]
    TaskRaised {
        task: TaskId,
        what: TaskKind,
        bank: Option<BankId>,
        compartment: Option<CompartmentId>,
        package: Option<PackageId>,
    },
    /// Who sees to it, if somebody said so.
    #[serde(rename = "task.taken")]
    TaskTaken { task: TaskId, owner: Option<PersonId>, by: Actor },
    #[serde(rename = "task.settled")]
    TaskSettled { task: TaskId, outcome: Outcome, by: Actor },
}

impl Event {
    /// Kind and body as the log stores them.
    pub fn parts(&self) -> Result<(String, String), serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        let body = value["body"].take();
        let kind = value["kind"].as_str().unwrap_or_default().to_owned();
        Ok((kind, serde_json::to_string(&body)?))
    }

    pub fn from_parts(kind: &str, body: &str) -> Result<Event, serde_json::Error> {
        let body: serde_json::Value = serde_json::from_str(body)?;
        serde_json::from_value(serde_json::json!({ "kind": kind, "body": body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_event_survives_the_log() {
        let event = Event::OpeningDecided {
            opening: OpeningId(Uuid::nil()),
            compartment: CompartmentId(Uuid::nil()),
            package: None,
            purpose: Purpose::Inspection,
            by: Actor::System,
            way: Way::Session,
        };
        let (kind, body) = event.parts().unwrap();
        assert_eq!(kind, "opening.decided");
        assert_eq!(Event::from_parts(&kind, &body).unwrap(), event);
    }
}
