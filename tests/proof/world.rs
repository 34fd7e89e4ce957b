//! A parcel room in simulated time: the real station on a real SQLite file, simulated boards, people with hands.
//! Whatever happens is held against the law after every step.

use crate::boards::{Boards, Edge};
use crate::clock::Time;
use crate::dice::Dice;
use crate::law::{Law, Logged, Place};
use crash_vfs::Power;
use domain::event::{Event, Outcome, Purpose};
use domain::package::PackageSize;
use domain::time::{DAY, Wall};
use domain::{CompartmentId, DelegationId, PackageId, PersonId};
use station::wire::PersonForm;
use station::{
    Admin, Clock, Declaration, Delegate, Error, KIOSK, Options, Outside, Pace, Received, Scope, Secrets,
    Staff, Stamp, Station, Store, Visitor,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tempfile::TempDir;

pub const DOORS: u8 = 8;
const STEP: i64 = 100;

/// What a person's hand does at a door.
#[derive(Clone, Copy, Debug)]
enum Act {
    Put(PackageId),
    Take,
    Shut,
}

pub struct World {
    pub time: Arc<Time>,
    pub boards: Boards,
    pub dice: Dice,
    pub power: Option<Power>,
    folder: TempDir,
    station: Option<(Station, Staff)>,
    token: String,
    pub law: Law,
    seen: i64,
    pub channels: BTreeMap<CompartmentId, u8>,
    /// What is really behind each door.
    pub inside: BTreeMap<u8, PackageId>,
    acts: Vec<(i64, u8, Act)>,
    edges: Vec<Edge>,
    /// Found behind a door whose record had already let them go: left there by the one who fetched.
    left: BTreeSet<PackageId>,
    stolen: BTreeSet<PackageId>,
    pub people: Vec<(PersonId, String)>,
    pub recipients: BTreeMap<PackageId, PersonId>,
    numbers: BTreeMap<String, PackageId>,
    /// The digits each recipient was last sent.
    pub codes: BTreeMap<PackageId, String>,
    /// Sent in this run: mails of a run before may have been lost with the virtual mailbox.
    codes_of_this_run: BTreeSet<PackageId>,
    /// People do as they should: shut doors, take what is theirs.
    pub careful: bool,
    /// Nobody touches a door but the test.
    pub hold_hands: bool,
    last_look: i64,
    /// How many notices had been sent, and in which run, when the mails were last read.
    mails_read: (u64, u32),
    next: u64,
    pub steps: u64,
    /// Tell each act as it is done.
    pub trace: bool,
}

pub type Proof<T> = Result<T, String>;

fn shown(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl World {
    pub async fn new(seed: u64, powered: bool) -> World {
        let time = Time::new();
        // In memory where there is such a place: durability is the crash file system's matter, not the disk's.
        let shared = std::path::Path::new("/dev/shm");
        let folder =
            if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() }.unwrap();
        let power = powered.then(|| Power::of(folder.path()));
        let boards = Boards::new(time.clone(), DOORS, seed ^ 0xB0A2D);
        let clock = time.boot();
        let stamp = Stamp { wall: clock.wall(), mono: clock.mono(), boot: uuid::Uuid::new_v4().into() };
        let store = Store::open(folder.path()).await.unwrap();
        let mut secrets = Secrets::open(folder.path()).unwrap();
        let plan = stories::plan(station::DEMO_PORT, DOORS);
        let declaration = Declaration {
            plan: &plan,
            admin: None,
            readers: None,
            channels: Default::default(),
            provider: None,
        };
        station::apply(&store, &mut secrets, stamp, declaration, false).await.unwrap();
        let token = Station::create_token(&store, stamp, Scope::Admin).await.unwrap();
        let channels = store.compartments().await.unwrap().into_iter().map(|c| (c.id, c.channel)).collect();
        store.close().await;
        let mut world = World {
            time,
            boards,
            dice: Dice::new(seed),
            power,
            folder,
            station: None,
            token,
            law: Law::default(),
            seen: 0,
            channels,
            inside: BTreeMap::new(),
            acts: Vec::new(),
            edges: Vec::new(),
            left: BTreeSet::new(),
            stolen: BTreeSet::new(),
            people: Vec::new(),
            recipients: BTreeMap::new(),
            numbers: BTreeMap::new(),
            codes: BTreeMap::new(),
            codes_of_this_run: BTreeSet::new(),
            careful: false,
            hold_hands: false,
            last_look: 0,
            mails_read: (0, 0),
            next: 0,
            steps: 0,
            trace: std::env::var_os("CUBBY_PROOF_TRACE").is_some(),
        };
        world.start().await.unwrap();
        for n in 0..4 {
            let badge = format!("4085660{n}");
            let form = PersonForm {
                email: Some(address(n)),
                badge: Some(badge.clone()),
                ..PersonForm::named(format!("Person {n}"))
            };
            let id = world.staff().add_person(form).await.unwrap();
            world.people.push((id, badge));
        }
        world.pass(3_000).await.unwrap();
        world
    }

    /// What a clock that is right would say.
    pub fn right_wall(&self) -> i64 {
        crate::clock::EPOCH + self.time.now()
    }

    pub fn station(&self) -> &Station {
        &self.station.as_ref().unwrap().0
    }

    pub fn staff(&self) -> Staff {
        self.station.as_ref().unwrap().1.clone()
    }

    pub async fn admin(&self) -> Admin {
        let access = self.station().access(&self.token).await.unwrap().unwrap();
        self.station().rights_by(access).unwrap()
    }

    pub fn kiosk(&self) -> Visitor {
        self.station().as_visitor(KIOSK)
    }

    async fn start(&mut self) -> Proof<()> {
        let outside = Outside {
            clock: self.time.boot(),
            lines: Arc::new(self.boards.clone()),
            disk: Arc::new(station::SystemDisk),
            pace: Pace::ByHand,
            code_memory: 8,
        };
        let options = Options { folder: self.folder.path().into(), demo: false, desktop: false };
        let station = Station::start_in(outside, options).await.map_err(shown)?;
        let access = station.access(&self.token).await.map_err(shown)?.ok_or("the token is gone")?;
        let staff = station.staff_by(access).map_err(shown)?;
        self.station = Some((station, staff));
        self.codes_of_this_run.clear();
        Ok(())
    }

    /// The program ends where it stands.
    pub async fn stop(&mut self) {
        if let Some((station, staff)) = self.station.take() {
            drop(staff);
            station.stop().await;
        }
    }

    /// And begins again, on what is on the disk. What was said to be so must still be so.
    pub async fn begin_again(&mut self) -> Proof<()> {
        self.start().await?;
        self.read_log().await?;
        let head = self.station().store().head().await.map_err(shown)?.0;
        if head < self.seen {
            return Err(format!(
                "acknowledged events were lost: {} is the newest, {} had been seen",
                head, self.seen
            ));
        }
        Ok(())
    }

    pub async fn kill(&mut self) -> Proof<()> {
        self.stop().await;
        let away = self.dice.between(0, 20_000);
        self.pass_away(away);
        if self.power_is_off() {
            return self.restore_power().await;
        }
        if let Err(broken) = self.begin_again().await {
            return if self.power_is_off() { self.restore_power().await } else { Err(broken) };
        }
        self.pass(3_000).await
    }

    /// The power fails in the middle of what the program writes next, and comes back.
    pub async fn restore_power(&mut self) -> Proof<()> {
        self.stop().await;
        let seed = self.dice.roll();
        if let Some(power) = &self.power {
            power.restore(seed).map_err(shown)?;
        }
        let away = self.dice.between(0, 20_000);
        self.pass_away(away);
        self.begin_again().await?;
        self.verify().await?;
        self.pass(3_000).await
    }

    pub fn power_is_off(&self) -> bool {
        self.power.as_ref().is_some_and(Power::is_off)
    }

    /// Keeps the data folder for whoever looks into a broken run.
    pub fn keep_folder(&mut self) -> std::path::PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().into()
    }

    /// The file is whole, the chain holds, and the tables are what the log says.
    pub async fn verify(&self) -> Proof<()> {
        match self.station().store().check().await.map_err(shown)?.fault {
            None => Ok(()),
            Some(fault) => Err(format!("I9: {fault}")),
        }
    }

    /// Time passes with nobody at the machine: doors and hands go on.
    pub fn pass_away(&mut self, ms: i64) {
        let end = self.time.now() + ms;
        while self.time.now() < end {
            self.time.pass(STEP.min(end - self.time.now()));
            self.boards.happen();
            self.hands();
        }
    }

    /// Time passes in small steps while something moves, and in one when nothing does.
    pub async fn pass(&mut self, ms: i64) -> Proof<()> {
        let end = self.time.now() + ms;
        let mut quiet = 0;
        while self.time.now() < end {
            let next_act = self.acts.iter().map(|(at, ..)| at - self.time.now()).min().unwrap_or(i64::MAX);
            quiet = if self.boards.is_moving() || next_act < 500 { 0 } else { quiet + 1 };
            let left = end - self.time.now();
            // The last second again in small steps, so that what is read at the end has been read twice.
            let step = if quiet < 15 { STEP } else { (left - 1_000).min(next_act - 400).max(STEP) };
            self.time.pass(step.min(left));
            self.boards.happen();
            let look = self.time.now() - self.last_look >= 1_000;
            let mut passed = self.station().pass_time().await;
            if look && passed.is_ok() {
                passed = self.station().keep_house().await;
            }
            if self.power_is_off() {
                // What is in the file was told before the power went.
                return self.read_log().await;
            }
            passed.map_err(|e| format!("time could not pass: {e}"))?;
            // The log is asked when it says that it grew, and now and then whatever it says.
            if look || *self.station().head().borrow() != self.seen {
                self.read_log().await?;
            }
            self.frames()?;
            if look {
                self.last_look = self.time.now();
                self.read_mail().await?;
            }
            self.hands();
            self.alarms()?;
            self.steps += 1;
        }
        Ok(())
    }

    /// The law over what is new in the log and on the wire.
    pub async fn read_log(&mut self) -> Proof<()> {
        let at = self.time.now();
        let boot = self.boards.boot();
        loop {
            let rows = match self.station().store().events(self.seen, 500).await {
                Err(_) if self.power_is_off() => break,
                rows => rows.map_err(shown)?,
            };
            for row in &rows {
                let event = Event::from_parts(&row.kind, &row.body).map_err(shown)?;
                // What a start finds in the log was written by the run before.
                let earlier = u32::from(row.boot != self.station().boot().0);
                self.law.read(&Logged { event, at, boot: boot - earlier })?;
                self.seen = row.seq;
            }
            if rows.len() < 500 {
                break;
            }
        }
        self.frames()
    }

    fn frames(&mut self) -> Proof<()> {
        for frame in self.boards.take_frames() {
            let door = self.channels.iter().find(|(_, c)| **c == frame.channel).map(|(id, _)| *id);
            let door = door.ok_or("a frame for a channel that is not declared")?;
            self.law.frame(frame, door)?;
        }
        Ok(())
    }

    async fn read_mail(&mut self) -> Proof<()> {
        if self.mails_read == (self.law.sent, self.boards.boot()) {
            return Ok(());
        }
        self.mails_read = (self.law.sent, self.boards.boot());
        let panel = self.staff().virtual_panel().await.map_err(shown)?;
        // Newest first: the newest code of a package is the one that stays.
        for mail in panel.mails.iter().rev() {
            let Some(package) = self.numbers.iter().find(|(n, _)| mail.text.contains(*n)).map(|(_, p)| *p)
            else {
                continue;
            };
            // A delegate's code is another.
            let recipient = self.recipients.get(&package);
            let to = self.people.iter().position(|(id, _)| Some(id) == recipient);
            if to.is_none_or(|n| mail.to != address(n)) {
                continue;
            }
            if let Some(code) = code_in(&mail.text) {
                self.codes.insert(package, code);
                self.codes_of_this_run.insert(package);
            }
        }
        Ok(())
    }

    /// What people do at doors that went open, a little later.
    fn hands(&mut self) {
        let now = self.time.now();
        for edge in self.boards.take_edges() {
            let wait = if self.careful { 1_500 } else { self.dice.between(800, 6_000) };
            let careless = !self.careful && self.dice.percent(4);
            // A door pulled open while its opening is still waited for is used as if it had sprung open.
            let act = self.act_at(edge.channel);
            let act = act.unwrap_or(Act::Shut);
            if self.hold_hands {
                continue;
            }
            if self.trace {
                println!("{now} channel {} went open, {act:?} in {wait}, careless: {careless}", edge.channel);
            }
            if careless {
                // Left open: somebody shuts it later.
                self.hand(edge.channel, act);
                self.acts.push((now + 400_000, edge.channel, Act::Shut));
            } else {
                self.acts.push((now + wait, edge.channel, act));
            }
            self.edges.push(edge);
        }
        let due: Vec<(i64, u8, Act)> = self.acts.iter().filter(|(at, ..)| *at <= now).copied().collect();
        self.acts.retain(|(at, ..)| *at > now);
        for (_, channel, act) in due {
            if !self.boards.is_open(channel) {
                continue;
            }
            self.hand(channel, act);
            self.boards.shut(channel);
        }
    }

    fn hand(&mut self, channel: u8, act: Act) {
        match act {
            // Into the door that the screen names by now: the one before it may have opened late.
            Act::Put(package) if self.law.deposit_to(package) != self.door_of(channel) => {}
            Act::Put(package) => {
                // Who finds something inside takes it to the desk.
                if let Some(found) = self.inside.insert(channel, package) {
                    self.left.remove(&found);
                }
            }
            Act::Take if !self.careful && self.dice.percent(4) => {
                self.left.extend(self.inside.get(&channel));
            }
            Act::Take => {
                self.inside.remove(&channel);
            }
            Act::Shut => {}
        }
    }

    /// Somebody takes what is behind a door that they forced. With the cable out nobody can know of it.
    pub fn steal(&mut self, channel: u8) {
        self.stolen.extend(self.inside.remove(&channel));
    }

    fn door_of(&self, channel: u8) -> Option<CompartmentId> {
        self.channels.iter().find(|(_, c)| **c == channel).map(|(id, _)| *id)
    }

    fn act_at(&self, channel: u8) -> Option<Act> {
        let door = self.door_of(channel)?;
        let opening = self.law.openings.get(self.law.newest.get(&door)?)?;
        // A door that opens long after is nobody's, nor is one whose frame never left.
        let now = self.time.now();
        let late = now - opening.at > 15_000 || opening.not_opened.is_some_and(|at| now - at > 9_500);
        if late || opening.frames.is_empty() {
            return Some(Act::Shut);
        }
        Some(match opening.purpose {
            Purpose::Deposit => Act::Put(opening.package?),
            Purpose::Pickup | Purpose::Removal | Purpose::Reopen => Act::Take,
            Purpose::Inspection => Act::Shut,
        })
    }

    /// I3: a door that went open and could be seen is in the log within three seconds, as an opening or an alarm.
    fn alarms(&mut self) -> Proof<()> {
        let now = self.time.now();
        let doubtful = self.boards.doubtful();
        let (mut kept, edges) = (Vec::new(), std::mem::take(&mut self.edges));
        for edge in edges {
            let Some(door) = self.channels.iter().find(|(_, c)| **c == edge.channel).map(|(id, _)| *id)
            else {
                continue;
            };
            let said = |map: &BTreeMap<CompartmentId, i64>| map.get(&door).is_some_and(|at| *at >= edge.at);
            if said(&self.law.said_open) || said(&self.law.alarmed) || self.law.implausible >= edge.at {
                continue;
            }
            // Nobody could see it for long enough.
            if doubtful > edge.at - 3_000 || !self.boards.is_open(edge.channel) && now - edge.at < 700 {
                continue;
            }
            if now - edge.at > 3_000 {
                // A late door of an opening still being waited for is that opening's.
                let explained = self.law.newest.get(&door).and_then(|o| self.law.openings.get(o));
                if explained.is_some_and(|o| edge.at - o.at <= 15_000) {
                    continue;
                }
                return Err(format!(
                    "I3: channel {} went open at {} and nobody was told",
                    edge.channel, edge.at
                ));
            }
            kept.push(edge);
        }
        self.edges = kept;
        Ok(())
    }

    /// What the log says of every id that is named in a complaint.
    pub async fn tale(&self, complaint: &str) -> String {
        let ids: Vec<&str> = complaint.split_whitespace().filter(|w| w.len() == 36).collect();
        let Some((station, _)) = &self.station else { return String::new() };
        let rows = station.store().events(0, i64::MAX).await.unwrap_or_default();
        let openings: Vec<String> = rows
            .iter()
            .filter(|r| r.kind == "opening.decided" && ids.iter().any(|id| r.body.contains(id)))
            .filter_map(|r| r.body.split("\"opening\":\"").nth(1)?.get(..36).map(str::to_owned))
            .collect();
        let told = rows.iter().filter(|r| {
            ids.iter().any(|id| r.body.contains(id)) || openings.iter().any(|id| r.body.contains(id.as_str()))
        });
        told.map(|r| format!("{} {} {} {}\n", r.seq, r.mono, r.kind, r.body)).collect()
    }

    // ---- what people ask of the program ----

    /// An answer that only a program without power may give is told apart from a plain no.
    pub fn said<T>(&self, answer: Result<T, Error>) -> Proof<Option<T>> {
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.power_is_off() => Ok(None),
            Err(
                error @ (Error::Internal(_) | Error::Store(_) | Error::OutOfService(_) | Error::NotSignedIn),
            ) => Err(format!("the program failed: {error}")),
            Err(_) => Ok(None),
        }
    }

    pub async fn receive(&mut self) -> Proof<Option<PackageId>> {
        let who = self.dice.below(self.people.len());
        let recipient = self.people[who].0;
        self.next += 1;
        let tracking_number = format!("TRACK{:09}X", self.next);
        let intake = Received {
            tracking_number: tracking_number.clone(),
            recipient,
            size: PackageSize::S,
            handling: vec![],
            note: None,
        };
        let answer = self.staff().receive(intake).await;
        let Some(row) = self.said(answer)? else { return Ok(None) };
        let package: PackageId = row.id.parse().map_err(|_| "not an id")?;
        self.numbers.insert(tracking_number, package);
        self.recipients.insert(package, recipient);
        Ok(Some(package))
    }

    pub async fn set_active(&mut self, who: usize, active: bool) -> Proof<()> {
        let person = self.people[who].0;
        let answer = self.staff().person(person).await;
        let Some(page) = self.said(answer)? else { return Ok(()) };
        if page.form.active == active {
            return Ok(());
        }
        let answer = self.staff().change_person(person, PersonForm { active, ..page.form }).await;
        self.said(answer)?;
        Ok(())
    }

    pub async fn everybody_back(&mut self) -> Proof<()> {
        for who in 0..self.people.len() {
            self.set_active(who, true).await?;
        }
        Ok(())
    }

    /// Somebody may fetch for somebody else for some days, or may no longer.
    pub async fn delegate(&mut self) -> Proof<()> {
        let given: Vec<DelegationId> = self.law.delegations.keys().copied().collect();
        if given.len() > 2
            && let Some(one) = self.dice.pick(&given)
        {
            let answer = self.staff().end_delegation(one).await;
            self.said(answer)?;
            return Ok(());
        }
        let (principal, delegate) = (self.dice.below(self.people.len()), self.dice.below(self.people.len()));
        let until = Some(Wall(self.station().now().0 + self.dice.between(1, 5) * DAY));
        let (from, package, delegate) = (None, None, self.people[delegate].0);
        let who = Delegate { delegate, package, from, until };
        let answer = self.staff().delegate(self.people[principal].0, who).await;
        self.said(answer)?;
        Ok(())
    }

    pub async fn away(&mut self) -> Proof<()> {
        let who = self.dice.below(self.people.len());
        let until = Wall(self.station().now().0 + self.dice.between(1, 3) * DAY);
        let answer = self.staff().set_hold(self.people[who].0, None, until).await;
        self.said(answer)?;
        Ok(())
    }

    /// Has the newest code of this package been sent, and is it still good?
    pub async fn code_is_current(&mut self, package: PackageId) -> Proof<bool> {
        self.read_mail().await?;
        let row = self.station().store().package(package).await.map_err(shown)?;
        let sent = row.as_ref().and_then(|r| r.notice.as_ref()).is_some_and(|(_, state, _)| state == "sent");
        let fresh = row.is_some_and(|r| r.deadline.is_none_or(|d| self.station().now() < d));
        Ok(sent && fresh && self.codes_of_this_run.contains(&package))
    }

    pub fn packages(&self, place: impl Fn(Place) -> bool) -> Vec<PackageId> {
        self.law.packages.iter().filter(|(_, p)| place(**p)).map(|(id, _)| *id).collect()
    }

    /// At the end of a day staff see to everything: doors are shut, the cable is in, each task is looked into, and
    /// what is found behind a door that should be empty is taken to the desk. Then record and doors say the same.
    pub async fn tidy(&mut self) -> Proof<()> {
        if let Some(power) = &self.power {
            power.stay_on();
        }
        self.time.wrong_by(0);
        self.boards.plug(true);
        self.boards.free_all();
        self.boards.kind(true);
        self.pass(20_000).await?;
        let answer = self.kiosk().end().await;
        self.said(answer)?;
        let now = self.time.now();
        self.acts.iter_mut().for_each(|(at, ..)| *at = now);
        self.pass(20_000).await?;
        for channel in self.boards.open_doors() {
            self.boards.shut(channel);
        }
        self.pass(20_000).await?;
        // Reservations that came to nothing go back, and delayed notices go out.
        self.pass(7 * 60_000).await?;
        for _ in 0..3 {
            self.settle_tasks().await?;
            self.pass(2_000).await?;
        }
        let found: Vec<(u8, PackageId)> = self.inside.iter().map(|(c, p)| (*c, *p)).collect();
        for (channel, package) in found {
            let door = self.channels.iter().find(|(_, c)| **c == channel).map(|(id, _)| *id);
            let recorded = door.and_then(|d| self.law.inside.get(&d)).copied();
            if recorded != Some(package) {
                if !self.left.remove(&package)
                    && self.law.packages.get(&package) != Some(&Place::Gone)
                    && self.law.packages.get(&package) != Some(&Place::Here)
                {
                    return Err(format!(
                        "{package} is behind channel {channel}; the record says {recorded:?}"
                    ));
                }
                self.inside.remove(&channel);
            }
        }
        for (door, package) in &self.law.inside {
            let channel = self.channels.get(door).copied().unwrap_or_default();
            if self.inside.get(&channel) != Some(package) && !self.stolen.contains(package) {
                return Err(format!(
                    "the record says {package} is behind channel {channel}; there is {:?}",
                    self.inside.get(&channel)
                ));
            }
        }
        self.boards.kind(false);
        Ok(())
    }

    /// Staff look behind the door and say what they found.
    pub async fn settle_tasks(&mut self) -> Proof<()> {
        let answer = self.staff().tasks().await;
        let Some(tasks) = self.said(answer)? else { return Ok(()) };
        for task in tasks {
            let package: Option<PackageId> = task.package_id.as_deref().and_then(|p| p.parse().ok());
            let inside = package.is_some_and(|p| self.inside.values().any(|i| *i == p));
            let outcome = match package {
                None => Outcome::Done,
                Some(_) if task.compartment_id.is_none() => Outcome::Done,
                Some(_) if inside => Outcome::PackageInside,
                Some(_) => Outcome::PackageGone,
            };
            self.law.by_word = true;
            let id = task.id.parse().map_err(|_| "not an id")?;
            let answer = self.staff().settle_task(id, outcome).await;
            self.said(answer)?;
            if !self.power_is_off() {
                self.read_log().await?;
            }
            self.law.by_word = false;
        }
        Ok(())
    }
}

/// Where the n-th of the people is written to.
fn address(n: usize) -> String {
    format!("p{n}@example.com")
}

/// The eight digits of a notice, as they are printed: four and four.
fn code_in(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let digits = |part: &[char]| part.iter().all(char::is_ascii_digit);
    chars
        .windows(9)
        .find(|w| {
            digits(&w[..4]) && (w[4] == ' ' || w[4] == '\u{a0}' || w[4] == '\u{202f}') && digits(&w[5..])
        })
        .map(|w| w.iter().filter(|c| c.is_ascii_digit()).collect())
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(power) = self.power.take() {
            power.forget();
        }
    }
}
