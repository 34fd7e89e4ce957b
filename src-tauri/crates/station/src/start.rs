//! Bringing a node up: the folder's lock, the file, the lines, the readers, and the openings the last run left.

use crate::backup::Backups;
use crate::channels::Channels;
use crate::clock::Clock;
use crate::codes::Codes;
use crate::custody::Custody;
use crate::demo::Mailbox;
use crate::disk::Room;
use crate::door_loop::{self, Request};
use crate::outbox;
use crate::outside::{Lines, Outside, Pace};
use crate::picture::DoorPicture;
use crate::readers::Readers;
use crate::secrets::Secrets;
use crate::sign_in::Gate;
use crate::visit::Kiosk;
use crate::wire::Topic;
use crate::{Error, Result};
use domain::calendar::Calendar;
use domain::time::{Mono, Wall};
use domain::{BootId, OpeningId};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use store::{NodeLock, Stamp, Store, StoreError};
use tokio::sync::{Mutex, broadcast, mpsc, watch};
use uuid::Uuid;

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    pub folder: PathBuf,
    /// Run on a virtual bank, declared on first use.
    pub demo: bool,
    /// Show urgent tasks on this desktop.
    pub desktop: bool,
}

/// A running node. Clones share it.
#[derive(Clone)]
pub struct Station {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub calendar: std::sync::Mutex<Calendar>,
    pub lines: Arc<dyn Lines>,
    pub pace: Pace,
    pub secrets: RwLock<Secrets>,
    pub boot: BootId,
    pub doors: mpsc::Sender<Request>,
    pub picture: RwLock<DoorPicture>,
    pub topics: broadcast::Sender<Topic>,
    /// The number of the newest event.
    pub head: watch::Sender<i64>,
    pub kiosk: Mutex<Kiosk>,
    /// Wrong tries at signing in.
    pub gate: Mutex<Gate>,
    pub readers: Readers,
    /// Started to be tried: its newcomer needs no password.
    pub demo: bool,
    pub mailbox: Mailbox,
    pub desktop: bool,
    pub folder: PathBuf,
    pub codes: Arc<Codes>,
    /// Openings whose state has just changed.
    pub moved: broadcast::Sender<OpeningId>,
    pub mail_is_due: watch::Sender<()>,
    pub channels: RwLock<Arc<Channels>>,
    pub breakers: std::sync::Mutex<outbox::Breakers>,
    /// Held by the channel that records.
    pub recording: tokio::sync::Mutex<()>,
    /// Deadlines may come sooner than they did.
    pub deadlines_moved: tokio::sync::Notify,
    pub scans: broadcast::Sender<String>,
    /// How many badges a reader read were refused: the kiosk shows each.
    pub refusals: watch::Sender<u32>,
    pub chain_ok: RwLock<Option<bool>>,
    pub room: Room,
    pub backups: Backups,
    pub imports: crate::import::Imports,
    /// One import is applied at a time.
    pub import_turn: Mutex<()>,
    running: std::sync::Mutex<Vec<tokio::task::JoinHandle<()>>>,
    _lock: NodeLock,
}

impl Inner {
    pub fn stamp(&self) -> Stamp {
        Stamp { wall: self.wall(), mono: self.clock.mono(), boot: self.boot }
    }

    /// The time to go by; the wall clock's, unless that can't be believed.
    pub fn wall(&self) -> Wall {
        let mut calendar = self.calendar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        calendar.now(self.clock.wall(), self.clock.mono())
    }

    pub fn changed(&self, topic: Topic) {
        // Nobody listening is no fault.
        let _ = self.topics.send(topic);
    }

    /// Commits, and tells listeners of the log.
    pub async fn commit(&self, tx: store::Tx) -> Result<()> {
        if let Some(last) = tx.commit().await?.last() {
            self.head.send_replace(*last);
        }
        Ok(())
    }

    pub fn secrets(&self) -> Secrets {
        self.secrets.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub fn custody(&self) -> Custody {
        let channels = self.channels.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        Custody { secrets: self.secrets(), codes: self.codes.clone(), channels }
    }
}

impl Station {
    pub async fn start(options: Options) -> Result<Station> {
        Self::start_in(Outside::real(), options).await
    }

