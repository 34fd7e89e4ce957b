//! The border to the windows: the one list of commands and events, from which the UI's bindings are generated.
//!
//! A command takes plain data and the shell's state, never a window or an app handle.

mod deadlines;
mod error;
mod import;
mod kiosk;
mod kiosk_own;
mod mailroom;
mod privacy;
mod recipients;

pub use error::ApiError;

use serde::{Deserialize, Serialize};
use specta::Type;
use station::wire::Topic;
use station::{Admin, Error, Reader, Rise, Session, Staff, Station, Supervisor};
use tauri_specta::{Event, collect_commands, collect_events};
use tokio::sync::Mutex;

pub(crate) type Answer<T> = Result<T, ApiError>;

/// What the commands share.
pub struct Shell {
    pub station: Station,
    session: Mutex<Option<Session>>,
    /// Called when the first run is through: the kiosk's window may open now.
    pub on_set_up: Box<dyn Fn() + Send + Sync>,
    /// Called with each sign of life of the kiosk's page: is it hidden, is somebody at it.
    pub on_beat: Box<dyn Fn(bool, bool) + Send + Sync>,
}

impl Shell {
    pub fn new(
        station: Station,
        on_set_up: Box<dyn Fn() + Send + Sync>,
        on_beat: Box<dyn Fn(bool, bool) + Send + Sync>,
    ) -> Shell {
        Shell { station, session: Mutex::new(None), on_set_up, on_beat }
    }

    /// Who is signed in at the mailroom; in a demo without an admin, the newcomer who tries it.
    async fn session(&self) -> Option<Session> {
        let mut session = self.session.lock().await;
        if session.is_none() {
            *session = self.station.demo_session().await.ok().flatten();
        }
        session.clone()
    }

    async fn signed_in(&self, session: Session) {
        *self.session.lock().await = Some(session);
    }

    async fn signed_out(&self) {
        *self.session.lock().await = None;
    }

    async fn rights<R: Rise>(&self) -> station::Result<R> {
        self.station.rights(&self.session().await.ok_or(Error::NotSignedIn)?).await
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

/// Every command and event there is.
pub fn builder() -> tauri_specta::Builder<tauri::Wry> {
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
            mailroom::start,
            mailroom::sign_in,
            mailroom::sign_out,
            mailroom::devices,
            mailroom::set_up,
            mailroom::recognise,
            mailroom::search_people,
            mailroom::person,
            mailroom::add_person,
            mailroom::change_person,
            mailroom::set_role,
            mailroom::set_password,
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
        ])
        .events(collect_events![Changed, Scanned, BadgeRefused])
}
