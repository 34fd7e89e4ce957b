//! A board that is not what was declared, and a line that hangs: staff hear of it in words, and no door moves.

use domain::package::PackageSize;
use hardware::simulate::Fault;
use hardware::{DoorReading, LineEvent, LineSettings, UnlockRequest};
use station::wire::{DeviceWhy, TaskName};
use station::{BoardLine, Error, Lines, Options, Outside, Station};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use stories::{Room, start_in, until};

async fn bank_says(room: &Room) -> (bool, Option<DeviceWhy>) {
    let health = room.staff.health().await.unwrap();
    (health.devices[0].ok, health.devices[0].why.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_13_a_wrong_board_is_a_task_for_staff_once_and_opens_nothing() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let package = room.received(ada, PackageSize::S).await;
    room.bank.fault(Some(Fault::OtherAddress));
    let told = async || {
        let tasks = room.tasks().await;
        tasks.into_iter().filter(|t| t.kind == TaskName::WrongBoard).collect::<Vec<_>>()
    };
    until("the task", async || !told().await.is_empty()).await;
    let task = told().await.remove(0);
    assert!(task.urgent);
    assert_eq!(task.bank.as_deref(), Some("Lobby"), "it says which bank");
    let (ok, why) = bank_says(&room).await;
    assert!(!ok && matches!(why, Some(DeviceWhy::OtherAddress { .. })), "{why:?}");
    room.staff.deposit(package, None).await.unwrap_err();
    assert_eq!(room.bank.unlocks().len(), 0);

    room.bank.fault(None);
    until("the right board", async || bank_says(&room).await.0).await;
    room.bank.fault(Some(Fault::OtherAddress));
    until("wrong again", async || !bank_says(&room).await.0).await;
    assert_eq!(told().await.len(), 1, "one task until it is settled");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_13_a_bank_that_reads_open_all_over_says_what_to_check() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let package = room.received(ada, PackageSize::S).await;
    let all = |bank: &hardware::simulate::VirtualBank, reading| (1..=8).for_each(|c| bank.stick(c, reading));
    let room = room.restart_after(|bank| all(bank, Some(DoorReading::Open))).await;
    let (ok, why) = bank_says(&room).await;
    assert_eq!((ok, why), (false, Some(DeviceWhy::DoorsUnlikely)));
    assert!(room.tasks().await.iter().any(|t| t.kind == TaskName::Implausible));
    room.staff.deposit(package, None).await.unwrap_err();
    assert_eq!(room.bank.unlocks().len(), 0);
    all(&room.bank, None);
    until("a bank that can be trusted", async || bank_says(&room).await.0).await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_fails_leaves_the_folder_to_the_next() {
    let left = Room::new().await.ended().await;
    let database = sqlx::sqlite::SqliteConnectOptions::new().filename(left.folder.path().join("cubby.db"));
    let pool = sqlx::SqlitePool::connect_with(database).await.unwrap();
    sqlx::query("update bank set driver = 'none'").execute(&pool).await.unwrap();
    let start = async || {
        let options = Options { folder: left.folder.path().into(), demo: false, desktop: false };
        Station::start(options).await.map(|_| ())
    };
    assert!(matches!(start().await, Err(Error::Invalid { .. })), "no such driver");
    sqlx::query("update bank set driver = 'bcc8a'").execute(&pool).await.unwrap();
    pool.close().await;
    start().await.expect("the folder is free");
}

/// A line that takes a frame and does not come back from it until it is let go.
#[derive(Clone, Default)]
struct Hanging(Arc<Hook>);

#[derive(Default)]
struct Hook {
    caught: AtomicBool,
    ended: AtomicBool,
    go: Mutex<bool>,
    gone: Condvar,
}

impl Hanging {
    fn let_go(&self) {
        *self.0.go.lock().unwrap() = true;
        self.0.gone.notify_all();
    }
}

/// Also when the story fails: a thread that hangs would keep the test from ending.
struct LetGo(Hanging);

impl Drop for LetGo {
    fn drop(&mut self) {
        self.0.0.ended.store(true, SeqCst);
        self.0.let_go();
    }
}

impl Lines for Hanging {
    fn start(&self, settings: LineSettings, events: Box<dyn Fn(LineEvent) + Send>) -> Box<dyn BoardLine> {
        let shut: Vec<_> = settings.boards[0].channels.iter().map(|c| (*c, DoorReading::Closed)).collect();
        let hook = self.0.clone();
        std::thread::spawn(move || {
            events(LineEvent::Up { generation: 1 });
            events(LineEvent::BoardAnswers { board: 1 });
            while !hook.ended.load(SeqCst) {
                let readings = shut.clone();
                events(LineEvent::Doors { board: 1, generation: 1, readings, at: Instant::now() });
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Box::new(self.clone())
    }
}

impl BoardLine for Hanging {
    fn unlock(&self, _: UnlockRequest) {
        self.0.caught.store(true, SeqCst);
        let go = self.0.go.lock().unwrap();
        drop(self.0.gone.wait_while(go, |go| !*go).unwrap());
    }
    fn watch(&self, _: u8, _: u8, _: bool) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_loop_that_hangs_feeds_no_watchdog_until_it_goes_on() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let package = room.received(ada, PackageSize::S).await;
    let hanging = Hanging::default();
    let _let_go = LetGo(hanging.clone());
    let left = room.ended().await;
    let outside = Outside { lines: Arc::new(hanging.clone()), ..Outside::real() };
    let (station, staff, _) = start_in(left.folder.path(), outside).await;
    assert!(station.doors_alive().await);
    let asked = tokio::spawn(async move { staff.deposit(package, None).await });
    until("the loop hangs", async || hanging.0.caught.load(SeqCst)).await;
    assert!(!station.doors_alive().await, "the manager hears nothing");
    hanging.let_go();
    assert!(station.doors_alive().await, "and hears again when it goes on");
    asked.abort();
    station.stop().await;
}