    /// Starts in a world of the caller's.
    pub async fn start_in(outside: Outside, options: Options) -> Result<Station> {
        let Outside { clock, lines, pace, disk, code_memory } = outside;
        let lock = NodeLock::take(&options.folder)?;
        if !options.folder.join("cubby.db").exists() && options.folder.join(crate::secrets::FILE).exists() {
            // Made anew it would look as if nothing had ever been here.
            return Err(StoreError::Damaged("cubby.db is gone from the data folder".into()).into());
        }
        Store::check_journal(&options.folder)?;
        let store = Store::open(&options.folder).await?;
        let mut secrets = Secrets::open(&options.folder)?;
        secrets.set_code_memory(code_memory);
        if let Err(error) = crate::secrets::tidy(&store, &mut secrets).await {
            tracing::warn!(%error, "earlier keys could not be dropped");
        }
        let channels = Channels::read(&store, &secrets).await?;
        let (head, newest) = store.head().await?;
        let ahead = crate::calendar::kept(&store).await?;
        let (doors, requests) = mpsc::channel(256);
        let inner = Arc::new(Inner {
            kiosk: Mutex::new(Kiosk::read(&store, clock.mono()).await?),
            gate: Mutex::new(Gate::read(&store, clock.mono()).await?),
            calendar: std::sync::Mutex::new(Calendar::start(clock.wall(), clock.mono(), newest, ahead)),
            store,
            clock,
            lines,
            pace,
            codes: Arc::new(Codes::start(secrets.clone())),
            secrets: RwLock::new(secrets),
            boot: BootId(Uuid::new_v4()),
            doors,
            picture: RwLock::default(),
            topics: broadcast::channel(256).0,
            head: watch::channel(head).0,
            readers: Readers::default(),
            demo: options.demo,
            mailbox: Mailbox::default(),
            desktop: options.desktop,
            room: Room::new(options.folder.clone(), disk),
            backups: Backups::default(),
            imports: crate::import::Imports::default(),
            import_turn: Mutex::default(),
            folder: options.folder,
            moved: broadcast::channel(256).0,
            mail_is_due: watch::channel(()).0,
            channels: RwLock::new(Arc::new(channels)),
            breakers: std::sync::Mutex::default(),
            recording: tokio::sync::Mutex::default(),
            deadlines_moved: tokio::sync::Notify::new(),
            scans: broadcast::channel(16).0,
            refusals: watch::channel(0).0,
            chain_ok: RwLock::new(None),
            running: std::sync::Mutex::default(),
            _lock: lock,
        });
        let station = Station { inner };
        if options.demo && station.inner.store.site_name().await?.is_none() {
            station.declare_demo().await?;
        }
        if station.is_demo().await? {
            crate::demo::ensure();
        }
        station.spawn(door_loop::run(station.clone(), requests));
        if let Err(error) = station.began(pace).await {
            // Or the door loop would keep the folder from whoever starts next.
            station.stop().await;
            return Err(error);
        }
        Ok(station)
    }

    /// The lines, and whatever timers do.
    async fn began(&self, pace: Pace) -> Result<()> {
        self.reload().await?;
        self.erase_again().await?;
        if pace == Pace::ByHand {
            return Ok(());
        }
        self.start_readers().await?;
        for channel in domain::event::Channel::ALL {
            self.spawn(outbox::run(self.clone(), channel));
        }
        self.spawn(crate::bounces::run(self.clone()));
        self.spawn(crate::visit::run(self.clone()));
        self.spawn(crate::deadlines::run(self.clone()));
        self.spawn(crate::tasks::sweep(self.clone()));
        self.spawn(crate::provisioning::resume(self.clone()));
        self.spawn(crate::calendar::watch(self.clone()));
        self.spawn(crate::health::verify(self.clone()));
        self.spawn(crate::disk::watch(self.clone()));
        self.spawn(crate::disk::shorten_log(self.clone()));
        self.spawn(crate::privacy::run(self.clone()));
        self.spawn(crate::import::follow_server(self.clone()));
        if !self.is_demo().await? {
            self.spawn(crate::backup::run(self.clone()));
        }
        Ok(())
    }

    /// What timers do otherwise, every tenth of a second: the doors and the visit are looked after once.
    pub async fn pass_time(&self) -> Result<()> {
        self.ask_doors(Request::Tick).await?;
        self.follow_visit().await
    }

