//! Emptying the record leaves it whole: the chain verifies, the tables are what the log says, and what is still needed
//! stays.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use domain::event::{Actor, BankFacts, CompartmentFacts, Event, Outcome, Purpose, TaskKind, Way};
use domain::package::{PackageSize, Size};
use domain::person::Role;
use domain::time::{DAY, Mono, Wall};
use domain::{
    BankId, BootId, CodeId, CompartmentId, DelegationId, HoldId, OpeningId, PackageId, PersonId, TaskId,
    VisitId,
};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use store::{ChainFault, Stamp, Store};
use uuid::Uuid;

struct Site {
    store: Store,
    doors: [CompartmentId; 2],
    ada: PersonId,
}

fn stamp(ms: i64) -> Stamp {
    Stamp { wall: Wall(ms), mono: Mono(ms), boot: BootId(Uuid::nil()) }
}

async fn write(store: &Store, at: i64, events: &[Event]) {
    let mut tx = store.begin(stamp(at)).await.unwrap();
    for event in events {
        tx.append(event).await.unwrap();
    }
    tx.commit().await.unwrap();
}

impl Site {
    async fn new(folder: &std::path::Path) -> Site {
        let store = Store::open(folder).await.unwrap();
        let bank = BankId(Uuid::now_v7());
        let doors = [CompartmentId(Uuid::now_v7()), CompartmentId(Uuid::now_v7())];
        let ada = PersonId(Uuid::now_v7());
        let declared = Event::BankDeclared(BankFacts {
            bank,
            name: "Lobby".into(),
            driver: "bcc8a".into(),
            port: "/dev/null".into(),
            baud: 9600,
            board: 1,
            closed_bit: 1,
            status_order: None,
            screen: None,
            position: 0,
        });
        let door = |n: u8| {
            Event::CompartmentDeclared(CompartmentFacts {
                compartment: doors[usize::from(n)],
                bank,
                label: format!("A{n}"),
                channel: n + 1,
                size: Size::S,
                column: 0,
                row: n.into(),
                accessible: false,
                refrigerated: false,
            })
        };
        let added = Event::PersonAdded { person: ada, role: Role::Recipient, by: Actor::System };
        write(&store, 0, &[declared, door(0), door(1), added]).await;
        Site { store, doors, ada }
    }

    async fn whole(&self) {
        assert_eq!(self.store.check().await.unwrap().fault, None);
    }

    /// In at one time and out at another.
    async fn package(&self, door: usize, received: i64, fetched: Option<i64>) -> PackageId {
        let package = PackageId(Uuid::now_v7());
        let compartment = self.doors[door];
        let (deposit, pickup, code) =
            (OpeningId(Uuid::now_v7()), OpeningId(Uuid::now_v7()), CodeId(Uuid::now_v7()));
        let by = Actor::Person(self.ada);
        let decided = |opening, purpose| Event::OpeningDecided {
            opening,
            compartment,
            package: Some(package),
            purpose,
            by,
            way: Way::Badge,
        };
        let came = [
            Event::Received {
                package,
                tracking_number: format!("T{package}"),
                carrier: None,
                recipient: self.ada,
                size: PackageSize::S,
                handling: vec![],
                by,
            },
            decided(deposit, Purpose::Deposit),
            Event::OpeningSent { opening: deposit, attempt: 1 },
            Event::OpeningOpened { opening: deposit, recovered: false },
            Event::OpeningClosed { opening: deposit },
            Event::Stored { package, compartment, opening: deposit, deadline: Wall(received + DAY) },
            Event::CodeIssued { code, package, expires: Wall(received + 3 * DAY), delegation: None },
        ];
        write(&self.store, received, &came).await;
        if let Some(at) = fetched {
            let visit = VisitId(Uuid::now_v7());
            let went = [
                Event::VisitBegan { visit, person: self.ada, way: Way::Badge },
                decided(pickup, Purpose::Pickup),
                Event::OpeningOpened { opening: pickup, recovered: false },
                Event::CodeConsumed { code, package, opening: pickup },
                Event::OpeningClosed { opening: pickup },
                Event::Collected { package, compartment, opening: pickup, by, principal: None },
                Event::VisitEnded { visit },
            ];
            write(&self.store, at, &went).await;
        }
        package
    }

