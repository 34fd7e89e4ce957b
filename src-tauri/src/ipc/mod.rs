//! The border to the windows: the one list of commands and events, from which the UI's bindings are generated.
//!
//! A command takes plain data and the shell's state, never a window or an app handle.

mod account;
mod deadlines;
mod error;
mod import;
mod kiosk;
mod kiosk_own;
mod mailroom;
mod notices;
mod privacy;
mod recipients;
pub mod rights;

pub use error::ApiError;

use serde::{Deserialize, Serialize};
use specta::Type;
use station::wire::{SessionView, Topic};
use station::{Admin, Confirmed, Error, Half, Reader, Rise, Session, Staff, Station, Supervisor};
use tauri::Runtime;
use tauri::ipc::Invoke;
use tauri_specta::{Event, collect_commands, collect_events};
use tokio::sync::{Mutex, Notify};

pub(crate) type Answer<T> = Result<T, ApiError>;

/// What the commands share.
pub struct Shell {
    pub station: Station,
    seat: Mutex<Seat>,
    /// Tells a sign-in in the browser that is under way that nobody waits for it any more.
    asking: Notify,
    /// Opens an address in the system's browser; says whether that went well.
    pub on_browse: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// Called when the first run is through: the kiosk's window may open now.
    pub on_set_up: Box<dyn Fn() + Send + Sync>,
    /// Called with each sign of life of the kiosk's page: is it hidden, is somebody at it.
    pub on_beat: Box<dyn Fn(bool, bool) + Send + Sync>,
}

/// Who is at the mailroom's window. There is one window, and one session in it.
enum Seat {
    Free,
    /// Their password was right; they owe the second factor.
    Half(Half),
    Taken(Session),
}

impl Shell {
    pub fn new(
        station: Station,
        on_set_up: Box<dyn Fn() + Send + Sync>,
        on_beat: Box<dyn Fn(bool, bool) + Send + Sync>,
        on_browse: Box<dyn Fn(&str) -> bool + Send + Sync>,
    ) -> Shell {
        let (seat, asking) = (Mutex::new(Seat::Free), Notify::new());
        Shell { station, seat, asking, on_browse, on_set_up, on_beat }
    }

    /// Seats somebody who has signed in.
    pub async fn seat(&self, session: Session) {
        *self.seat.lock().await = Seat::Taken(session);
    }

    async fn seated(&self, session: Session) -> station::Result<SessionView> {
        let view = self.station.session_view(&session).await?;
        self.seat(session).await;
        Ok(view)
    }

    /// Who is signed in; in a demo without an admin, the newcomer who tries it.
    async fn session(&self) -> station::Result<Session> {
        let mut seat = self.seat.lock().await;
        self.newcomer(&mut seat).await;
        match &*seat {
            Seat::Taken(session) => Ok(session.clone()),
            Seat::Free | Seat::Half(_) => Err(Error::NotSignedIn),
        }
    }

    async fn newcomer(&self, seat: &mut Seat) {
        if matches!(seat, Seat::Free)
            && let Some(session) = self.station.demo_session().await.ok().flatten()
        {
            *seat = Seat::Taken(session);
        }
    }

    async fn half(&self) -> station::Result<Half> {
        match &*self.seat.lock().await {
            Seat::Half(half) => Ok(half.clone()),
            Seat::Free | Seat::Taken(_) => Err(Error::NotSignedIn),
        }
    }

    async fn with_session<T>(
        &self,
        work: impl AsyncFnOnce(&Station, &mut Session) -> station::Result<T>,
    ) -> Answer<T> {
        let mut seat = self.seat.lock().await;
        self.newcomer(&mut seat).await;
        match &mut *seat {
            Seat::Taken(session) => Ok(work(&self.station, session).await?),
            Seat::Free | Seat::Half(_) => Err(Error::NotSignedIn.into()),
        }
    }

    /// Who is signed in, as the window shows it. Who may not be any more is signed out by asking.
    async fn view(&self) -> station::Result<Option<SessionView>> {
        let mut seat = self.seat.lock().await;
        self.newcomer(&mut seat).await;
        let Seat::Taken(session) = &*seat else { return Ok(None) };
        match self.station.session_view(session).await {
            Ok(view) => Ok(Some(view)),
            Err(Error::NotSignedIn) => {
                *seat = Seat::Free;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn rights<R: Rise>(&self) -> station::Result<R> {
        self.station.rights(&self.session().await?).await
    }

    async fn reader(&self) -> station::Result<Reader> {
        self.rights().await
    }

    async fn staff(&self) -> station::Result<Staff> {
        self.rights().await
    }

    async fn supervisor(&self) -> station::Result<Supervisor> {
        self.rights().await
    }

    async fn admin(&self) -> station::Result<Admin> {
        self.rights().await
    }

    /// The proof that whoever sits there has shown it within the last minutes.
    async fn confirmed(&self) -> station::Result<Confirmed> {
        self.station.confirmed(&self.session().await?).await
    }
}

/// Fetch these again. At most four a second.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct Changed {
    pub topics: Vec<Topic>,
}

/// A serial scanner read a label, for the mailroom.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct Scanned {
    pub text: String,
}

/// A badge shown to the kiosk's own reader was refused.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct BadgeRefused {}

/// An id from the window, or the answer that there is no such thing.
fn id<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::NotFound(what))
}

