//! Who is erased is nowhere any more, whatever happened before; what the record says of the rest stays true.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use domain::PersonId;
use domain::package::PackageSize;
use domain::time::{DAY, Mono, Wall};
use proptest::prelude::*;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use station::wire::{PersonForm, RetentionDays};
use station::{Admin, Clock, Confirmed, Error, Options, Outside, Pace, Received, Station, Store};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// Noon of a day in November 2026, and on from there as the test says.
struct Time(AtomicI64, Instant);

impl Clock for Time {
    fn mono(&self) -> Mono {
        Mono(self.0.load(Ordering::SeqCst))
    }
    fn wall(&self) -> Wall {
        Wall(1_795_000_000_000 + self.0.load(Ordering::SeqCst))
    }
    fn instant(&self, _: Mono) -> Instant {
        self.1
    }
}

struct Room {
    folder: tempfile::TempDir,
    time: Arc<Time>,
    station: Station,
    admin: Admin,
    confirmed: Confirmed,
}

async fn start(folder: &Path, time: Arc<Time>) -> (Station, Admin, Confirmed) {
    let outside = Outside { clock: time.clone(), pace: Pace::ByHand, code_memory: 64, ..Outside::real() };
    let options = Options { folder: folder.into(), demo: true, desktop: false };
    let station = Station::start_in(outside, options).await.unwrap();
    let session = station.demo_session().await.unwrap().unwrap();
    let admin = station.as_admin(&session).await.unwrap();
    let confirmed = station.confirmed(&session).await.unwrap();
    (station, admin, confirmed)
}

impl Room {
    async fn new() -> Room {
        let folder = tempfile::tempdir().unwrap();
        let time = Arc::new(Time(AtomicI64::new(0), Instant::now()));
        let (station, admin, confirmed) = start(folder.path(), time.clone()).await;
        Room { folder, time, station, admin, confirmed }
    }

    fn pass(&self, days: i64) {
        self.time.0.fetch_add(days * DAY, Ordering::SeqCst);
    }

    async fn add(&self, n: usize) -> PersonId {
        self.admin.add_person(named(n)).await.unwrap()
    }

    async fn received(&self, recipient: PersonId, note: Option<String>) -> domain::PackageId {
        let tracking_number = format!("T{}", uuid::Uuid::new_v4().simple());
        let intake = Received { tracking_number, recipient, size: PackageSize::S, handling: vec![], note };
        self.admin.receive(intake).await.unwrap().id.parse().unwrap()
    }

    async fn whole(&self) {
        assert_eq!(self.station.store().check().await.unwrap().fault, None);
    }

    /// Everything on the disk: the file, its write-ahead log, and a backup made now.
    async fn everywhere(&self) -> String {
        let copy = self.folder.path().join("copy");
        self.station.store().backup(&copy).await.unwrap();
        let mut bytes = Vec::new();
        for name in ["cubby.db", "cubby.db-wal", "copy"] {
            bytes.extend(std::fs::read(self.folder.path().join(name)).unwrap_or_default());
        }
        // One letter for one byte, in small letters.
        bytes.iter().map(|b| char::from(b.to_ascii_lowercase())).collect()
    }

    async fn words(&self) -> Vec<String> {
        let options = SqliteConnectOptions::new().filename(self.station.store().path());
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let mut own = pool.acquire().await.unwrap();
        let mut words = Vec::new();
        for (index, vocabulary) in [
            (
                "create virtual table temp.v1 using fts5vocab('main', 'person_search', 'row')",
                "select term from v1",
            ),
            (
                "create virtual table temp.v2 using fts5vocab('main', 'package_search', 'row')",
                "select term from v2",
            ),
        ] {
            sqlx::query(index).execute(&mut *own).await.unwrap();
            let rows = sqlx::query(vocabulary).fetch_all(&mut *own).await.unwrap();
            words.extend(rows.iter().map(|r| r.get::<String, _>(0)));
        }
        words
    }
}

