//! A bank of doors in simulated time: what the wire carries, what the doors do, what people's hands do. It is the
//! truth that the record is held against, and it never asks the record anything.

use crate::clock::Time;
use crate::dice::Dice;
use crash_vfs::Power;
use hardware::{
    DeviceError, DeviceErrorKind, DoorReading, LineEvent, LineSettings, NotSentWhy, UnlockProgress,
    UnlockRequest,
};
use station::{BoardLine, Lines};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Clone)]
pub struct Boards(Arc<Mutex<State>>);

struct State {
    time: Arc<Time>,
    dice: Dice,
    doors: BTreeMap<u8, Door>,
    plugged: bool,
    /// Until then the controller reboots: it answers with all bits zero.
    rebooting: i64,
    generation: u64,
    boot: u32,
    events: Option<Box<dyn Fn(LineEvent) + Send>>,
    due: Vec<(i64, Happening)>,
    frames: Vec<Frame>,
    edges: Vec<Edge>,
    /// Nothing odd happens on the wire.
    kind: bool,
    next_fate: Option<Fate>,
    witness: Option<Power>,
    /// When the line or the board last was not to be trusted.
    doubtful: i64,
}

#[derive(Clone, Copy, Default)]
struct Door {
    open: bool,
    jammed: bool,
}

/// An unlock frame whose last byte left.
#[derive(Clone)]
pub struct Frame {
    pub at: i64,
    pub channel: u8,
    pub boot: u32,
    pub fate: Fate,
    pub was_open: bool,
    /// What a power cut at that instant would have left.
    pub durable: Option<Vec<Vec<u8>>>,
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Opens,
    /// The board says yes; the door stays shut.
    Sticks,
    Refused,
    /// The frame was lost on the wire.
    Lost,
    /// The door opens; the answer was lost.
    Unanswered,
    /// Opens after "did not open" was told.
    Late,
    /// Another door opens.
    Wrong,
}

#[derive(Clone, Copy)]
enum Happening {
    Progress(u64, Said),
    Open(u8),
}

#[derive(Clone, Copy)]
enum Said {
    Yes,
    No,
    Nothing,
}

/// A door that went open.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    pub at: i64,
    pub channel: u8,
}

