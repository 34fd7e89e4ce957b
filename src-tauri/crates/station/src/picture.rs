//! What screens show: banks as they stand, doors as they are known, openings and packages in words of the wire.

use crate::clock::rfc3339;
use crate::start::Station;
use crate::wire::{
    BankView, CellView, CompartmentView, DeviceWhy, DoorState, Fitness, NoticeState, Occupancy, OpeningState,
    OpeningView, PackageBrief, PackageRow, named,
};
use crate::{Error, Result};
use domain::doors::Door;
use domain::place::{Cell, Height, SCREEN_UNITS, height};
use domain::time::{Mono, Wall};
use domain::{BankId, CompartmentId, OpeningId, PackageId};
use std::collections::{BTreeMap, HashMap};
use store::{BankRow, CompartmentRow};

/// The doors as the door loop knows them, for screens. Held in memory: the last known state is not the present one.
#[derive(Clone, Debug, Default)]
pub(crate) struct DoorPicture {
    pub doors: BTreeMap<CompartmentId, Door>,
    pub online: BTreeMap<BankId, bool>,
    pub links: BTreeMap<BankId, Link>,
    pub settled: bool,
    pub halted: Option<Halt>,
}

#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// What is wrong, if something is.
    pub why: Option<DeviceWhy>,
    pub since: Wall,
}

/// Nothing can be recorded any more.
#[derive(Clone, Debug)]
pub(crate) struct Halt {
    pub why: String,
    pub since: Wall,
}

impl DoorPicture {
    pub fn door(&self, compartment: CompartmentId) -> Door {
        self.doors.get(&compartment).copied().unwrap_or(Door::Unknown)
    }
}

/// All banks and doors at one moment, with where each door hangs.
pub(crate) struct Plan {
    pub banks: Vec<BankRow>,
    pub compartments: Vec<CompartmentRow>,
    heights: HashMap<CompartmentId, Height>,
}

impl Plan {
    pub fn new(banks: Vec<BankRow>, compartments: Vec<CompartmentRow>) -> Plan {
        let mut heights = HashMap::new();
        for bank in &banks {
            for column in columns(bank, &compartments) {
                let cells: Vec<Cell> = column
                    .iter()
                    .map(|c| c.map_or(Cell { units: SCREEN_UNITS }, |c| Cell::from(c.size)))
                    .collect();
                for (index, compartment) in column.iter().enumerate() {
                    if let Some(compartment) = compartment {
                        heights.insert(compartment.id, height(&cells, index));
                    }
                }
            }
        }
        Plan { banks, compartments, heights }
    }

    pub fn height(&self, compartment: CompartmentId) -> Height {
        self.heights.get(&compartment).copied().unwrap_or(Height::Lower)
    }

    pub fn compartment(&self, id: CompartmentId) -> Option<&CompartmentRow> {
        self.compartments.iter().find(|c| c.id == id)
    }

    pub fn bank(&self, id: BankId) -> Option<&BankRow> {
        self.banks.iter().find(|b| b.id == id)
    }
}

/// A bank's columns, top to bottom; `None` is the kiosk's screen.
fn columns<'a>(bank: &BankRow, all: &'a [CompartmentRow]) -> Vec<Vec<Option<&'a CompartmentRow>>> {
    let mut columns: BTreeMap<u16, BTreeMap<u16, Option<&CompartmentRow>>> = BTreeMap::new();
    for compartment in all.iter().filter(|c| c.bank == bank.id) {
        columns.entry(compartment.column).or_default().insert(compartment.row, Some(compartment));
    }
    if let Some((column, row)) = bank.screen {
        columns.entry(column).or_default().insert(row, None);
    }
    columns.into_values().map(|cells| cells.into_values().collect()).collect()
}

impl Station {
    pub(crate) async fn plan(&self) -> Result<Plan> {
        Ok(Plan::new(self.inner.store.banks().await?, self.inner.store.compartments().await?))
    }

    /// Every bank as it stands. What is inside is told to staff only.
    pub(crate) async fn bank_views(&self, inside: bool) -> Result<Vec<BankView>> {
        let plan = self.plan().await?;
        let picture = self.picture();
        let mut briefs = HashMap::new();
        if inside {
            for package in plan.compartments.iter().filter_map(|c| c.package) {
                if let Some(brief) = self.brief(package).await? {
                    briefs.insert(package, brief);
                }
            }
        }
        Ok(plan
            .banks
            .iter()
            .map(|bank| BankView {
                id: bank.id.to_string(),
                name: bank.name.clone(),
                online: picture.online.get(&bank.id).copied().unwrap_or(false),
                locked: bank.locked,
                last_seen: picture.links.get(&bank.id).filter(|l| l.why.is_some()).map(|l| rfc3339(l.since)),
                columns: columns(bank, &plan.compartments)
                    .into_iter()
                    .map(|column| {
                        column
                            .into_iter()
                            .map(|cell| match cell {
                                None => CellView::Screen { units: SCREEN_UNITS },
                                Some(c) => CellView::Compartment {
                                    units: c.size.units(),
                                    compartment: self.compartment_view(
                                        &plan,
                                        &picture,
                                        c,
                                        c.package.and_then(|p| briefs.get(&p)).cloned(),
                                    ),
                                },
                            })
                            .collect()
                    })
                    .collect(),
            })
            .collect())
    }

    /// A monotonic moment of this run as wall time, for showing.
    fn wall_of(&self, mono: Mono) -> Wall {
        Wall(self.now().0 - self.inner.clock.mono().since(mono))
    }

