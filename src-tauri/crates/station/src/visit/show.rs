//! The visit as the kiosk's screen shows it: masked, and no more than the person in front may see.

use super::everything::{Everything, OneDoor};
use super::{IDLE, Item, Kiosk, REOPEN, TRIES, Visit, Visitor, What};
use crate::Result;
use crate::clock::rfc3339;
use crate::picture::Plan;
use crate::wire::{
    self, CounterItem, EverythingView, KioskDeposit, KioskState, LanguageName, OpeningState, OpeningView,
    Step, VisitItem,
};
use domain::PackageId;
use domain::package::Package;
use domain::person::Right;
use domain::time::{Mono, SECOND};

impl Visitor {
    pub(super) async fn show(&self, kiosk: &Kiosk) -> Result<KioskState> {
        let station = &self.station;
        let picture = station.picture();
        let mut banks = station.bank_views(false).await?;
        // What staff wrote of a door is not for the lobby.
        for cell in banks.iter_mut().flat_map(|b| &mut b.columns).flatten() {
            if let wire::CellView::Compartment { compartment, .. } = cell {
                compartment.fitness_reason = None;
            }
        }
        let offline = banks.iter().filter(|b| !b.online).map(|b| b.name.clone()).collect();
        Ok(KioskState {
            site: station.inner.store.site_name().await?.unwrap_or_default(),
            languages: vec![LanguageName::En, LanguageName::Es],
            banks,
            out_of_service: picture.halted.is_some(),
            offline_devices: offline,
            locked_seconds: self.locked(kiosk, &self.keypad),
            badge_reader: station.inner.readers.any_up() || station.is_demo().await?,
            visit: match &kiosk.visit {
                Some(visit) => Some(self.visit(kiosk, visit).await?),
                None => None,
            },
            help_called_at: kiosk.help_called.map(rfc3339),
        })
    }

    async fn visit(&self, kiosk: &Kiosk, visit: &Visit) -> Result<wire::Visit> {
        let now = self.station.inner.clock.mono();
        let who = visit.who.clone();
        let seconds_left = seconds(IDLE - now.since(visit.touched));
        let plan = self.station.plan().await?;
        Ok(match &visit.what {
            What::Pickup(items) => {
                let mut shown = Vec::new();
                for item in items {
                    shown.push(self.item(&plan, item, now).await?);
                }
                let at = items
                    .iter()
                    .position(|i| !i.ended() && i.needs.is_none())
                    .or_else(|| items.iter().position(|i| !i.ended()));
                let current = at.and_then(|i| u8::try_from(i).ok());
                let needs = if visit.current().is_some() { None } else { visit.needs().map(Into::into) };
                let own = self.own_view(visit).await?;
                let counter = self.at_counter(visit).await?;
                wire::Visit::Pickup { who, items: shown, current, seconds_left, needs, own, counter }
            }
            What::Pin { set, .. } => {
                let locked_seconds = self.pin_locked(kiosk, visit.person);
                wire::Visit::Pin { who, set: *set, locked_seconds, seconds_left }
            }
            What::Staff { role, deposit, everything, .. } => {
                let deposit = match deposit {
                    Some(package) => self.kiosk_deposit(*package).await?,
                    None => None,
                };
                let everything = match everything {
                    Some(everything) => Some(self.show_everything(kiosk, &plan, everything).await?),
                    None => None,
                };
                let everything_allowed = role.may(Right::Supervise);
                wire::Visit::Staff { who, deposit, everything_allowed, everything, seconds_left }
            }
        })
    }

    /// For who has shown that it is they: not for somebody else's code.
    async fn at_counter(&self, visit: &Visit) -> Result<Vec<CounterItem>> {
        if !visit.own_code && !visit.shown.badge {
            return Ok(vec![]);
        }
        let shelved = self.station.inner.store.shelved_for(visit.person).await?;
        let item = |row: store::PackageRow| match row.state {
            Package::Shelved { place } => Some(CounterItem { carrier: row.carrier, place }),
            _ => None,
        };
        Ok(shelved.into_iter().filter_map(item).collect())
    }

