//! The door loop: one task that owns the lines and the mind of the doors (`domain::doors`).
//!
//! Everything that moves a door goes through here, one input after another. An effect is carried out only when what
//! stands before it is durable. If that fails, nothing is sent any more: the node is out of service until restarted.

use crate::disk::with_room;
use crate::outside::{BoardLine, Pace};
use crate::start::Station;
use crate::wire::{DeviceWhy, Topic};
use crate::{Error, Result};
use domain::doors::{Begin, Doors, Effect, Fact, Input, LATE_OPEN, Progress, Reading, Unsettled};
use domain::event::{Actor, AlarmKind, Event, NotOpened, Purpose, TaskKind, Way};
use domain::package::Step;
use domain::time::{Mono, Wall};
use domain::{BankId, CompartmentId, OpeningId, PackageId, PersonId, Refusal};
use hardware::{
    BoardSettings, DoorReading, DriverKind, LineEvent, LineSettings, NotSentWhy, StatusOrder, UnlockProgress,
    UnlockRequest,
};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

/// A decision to open one door, not yet made.
#[derive(Debug, Clone)]
pub(crate) struct OpenDoor {
    pub opening: OpeningId,
    pub compartment: CompartmentId,
    pub package: Option<PackageId>,
    pub purpose: Purpose,
    pub by: Actor,
    /// By whose right the package may be fetched: it must still be theirs to fetch when it is decided.
    pub holder: Option<PersonId>,
    pub way: Way,
    /// The moment of the human act.
    pub authorised: Mono,
    /// Recorded in the same transaction, before the decision.
    pub before: Vec<Event>,
}

pub(crate) enum Request {
    Open(OpenDoor, oneshot::Sender<Result<()>>),
    Line {
        line: usize,
        event: LineEvent,
    },
    Reload(oneshot::Sender<Result<()>>),
    /// Somebody acts: a door may have to open in a moment.
    Soon,
    /// Time has passed; answered when everything before it is done.
    Tick(oneshot::Sender<()>),
}

/// May this person fetch this package, as things stand now?
async fn may_fetch(tx: &mut store::Tx, holder: PersonId, package: &store::PackageRow) -> Result<()> {
    let no = Err(Refusal::NotTheirPackage.into());
    if !tx.is_active(holder).await? {
        return no;
    }
    if package.recipient == holder {
        return Ok(());
    }
    let now = tx.stamp().wall;
    let given = tx.delegations_to(holder).await?;
    if given.iter().any(|d| d.facts().covers(package.id, package.recipient, now)) { Ok(()) } else { no }
}

/// A line, and whose boards are on it.
struct Running {
    settings: LineSettings,
    line: Box<dyn BoardLine>,
    banks: HashMap<u8, BankId>,
}

struct Loop {
    station: Station,
    doors: Doors,
    lines: Vec<Option<Running>>,
    /// Where a compartment hangs: line, board, channel.
    wires: BTreeMap<CompartmentId, (usize, u8, u8)>,
    compartments: HashMap<(usize, u8, u8), CompartmentId>,
    tickets: HashMap<u64, OpeningId>,
    next_ticket: u64,
    recovered: bool,
    /// The record failed: no door moves any more.
    halted: Option<String>,
}

const HALTED: &str = "Out of service: the record can’t be written. See to the disk, then start Cubby again";

/// How often time passes when nothing else happens.
const TICK: Duration = Duration::from_millis(100);

pub(crate) async fn run(station: Station, mut requests: mpsc::Receiver<Request>) {
    let mut this = Loop {
        station,
        doors: Doors::default(),
        lines: Vec::new(),
        wires: BTreeMap::new(),
        compartments: HashMap::new(),
        tickets: HashMap::new(),
        next_ticket: 1,
        recovered: false,
        halted: None,
    };
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let by_timer = this.station.inner.pace == Pace::Timers;
    loop {
        tokio::select! {
            biased;
            request = requests.recv() => match request {
                Some(request) => this.take(request).await,
                None => return,
            },
            _ = tick.tick(), if by_timer => this.input(Input::Tick).await,
        }
    }
}

impl Loop {
    fn now(&self) -> Mono {
        self.station.inner.clock.mono()
    }

