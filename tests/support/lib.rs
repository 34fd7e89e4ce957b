//! A parcel room to tell stories in: a node on a folder of its own, a virtual bank on a pseudo-terminal, and verbs.
//! Waits on conditions, never on time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod clock;
mod mail;

pub use clock::Shifted;

use domain::package::{PackageSize, Size};
use domain::site::{BankPlan, CompartmentPlan, SitePlan};
use domain::{CompartmentId, OpeningId, PackageId, PersonId};
use hardware::StatusOrder;
use hardware::simulate::{PtyBoard, VirtualBank, VirtualSettings};
use station::wire::{KioskState, OpeningState, PersonForm, Step, Task, Visit, VisitItem};
use station::{
    ChannelSettings, Clock, Declaration, Disk, KIOSK, Options, Outside, Received, Scope, Secrets, Staff,
    Stamp, Station, Store, Supervisor, SystemClock, SystemDisk, Visitor,
};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a condition may take to come true before the story has failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Room {
    pub folder: TempDir,
    pub bank: VirtualBank,
    board: PtyBoard,
    disk: Arc<dyn Disk>,
    pub clock: Arc<Shifted>,
    pub station: Station,
    pub staff: Staff,
    /// An admin's.
    pub token: String,
}

/// What a program leaves behind when it is gone: its folder, and the bank it was connected to.
pub struct Left {
    pub folder: TempDir,
    pub bank: VirtualBank,
    _board: PtyBoard,
}

pub fn stamp() -> Stamp {
    let clock = SystemClock::new();
    Stamp { wall: clock.wall(), mono: clock.mono(), boot: uuid::Uuid::new_v4().into() }
}

/// One bank on a port.
pub fn plan(port: &str, doors: u8) -> SitePlan {
    plan_of(port, 1, doors)
}

/// A line of banks with the addresses from 1.
pub fn plan_of(port: &str, boards: u8, doors: u8) -> SitePlan {
    let bank = |board: u8| BankPlan {
        name: if board == 1 { "Lobby".into() } else { format!("Lobby {board}") },
        board,
        compartments: compartments(board, doors),
        ..bank(port)
    };
    SitePlan { name: "Head office".into(), banks: (1..=boards).map(bank).collect() }
}

fn compartments(board: u8, doors: u8) -> Vec<CompartmentPlan> {
    let row = char::from(b'@' + board.min(26));
    let more = if board > 26 { format!("{}", board - 26) } else { String::new() };
    (1..=doors)
        .map(|n| CompartmentPlan {
            label: format!("{row}{more}{n:02}"),
            channel: n,
            size: if n <= doors / 2 { Size::S } else { Size::L },
            column: u16::from(n / 9),
            row: u16::from(n),
            accessible: false,
            refrigerated: false,
        })
        .collect()
}

fn bank(port: &str) -> BankPlan {
    BankPlan {
        name: String::new(),
        driver: "bcc8a".into(),
        port: port.into(),
        baud: 9_600,
        board: 1,
        closed_bit: 1,
        status_order: Some("last-byte-first".into()),
        screen: None,
        compartments: vec![],
    }
}

/// A byte on the wire at 9600 baud, 8N1.
pub const BYTE: Duration = Duration::from_nanos(1_041_667);

fn board(board: u8, channels: u8) -> VirtualBank {
    let (closed_bit, status_order) = (1, StatusOrder::LastByteFirst);
    VirtualBank::new(VirtualSettings { board, channels, closed_bit, status_order })
}

/// The machine's disk, with a reserve that is made in no time.
struct Roomy;

impl Disk for Roomy {
    fn free(&self, folder: &Path) -> std::io::Result<u64> {
        SystemDisk.free(folder)
    }
    fn reserve(&self) -> u64 {
        1 << 16
    }
}

async fn start(folder: &Path, disk: Arc<dyn Disk>, clock: Arc<Shifted>) -> (Station, Staff, String) {
    start_in(folder, Outside { disk, clock, ..Outside::real() }).await
}

