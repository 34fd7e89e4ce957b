//! Every "no" that is not a fault, as data. Never carries text: the words are the screen's.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    #[error("the compartment is taken")]
    CompartmentTaken,
    #[error("the compartment is out of service")]
    CompartmentOutOfService,
    #[error("the compartment is too small for the package")]
    TooSmall,
    #[error("the compartment's door is not known to be closed")]
    DoorNotClosed,
    #[error("no free compartment fits")]
    NoCompartment,
    #[error("the package's state does not allow this")]
    WrongState,
    #[error("three tries were made: staff must look at the door")]
    TooManyTries,
    #[error("the 90 seconds to open the door again are over")]
    ReopenTooLate,
    #[error("the package is not in this compartment any more")]
    PackageElsewhere,
    #[error("a deposit is under way for this package")]
    DepositUnderWay,
    #[error("the site is set up already")]
    AlreadySetUp,
    #[error("the recipient is not active")]
    RecipientInactive,
    #[error("nobody is a delegate of themselves")]
    DelegateIsRecipient,
    #[error("the delegate is not active")]
    DelegateInactive,
    #[error("the package is somebody else's: who fetches for others can't pass it on")]
    NotTheirPackage,
    #[error("the dates are over, the wrong way round or too long")]
    DatesDoNotFit,
    #[error("policy does not let a delegate fetch this package")]
    NotForDelegates,
    #[error("packages still wait for this person")]
    PackagesWaiting,
    #[error("a task about one of this person's packages is open")]
    TaskOpen,
    #[error("this person is staff: make them a recipient first")]
    StillStaff,
    #[error("somebody has to administer this site: this is the last who can")]
    LastAdmin,
    #[error("another person has to be the second")]
    SamePerson,
    #[error("the minute for the second person is over")]
    SecondTooLate,
    #[error("the package must be kept cold and the compartment is not")]
    NeedsCold,
    #[error("its recipient is at the kiosk: they are served first")]
    OwnerIsHere,
    #[error("no channel that is set up reaches this person")]
    NoWayToTell,
}