/// Words that occur nowhere else, the last three told apart by number.
fn marks(n: usize) -> Vec<String> {
    let tag = char::from(b'a' + u8::try_from(n % 26).unwrap()).to_string().repeat(5 + n / 26);
    vec![
        format!("Zyxquorn{tag}"),
        format!("Vombrell{tag}"),
        format!("Oftuq{tag}"),
        format!("q{tag}jw@quux{tag}.example"),
        format!("+49 777 {n:07}"),
    ]
}

fn named(n: usize) -> PersonForm {
    let [first, last, alias, email, phone] = marks(n).try_into().unwrap();
    PersonForm {
        preferred_name: Some(format!("{first} {last}")),
        aliases: Some(alias),
        email: Some(email),
        phone: Some(phone),
        department: Some("Umbrellas".into()),
        badge: Some(format!("77{n:06}")),
        ..PersonForm::named(format!("{first} van {last}"))
    }
}

fn found(bytes: &str, mark: &str) -> bool {
    bytes.contains(&mark.to_lowercase())
}

async fn nowhere(room: &Room, n: usize) {
    let bytes = room.everywhere().await;
    for mark in marks(n) {
        assert!(!found(&bytes, &mark), "{mark} is still on the disk");
        let stem = mark.to_lowercase();
        let left: Vec<_> = room.words().await.into_iter().filter(|w| *w == stem).collect();
        assert_eq!(left, Vec::<String>::new(), "{mark} is still in an index");
    }
}

#[tokio::test]
async fn an_erased_person_is_in_no_table_index_free_page_journal_or_new_backup() {
    let room = Room::new().await;
    let (gone, stays) = (room.add(1).await, room.add(2).await);
    let note = format!("for {} {} as always", marks(1)[0].to_uppercase(), marks(1)[1]);
    let theirs = room.received(gone, Some("call +49 777 0000001".into())).await;
    let other = room.received(stays, Some(note)).await;
    room.admin.hand_over(theirs, None).await.unwrap();
    assert!(found(&room.everywhere().await, &marks(1)[0]), "what is searched for can be found");

    room.admin.erase_person(&room.confirmed, gone).await.unwrap();
    nowhere(&room, 1).await;
    room.whole().await;
    let shown = room.admin.package(theirs).await.unwrap();
    assert_eq!((shown.row.recipient.as_str(), shown.note), ("", None));
    assert!(matches!(room.admin.person(gone).await, Err(Error::NotFound("person"))));
    let beside = room.admin.package(other).await.unwrap().note.unwrap();
    assert!(beside.ends_with("as always"), "{beside}");
    assert!(room.admin.search_people("zyxquornb", None).await.unwrap().rows.is_empty());
    let found = room.admin.search_people("vombrell", None).await.unwrap().rows;
    assert_eq!(found.len(), 1, "the others are found as before");

    // Named again, they are somebody new, and their badge is free.
    let again = room.add(1).await;
    assert_ne!(again, gone);
    assert!(room.admin.person(again).await.unwrap().packages.is_empty());
    room.whole().await;
}

#[tokio::test]
async fn who_still_has_a_package_a_task_or_a_role_is_not_erased() {
    let room = Room::new().await;
    let ada = room.add(1).await;
    let package = room.received(ada, None).await;
    let why = room.admin.erase_person(&room.confirmed, ada).await.unwrap_err();
    assert!(matches!(why, Error::Refused(domain::Refusal::PackagesWaiting)), "{why}");
    room.admin.hand_over(package, None).await.unwrap();
    room.admin.set_role(&room.confirmed, ada, domain::person::Role::Clerk).await.unwrap();
    let why = room.admin.erase_person(&room.confirmed, ada).await.unwrap_err();
    assert!(matches!(why, Error::Refused(domain::Refusal::StillStaff)), "{why}");
    room.admin.set_role(&room.confirmed, ada, domain::person::Role::Recipient).await.unwrap();
    room.admin.erase_person(&room.confirmed, ada).await.unwrap();
    room.whole().await;
}