    pub(crate) fn compartment_view(
        &self,
        plan: &Plan,
        picture: &DoorPicture,
        c: &CompartmentRow,
        package: Option<PackageBrief>,
    ) -> CompartmentView {
        let (door, since) = match picture.door(c.id) {
            Door::Unknown => (DoorState::Unknown, None),
            Door::Closed { since } => (DoorState::Closed, Some(since)),
            Door::Open { since } => (DoorState::Open, Some(since)),
        };
        CompartmentView {
            id: c.id.to_string(),
            bank: plan.bank(c.bank).map(|b| b.name.clone()).unwrap_or_default(),
            bank_id: c.bank.to_string(),
            label: c.label.clone(),
            size: c.size.into(),
            accessible: c.accessible,
            refrigerated: c.refrigerated,
            height: plan.height(c.id).into(),
            fitness: if c.in_service { Fitness::InService } else { Fitness::OutOfService },
            fitness_reason: c.reason.clone(),
            occupancy: named(&c.occupancy).unwrap_or(Occupancy::Empty),
            door,
            door_since: since.map(|s| rfc3339(self.wall_of(s))),
            suspect: c.suspect,
            package,
        }
    }

    pub(crate) async fn brief(&self, package: PackageId) -> Result<Option<PackageBrief>> {
        Ok(self.inner.store.package(package).await?.map(|row| self.brief_of(&row)))
    }

    pub(crate) fn brief_of(&self, row: &store::PackageRow) -> PackageBrief {
        PackageBrief {
            id: row.id.to_string(),
            tracking_number: row.tracking_number.clone(),
            recipient: row.recipient_name.clone(),
            size: row.size.into(),
            late: row.deadline.is_some_and(|d| d < self.now()),
            since: rfc3339(row.changed),
        }
    }

    pub(crate) async fn opening_view(&self, opening: OpeningId) -> Result<OpeningView> {
        let plan = self.plan().await?;
        self.opening_in(&plan, opening).await
    }

    pub(crate) async fn opening_in(&self, plan: &Plan, opening: OpeningId) -> Result<OpeningView> {
        let row = self.inner.store.opening(opening).await?.ok_or(Error::NotFound("opening"))?;
        let compartment = plan.compartment(row.compartment);
        let bank = compartment.and_then(|c| plan.bank(c.bank));
        let ajar_seconds = match (row.state.as_str(), self.picture().door(row.compartment)) {
            ("open", Door::Open { since }) => {
                u32::try_from(self.inner.clock.mono().since(since) / 1_000).ok()
            }
            _ => None,
        };
        Ok(OpeningView {
            id: row.id.to_string(),
            state: named(&row.state).unwrap_or(OpeningState::Unknown),
            compartment: row.compartment.to_string(),
            label: compartment.map(|c| c.label.clone()).unwrap_or_default(),
            bank: bank.map(|b| b.name.clone()).unwrap_or_default(),
            bank_id: bank.map(|b| b.id.to_string()).unwrap_or_default(),
            height: plan.height(row.compartment).into(),
            purpose: row.purpose.into(),
            tries_left: self.tries_left(&row).await?,
            ajar_seconds,
            recovered: row.recovered,
        })
    }

    /// Of three human tries at one door, how many are left.
    async fn tries_left(&self, row: &store::OpeningRow) -> Result<u8> {
        let Some(package) = row.package else { return Ok(crate::visit::TRIES) };
        let failed = self
            .inner
            .store
            .openings_of(package)
            .await?
            .into_iter()
            .take_while(|o| {
                matches!(o.state.as_str(), "not_opened" | "unknown") && o.compartment == row.compartment
            })
            .count();
        Ok(crate::visit::TRIES.saturating_sub(u8::try_from(failed).unwrap_or(u8::MAX)))
    }

    pub(crate) async fn package_row(&self, row: &store::PackageRow) -> Result<PackageRow> {
        let plan = self.plan().await?;
        self.package_in(&plan, row).await
    }

    pub(crate) async fn package_in(&self, plan: &Plan, row: &store::PackageRow) -> Result<PackageRow> {
        use domain::package::Package;
        let opening = match row.opening {
            Some(opening) => Some(self.opening_in(plan, opening).await?),
            None => None,
        };
        let notice = match &row.notice {
            Some((channel, state, at)) => {
                let waiting = state != "sent";
                Some(NoticeState {
                    state: named(state).ok_or_else(|| Error::Internal(format!("a notice is {state:?}")))?,
                    channel: named(channel)
                        .ok_or_else(|| Error::Internal(format!("a channel is {channel:?}")))?,
                    at: Some(rfc3339(*at)),
                    why: if waiting {
                        self.inner.store.outbox_why(row.id).await?.as_deref().and_then(crate::notices::said)
                    } else {
                        None
                    },
                })
            }
            None => None,
        };
        Ok(PackageRow {
            id: row.id.to_string(),
            tracking_number: row.tracking_number.clone(),
            carrier: row.carrier.clone(),
            recipient: row.recipient_name.clone(),
            recipient_id: row.recipient.to_string(),
            department: row.department.clone(),
            size: row.size.into(),
            handling: row.handling.iter().map(|h| (*h).into()).collect(),
            state: named(row.state.name()).ok_or_else(|| Error::Internal("a package's state".into()))?,
            place: match (&row.state, &row.place) {
                (Package::Shelved { place }, _) => Some(place.clone()),
                (_, Some((bank, label))) => Some(format!("{bank} {label}")),
                _ => None,
            },
            received_at: rfc3339(row.received),
            changed_at: rfc3339(row.changed),
            deadline: row.deadline.map(rfc3339),
            late: row.deadline.is_some_and(|d| d < self.now()),
            opening,
            notice,
        })
    }
}