/// A node on a folder, in a world of the caller's, and an admin of it.
pub async fn start_in(folder: &Path, outside: Outside) -> (Station, Staff, String) {
    // Beforehand: a node that is out of service writes none.
    let store = Store::open(folder).await.unwrap();
    let token = Station::create_token(&store, stamp(), Scope::Admin).await.unwrap();
    store.close().await;
    let options = Options { folder: folder.into(), demo: false, desktop: false };
    let station = Station::start_in(outside, options).await.unwrap();
    assert!(station.doors_ready(PATIENCE).await, "the doors are ready");
    let access = station.access(&token).await.unwrap().unwrap();
    let staff = station.staff_by(access).unwrap();
    (station, staff, token)
}

impl Room {
    pub async fn new() -> Room {
        Room::with_doors(8).await
    }

    pub async fn with_doors(doors: u8) -> Room {
        Room::built(doors, Arc::new(Roomy)).await
    }

    pub async fn on_disk(disk: Arc<dyn Disk>) -> Room {
        Room::built(8, disk).await
    }

    async fn built(doors: u8, disk: Arc<dyn Disk>) -> Room {
        let bank = board(1, doors);
        let cable = bank.serve_pty().unwrap();
        Room::on(plan(&cable.path(), doors), bank, cable, disk).await
    }

    /// So many boards on one line at 9600 baud, each byte of which takes its time.
    pub async fn on_a_line(boards: u8, doors: u8) -> Room {
        let bank = board(1, doors);
        let others: Vec<VirtualBank> = (2..=boards).map(|n| board(n, doors)).collect();
        let cable = bank.serve_pty_line(&others, BYTE).unwrap();
        Room::on(plan_of(&cable.path(), boards, doors), bank, cable, Arc::new(Roomy)).await
    }

    async fn on(plan: SitePlan, bank: VirtualBank, board: PtyBoard, disk: Arc<dyn Disk>) -> Room {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let mut secrets = Secrets::open(folder.path()).unwrap();
        let declaration = Declaration {
            plan: &plan,
            admin: None,
            readers: None,
            channels: Default::default(),
            provider: None,
        };
        station::apply(&store, &mut secrets, stamp(), declaration, false).await.unwrap();
        store.close().await;
        let clock = Arc::new(Shifted::default());
        let (station, staff, token) = start(folder.path(), disk.clone(), clock.clone()).await;
        Room { folder, bank, board, disk, clock, station, staff, token }
    }

    /// The program is gone without a word, and comes back on the same folder and the same bank.
    pub async fn restart(self) -> Room {
        self.restart_after(|_| ()).await
    }

    pub async fn restart_after(self, meanwhile: impl FnOnce(&VirtualBank)) -> Room {
        let Room { folder, bank, board, disk, clock, station, staff, .. } = self;
        drop(staff);
        station.stop().await;
        meanwhile(&bank);
        let (station, staff, token) = start(folder.path(), disk.clone(), clock.clone()).await;
        Room { folder, bank, board, disk, clock, station, staff, token }
    }

    /// Comes back on the same folder, in which somebody changed something.
    pub async fn restart_changing(self, change: impl AsyncFnOnce(&Path)) -> Room {
        let Room { folder, bank, board, disk, clock, station, staff, .. } = self;
        drop(staff);
        station.stop().await;
        change(folder.path()).await;
        let (station, staff, token) = start(folder.path(), disk.clone(), clock.clone()).await;
        Room { folder, bank, board, disk, clock, station, staff, token }
    }

    /// The program is gone.
    pub async fn ended(self) -> Left {
        let Room { folder, bank, board, station, staff, .. } = self;
        drop(staff);
        station.stop().await;
        Left { folder, bank, _board: board }
    }

    /// Comes back on another folder, with the same bank.
    pub async fn moved_to(self, other: &Path) -> Room {
        let Room { folder, bank, board, disk, clock, station, staff, .. } = self;
        drop(staff);
        station.stop().await;
        let (station, staff, token) = start(other, disk.clone(), clock.clone()).await;
        Room { folder, bank, board, disk, clock, station, staff, token }
    }