    async fn take(&mut self, request: Request) {
        match request {
            Request::Open(open, reply) => {
                let answer = self.open(open).await;
                // Whoever asked may have gone; the door goes on.
                let _ = reply.send(answer);
            }
            Request::Line { line, event } => self.line(line, event).await,
            Request::Reload(reply) => {
                let answer = self.reload().await;
                let _ = reply.send(answer);
            }
            Request::Soon => self.lines.iter().flatten().for_each(|running| running.line.hush()),
            Request::Tick(reply) => {
                self.input(Input::Tick).await;
                let _ = reply.send(());
            }
        }
    }

    /// Decides, makes the decision durable, and only then lets a byte leave.
    async fn open(&mut self, open: OpenDoor) -> Result<()> {
        if self.halted() {
            return Err(Error::OutOfService(self.halted.clone().unwrap_or_default()));
        }
        if self.doors.busy(open.compartment) {
            return Err(Refusal::DepositUnderWay.into());
        }
        with_room!(self.station, self.decide(&open).await)?;
        let begin =
            Begin { opening: open.opening, compartment: open.compartment, authorised: open.authorised };
        self.input(Input::Begin(begin)).await;
        self.station.inner.changed(Topic::Packages);
        Ok(())
    }

    async fn decide(&mut self, open: &OpenDoor) -> Result<()> {
        let mut tx = self.station.begin().await?;
        for event in &open.before {
            tx.append(event).await?;
        }
        let compartment = tx.compartment(open.compartment).await?.ok_or(Error::NotFound("compartment"))?;
        let staff = matches!(open.purpose, Purpose::Inspection | Purpose::Removal);
        if !staff && tx.bank_locked(compartment.bank).await? {
            return Err(Refusal::CompartmentOutOfService.into());
        }
        if let Some(id) = open.package {
            let package = tx.package(id).await?.ok_or(Error::NotFound("package"))?;
            if let Some(holder) = open.holder {
                may_fetch(&mut tx, holder, &package).await?;
            }
            match open.purpose {
                Purpose::Deposit => {
                    package.state.allows(&Step::Deposit)?;
                    if !compartment.in_service {
                        return Err(Refusal::CompartmentOutOfService.into());
                    }
                    if compartment.package.is_some_and(|p| p != id) {
                        return Err(Refusal::CompartmentTaken.into());
                    }
                }
                Purpose::Pickup => package.state.allows(&Step::Pickup { compartment: open.compartment })?,
                Purpose::Removal => package.state.allows(&Step::Remove)?,
                Purpose::Reopen if compartment.package.is_some_and(|p| p != id) => {
                    return Err(Refusal::ReopenTooLate.into());
                }
                Purpose::Reopen | Purpose::Inspection => {}
            }
        }
        tx.append(&Event::OpeningDecided {
            opening: open.opening,
            compartment: open.compartment,
            package: open.package,
            purpose: open.purpose,
            by: open.by,
            way: open.way,
        })
        .await?;
        self.station.commit(tx).await
    }

    /// The record failed, here or anywhere in the node. From then on nothing is taken in: what can't be recorded must
    /// not be acted on, and a file that failed is not written again. A new start asks the sensors.
    fn halted(&mut self) -> bool {
        if self.halted.is_none()
            && let Some(why) = self.station.inner.store.broken().borrow().clone()
        {
            self.halt(why);
        }
        self.halted.is_some()
    }

    fn halt(&mut self, why: String) {
        tracing::error!(
            why,
            "the record can't be written: no door moves any more until Cubby is started again"
        );
        self.halted = Some(why.clone());
        self.station.note_halt(why);
    }

