//! Who may fetch for whom: one package, or all within the dates.
//!
//! Never a chain: a delegate gets what is addressed to whom they stand for, and can give nothing of it on.

use crate::time::{DAY, Wall};
use crate::{PackageId, PersonId, Refusal};

/// The longest that somebody may fetch for somebody else before it is said again.
pub const LONGEST: i64 = 366 * DAY;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// For whom.
    pub principal: PersonId,
    pub delegate: PersonId,
    /// This one only; `None` is every package within the dates.
    pub package: Option<PackageId>,
    pub from: Wall,
    pub until: Wall,
}

impl Delegation {
    pub fn holds_at(&self, now: Wall) -> bool {
        self.from <= now && now < self.until
    }

    /// May the delegate fetch this package now?
    pub fn covers(&self, package: PackageId, recipient: PersonId, now: Wall) -> bool {
        self.holds_at(now) && self.principal == recipient && self.package.is_none_or(|only| only == package)
    }
}

/// May this delegation be given? `recipient` is of the package, where it is of one; `active` is the delegate.
pub fn may_give(
    given: &Delegation,
    recipient: Option<PersonId>,
    active: bool,
    now: Wall,
) -> Result<(), Refusal> {
    if given.principal == given.delegate {
        return Err(Refusal::DelegateIsRecipient);
    }
    if !active {
        return Err(Refusal::DelegateInactive);
    }
    // What is somebody else's is not theirs to give, also where they may fetch it.
    if recipient.is_some_and(|r| r != given.principal) {
        return Err(Refusal::NotTheirPackage);
    }
    let length = given.until.0 - given.from.0.max(now.0);
    if !(1..=LONGEST).contains(&length) { Err(Refusal::DatesDoNotFit) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }
    fn parcel(n: u128) -> PackageId {
        PackageId(Uuid::from_u128(n))
    }
    fn given(package: Option<PackageId>) -> Delegation {
        Delegation { principal: person(1), delegate: person(2), package, from: Wall(10), until: Wall(20) }
    }

    #[test]
    fn it_covers_what_is_addressed_to_the_principal_within_the_dates() {
        let dates = given(None);
        assert!(dates.covers(parcel(7), person(1), Wall(10)));
        assert!(!dates.covers(parcel(7), person(1), Wall(9)));
        assert!(!dates.covers(parcel(7), person(1), Wall(20)), "over at its end");
        assert!(!dates.covers(parcel(7), person(3), Wall(10)), "no chain: the third's is not the first's");
        let one = given(Some(parcel(7)));
        assert!(one.covers(parcel(7), person(1), Wall(10)) && !one.covers(parcel(8), person(1), Wall(10)));
    }

    #[test]
    fn a_delegate_can_not_delegate_on() {
        // Two stands for one, and would let three have what is one's.
        let on = Delegation { principal: person(2), delegate: person(3), ..given(Some(parcel(7))) };
        assert_eq!(may_give(&on, Some(person(1)), true, Wall(10)), Err(Refusal::NotTheirPackage));
        // For dates it gives only what is two's own.
        let dates = Delegation { package: None, ..on };
        assert_eq!(may_give(&dates, None, true, Wall(10)), Ok(()));
        assert!(!dates.covers(parcel(7), person(1), Wall(10)));
    }

    #[test]
    fn nobody_stands_for_themselves_and_none_who_left_for_anybody() {
        let own = Delegation { delegate: person(1), ..given(None) };
        assert_eq!(may_give(&own, None, true, Wall(10)), Err(Refusal::DelegateIsRecipient));
        assert_eq!(may_give(&given(None), None, false, Wall(10)), Err(Refusal::DelegateInactive));
        assert_eq!(may_give(&given(None), None, true, Wall(20)), Err(Refusal::DatesDoNotFit), "over already");
        let long = Delegation { until: Wall(11 + LONGEST), ..given(None) };
        assert_eq!(may_give(&long, None, true, Wall(10)), Err(Refusal::DatesDoNotFit));
    }
}