    async fn sweep(&self, at: i64, access: i64, packages: i64) {
        for _ in 0..50 {
            let mut tx = self.store.begin(stamp(at)).await.unwrap();
            let mut done = tx.forget_packages(Wall(packages), 2).await.unwrap();
            done += tx.erase_stories(Wall(access), 2).await.unwrap();
            let mut last = 0;
            loop {
                let swept = tx.erase_access(last, Wall(access), 3).await.unwrap();
                (last, done) = (swept.last, done + swept.erased);
                if swept.seen == 0 {
                    break;
                }
            }
            tx.commit().await.unwrap();
            if done == 0 {
                return;
            }
        }
        panic!("the sweep does not come to an end");
    }

    async fn told(&self) -> String {
        self.store.events(0, 10_000).await.unwrap().iter().map(|e| e.body.clone()).collect()
    }
}

#[tokio::test]
async fn a_story_goes_before_its_package_and_both_leave_the_record_whole() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path()).await;
    let old = site.package(0, DAY, Some(2 * DAY)).await;
    let young = site.package(0, 50 * DAY, Some(51 * DAY)).await;
    let here = site.package(1, 3 * DAY, None).await;
    site.whole().await;

    site.sweep(100 * DAY, 40 * DAY, 0).await;
    site.whole().await;
    let kept = site.store.package(old).await.unwrap().unwrap();
    assert_eq!((kept.recipient, kept.received, kept.changed), (site.ada, Wall(DAY), Wall(2 * DAY)));
    assert!(site.store.openings_of(old).await.unwrap().is_empty());
    assert_eq!(site.store.story(old).await.unwrap().len(), 1, "what is kept is all that is told");
    assert!(site.store.story(young).await.unwrap().len() > 10);
    assert!(site.store.story(here).await.unwrap().len() > 5, "what is still here keeps its story");
    // A door's count outlives what was counted.
    assert_eq!(site.store.compartment(site.doors[0]).await.unwrap().unwrap().used, 4);

    site.sweep(101 * DAY, 40 * DAY, 40 * DAY).await;
    site.whole().await;
    assert_eq!(site.store.package(old).await.unwrap(), None);
    assert!(!site.told().await.contains(&format!("T{old}")));
    assert!(site.store.package(young).await.unwrap().is_some());
    assert!(site.store.package(here).await.unwrap().is_some());
    let again = site.package(0, 102 * DAY, Some(103 * DAY)).await;
    site.whole().await;
    assert!(site.store.package(again).await.unwrap().is_some());
}