    async fn line(&mut self, line: usize, event: LineEvent) {
        if self.halted() {
            return;
        }
        let Some(running) = self.lines.get(line).and_then(Option::as_ref) else { return };
        let banks: Vec<BankId> = running.banks.values().copied().collect();
        let now = self.station.now();
        match event {
            LineEvent::Up { generation } => {
                for bank in banks {
                    self.input(Input::LineUp { bank, generation }).await;
                }
            }
            LineEvent::Down { why, .. } => {
                tracing::warn!(%why, "line is down");
                for bank in banks {
                    self.station.note_bank(bank, Some(why.clone().into()), now);
                    self.input(Input::LineDown { bank }).await;
                }
            }
            LineEvent::BoardAnswers { board } => {
                if let Some(bank) = running.banks.get(&board).copied() {
                    self.station.note_bank(bank, None, now);
                }
            }
            LineEvent::BoardSilent { board } => {
                if let Some(bank) = running.banks.get(&board).copied() {
                    tracing::warn!(%bank, "the board does not answer");
                    self.station.note_bank(bank, Some(DeviceWhy::Silent { board }), now);
                    self.input(Input::BoardSilent { bank }).await;
                }
            }
            LineEvent::WrongBoard { board, why } => {
                if let Some(bank) = running.banks.get(&board).copied() {
                    tracing::warn!(%bank, %why, "another board than declared answers");
                    self.station.note_bank(bank, Some(DeviceWhy::of_board(board, why)), now);
                    self.input(Input::BoardSilent { bank }).await;
                    self.tell_wrong_board(bank).await;
                }
            }
            LineEvent::Doors { board, generation, readings, .. } => {
                let Some(bank) = running.banks.get(&board).copied() else { return };
                let doors = readings
                    .into_iter()
                    .filter_map(|(channel, reading)| {
                        let compartment = self.compartments.get(&(line, board, channel))?;
                        let reading = match reading {
                            DoorReading::Open => Reading::Open,
                            DoorReading::Closed => Reading::Closed,
                        };
                        Some((*compartment, reading))
                    })
                    .collect();
                self.input(Input::Readings { bank, generation, doors }).await;
            }
            LineEvent::Unlock { ticket, progress } => {
                let Some(opening) = self.tickets.get(&ticket).copied() else { return };
                let progress = match progress {
                    UnlockProgress::NotSent { why } => Progress::NotSent(match why {
                        NotSentWhy::Deadline | NotSentWhy::Generation => NotOpened::TooLate,
                        NotSentWhy::PortDown
                        | NotSentWhy::UnknownBoard
                        | NotSentWhy::UnknownChannel
                        | NotSentWhy::WrongBoard => NotOpened::Offline,
                    }),
                    // Some bytes may have left: to the rule, it was sent.
                    UnlockProgress::Sent { .. } | UnlockProgress::SendFailed { .. } => Progress::Sent,
                    UnlockProgress::Acknowledged { reading } => {
                        Progress::Acknowledged(reading.map(|r| match r {
                            DoorReading::Open => Reading::Open,
                            DoorReading::Closed => Reading::Closed,
                        }))
                    }
                    UnlockProgress::Refused { .. } => Progress::Refused,
                    UnlockProgress::NoAnswer => Progress::NoAnswer,
                };
                if !matches!(progress, Progress::Sent) {
                    self.tickets.remove(&ticket);
                }
                self.input(Input::Progress { opening, progress }).await;
            }
        }
    }

    /// Staff must see to it: nothing but their hands makes it the right one.
    async fn tell_wrong_board(&mut self, bank: BankId) {
        let told =
            with_room!(self.station, self.station.raise(TaskKind::WrongBoard, Some(bank), None, None).await);
        if let Err(error) = told {
            self.halt(error.to_string());
        }
    }

    /// Gives the mind an input and carries out what it wants, in its order.
    async fn input(&mut self, input: Input) {
        if self.halted() {
            return;
        }
        let effects = self.doors.step(input, self.now());
        for effect in effects {
            match effect {
                Effect::Record(fact) => {
                    if let Err(error) = with_room!(self.station, self.record(&fact).await) {
                        tracing::error!(%error, ?fact, "this could not be recorded");
                        self.halt(error.to_string());
                        return;
                    }
                }
                Effect::Transmit { opening, compartment, generation, deadline } => {
                    let Some((line, board, channel)) = self.wires.get(&compartment).copied() else {
                        continue;
                    };
                    let Some(running) = self.lines.get(line).and_then(Option::as_ref) else { continue };
                    let ticket = self.next_ticket;
                    self.next_ticket += 1;
                    self.tickets.insert(ticket, opening);
                    let deadline = self.station.inner.clock.instant(deadline);
                    running.line.unlock(UnlockRequest { ticket, board, channel, generation, deadline });
                }
                Effect::Watch { compartment, on } => {
                    if let Some((line, board, channel)) = self.wires.get(&compartment).copied()
                        && let Some(running) = self.lines.get(line).and_then(Option::as_ref)
                    {
                        running.line.watch(board, channel, on);
                    }
                }
            }
        }
        self.station.see_doors(&self.doors);
    }

