//! Which compartment a package gets: the smallest that fits, cold if it must be, low if its recipient needs that,
//! and then the one least used. A pure function over what is free now.

use crate::package::{Handling, PackageSize, Size};
use crate::{CompartmentId, Refusal};
use serde::{Deserialize, Serialize};

/// A compartment as the allocation sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: CompartmentId,
    pub size: Size,
    pub accessible: bool,
    pub refrigerated: bool,
    pub in_service: bool,
    pub empty: bool,
    /// Known to be shut.
    pub closed: bool,
    /// Left by its last recipient less than the re-open grace ago.
    pub resting: bool,
    /// Openings so far.
    pub used: u64,
    /// Place in the bank, the last tie-break, so that one state gives one answer.
    pub order: u32,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub size: PackageSize,
    pub handling: Vec<Handling>,
    /// The recipient needs a low door. Kept private: it shows in the choice only.
    pub accessible: bool,
}

impl Wanted {
    /// Food and medicine lie in the cold, or at the counter.
    fn needs_cold(&self) -> bool {
        self.handling.iter().any(|h| h.is_perishable())
    }
}

/// Why a place is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    ExactSize,
    NextSizeUp,
    Accessible,
    Refrigerated,
    LeastUsed,
    Oversize,
    PerishableNeedsCold,
    BankFull,
    NoneBigEnough,
}

/// A place to put it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposal {
    Compartment { id: CompartmentId, why: Vec<Why>, others: Vec<CompartmentId> },
    Shelf { why: Vec<Why> },
}

/// May this package go into this compartment at all? The order of the reasons is the order people should hear them.
pub fn fits(wanted: &Wanted, candidate: &Candidate) -> Result<(), Refusal> {
    if !candidate.in_service {
        return Err(Refusal::CompartmentOutOfService);
    }
    if !candidate.empty {
        return Err(Refusal::CompartmentTaken);
    }
    if wanted.size.compartment().is_none_or(|size| candidate.size < size) {
        return Err(Refusal::TooSmall);
    }
    if wanted.needs_cold() && !candidate.refrigerated {
        return Err(Refusal::NeedsCold);
    }
    if !candidate.closed {
        return Err(Refusal::DoorNotClosed);
    }
    Ok(())
}

/// The best place, and what else would do, best first.
pub fn propose(wanted: &Wanted, all: &[Candidate]) -> Proposal {
    let needs_cold = wanted.needs_cold();
    if wanted.size == PackageSize::Oversize || wanted.handling.contains(&Handling::Oversize) {
        return Proposal::Shelf { why: vec![Why::Oversize] };
    }
    let mut free: Vec<&Candidate> = all.iter().filter(|c| fits(wanted, c).is_ok()).collect();
    // A cold door is kept for what needs cold, a low one for who needs it, as long as there is another.
    free.sort_by_key(|c| {
        (
            c.resting,
            wanted.accessible && !c.accessible,
            !needs_cold && c.refrigerated,
            c.size,
            !wanted.accessible && c.accessible,
            c.used,
            c.order,
        )
    });
    let Some(best) = free.first() else {
        return Proposal::Shelf { why: vec![why_none(wanted, all, needs_cold)] };
    };
    let mut why = Vec::new();
    why.push(if Some(best.size) == wanted.size.compartment() { Why::ExactSize } else { Why::NextSizeUp });
    if wanted.accessible && best.accessible {
        why.push(Why::Accessible);
    }
    if needs_cold {
        why.push(Why::Refrigerated);
    }
    if free.iter().filter(|c| c.size == best.size).count() > 1
        && free.iter().all(|c| c.size != best.size || c.used >= best.used)
    {
        why.push(Why::LeastUsed);
    }
    Proposal::Compartment { id: best.id, why, others: free.iter().skip(1).map(|c| c.id).collect() }
}

