//! A year of a site that takes in 200 packages a day, in simulated time: the real station on a real file, people who
//! come when they like, staff who take out what waits too long. Every package ends collected, handed over or sent
//! back, and each deadline of each stay comes once, at its time, and only if the package still waited.

use crate::boards::Boards;
use crate::book::Book;
use crate::clock::Time;
use crate::dice::Dice;
use domain::event::Event;
use domain::package::{Handling, PackageSize};
use domain::time::{DAY, HOUR, Wall};
use domain::{CompartmentId, PackageId, PersonId, Refusal};
use station::wire::{PackageState, PersonForm, RemovalStage};
use station::{
    Clock, Declaration, Error, KIOSK, Options, Outside, Pace, Received, Scope, Secrets, Staff, Stamp,
    Station, Store,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

const DOORS: u8 = 60;
const PEOPLE: usize = 300;
const STEP: i64 = 100;
/// How often the house is kept, and so how late a deadline may be noticed here.
pub const LOOK: i64 = HOUR;
/// How many doors staff have open at once.
const ARMFUL: usize = 8;
/// What lies on a shelf for longer goes back.
const SENT_BACK: i64 = 4 * DAY;

struct Site {
    time: Arc<Time>,
    boards: Boards,
    dice: Dice,
    folder: TempDir,
    running: Option<(Station, Staff)>,
    token: String,
    people: Vec<(PersonId, String)>,
    channels: BTreeMap<CompartmentId, u8>,
    book: Book,
    seen: i64,
    looked: i64,
    next: u64,
    /// When somebody comes for what waits for them.
    comes: BTreeMap<PersonId, i64>,
    /// Until when somebody is away.
    away: BTreeMap<PersonId, i64>,
}

impl Site {
    async fn new(seed: u64) -> Done<Site> {
        let time = Time::new();
        let shared = std::path::Path::new("/dev/shm");
        let folder = if shared.is_dir() { tempfile::tempdir_in(shared)? } else { tempfile::tempdir()? };
        let boards = Boards::new(time.clone(), DOORS, seed);
        boards.kind(true);
        let clock = time.boot();
        let stamp = Stamp { wall: clock.wall(), mono: clock.mono(), boot: uuid::Uuid::new_v4().into() };
        let store = Store::open(folder.path()).await?;
        let mut secrets = Secrets::open(folder.path())?;
        let plan = stories::plan(station::DEMO_PORT, DOORS);
        let declaration = Declaration {
            plan: &plan,
            admin: None,
            readers: None,
            channels: Default::default(),
            provider: None,
        };
        station::apply(&store, &mut secrets, stamp, declaration, false).await?;
        let token = Station::create_token(&store, stamp, Scope::Admin).await?;
        let channels = store.compartments().await?.into_iter().map(|c| (c.id, c.channel)).collect();
        store.close().await;
        let mut site = Site {
            time,
            boards,
            dice: Dice::new(seed),
            folder,
            running: None,
            token,
            people: Vec::new(),
            channels,
            book: Book::default(),
            seen: 0,
            looked: 0,
            next: 0,
            comes: BTreeMap::new(),
            away: BTreeMap::new(),
        };
        site.start().await?;
        for n in 0..PEOPLE {
            let badge = format!("70{n:06}");
            let form = PersonForm {
                email: Some(format!("p{n}@example.com")),
                badge: Some(badge.clone()),
                ..PersonForm::named(format!("Person {n}"))
            };
            let id = site.staff().add_person(form).await?;
            site.people.push((id, badge));
        }
        site.pass(3_000).await?;
        Ok(site)
    }

    async fn start(&mut self) -> Done {
        let outside = Outside {
            clock: self.time.boot(),
            lines: Arc::new(self.boards.clone()),
            disk: Arc::new(station::SystemDisk),
            pace: Pace::ByHand,
            code_memory: 8,
        };
        let options = Options { folder: self.folder.path().into(), demo: false, desktop: false };
        let station = Station::start_in(outside, options).await?;
        let access = station.access(&self.token).await?.ok_or("the token is gone")?;
        let staff = station.staff_by(access)?;
        self.running = Some((station, staff));
        Ok(())
    }

    /// The program ends where it stands, and begins again.
    async fn restart(&mut self) -> Done {
        if let Some((station, staff)) = self.running.take() {
            drop(staff);
            station.stop().await;
        }
        self.time.pass(20_000);
        self.start().await?;
        self.pass(3_000).await
    }

    fn station(&self) -> &Station {
        &self.running.as_ref().unwrap().0
    }

    fn staff(&self) -> Staff {
        self.running.as_ref().unwrap().1.clone()
    }

    /// A moment, in which doors move.
    async fn step(&mut self) -> Done {
        self.time.pass(STEP);
        self.boards.happen();
        self.station().pass_time().await?;
        Ok(())
    }

    async fn pass(&mut self, ms: i64) -> Done {
        for _ in 0..ms / STEP {
            self.step().await?;
        }
        Ok(())
    }

    async fn until(&mut self, what: &str, mut holds: impl AsyncFnMut(&Site) -> Done<bool>) -> Done {
        for _ in 0..200 {
            if holds(self).await? {
                return Ok(());
            }
            self.step().await?;
        }
        Err(format!("waited 20 s for: {what}").into())
    }

    /// Quiet time, with the house kept every hour.
    async fn wait_until(&mut self, at: i64) -> Done {
        while self.time.now() < at {
            let next = (self.looked + LOOK).min(at).max(self.time.now() + STEP);
            self.time.pass(next - self.time.now());
            self.boards.happen();
            self.station().pass_time().await?;
            self.look().await?;
        }
        // What is read at the end has been read twice.
        self.pass(500).await
    }

    async fn look(&mut self) -> Done {
        self.looked = self.time.now();
        self.station().keep_house().await?;
        self.read().await
    }

    async fn read(&mut self) -> Done {
        loop {
            let rows = self.station().store().events(self.seen, 500).await?;
            for row in &rows {
                self.book.read(&Event::from_parts(&row.kind, &row.body)?, row.wall)?;
                self.seen = row.seq;
            }
            if rows.len() < 500 {
                return Ok(());
            }
        }
    }

    async fn state(&self, package: PackageId) -> Done<PackageState> {
        Ok(self.station().package_view(package).await?.state)
    }

    /// A carrier's load: what finds a door goes behind it, the rest on the shelf.
    async fn load(&mut self, n: i64) -> Done {
        let mut open: Vec<(PackageId, u8)> = Vec::new();
        for _ in 0..n {
            let who = self.dice.below(self.people.len());
            let recipient = self.people[who].0;
            self.next += 1;
            let handling = if self.dice.percent(3) { vec![Handling::Perishable] } else { vec![] };
            let size = if self.dice.percent(20) { PackageSize::L } else { PackageSize::S };
            let size = if self.dice.percent(2) { PackageSize::Oversize } else { size };
            let tracking_number = format!("TRACK{:09}X", self.next);
            let intake = Received { tracking_number, recipient, size, handling, note: None };
            let package: PackageId = self.staff().receive(intake).await?.id.parse()?;
            match self.staff().deposit(package, None).await {
                Ok(opening) => open.push((package, self.channels[&opening.compartment.parse()?])),
                Err(Error::Refused(Refusal::NoCompartment)) => {
                    self.staff().shelve(package, "C-1").await?;
                }
                Err(error) => return Err(error.into()),
            }
            self.will_come(recipient);
            if open.len() == ARMFUL {
                self.put(&mut open).await?;
            }
        }
        self.put(&mut open).await
    }

    async fn put(&mut self, open: &mut Vec<(PackageId, u8)>) -> Done {
        let doors = open.clone();
        self.until("open doors", async |site| Ok(doors.iter().all(|(_, c)| site.boards.is_open(*c)))).await?;
        // Seen open, too.
        self.pass(500).await?;
        for (_, channel) in open.iter() {
            self.boards.shut(*channel);
        }
        for (package, _) in open.drain(..) {
            self.until("a stored package", async |site| {
                Ok(site.state(package).await? == PackageState::Stored)
            })
            .await?;
        }
        Ok(())
    }

    /// Most come the same day, some the next, a few only when they are told that it was taken out.
    fn will_come(&mut self, person: PersonId) {
        let wait = match self.dice.below(100) {
            0..60 => self.dice.between(1, 8) * HOUR,
            60..85 => self.dice.between(16, 30) * HOUR,
            85..95 => self.dice.between(30, 71) * HOUR,
            _ => self.dice.between(76, 200) * HOUR,
        };
        let back = self.away.get(&person).copied().unwrap_or(0);
        let at = (self.time.now() + wait).max(back + 3 * HOUR);
        let known = self.comes.entry(person).or_insert(at);
        // Who does not come for one does not come for the next either, until the first is taken out.
        *known = (*known).max(back + 3 * HOUR);
    }

    async fn visitors(&mut self) -> Done {
        let now = self.time.now();
        let due: Vec<PersonId> = self.comes.iter().filter(|(_, at)| **at <= now).map(|(p, _)| *p).collect();
        for person in due {
            self.comes.remove(&person);
            self.visit(person).await?;
        }
        Ok(())
    }

    /// Somebody comes: to the kiosk for what is behind doors, and to the counter for the rest.
    async fn visit(&mut self, person: PersonId) -> Done {
        let badge = self.people.iter().find(|(id, _)| *id == person).ok_or("nobody")?.1.clone();
        if !self.station().store().stored_for(person).await?.is_empty() {
            let kiosk = self.station().as_visitor(KIOSK);
            kiosk.badge(&badge).await?;
            for _ in 0..50 {
                if self.station().store().stored_for(person).await?.is_empty() {
                    break;
                }
                let boards = self.boards.clone();
                self.until("an open door", async |_| Ok(!boards.open_doors().is_empty())).await?;
                self.pass(500).await?;
                for channel in self.boards.open_doors() {
                    self.boards.shut(channel);
                }
                self.pass(600).await?;
            }
            kiosk.end().await?;
        }
        for row in self.station().store().packages_of(person, 200).await? {
            if row.state.name() == "shelved" {
                self.staff().hand_over(row.id, None).await?;
            }
        }
        Ok(())
    }

    /// Staff send back what lay on a shelf for too long, and go from door to door.
    async fn removals(&mut self) -> Done {
        let now = self.station().now();
        for row in self.station().store().waiting(0, 10_000).await? {
            if row.state.name() == "shelved" && now.0 - row.changed.0 > SENT_BACK {
                self.staff().send_back(row.id).await?;
            }
        }
        for item in self.staff().removals().await? {
            let package: PackageId = item.package.id.parse()?;
            if item.stage == RemovalStage::Inside {
                let opening = self.staff().removal(package).await?;
                let channel = self.channels[&opening.compartment.parse()?];
                self.until("a door", async |site| Ok(site.boards.is_open(channel))).await?;
                self.pass(500).await?;
                self.boards.shut(channel);
                self.until(
                    "taken out",
                    async |site| Ok(site.state(package).await? == PackageState::Received),
                )
                .await?;
            }
            self.staff().shelve(package, "R-1").await?;
            let recipient: PersonId = item.package.recipient_id.parse()?;
            let at = self.time.now() + self.dice.between(2, 100) * HOUR;
            let known = self.comes.entry(recipient).or_insert(at);
            *known = (*known).min(at);
        }
        Ok(())
    }

    async fn somebody_leaves_for_a_while(&mut self) -> Done {
        let who = self.dice.below(self.people.len());
        let person = self.people[who].0;
        let until = self.time.now() + self.dice.between(2, 9) * DAY;
        if self.away.get(&person).is_some_and(|at| *at > self.time.now()) {
            return Ok(());
        }
        let wall = Wall(self.station().now().0 + until - self.time.now());
        self.staff().set_hold(person, None, wall).await?;
        self.away.insert(person, until);
        if let Some(at) = self.comes.get_mut(&person) {
            *at = (*at).max(until + 3 * HOUR);
        }
        Ok(())
    }

    async fn day(&mut self, loads: [i64; 3]) -> Done {
        // Simulated days begin at 08:00.
        let morning = (self.time.now() / DAY + 1) * DAY;
        self.wait_until(morning).await?;
        self.removals().await?;
        for _ in 0..2 {
            self.somebody_leaves_for_a_while().await?;
        }
        for hour in 0..12 {
            if let Some(n) = [1, 4, 7].iter().position(|at| *at == hour) {
                self.load(loads[n]).await?;
            }
            self.visitors().await?;
            if hour == 6 {
                self.removals().await?;
            }
            self.wait_until(morning + (hour + 1) * HOUR).await?;
        }
        Ok(())
    }

    /// No more arrives; everybody comes in the end.
    async fn the_end(&mut self) -> Done {
        for _ in 0..30 {
            if self.book.parcels.values().all(|parcel| parcel.ended) {
                break;
            }
            self.day([0; 3]).await?;
        }
        self.look().await?;
        let waiting: Vec<_> = self.book.parcels.iter().filter(|(_, p)| !p.ended).map(|(id, _)| id).collect();
        if let Some(package) = waiting.first() {
            return Err(format!("{} packages never ended, {package} first", waiting.len()).into());
        }
        let tasks = self.staff().tasks().await?;
        if let Some(task) = tasks.first() {
            return Err(format!("{} tasks are left, {:?} first", tasks.len(), task.kind).into());
        }
        match self.station().store().check().await?.fault {
            None => Ok(()),
            Some(fault) => Err(format!("I9: {fault}").into()),
        }
    }
}

/// So many days, and what they came to.
pub async fn lived(days: u64, packages: i64, seed: u64) -> Done<BTreeMap<&'static str, u64>> {
    let mut site = Site::new(seed).await?;
    for day in 0..days {
        // A Friday is the first. Weekends bring little.
        let busy = if matches!((day + 4) % 7, 5 | 6) { packages / 10 } else { packages };
        let more = site.dice.between(-busy / 5, busy / 5);
        let n = busy + more;
        site.day([n / 2, n / 4, n - n / 2 - n / 4]).await.map_err(|e| format!("day {day}: {e}"))?;
        if day % 13 == 12 {
            site.restart().await?;
        }
    }
    site.the_end().await?;
    Ok(std::mem::take(&mut site.book.counts))
}
