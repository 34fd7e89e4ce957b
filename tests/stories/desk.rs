//! A mailroom's desk with an admin at it: a site set up as the first run does, and a clock that can be put forward.

use domain::person::Role;
use domain::time::{Mono, Wall};
use hardware::StatusOrder;
use hardware::simulate::{PtyBoard, VirtualBank, VirtualSettings};
use station::wire::{AdminPlan, BankPlan, CellPlan, ColumnPlan, PersonForm, SitePlan, Size};
use station::{
    Admin, Clock, Entry, KIOSK, Options, Outside, Secrets, Session, Station, Store, SystemClock, Visitor,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const PASSWORD: &str = "rowing past nine herons";
pub const PIN: &str = "204917";
pub const ADMIN: &str = "ada@example.com";

/// The machine's clock, ahead by as much as the story says.
pub struct Ahead {
    real: SystemClock,
    by: AtomicI64,
}

impl Ahead {
    pub fn pass(&self, ms: i64) {
        self.by.fetch_add(ms, SeqCst);
    }
}

impl Clock for Ahead {
    fn mono(&self) -> Mono {
        Mono(self.real.mono().0 + self.by.load(SeqCst))
    }
    fn wall(&self) -> Wall {
        Wall(self.real.wall().0 + self.by.load(SeqCst))
    }
    fn instant(&self, mono: Mono) -> Instant {
        self.real.instant(Mono(mono.0 - self.by.load(SeqCst)))
    }
}

pub struct Desk {
    folder: TempDir,
    pub bank: VirtualBank,
    board: PtyBoard,
    pub clock: Arc<Ahead>,
    pub station: Station,
    pub session: Session,
}

async fn start(folder: &TempDir, clock: &Arc<Ahead>) -> Station {
    let outside = Outside { clock: clock.clone(), code_memory: 64, ..Outside::real() };
    let options = Options { folder: folder.path().into(), demo: false, desktop: false };
    Station::start_in(outside, options).await.unwrap()
}

impl Desk {
    pub async fn new() -> Desk {
        Desk::with_doors(3).await
    }

    pub async fn with_doors(doors: u8) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let status_order = StatusOrder::LastByteFirst;
        let bank =
            VirtualBank::new(VirtualSettings { board: 1, channels: doors, closed_bit: 1, status_order });
        let board = bank.serve_pty().unwrap();
        let clock = Arc::new(Ahead { real: SystemClock::new(), by: AtomicI64::new(0) });
        let station = start(&folder, &clock).await;
        let cells = (1..=doors)
            .map(|channel| CellPlan::Compartment {
                label: format!("A{channel:02}"),
                channel,
                size: Size::M,
                accessible: false,
                refrigerated: false,
            })
            .collect();
        let plan = SitePlan {
            site_name: "Head office".into(),
            admin: AdminPlan { name: "Ada Admin".into(), email: ADMIN.into(), password: PASSWORD.into() },
            bank: BankPlan {
                name: "Lobby".into(),
                driver: "bcc8a".into(),
                port: Some(board.path()),
                baud: 9_600,
                board: 1,
                closed_bit: 1,
                status_order: Some("last-byte-first".into()),
                columns: vec![ColumnPlan { cells }],
            },
            email: None,
        };
        let session = station.set_up(plan).await.unwrap();
        assert!(station.doors_ready(Duration::from_secs(20)).await);
        Desk { folder, bank, board, clock, station, session }
    }

    /// The program is gone and comes back. Nobody is signed in then; the admin's old session is of no use.
    pub async fn restart(self) -> Desk {
        let Desk { folder, bank, board, clock, station, session } = self;
        station.stop().await;
        let station = start(&folder, &clock).await;
        assert!(station.doors_ready(Duration::from_secs(20)).await);
        Desk { folder, bank, board, clock, station, session }
    }

    /// Comes back with a site file applied.
    pub async fn with_site_file(self, text: &str) -> Desk {
        let Desk { folder, bank, board, clock, station, session } = self;
        station.stop().await;
        let file = station::site_file::parse(text, folder.path()).unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let mut secrets = Secrets::open(folder.path()).unwrap();
        let stamp = station::stamp(&store).await.unwrap();
        station::apply(&store, &mut secrets, stamp, file.declaration(), false).await.unwrap();
        store.close().await;
        let station = start(&folder, &clock).await;
        assert!(station.doors_ready(Duration::from_secs(20)).await);
        Desk { folder, bank, board, clock, station, session }
    }

    pub async fn admin(&self) -> Admin {
        self.station.rights(&self.session).await.unwrap()
    }

    pub async fn sign_in(&self, email: &str) -> Session {
        match self.station.sign_in(email, PASSWORD).await.unwrap() {
            Entry::In(session) => session,
            Entry::Half(_) => panic!("{email} owes a second factor"),
        }
    }

    /// A member of staff with a password, a badge and a PIN. Their mail address is the name's.
    pub async fn member(&self, name: &str, role: Role, badge: &str) -> domain::PersonId {
        let (admin, confirmed) = (self.admin().await, self.station.confirmed(&self.session).await.unwrap());
        let email = format!("{}@example.com", name.to_lowercase());
        let form =
            PersonForm { email: Some(email.clone()), badge: Some(badge.into()), ..PersonForm::named(name) };
        let person = admin.add_person(form).await.unwrap();
        admin.set_role(&confirmed, person, role).await.unwrap();
        admin.set_password(&confirmed, person, PASSWORD).await.unwrap();
        let session = self.sign_in(&email).await;
        let confirmed = self.station.confirmed(&session).await.unwrap();
        self.station.set_my_pin(&session, &confirmed, PIN).await.unwrap();
        person
    }

    pub fn kiosk(&self) -> Visitor {
        self.station.as_visitor(KIOSK)
    }

    pub async fn kinds(&self) -> Vec<String> {
        let rows = self.station.store().events(0, 10_000).await.unwrap();
        rows.into_iter().map(|event| event.kind).collect()
    }
}
