//! Looks after the windows' pages: one that crashed, froze or grew too big is made anew, and one that does not stay
//! ends the program, so that whoever supervises it starts it afresh.
//!
//! The kiosk's page beats once it has drawn what it was told; silence means that it froze or crashed, on every
//! system. On Linux a crash is also told by the web view, for both windows (see [`pages`]).
//!
//! Must never touch a door or wait for one: doors are watched by the core whether or not there is a page.

mod page;
mod pages;

use crate::cli::Role;
use crate::windows;
use page::{Beat, House, Page, Verdict, Why};
use station::wire::{CellView, DoorState};
use station::{KIOSK, Station};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tauri::{AppHandle, Manager, WebviewWindow};
use tokio::sync::mpsc;

const TICK: Duration = Duration::from_secs(1);
/// How often memory and the hour are looked at.
const LOOK: u64 = 20;
/// How long a window may take to go.
const GOING: Duration = Duration::from_secs(10);

enum News {
    Beat(Beat),
    /// A page's process is gone.
    Lost(String),
}

/// Where pages and web views report to.
pub(crate) struct Watcher {
    news: mpsc::UnboundedSender<News>,
    rebuilding: AtomicBool,
}

impl Watcher {
    /// The kiosk's page lives.
    pub fn beat(&self, hidden: bool, busy: bool) {
        // Nobody listens any more when the program ends.
        let _ = self.news.send(News::Beat(Beat { hidden, busy }));
    }

    /// Between an old window and its new one there may be none: that is no reason to end.
    pub fn rebuilding(&self) -> bool {
        self.rebuilding.load(Ordering::SeqCst)
    }
}

/// Starts watching, before there is any window.
pub(crate) fn start(app: &AppHandle, station: &Station, role: Role) {
    let (news, heard) = mpsc::unbounded_channel();
    app.manage(Watcher { news, rebuilding: AtomicBool::new(false) });
    let watch = Watch {
        app: app.clone(),
        station: station.clone(),
        role,
        began: Instant::now(),
        heard,
        kiosk: Page::beating(),
        mailroom: Page::silent(),
        limit: memory_limit(),
    };
    tokio::spawn(watch.run());
}

/// To be told when this window's page loses its process.
pub(crate) fn attend(window: &WebviewWindow) {
    let (app, label) = (window.app_handle().clone(), window.label().to_owned());
    pages::when_lost(window, move || {
        let _ = app.state::<Watcher>().news.send(News::Lost(label.clone()));
    });
}

/// In bytes. An operator may set another, for a kiosk with little memory.
fn memory_limit() -> u64 {
    let mib = std::env::var("CUBBY_PAGE_MEMORY_MIB").ok().and_then(|text| text.parse().ok());
    mib.unwrap_or(1024) * 1024 * 1024
}

struct Watch {
    app: AppHandle,
    station: Station,
    role: Role,
    began: Instant,
    heard: mpsc::UnboundedReceiver<News>,
    kiosk: Page,
    mailroom: Page,
    limit: u64,
}

impl Watch {
    async fn run(mut self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut count = 0u64;
        loop {
            tokio::select! {
                news = self.heard.recv() => match news {
                    Some(news) => self.take(news).await,
                    None => return,
                },
                _ = ticks.tick() => {
                    count += 1;
                    self.tick(count.is_multiple_of(LOOK)).await;
                }
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn page(&mut self, label: &str) -> &mut Page {
        if label == "kiosk" { &mut self.kiosk } else { &mut self.mailroom }
    }

    async fn take(&mut self, news: News) {
        let now = self.now();
        match news {
            News::Beat(beat) => {
                if self.kiosk.beat(now, beat) {
                    tracing::info!("the kiosk is shown");
                }
            }
            News::Lost(label) => {
                let verdict = self.page(&label).lost(now);
                self.carry_out(&label, verdict).await;
            }
        }
    }

    async fn tick(&mut self, look: bool) {
        for label in ["kiosk", "mailroom"] {
            let (now, there) = (self.now(), self.app.get_webview_window(label).is_some());
            let verdict = self.page(label).tick(now, there);
            self.carry_out(label, verdict).await;
        }
        if look {
            let house = House { idle: self.idle().await, heavy: self.heavy().await, hour: hour() };
            let now = self.now();
            let verdict = self.kiosk.refresh(now, house);
            self.carry_out("kiosk", verdict).await;
        }
    }

    /// Nobody is being served and no door stands open.
    async fn idle(&self) -> bool {
        let Ok(state) = self.station.as_visitor(KIOSK).state().await else { return false };
        let open = |cell: &CellView| match cell {
            CellView::Compartment { compartment, .. } => compartment.door == DoorState::Open,
            CellView::Screen { .. } => false,
        };
        state.visit.is_none() && !state.banks.iter().any(|bank| bank.columns.iter().flatten().any(open))
    }

    async fn heavy(&self) -> bool {
        // Files of the kernel's, but many of them.
        let used = tokio::task::spawn_blocking(pages::memory).await.ok().flatten();
        used.is_some_and(|used| used > self.limit)
    }

    async fn carry_out(&mut self, label: &str, mut verdict: Verdict) {
        loop {
            match verdict {
                Verdict::Well => return,
                Verdict::GiveUp => return self.give_up(label).await,
                Verdict::Rebuild(why) => {
                    if matches!(why, Why::Memory | Why::Night) {
                        tracing::info!(window = label, ?why, "the window is made anew");
                    } else {
                        tracing::warn!(window = label, ?why, "the window is made anew");
                    }
                    match self.rebuild(label).await {
                        Ok(()) => return,
                        Err(error) => {
                            tracing::error!(window = label, %error, "the window could not be made anew");
                            let now = self.now();
                            verdict = self.page(label).lost(now);
                        }
                    }
                }
            }
        }
    }

    async fn rebuild(&mut self, label: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let watcher = self.app.state::<Watcher>();
        watcher.rebuilding.store(true, Ordering::SeqCst);
        if let Some(window) = self.app.get_webview_window(label) {
            pages::end(&window);
            window.destroy()?;
            let gone = async {
                while self.app.get_webview_window(label).is_some() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(GOING, gone).await.map_err(|_| "the old window does not go")?;
        }
        // What the old page still said is not the new one's.
        let mut others = Vec::new();
        while let Ok(news) = self.heard.try_recv() {
            match &news {
                News::Lost(of) if of != label => others.push(news),
                News::Beat(_) if label != "kiosk" => others.push(news),
                _ => {}
            }
        }
        for news in others {
            let _ = watcher.news.send(news);
        }
        let (app, role, name) = (self.app.clone(), self.role, label.to_owned());
        // Waits for the main thread, which may not answer.
        let build = tokio::task::spawn_blocking(move || windows::build(&app, &name, role));
        tokio::time::timeout(GOING, build).await.map_err(|_| "the new window does not come")???;
        watcher.rebuilding.store(false, Ordering::SeqCst);
        let now = self.now();
        self.page(label).made(now);
        Ok(())
    }

    async fn give_up(&self, label: &str) {
        tracing::error!(window = label, "the window does not stay; the program ends, to be started again");
        self.app.exit(1);
        // A main thread that hangs does not hear it.
        tokio::time::sleep(Duration::from_secs(3)).await;
        std::process::exit(1);
    }
}

/// The hour on this machine's clock.
fn hour() -> u32 {
    use chrono::Timelike;
    chrono::Local::now().hour()
}