    async fn record(&mut self, fact: &Fact) -> Result<()> {
        let inner = self.station.inner.clone();
        if let Fact::BankOffline { .. } = fact {
            inner.changed(Topic::Banks);
            inner.changed(Topic::Kiosk);
            return Ok(());
        }
        let mut tx = self.station.begin().await?;
        let told = inner.custody().enact(&mut tx, fact).await?;
        self.station.commit(tx).await?;
        if let Fact::Alarm { alarm: AlarmKind::Implausible, bank, .. } = fact {
            self.station.note_bank(*bank, Some(DeviceWhy::DoorsUnlikely), self.station.now());
        }
        if told.notice {
            inner.mail_is_due.send_replace(());
        }
        for task in &told.urgent {
            self.station.toast(*task).await;
        }
        for topic in [Topic::Kiosk, Topic::Banks, Topic::Packages, Topic::Tasks] {
            inner.changed(topic);
        }
        if let Some(opening) = fact.opening() {
            self.station.opening_moved(opening);
        }
        Ok(())
    }

    /// Starts a line per port, keeps those that did not change, and gives the mind the doors and, the first time,
    /// what the last run left unsettled.
    async fn reload(&mut self) -> Result<()> {
        let banks = self.station.inner.store.banks().await?;
        let compartments = self.station.inner.store.compartments().await?;
        let mut wanted: Vec<(LineSettings, HashMap<u8, BankId>)> = Vec::new();
        for bank in &banks {
            let port: hardware::PortAddress =
                bank.port.parse().map_err(|_| Error::invalid("port", crate::error::InvalidWhy::Malformed))?;
            let driver: DriverKind = bank
                .driver
                .parse()
                .map_err(|_| Error::invalid("driver", crate::error::InvalidWhy::Malformed))?;
            let board = BoardSettings {
                board: bank.board,
                channels: compartments.iter().filter(|c| c.bank == bank.id).map(|c| c.channel).collect(),
                closed_bit: bank.closed_bit,
                status_order: match bank.status_order.as_deref() {
                    Some("last-byte-first") => Some(StatusOrder::LastByteFirst),
                    Some("first-byte-first") => Some(StatusOrder::FirstByteFirst),
                    _ => None,
                },
            };
            match wanted.iter_mut().find(|(line, _)| line.port == port) {
                Some((line, of)) => {
                    line.boards.push(board);
                    of.insert(bank.board, bank.id);
                }
                None => {
                    let boards = vec![board];
                    let settings = LineSettings { port, driver, baud: bank.baud, boards };
                    wanted.push((settings, HashMap::from([(bank.board, bank.id)])));
                }
            }
        }
        let mut gone: Vec<BankId> = Vec::new();
        for slot in &mut self.lines {
            let keep = slot.as_ref().is_some_and(|running| {
                wanted.iter().any(|(s, of)| same_line(s, &running.settings) && *of == running.banks)
            });
            if !keep && let Some(running) = slot.take() {
                gone.extend(running.banks.into_values());
            }
        }
        for bank in gone {
            self.input(Input::LineDown { bank }).await;
        }
        for bank in &banks {
            let doors: Vec<CompartmentId> =
                compartments.iter().filter(|c| c.bank == bank.id).map(|c| c.id).collect();
            self.doors.declare(bank.id, &doors);
        }
        if !std::mem::replace(&mut self.recovered, true) {
            self.recover().await?;
        }
        for (settings, of) in wanted {
            if self.lines.iter().flatten().any(|running| same_line(&settings, &running.settings)) {
                continue;
            }
            let index = self.lines.len();
            let doors = self.station.inner.doors.clone();
            let events = move |event| {
                if let Err(TrySendError::Full(request)) = doors.try_send(Request::Line { line: index, event })
                {
                    // The line waits for the loop, never the other way round; a closed loop ends it soon after.
                    let _ = doors.blocking_send(request);
                }
            };
            let line = self.station.inner.lines.start(settings.clone(), Box::new(events));
            self.lines.push(Some(Running { settings, line, banks: of }));
        }
        self.wire(&banks, &compartments);
        self.station.see_doors(&self.doors);
        Ok(())
    }