impl Boards {
    pub fn new(time: Arc<Time>, channels: u8, seed: u64) -> Boards {
        Boards(Arc::new(Mutex::new(State {
            time,
            dice: Dice::new(seed),
            doors: (1..=channels).map(|c| (c, Door::default())).collect(),
            plugged: true,
            rebooting: 0,
            generation: 0,
            boot: 0,
            events: None,
            due: Vec::new(),
            frames: Vec::new(),
            edges: Vec::new(),
            kind: false,
            next_fate: None,
            witness: None,
            doubtful: 0,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// From now on each frame's instant is kept as a power cut would leave it.
    pub fn witness(&self, power: Option<Power>) {
        self.state().witness = power;
    }

    pub fn kind(&self, kind: bool) {
        self.state().kind = kind;
    }

    /// What becomes of the next frame.
    pub fn fate(&self, fate: Fate) {
        self.state().next_fate = Some(fate);
    }

    /// How often a line was started.
    pub fn boot(&self) -> u32 {
        self.state().boot
    }

    pub fn is_open(&self, channel: u8) -> bool {
        self.state().doors[&channel].open
    }

    pub fn open_doors(&self) -> Vec<u8> {
        self.state().doors.iter().filter(|(_, d)| d.open).map(|(c, _)| *c).collect()
    }

    /// Since when line and board have been trustworthy.
    pub fn doubtful(&self) -> i64 {
        let state = self.state();
        if state.plugged { state.doubtful.max(state.rebooting) } else { i64::MAX }
    }

    pub fn take_frames(&self) -> Vec<Frame> {
        std::mem::take(&mut self.state().frames)
    }

    pub fn take_edges(&self) -> Vec<Edge> {
        std::mem::take(&mut self.state().edges)
    }

    /// Is anything still to come by itself?
    pub fn is_moving(&self) -> bool {
        let state = self.state();
        !state.due.is_empty() || state.rebooting > state.time.now()
    }

    pub fn shut(&self, channel: u8) {
        if let Some(door) = self.state().doors.get_mut(&channel) {
            door.open = false;
        }
    }

    /// Somebody's hand opens a door.
    pub fn force(&self, channel: u8) {
        self.state().open(channel, true);
    }

    pub fn jam(&self, channel: u8, jammed: bool) {
        if let Some(door) = self.state().doors.get_mut(&channel) {
            door.jammed = jammed;
        }
    }

    pub fn free_all(&self) {
        self.state().doors.values_mut().for_each(|door| door.jammed = false);
    }

    pub fn reboot(&self) {
        let mut state = self.state();
        state.rebooting = state.time.now() + 3_000;
    }

    pub fn plug(&self, plugged: bool) {
        let mut state = self.state();
        if state.plugged == plugged {
            return;
        }
        state.plugged = plugged;
        state.doubtful = state.time.now();
        if plugged {
            state.up();
            return;
        }
        let waiting: Vec<u64> = state
            .due
            .iter()
            .filter_map(|(_, h)| if let Happening::Progress(ticket, _) = h { Some(*ticket) } else { None })
            .collect();
        state.due.retain(|(_, h)| matches!(h, Happening::Open(_)));
        for ticket in waiting {
            state.tell(LineEvent::Unlock { ticket, progress: UnlockProgress::NoAnswer });
        }
        let generation = state.generation;
        let why = DeviceError { device: "virtual:demo".into(), kind: DeviceErrorKind::Missing };
        state.tell(LineEvent::Down { generation, why });
    }

    /// What was due has happened, and the board is asked once.
    pub fn happen(&self) {
        let mut state = self.state();
        let now = state.time.now();
        let mut due: Vec<(i64, Happening)> = Vec::new();
        state.due.retain(|(at, happening)| {
            if *at <= now {
                due.push((*at, *happening));
            }
            *at > now
        });
        due.sort_by_key(|(at, _)| *at);
        for (_, happening) in due {
            match happening {
                Happening::Open(channel) => state.open(channel, false),
                Happening::Progress(ticket, said) => {
                    let progress = match said {
                        Said::Yes => UnlockProgress::Acknowledged { reading: None },
                        Said::No => UnlockProgress::Refused { code: 1 },
                        Said::Nothing => UnlockProgress::NoAnswer,
                    };
                    state.tell(LineEvent::Unlock { ticket, progress });
                }
            }
        }
        if state.plugged {
            let zero = now < state.rebooting;
            let readings = state
                .doors
                .iter()
                .map(|(c, d)| (*c, if d.open || zero { DoorReading::Open } else { DoorReading::Closed }))
                .collect();
            let (generation, at) = (state.generation, state.time.instant(now));
            state.tell(LineEvent::Doors { board: 1, generation, readings, at });
        }
    }
}

impl State {
    fn tell(&self, event: LineEvent) {
        if let Some(events) = &self.events {
            events(event);
        }
    }

    fn up(&mut self) {
        self.generation += 1;
        self.tell(LineEvent::Up { generation: self.generation });
        self.tell(LineEvent::BoardAnswers { board: 1 });
    }

    fn open(&mut self, channel: u8, by_hand: bool) {
        let at = self.time.now();
        let Some(door) = self.doors.get_mut(&channel) else { return };
        if door.open || (door.jammed && !by_hand) {
            return;
        }
        door.open = true;
        self.edges.push(Edge { at, channel });
    }

    fn unlock(&mut self, request: UnlockRequest) {
        let UnlockRequest { ticket, channel, generation, deadline, .. } = request;
        let now = self.time.now();
        let refusal = if !self.plugged {
            Some(NotSentWhy::PortDown)
        } else if generation != self.generation {
            Some(NotSentWhy::Generation)
        } else if self.time.instant(now) > deadline {
            Some(NotSentWhy::Deadline)
        } else {
            None
        };
        if let Some(why) = refusal {
            self.tell(LineEvent::Unlock { ticket, progress: UnlockProgress::NotSent { why } });
            return;
        }
        let fate = match (self.next_fate.take(), self.kind) {
            (Some(fate), _) => fate,
            (None, true) => Fate::Opens,
            (None, false) => match self.dice.below(100) {
                0..=3 => Fate::Refused,
                4..=7 => Fate::Lost,
                8..=11 => Fate::Unanswered,
                12..=14 => Fate::Late,
                15..=16 => Fate::Sticks,
                17 => Fate::Wrong,
                _ => Fate::Opens,
            },
        };
        let durable = self.witness.as_ref().map(Power::durable);
        let was_open = self.doors[&channel].open;
        self.frames.push(Frame { at: now, channel, boot: self.boot, fate, was_open, durable });
        let at = self.time.instant(now);
        self.tell(LineEvent::Unlock { ticket, progress: UnlockProgress::Sent { at } });
        let soon = now + 40;
        let (said, opens) = match fate {
            Fate::Opens => ((soon, Said::Yes), Some((soon + 20, channel))),
            Fate::Sticks => ((soon, Said::Yes), None),
            Fate::Refused => ((soon, Said::No), None),
            Fate::Lost => ((now + 1_500, Said::Nothing), None),
            Fate::Unanswered => ((now + 1_500, Said::Nothing), Some((soon, channel))),
            Fate::Late => ((soon, Said::Yes), Some((now + 4_000, channel))),
            Fate::Wrong => {
                let channels: Vec<u8> = self.doors.keys().copied().filter(|c| *c != channel).collect();
                ((soon, Said::Yes), self.dice.pick(&channels).map(|c| (soon, c)))
            }
        };
        self.due.push((said.0, Happening::Progress(ticket, said.1)));
        if let Some((when, which)) = opens {
            self.due.push((when, Happening::Open(which)));
        }
    }
}

impl Lines for Boards {
    fn start(&self, _settings: LineSettings, events: Box<dyn Fn(LineEvent) + Send>) -> Box<dyn BoardLine> {
        let mut state = self.state();
        state.events = Some(events);
        state.boot += 1;
        state.doubtful = state.time.now();
        if state.plugged {
            state.up();
        }
        Box::new(OnBoards(self.clone()))
    }
}

struct OnBoards(Boards);

impl BoardLine for OnBoards {
    fn unlock(&self, request: UnlockRequest) {
        self.0.state().unlock(request);
    }
    fn watch(&self, _board: u8, _channel: u8, _on: bool) {}
}

impl Drop for OnBoards {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.events = None;
        // Nobody hears the answers any more; the doors still move.
        state.due.retain(|(_, h)| matches!(h, Happening::Open(_)));
    }
}