#[tokio::test]
async fn leavers_and_ended_packages_go_by_themselves_when_their_time_is_over() {
    let room = Room::new().await;
    room.admin
        .set_retention(&room.confirmed, RetentionDays { access: 30, packages: 60, leavers: 10 })
        .await
        .unwrap();
    let (leaver, waiting, stays) = (room.add(1).await, room.add(2).await, room.add(3).await);
    let fetched = room.received(stays, None).await;
    let here = room.received(waiting, None).await;
    room.admin.hand_over(fetched, None).await.unwrap();
    for (n, person) in [(1, leaver), (2, waiting)] {
        let left = PersonForm { active: false, badge: None, ..named(n) };
        room.admin.change_person(person, left).await.unwrap();
    }
    room.station.keep_house().await.unwrap();
    assert!(room.admin.person(leaver).await.is_ok());

    room.pass(11);
    room.station.keep_house().await.unwrap();
    assert!(room.admin.person(leaver).await.is_err());
    nowhere(&room, 1).await;
    assert!(room.admin.person(waiting).await.is_ok(), "something of theirs is still here");
    assert!(room.admin.package(fetched).await.unwrap().story.len() > 1);
    room.pass(20);
    room.station.keep_house().await.unwrap();
    assert_eq!(room.admin.package(fetched).await.unwrap().story.len(), 1);
    room.pass(30);
    room.station.keep_house().await.unwrap();
    assert!(matches!(room.admin.package(fetched).await, Err(Error::NotFound("package"))));
    assert!(room.admin.package(here).await.is_ok());
    room.whole().await;
}

#[tokio::test]
async fn a_restored_backup_brings_nobody_back() {
    let room = Room::new().await;
    let ada = room.add(1).await;
    let backup = room.folder.path().join("old.db");
    room.station.store().backup(&backup).await.unwrap();
    room.admin.erase_person(&room.confirmed, ada).await.unwrap();
    let Room { folder, time, station, admin, .. } = room;
    drop(admin);
    station.stop().await;
    Store::restore(folder.path(), &backup, "before-restore-1").await.unwrap();
    let (station, admin, confirmed) = start(folder.path(), time.clone()).await;
    assert!(admin.person(ada).await.is_err());
    let room = Room { folder, time, station, admin, confirmed };
    std::fs::remove_file(&backup).unwrap();
    nowhere(&room, 1).await;
    room.whole().await;
}

#[tokio::test]
async fn an_export_has_everything_of_one_person_and_no_secret() {
    let room = Room::new().await;
    let (ada, bob) = (room.add(1).await, room.add(2).await);
    let package = room.received(ada, Some("by the window".into())).await;
    room.admin.hand_over(package, None).await.unwrap();
    let files = room.admin.export_person(&room.confirmed, ada).await.unwrap();
    let text = std::fs::read_to_string(&files.data).unwrap();
    let page = std::fs::read_to_string(&files.page).unwrap();
    for mark in marks(1) {
        assert!(text.contains(&mark) && page.contains(&mark), "{mark}");
    }
    assert!(text.contains("by the window") && text.contains("package.handed_over"));
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(kept["badges"].as_array().unwrap().len(), 1);
    assert_eq!(kept["packages"][0]["state"], "handed_over");
    assert!(!text.contains("77000001") && !text.contains(&bob.to_string()));
    assert!(marks(2).iter().all(|mark| !text.contains(mark)), "nothing of anybody else");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&files.data).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let log = room.station.store().events(0, 10_000).await.unwrap();
    assert_eq!(log.iter().filter(|e| e.kind == "person.exported").count(), 1);
}