    /// What slower timers do otherwise: deadlines, the outbox, unused reservations, the calendar, what is kept only for its time.
    pub async fn keep_house(&self) -> Result<()> {
        self.fire_due().await?;
        self.send_all_due().await?;
        self.release_reservations().await?;
        self.look_at_calendar().await?;
        self.sweep_if_due().await
    }

    /// Runs for as long as the node does.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let task = tokio::spawn(work);
        self.inner.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(task);
    }

    /// Ends the node's work where it stands, as a power cut would, and gives the folder back. What is durable stays.
    pub async fn stop(self) {
        let running = std::mem::take(
            &mut *self.inner.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        );
        for task in &running {
            task.abort();
        }
        for task in running {
            // Aborted on purpose.
            let _ = task.await;
        }
        self.inner.readers.stop();
        self.inner.store.close().await;
    }

    /// Waits until every bank has given readings that can be trusted, or is known to be away; a node that is out of
    /// service has nothing to wait for.
    pub async fn doors_ready(&self, within: Duration) -> bool {
        let mut topics = self.inner.topics.subscribe();
        let settled = async {
            while !self.picture().settled && self.picture().halted.is_none() {
                // A lagging listener looks again, too.
                let _ = tokio::time::timeout(Duration::from_millis(100), topics.recv()).await;
            }
        };
        tokio::time::timeout(within, settled).await.is_ok()
    }

    /// Which run of the program this is.
    pub fn boot(&self) -> BootId {
        self.inner.boot
    }

    /// Does the door loop answer, within two seconds? What a watchdog is fed with.
    pub async fn doors_alive(&self) -> bool {
        let answered = tokio::time::timeout(Duration::from_secs(2), self.ask_doors(Request::Tick)).await;
        matches!(answered, Ok(Ok(())))
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Topics whose data may have changed.
    pub fn topics(&self) -> broadcast::Receiver<Topic> {
        self.inner.topics.subscribe()
    }

    /// The number of the newest event, as it grows.
    pub fn head(&self) -> watch::Receiver<i64> {
        self.inner.head.subscribe()
    }

    /// What serial scanners read, for the mailroom.
    pub fn scans(&self) -> broadcast::Receiver<String> {
        self.inner.scans.subscribe()
    }

    /// Counts the badges that this node's own readers read and that were refused.
    pub fn refusals(&self) -> watch::Receiver<u32> {
        self.inner.refusals.subscribe()
    }

    pub(crate) fn picture(&self) -> DoorPicture {
        self.inner.picture.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(crate) async fn begin(&self) -> Result<store::Tx> {
        self.inner.room.ahead(self.now());
        Ok(self.inner.store.begin(self.inner.stamp()).await?)
    }

    /// Fails once nothing can be recorded any more.
    pub(crate) fn in_service(&self) -> Result<()> {
        match self.picture().halted {
            Some(halted) => Err(Error::OutOfService(halted.why)),
            None => Ok(()),
        }
    }

    /// Writes one event that changes nothing else.
    pub(crate) async fn log(&self, event: &domain::event::Event) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.append(event).await?;
        self.commit(tx).await
    }

    pub(crate) async fn commit(&self, tx: store::Tx) -> Result<()> {
        self.inner.commit(tx).await
    }

    /// The time this node goes by.
    pub fn now(&self) -> Wall {
        self.inner.wall()
    }

    /// What the wall clock said, or will say, at that instant of this run.
    pub(crate) fn at(&self, mono: Mono) -> Wall {
        Wall(self.now().0.saturating_add(mono.since(self.inner.clock.mono())))
    }

    pub(crate) fn opening_moved(&self, opening: OpeningId) {
        // Nobody listening is no fault.
        let _ = self.inner.moved.send(opening);
    }

    pub(crate) async fn ask_doors<T>(
        &self,
        request: impl FnOnce(tokio::sync::oneshot::Sender<T>) -> Request,
    ) -> Result<T> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let gone = || Error::Internal("the door loop has stopped".into());
        self.inner.doors.send(request(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }

    /// Lines and doors anew, as now declared.
    pub(crate) async fn reload(&self) -> Result<()> {
        self.ask_doors(Request::Reload).await?
    }
}