fn why_none(wanted: &Wanted, all: &[Candidate], needs_cold: bool) -> Why {
    let big = |c: &&Candidate| wanted.size.compartment().is_some_and(|size| c.size >= size);
    if needs_cold && !all.iter().any(|c| c.refrigerated) {
        Why::PerishableNeedsCold
    } else if !all.iter().any(|c| big(&c))
        || all.iter().any(|c| c.in_service && c.empty && c.closed && !big(&c))
    {
        Why::NoneBigEnough
    } else if needs_cold {
        Why::PerishableNeedsCold
    } else {
        Why::BankFull
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn candidate(n: u32, size: Size) -> Candidate {
        Candidate {
            id: CompartmentId(Uuid::from_u128(u128::from(n))),
            size,
            accessible: false,
            refrigerated: false,
            in_service: true,
            empty: true,
            closed: true,
            resting: false,
            used: 0,
            order: n,
        }
    }
    fn wanted(size: PackageSize) -> Wanted {
        Wanted { size, handling: vec![], accessible: false }
    }
    fn chosen(p: &Proposal) -> Option<u128> {
        match p {
            Proposal::Compartment { id, .. } => Some(id.0.as_u128()),
            Proposal::Shelf { .. } => None,
        }
    }

    #[test]
    fn the_smallest_that_fits_and_then_the_least_used() {
        let mut all = vec![candidate(1, Size::L), candidate(2, Size::S), candidate(3, Size::S)];
        all[1].used = 9;
        let p = propose(&wanted(PackageSize::S), &all);
        assert_eq!(chosen(&p), Some(3));
        assert!(matches!(p, Proposal::Compartment { why, .. } if why == [Why::ExactSize, Why::LeastUsed]));
    }

    #[test]
    fn the_next_size_up_when_small_ones_are_full() {
        let mut all = vec![candidate(1, Size::S), candidate(2, Size::M)];
        all[0].empty = false;
        assert!(matches!(propose(&wanted(PackageSize::S), &all),
            Proposal::Compartment { why, .. } if why == [Why::NextSizeUp]));
    }

    #[test]
    fn perishables_go_cold_or_to_the_counter() {
        let mut all = vec![candidate(1, Size::S), candidate(2, Size::L)];
        let food = Wanted { handling: vec![Handling::Perishable], ..wanted(PackageSize::S) };
        assert_eq!(propose(&food, &all), Proposal::Shelf { why: vec![Why::PerishableNeedsCold] });
        assert_eq!(fits(&food, &all[1]), Err(Refusal::NeedsCold), "nor where staff say so");
        all[1].refrigerated = true;
        assert_eq!(chosen(&propose(&food, &all)), Some(2));
        assert_eq!(
            chosen(&propose(&wanted(PackageSize::S), &all)),
            Some(1),
            "a cold door is kept for the cold"
        );
    }

    #[test]
    fn a_low_door_for_who_needs_it_and_kept_from_who_does_not() {
        let mut all = vec![candidate(1, Size::S), candidate(2, Size::S)];
        all[0].accessible = true;
        assert_eq!(chosen(&propose(&wanted(PackageSize::S), &all)), Some(2));
        assert_eq!(chosen(&propose(&Wanted { accessible: true, ..wanted(PackageSize::S) }, &all)), Some(1));
    }

    #[test]
    fn oversize_and_full_banks_go_to_the_shelf_and_say_why() {
        let mut all = vec![candidate(1, Size::S)];
        assert_eq!(
            propose(&wanted(PackageSize::Oversize), &all),
            Proposal::Shelf { why: vec![Why::Oversize] }
        );
        assert_eq!(propose(&wanted(PackageSize::L), &all), Proposal::Shelf { why: vec![Why::NoneBigEnough] });
        all[0].empty = false;
        assert_eq!(propose(&wanted(PackageSize::S), &all), Proposal::Shelf { why: vec![Why::BankFull] });
    }

    proptest! {
        #[test]
        fn what_is_proposed_always_fits(seeds in proptest::collection::vec((0usize..4, any::<[bool; 6]>(), 0u64..50), 0..24), size in 0usize..4, cold: bool) {
            let all: Vec<_> = seeds.iter().enumerate().map(|(n, (s, b, used))| Candidate {
                accessible: b[0], refrigerated: b[1], in_service: b[2], empty: b[3], closed: b[4], resting: b[5], used: *used,
                ..candidate(u32::try_from(n).unwrap(), Size::ALL[*s])
            }).collect();
            let wanted = Wanted { size: Size::ALL[size].into(), handling: if cold { vec![Handling::Cold] } else { vec![] }, accessible: false };
            let ok = |c: &Candidate| fits(&wanted, c).is_ok() && (!cold || c.refrigerated);
            match propose(&wanted, &all) {
                Proposal::Compartment { id, others, .. } => {
                    for chosen in others.iter().chain([&id]) {
                        prop_assert!(ok(all.iter().find(|c| c.id == *chosen).unwrap()));
                    }
                    prop_assert_eq!(others.len() + 1, all.iter().filter(|c| ok(c)).count());
                }
                Proposal::Shelf { .. } => prop_assert!(!all.iter().any(ok)),
            }
        }
    }
}