    /// The same room, with channels to tell people by.
    pub async fn with_channels(self, channels: ChannelSettings) -> Room {
        let plan = plan(&self.path(), 8);
        self.restart_changing(async move |folder| {
            let store = Store::open(folder).await.unwrap();
            let mut secrets = Secrets::open(folder).unwrap();
            let declaration =
                Declaration { plan: &plan, admin: None, readers: None, channels, provider: None };
            station::apply(&store, &mut secrets, stamp(), declaration, false).await.unwrap();
            store.close().await;
        })
        .await
    }

    /// What a supervisor may do, by the admin's token.
    pub async fn supervisor(&self) -> Supervisor {
        let access = self.station.access(&self.token).await.unwrap().unwrap();
        self.station.rights_by(access).unwrap()
    }

    pub fn path(&self) -> String {
        self.board.path()
    }

    pub fn kiosk(&self) -> Visitor {
        self.station.as_visitor(KIOSK)
    }

    pub async fn person(&self, name: &str, badge: &str) -> PersonId {
        let form = PersonForm { badge: Some(badge.into()), ..PersonForm::named(name) };
        self.staff.add_person(form).await.unwrap()
    }

    pub async fn received(&self, recipient: PersonId, size: PackageSize) -> PackageId {
        self.staff.receive(intake(recipient, size)).await.unwrap().id.parse().unwrap()
    }

    /// Takes in, opens a door, shuts it: the package is stored. Says behind which channel.
    pub async fn stored(&self, recipient: PersonId) -> (PackageId, u8) {
        self.stored_in(recipient, None).await
    }

    /// The same behind a door of the caller's choice.
    pub async fn stored_in(&self, recipient: PersonId, chosen: Option<CompartmentId>) -> (PackageId, u8) {
        let package = self.received(recipient, PackageSize::S).await;
        let opening = self.staff.deposit(package, chosen).await.unwrap();
        let channel = self.channel(opening.compartment.parse().unwrap()).await;
        self.until_opening(opening.id.parse().unwrap(), OpeningState::Open).await;
        self.bank.shut(channel);
        self.until_state(package, "Stored").await;
        (package, channel)
    }

    pub async fn channel(&self, compartment: CompartmentId) -> u8 {
        self.station.store().compartment(compartment).await.unwrap().unwrap().channel
    }

    pub async fn state(&self, package: PackageId) -> String {
        format!("{:?}", self.station.package_view(package).await.unwrap().state)
    }

    pub async fn until_state(&self, package: PackageId, state: &str) {
        until(state, async || self.state(package).await == state).await;
    }

    pub async fn until_opening(&self, opening: OpeningId, state: OpeningState) {
        until(&format!("{state:?}"), async || self.station.opening(opening).await.unwrap().state == state)
            .await;
    }

    pub async fn tasks(&self) -> Vec<Task> {
        self.staff.tasks().await.unwrap()
    }

    pub async fn until_step(&self, step: Step) -> KioskState {
        let kiosk = self.kiosk();
        until(&format!("{step:?}"), async || {
            items(&kiosk.state().await.unwrap()).iter().any(|item| item.step == step)
        })
        .await;
        kiosk.state().await.unwrap()
    }

    /// The file still says one thing: the chain holds and the tables are what the log says.
    pub async fn verify(&self) {
        assert_eq!(self.station.store().check().await.unwrap().fault, None);
    }
}

pub fn intake(recipient: PersonId, size: PackageSize) -> Received {
    let tracking_number = format!("T{}", uuid::Uuid::new_v4().simple());
    Received { tracking_number, recipient, size, handling: vec![], note: None }
}

pub fn items(state: &KioskState) -> Vec<VisitItem> {
    match &state.visit {
        Some(Visit::Pickup { items, .. }) => items.clone(),
        _ => vec![],
    }
}

pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} for: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
