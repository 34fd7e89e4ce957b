//! What can't all be true at once: an address or a badge of two people, nobody left to set things right; and what can
//! only become true in one go, because one gives what another gets.

use super::fault::{LineFault, Why};
use super::plan::{Book, Change, Plan};
use domain::person::Role;
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

impl Book<'_> {
    /// Refuses whoever would get what another keeps or gets as well.
    pub(super) fn refuse_conflicts(&mut self, changes: &mut [Change]) {
        let at_known: HashMap<usize, usize> =
            changes.iter().enumerate().filter_map(|(n, c)| Some((c.known?, n))).collect();
        let mut wrong: Vec<(usize, Why, Option<usize>)> = Vec::new();
        let mut wanted: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut badges: HashMap<&str, Vec<usize>> = HashMap::new();
        for (n, change) in changes.iter().enumerate() {
            if change.email.0 != change.email.1 {
                wanted.entry(change.email.1.as_deref().unwrap_or_default()).or_default().push(n);
            }
            for hash in &change.given {
                badges.entry(hash).or_default().push(n);
            }
        }
        wanted.remove("");
        let keeps_address = |known: usize, address: &str| {
            at_known
                .get(&known)
                .and_then(|n| changes.get(*n))
                .is_none_or(|c| c.email.1.as_deref() == Some(address))
        };
        let keeps_badge = |known: usize, hash: &str| {
            let taken = |c: &Change| c.taken.iter().any(|b| b.hash == hash);
            !at_known.get(&known).and_then(|n| changes.get(*n)).is_some_and(taken)
        };
        let mut judge = |who: &[usize], kept: bool, among: Why, taken: Why| {
            for n in who {
                let other =
                    who.iter().find(|other| *other != n).and_then(|n| changes.get(*n)).and_then(|c| c.line);
                match other {
                    Some(other) if who.len() > 1 => wrong.push((*n, among, Some(other))),
                    _ if who.len() > 1 || kept => wrong.push((*n, taken, None)),
                    _ => {}
                }
            }
        };
        for (address, who) in &wanted {
            let kept = self.by_email.get(address).is_some_and(|known| keeps_address(*known, address));
            judge(who, kept, Why::SameAddress, Why::AddressTaken);
        }
        for (hash, who) in &badges {
            let kept = self.by_badge.get(hash).is_some_and(|known| keeps_badge(*known, hash));
            judge(who, kept, Why::SameBadge, Why::BadgeTaken);
        }
        for (n, why, other) in wrong {
            if let Some(change) = changes.get_mut(n) {
                change.refused = true;
                if let Some(line) = change.line {
                    self.fault(line, why, other);
                }
            }
        }
    }

    /// Somebody must be left who can set things right.
    pub(super) fn keep_an_admin(&mut self, changes: &mut [Change], plan: &mut Plan) {
        let people = &self.everybody.people;
        let admin = |at: usize| people.get(at).is_some_and(|k| k.role == Role::Admin && k.active);
        let leaves = |c: &Change| !c.refused && !c.active && c.known.is_some_and(admin);
        let going = changes.iter().filter(|c| leaves(c)).count();
        if going == 0 || (0..people.len()).filter(|at| admin(*at)).count() > going {
            return;
        }
        for change in changes.iter_mut().filter(|c| leaves(c)) {
            change.refused = true;
            match change.line {
                Some(line) => self.fault(line, Why::LastAdmin, None),
                None => plan.faults.push(LineFault { at: 0, column: None, why: Why::LastAdmin, other: None }),
            }
        }
    }

    /// Puts those first of whom one gets what another gives away.
    pub(super) fn together_first(&self, changes: &mut Vec<Change>) -> usize {
        let at_known: HashMap<usize, usize> =
            changes.iter().enumerate().filter_map(|(n, c)| Some((c.known?, n))).collect();
        let mut moving = HashSet::new();
        for (n, change) in changes.iter().enumerate() {
            let address = change.email.1.as_deref().filter(|_| change.email.0 != change.email.1);
            let givers = address.and_then(|a| self.by_email.get(a)).into_iter();
            let givers =
                givers.chain(change.given.iter().filter_map(|hash| self.by_badge.get(hash.as_str())));
            for giver in givers.filter_map(|known| at_known.get(known)) {
                moving.extend([n, *giver]);
            }
        }
        if moving.is_empty() {
            return 0;
        }
        let (first, rest): (Vec<_>, Vec<_>) =
            std::mem::take(changes).into_iter().enumerate().partition(|(n, _)| moving.contains(n));
        changes.extend(first.into_iter().chain(rest).map(|(_, change)| change));
        moving.len()
    }
}