    fn wire(&mut self, banks: &[store::BankRow], compartments: &[store::CompartmentRow]) {
        self.wires.clear();
        self.compartments.clear();
        for compartment in compartments {
            let Some(bank) = banks.iter().find(|b| b.id == compartment.bank) else { continue };
            let line = self
                .lines
                .iter()
                .position(|l| l.as_ref().is_some_and(|r| r.banks.get(&bank.board) == Some(&bank.id)));
            if let Some(line) = line {
                self.wires.insert(compartment.id, (line, bank.board, compartment.channel));
                self.compartments.insert((line, bank.board, compartment.channel), compartment.id);
            }
        }
    }

    async fn recover(&mut self) -> Result<()> {
        // Such a door may have opened and been shut again while nothing ran.
        for row in self.station.inner.store.perhaps_late(LATE_OPEN).await? {
            let (door, package) = (Some(row.compartment), row.package);
            let raised =
                with_room!(self.station, self.station.raise(TaskKind::VerifyDoor, None, door, package).await);
            if let Err(error) = raised {
                self.halt(error.to_string());
                return Ok(());
            }
        }
        for row in self.station.inner.store.unsettled_openings().await? {
            let unsettled = if row.state == "open" { Unsettled::SeenOpen } else { Unsettled::NotSeen };
            tracing::info!(opening = %row.id, state = row.state, "an opening was left unsettled: the sensor is asked");
            self.input(Input::Recover { opening: row.id, compartment: row.compartment, unsettled }).await;
        }
        Ok(())
    }
}

fn same_line(a: &LineSettings, b: &LineSettings) -> bool {
    a.port == b.port && a.driver == b.driver && a.baud == b.baud && a.boards == b.boards
}

impl Station {
    /// Decides an opening and waits until it is known whether its frame left, so that whoever asked is never told of
    /// an opening that is only an intention.
    pub(crate) async fn open_door(&self, open: OpenDoor) -> Result<OpeningId> {
        let opening = open.opening;
        let mut topics = self.inner.topics.subscribe();
        self.ask_doors(|reply| Request::Open(open, reply)).await??;
        let left = async {
            loop {
                match self.inner.store.opening(opening).await? {
                    Some(row) if row.state != "journaled" => return Ok(()),
                    _ if let Some(halted) = self.picture().halted => {
                        return Err(Error::OutOfService(halted.why));
                    }
                    _ => {
                        let _ = tokio::time::timeout(Duration::from_millis(200), topics.recv()).await;
                    }
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(3), left).await.unwrap_or(Ok::<(), Error>(()))?;
        Ok(opening)
    }

    /// Somebody shows who they are. No more than a hint: with a full loop it is left out.
    pub(crate) fn door_may_open(&self) {
        let _ = self.inner.doors.try_send(Request::Soon);
    }

    fn note_halt(&self, why: String) {
        let mut picture = self.inner.picture.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        picture.halted = Some(crate::picture::Halt { why, since: self.now() });
        drop(picture);
        let station = self.clone();
        tokio::spawn(async move { station.toast_words(HALTED).await });
        self.inner.changed(Topic::Kiosk);
        self.inner.changed(Topic::Health);
    }

    fn note_bank(&self, bank: BankId, why: Option<DeviceWhy>, now: Wall) {
        let mut picture = self.inner.picture.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        picture.links.insert(bank, crate::picture::Link { why, since: now });
        drop(picture);
        self.inner.changed(Topic::Health);
        self.inner.changed(Topic::Banks);
        self.inner.changed(Topic::Kiosk);
    }

    /// Keeps what screens show of the doors; tells them only when it differs.
    fn see_doors(&self, doors: &Doors) {
        let known: Vec<CompartmentId> = doors.compartments().collect();
        let mut picture = self.inner.picture.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut changed = picture.settled != doors.settled();
        picture.settled = doors.settled();
        for bank in doors.banks() {
            changed |= picture.online.insert(bank, doors.online(bank)) != Some(doors.online(bank));
        }
        for compartment in known {
            let door = doors.door(compartment);
            changed |= picture.doors.insert(compartment, door) != Some(door);
        }
        drop(picture);
        if changed {
            self.inner.changed(Topic::Banks);
            self.inner.changed(Topic::Kiosk);
        }
    }
}