/// The window that a command belongs to: the lobby's commands begin with `kiosk_`.
fn window_of(command: &str) -> &'static str {
    if command.starts_with("kiosk_") { "kiosk" } else { "mailroom" }
}

/// Every call passes here: a command is done for its own window and for no other, whatever the capabilities say.
pub fn each_to_its_own<R: Runtime>(
    handler: impl Fn(Invoke<R>) -> bool + Send + Sync + 'static,
) -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    move |invoke| {
        let (command, window) = (invoke.message.command(), invoke.message.webview_ref().label());
        if window == window_of(command) {
            return handler(invoke);
        }
        tracing::warn!(command, window, "a window called what is not its own");
        invoke.resolver.reject(ApiError::NotAllowed);
        true
    }
}

/// Every command and event there is.
pub fn builder<R: tauri::Runtime>() -> tauri_specta::Builder<R> {
    tauri_specta::Builder::new()
        // One shape per type: what is left out on the way in is null.
        .disable_serde_phases()
        .commands(collect_commands![
            kiosk::kiosk_alive,
            kiosk::kiosk_state,
            kiosk::kiosk_enter_code,
            kiosk::kiosk_scan,
            kiosk::kiosk_try_again,
            kiosk::kiosk_answer,
            kiosk::kiosk_reopen,
            kiosk::kiosk_report,
            kiosk::kiosk_skip,
            kiosk::kiosk_call_help,
            kiosk::kiosk_touch,
            kiosk::kiosk_end,
            kiosk::kiosk_deposit_scan,
            kiosk::kiosk_deposit_open,
            kiosk::kiosk_deposit_bigger,
            kiosk::kiosk_deposit_cancel,
            kiosk::kiosk_packages_to_deposit,
            kiosk_own::kiosk_lost_code,
            kiosk_own::kiosk_add_badge,
            kiosk_own::kiosk_badge_lost,
            kiosk_own::kiosk_add_delegate,
            kiosk_own::kiosk_end_delegate,
            kiosk_own::kiosk_away,
            kiosk_own::kiosk_back,
            kiosk_own::kiosk_no_badge,
            kiosk::kiosk_pin,
            kiosk::kiosk_fetch,
            kiosk::kiosk_everything,
            kiosk::kiosk_everything_next,
            kiosk::kiosk_everything_stop,
            account::start,
            account::sign_in,
            account::sign_in_code,
            account::sign_in_by_provider,
            account::confirm_by_provider,
            account::cancel_provider,
            account::enrol_factor,
            account::sign_out,
            account::lock,
            account::still_here,
            account::confirm,
            account::my_account,
            account::set_my_password,
            account::set_my_pin,
            account::offer_factor,
            account::new_recovery_codes,
            account::staff,
            account::set_role,
            account::set_password,
            account::set_active,
            account::reset_factor,
            account::reset_pin,
            account::sign_in_policy,
            account::set_sign_in_policy,
            mailroom::devices,
            mailroom::set_up,
            mailroom::recognise,
            mailroom::search_people,
            mailroom::person,
            mailroom::add_person,
            mailroom::change_person,
            import::import_begin,
            import::import_bytes,
            import::import_read,
            import::sync_read,
            import::import_state,
            import::import_apply,
            import::import_cancel,
            mailroom::propose,
            mailroom::receive,
            mailroom::deposit,
            mailroom::deposit_bigger,
            mailroom::deposit_cancel,
            mailroom::shelve,
            mailroom::hand_over,
            mailroom::send_back,
            mailroom::reissue_code,
            mailroom::removal,
            mailroom::opening,
            mailroom::answer_opening,
            mailroom::banks,
            mailroom::set_fitness,
            mailroom::inspect,
            mailroom::packages,
            mailroom::package,
            mailroom::tasks,
            mailroom::settle_task,
            mailroom::health,
            mailroom::virtual_panel,
            mailroom::virtual_shut,
            mailroom::virtual_pull,
            mailroom::virtual_jam,
            mailroom::virtual_cable,
            mailroom::virtual_badge,
            recipients::delegate,
            recipients::end_delegation,
            recipients::set_hold,
            recipients::end_hold,
            recipients::give_badge,
            recipients::block_badge,
            recipients::take_badge,
            recipients::open_for,
            recipients::policy,
            recipients::set_policy,
            privacy::privacy,
            privacy::set_retention,
            privacy::export_person,
            privacy::erase_person,
            deadlines::deadlines,
            deadlines::preview_deadlines,
            deadlines::set_deadlines,
            deadlines::removals,
            notices::channels,
            notices::set_channel,
            notices::remove_channel,
            notices::set_channel_order,
            notices::test_channel,
            notices::templates,
            notices::template,
            notices::preview_template,
            notices::set_template,
            notices::notices,
            notices::send_again,
            notices::set_quiet_hours,
            notices::take_task,
        ])
        .events(collect_events![Changed, Scanned, BadgeRefused])
}