#[tokio::test]
async fn the_command_line_copies_and_erases_beside_a_running_node() {
    let room = Room::new().await;
    let ada = room.add(1).await;
    let store = Store::open_existing(room.folder.path()).await.unwrap();
    let file = room.folder.path().join("ada.json");
    let files = station::export_person(&store, &marks(1)[3].to_uppercase(), &file).await.unwrap();
    assert!(std::fs::read_to_string(&files.data).unwrap().contains(&marks(1)[0]));
    let nobody = station::erase_person(&store, room.folder.path(), "nobody@example.com").await;
    assert!(matches!(nobody, Err(Error::NotFound("person"))));
    station::erase_person(&store, room.folder.path(), &ada.to_string()).await.unwrap();
    store.close().await;
    assert!(room.admin.person(ada).await.is_err(), "the running node sees it, too");
    nowhere(&room, 1).await;
    room.whole().await;
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Add,
    Receive { to: usize, about: usize },
    HandOver,
    Rename { whom: usize },
    Leave { whom: usize },
    Erase { whom: usize },
    Days { days: i64 },
    Retain { access: u16, packages: u16, leavers: u16 },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        2 => Just(Deed::Add),
        4 => (any::<usize>(), any::<usize>()).prop_map(|(to, about)| Deed::Receive { to, about }),
        4 => Just(Deed::HandOver),
        1 => any::<usize>().prop_map(|whom| Deed::Rename { whom }),
        2 => any::<usize>().prop_map(|whom| Deed::Leave { whom }),
        2 => any::<usize>().prop_map(|whom| Deed::Erase { whom }),
        3 => (1_i64..60).prop_map(|days| Deed::Days { days }),
        1 => (1_u16..90, 1_u16..90, 1_u16..90).prop_map(|(access, packages, leavers)| Deed::Retain { access, packages, leavers }),
    ];
    proptest::collection::vec(deed, 5..40)
}

async fn live(deeds: Vec<Deed>) {
    let room = Room::new().await;
    let mut people: Vec<(usize, PersonId)> = vec![(0, room.add(0).await)];
    let (mut next, mut here, mut gone) = (1, Vec::new(), Vec::new());
    for deed in deeds {
        let pick = |n: usize| (!people.is_empty()).then(|| people[n % people.len()]);
        match deed {
            Deed::Add => {
                people.push((next, room.add(next).await));
                next += 1;
            }
            Deed::Receive { to, about } => {
                let (Some((_, to)), Some((about, _))) = (pick(to), pick(about)) else { continue };
                if !room.admin.person(to).await.unwrap().form.active {
                    continue;
                }
                here.push(room.received(to, Some(format!("ask {} for it", marks(about)[2]))).await);
            }
            Deed::HandOver => {
                if let Some(package) = here.pop() {
                    room.admin.hand_over(package, None).await.unwrap();
                }
            }
            Deed::Rename { whom } => {
                let Some((n, person)) = pick(whom) else { continue };
                let form = PersonForm { department: Some("Hats".into()), badge: None, ..named(n) };
                room.admin.change_person(person, form).await.unwrap();
            }
            Deed::Leave { whom } => {
                let Some((n, person)) = pick(whom) else { continue };
                let form = PersonForm { active: false, badge: None, ..named(n) };
                room.admin.change_person(person, form).await.unwrap();
            }
            Deed::Erase { whom } => {
                let Some((n, person)) = pick(whom) else { continue };
                match room.admin.erase_person(&room.confirmed, person).await {
                    Ok(_) => gone.push(n),
                    Err(Error::Refused(domain::Refusal::PackagesWaiting)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            Deed::Days { days } => {
                room.pass(days);
                room.station.keep_house().await.unwrap();
            }
            Deed::Retain { access, packages, leavers } => {
                room.admin
                    .set_retention(&room.confirmed, RetentionDays { access, packages, leavers })
                    .await
                    .unwrap();
            }
        }
        let mut left = Vec::new();
        for (n, person) in std::mem::take(&mut people) {
            if room.admin.person(person).await.is_ok() {
                left.push((n, person));
            } else if !gone.contains(&n) {
                gone.push(n);
            }
        }
        people = left;
    }
    room.whole().await;
    for package in here {
        assert!(room.admin.package(package).await.is_ok(), "what is here is never forgotten");
    }
    let bytes = room.everywhere().await;
    for n in gone {
        for mark in marks(n) {
            assert!(!found(&bytes, &mark), "{mark} is still on the disk");
        }
    }
    for (n, _) in people {
        assert!(found(&bytes, &marks(n)[3]), "who is here is known");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happened_before_the_erased_are_gone_and_the_record_is_whole(deeds in deeds()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(live(deeds));
    }
}