#[tokio::test]
async fn who_came_and_who_fetched_for_whom_goes_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path()).await;
    let bob = PersonId(Uuid::now_v7());
    let by = Actor::Person(bob);
    let (over, running) = (DelegationId(Uuid::now_v7()), DelegationId(Uuid::now_v7()));
    let given = |delegation, until| Event::DelegationGiven {
        delegation,
        principal: site.ada,
        delegate: bob,
        package: None,
        from: Wall(DAY),
        until: Wall(until),
        by,
    };
    let (hold, look) = (HoldId(Uuid::now_v7()), OpeningId(Uuid::now_v7()));
    let inspection = Event::OpeningDecided {
        opening: look,
        compartment: site.doors[1],
        package: None,
        purpose: Purpose::Inspection,
        by,
        way: Way::Session,
    };
    let events = [
        Event::PersonAdded { person: bob, role: Role::Clerk, by: Actor::System },
        Event::SignedIn { person: bob, way: Way::Session },
        Event::VisitBegan { visit: VisitId(Uuid::now_v7()), person: bob, way: Way::Badge },
        given(over, 2 * DAY),
        Event::DelegationEnded { delegation: over, by },
        given(running, 500 * DAY),
        Event::HoldSet { hold, person: bob, from: Wall(DAY), until: Wall(3 * DAY), by },
        inspection,
        Event::OpeningOpened { opening: look, recovered: false },
        Event::OpeningClosed { opening: look },
    ];
    write(&site.store, DAY, &events).await;
    write(&site.store, 90 * DAY, &[Event::SignedIn { person: bob, way: Way::Session }]).await;

    site.sweep(100 * DAY, 40 * DAY, 0).await;
    site.whole().await;
    let kinds: Vec<_> = site.store.events(0, 1_000).await.unwrap();
    let left = |kind: &str| kinds.iter().filter(|e| e.kind == kind && !e.erased()).count();
    assert_eq!(left("staff.signed_in"), 1, "yesterday's is kept");
    assert_eq!((left("visit.began"), left("delegation.given"), left("hold.set")), (0, 1, 0));
    assert_eq!(left("opening.decided") + left("opening.opened") + left("opening.closed"), 0);
    assert_eq!(site.store.delegations_by(site.ada).await.unwrap().len(), 1, "the one that runs stays");
    assert_eq!(site.store.compartment(site.doors[1]).await.unwrap().unwrap().used, 1);
    site.sweep(600 * DAY, 560 * DAY, 0).await;
    site.whole().await;
    assert!(site.store.delegations_by(site.ada).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_package_with_a_task_open_keeps_its_story_until_the_task_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path()).await;
    let package = site.package(0, DAY, Some(2 * DAY)).await;
    let task = TaskId(Uuid::now_v7());
    let what = TaskKind::NotThere;
    let raised = Event::TaskRaised { task, what, bank: None, compartment: None, package: Some(package) };
    write(&site.store, 3 * DAY, &[raised]).await;
    site.sweep(900 * DAY, 800 * DAY, 800 * DAY).await;
    assert!(site.store.story(package).await.unwrap().len() > 10);
    let settled = Event::TaskSettled { task, outcome: Outcome::Done, by: Actor::System };
    write(&site.store, 901 * DAY, &[settled]).await;
    site.sweep(2_000 * DAY, 1_900 * DAY, 1_900 * DAY).await;
    site.whole().await;
    assert_eq!(site.store.package(package).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_that_was_emptied_without_a_word_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path()).await;
    site.package(0, DAY, Some(2 * DAY)).await;
    let path = site.store.path().to_owned();
    site.store.close().await;
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let visit =
        sqlx::query("select seq from event where kind = 'visit.began'").fetch_one(&pool).await.unwrap();
    let seq: i64 = visit.get(0);
    assert!(sqlx::query("update event set kind = 'x' where seq = ?").bind(seq).execute(&pool).await.is_err());
    sqlx::query("update event set body = '' where seq = ?").bind(seq).execute(&pool).await.unwrap();
    pool.close().await;
    let store = Store::open(folder.path()).await.unwrap();
    assert_eq!(store.check().await.unwrap().fault, Some(ChainFault::Changed(seq)));
}

/// Every table there is, and what becomes of a person in it. A new table must find its place here, and those that name
/// people theirs in `erase.rs`.
#[tokio::test]
async fn every_table_is_known_to_the_erasure() {
    const FOLDED: &[&str] = &[
        "site",
        "bank",
        "compartment",
        "person",
        "badge",
        "delegation",
        "hold",
        "package",
        "clock_jump",
        "opening",
        "code",
        "task",
        "notice",
        "story",
        "token",
    ];
    const ERASED: &[&str] = &[
        "person_detail",
        "person_source",
        "person_search",
        "package_note",
        "override_note",
        "package_search",
        "task_detail",
        "compartment_reason",
        "outbox",
        "person_quiet",
        "account",
        "badge_secret",
        "team",
        "team_member",
    ];
    const OF_NOBODY: &[&str] = &[
        "event",
        "node",
        "setting",
        "_sqlx_migrations",
        "package_digits",
        "code_secret",
        "token_secret",
        "stale_word",
        "template",
    ];
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(store.path())).await.unwrap();
    let rows =
        sqlx::query("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
            .fetch_all(&pool)
            .await
            .unwrap();
    let shadow = |name: &str| {
        ["person_search", "package_search", "package_digits"]
            .iter()
            .any(|index| name.strip_prefix(index).is_some_and(|rest| rest.starts_with('_')))
    };
    let unknown: Vec<String> = rows
        .iter()
        .map(|r| r.get(0))
        .filter(|name: &String| {
            let known = |list: &[&str]| list.contains(&name.as_str());
            !known(FOLDED) && !known(ERASED) && !known(OF_NOBODY) && !shadow(name)
        })
        .collect();
    assert_eq!(unknown, Vec::<String>::new(), "what becomes of an erased person in these?");
}