    async fn show_everything(
        &self,
        kiosk: &Kiosk,
        plan: &Plan,
        everything: &Everything,
    ) -> Result<EverythingView> {
        let (second, doors) = match everything {
            Everything::Asked { until, second, .. } => {
                return Ok(EverythingView::Second {
                    who: second.as_ref().map(|s| s.who.clone()),
                    locked_seconds: second.as_ref().and_then(|s| self.pin_locked(kiosk, s.person)),
                    seconds_left: seconds(until.since(self.station.inner.clock.mono())),
                });
            }
            Everything::Running { second, doors } => (second, doors),
        };
        let label =
            |door: &OneDoor| plan.compartment(door.compartment).map(|c| c.label.clone()).unwrap_or_default();
        let (mut opened, mut not_opened) = (0u32, Vec::new());
        for door in doors.iter().filter(|door| door.begun()) {
            let state = match door.opening {
                Some(opening) => self.station.inner.store.opening(opening).await?.map(|o| o.state),
                None => None,
            };
            match state.as_deref() {
                Some("open" | "closed") => opened += 1,
                Some("journaled" | "sent" | "acknowledged") => {}
                // Refused, stuck, or nobody can tell: somebody looks.
                _ => not_opened.push(label(door)),
            }
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(EverythingView::Running {
            who: second.who.clone(),
            of: count(doors.len()),
            opened,
            not_opened,
            current: doors.iter().rev().find(|d| d.begun()).map(label),
            left: count(doors.iter().filter(|d| !d.begun()).count()),
        })
    }

    async fn item(&self, plan: &Plan, item: &Item, now: Mono) -> Result<VisitItem> {
        let station = &self.station;
        let package = station.inner.store.package(item.package).await?;
        let row = station.inner.store.opening(item.opening).await?;
        let package_name = package.as_ref().map(|p| p.recipient_name.clone());
        let opening = match &row {
            Some(_) => Some(station.opening_in(plan, item.opening).await?),
            None => None,
        };
        let answered = row.and_then(|r| r.answered);
        let compartment = plan.compartment(item.compartment);
        let reopen = item.shut.map(|shut| REOPEN - now.since(shut)).filter(|left| *left > 0);
        Ok(VisitItem {
            package: item.package.to_string(),
            carrier: package.as_ref().and_then(|p| p.carrier.clone()),
            size: package.map_or(crate::wire::IntakeSize::S, |p| p.size.into()),
            label: compartment.map(|c| c.label.clone()).unwrap_or_default(),
            bank_id: compartment.map(|c| c.bank.to_string()).unwrap_or_default(),
            compartment: item.compartment.to_string(),
            height: plan.height(item.compartment).into(),
            step: step(item, opening.as_ref(), answered),
            opening,
            reopen_seconds: reopen.map(seconds),
            tries_left: TRIES.saturating_sub(item.tries),
            reported: item.reported.map(Into::into),
            principal: item.principal.and(package_name).map(|name| domain::person::masked(&name)),
            needs: item.needs.map(Into::into),
        })
    }

    async fn kiosk_deposit(&self, package: PackageId) -> Result<Option<KioskDeposit>> {
        let station = &self.station;
        let Some(row) = station.inner.store.package(package).await? else { return Ok(None) };
        let done = matches!(row.state, domain::package::Package::Stored { .. });
        let opening = match row.opening {
            Some(opening) => Some(station.opening_view(opening).await?),
            None => None,
        };
        let mut proposal = if done { None } else { Some(station.proposal_for(&row).await?) };
        if let Some(wire::Proposal::Compartment { compartment, others, .. }) = &mut proposal {
            std::iter::once(compartment).chain(others).for_each(|c| c.fitness_reason = None);
        }
        Ok(Some(KioskDeposit {
            package: Some(row.id.to_string()),
            tracking_number: row.tracking_number.clone(),
            recipient: domain::person::masked(&row.recipient_name),
            proposal,
            opening,
            done,
        }))
    }
}

fn step(item: &Item, opening: Option<&OpeningView>, answered: Option<bool>) -> Step {
    let state = opening.map(|o| o.state);
    match state {
        // A door that moves is shown before anything else.
        Some(OpeningState::Journaled | OpeningState::Sent | OpeningState::Acknowledged) => Step::Opening,
        Some(OpeningState::Open) => Step::Open,
        _ if item.reported.is_some() => Step::Reported,
        _ if item.shut.is_some() => Step::Shut,
        _ if item.passed => Step::Unavailable,
        None if item.needs.is_some() => Step::Locked,
        Some(OpeningState::Closed) => Step::Shut,
        Some(OpeningState::NotOpened) => Step::NotOpened,
        Some(OpeningState::Unknown) => match answered {
            Some(true) => Step::Open,
            Some(false) => Step::NotOpened,
            None => Step::Unknown,
        },
        Some(OpeningState::Waiting) | None => Step::Waiting,
    }
}

fn seconds(ms: i64) -> u32 {
    u32::try_from((ms.max(0) + SECOND - 1) / SECOND).unwrap_or(u32::MAX)
}
