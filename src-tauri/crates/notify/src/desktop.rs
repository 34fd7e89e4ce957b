//! A toast on the mailroom's desktop: best effort, never the record of anything.
//!
//! It must never wait without a bound, never block the thread that asks, and never fail loudly where there is no
//! desktop: a kiosk shell has no notification service at all.

use std::time::Duration;

/// The name by which Windows and macOS know who sends a toast: the same as the bundle's identifier.
pub const APP_ID: &str = "org.cubby.Cubby";
const APP_NAME: &str = "Cubby";

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DesktopError {
    #[error("the desktop's notification service did not answer within {} s", PATIENCE.as_secs())]
    Slow,
    #[error("the desktop can't show notices here: {0}")]
    Unavailable(String),
}

/// Shows one toast. `urgent` ones stay as long as the desktop allows. Call it inside the tokio runtime.
pub async fn show(title: &str, body: &str, urgent: bool) -> Result<(), DesktopError> {
    tokio::time::timeout(PATIENCE, adapter::show(title, body, urgent))
        .await
        .map_err(|_| DesktopError::Slow)?
        .map_err(|error| DesktopError::Unavailable(error.to_string()))
}

type Answer = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Linux and the BSDs: the session bus. All of it is asynchronous, so a service that hangs costs no thread.
#[cfg(all(unix, not(target_os = "macos")))]
mod adapter {
    use notify_rust::{Notification, Urgency};

    use super::{APP_NAME, Answer};

    pub async fn show(title: &str, body: &str, urgent: bool) -> Answer {
        let body = if reads_markup().await? { escape(body) } else { body.to_owned() };
        Notification::new()
            .appname(APP_NAME)
            .summary(title)
            .body(&body)
            .urgency(if urgent { Urgency::Critical } else { Urgency::Normal })
            .show_async()
            .await?;
        Ok(())
    }

    /// Some services take the body for HTML, some show it as it is; only they know.
    async fn reads_markup() -> Result<bool, zbus::Error> {
        const NAME: &str = "org.freedesktop.Notifications";
        const PATH: &str = "/org/freedesktop/Notifications";
        let bus = zbus::Connection::session().await?;
        let reply = bus.call_method(Some(NAME), PATH, Some(NAME), "GetCapabilities", &()).await?;
        let capabilities: Vec<String> = reply.body().deserialize()?;
        Ok(capabilities.iter().any(|capability| capability == "body-markup"))
    }

    fn escape(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }
}

/// Windows and macOS: the calls block, so they get a thread, and one that hangs is left behind.
///
/// macOS shows toasts of a bundled app under its own name, those of a bare binary as another app's. It does so when
/// the handle is dropped and gives no answer: there `Ok` only says that it was asked.
#[cfg(any(windows, target_os = "macos"))]
mod adapter {
    use notify_rust::{Notification, Timeout};

    use super::Answer;

    pub async fn show(title: &str, body: &str, urgent: bool) -> Answer {
        let mut toast = Notification::new();
        toast.summary(title).body(body);
        toast.timeout(if urgent { Timeout::Never } else { Timeout::Default });
        #[cfg(windows)]
        toast.app_id(super::APP_ID);
        let (done, answer) = tokio::sync::oneshot::channel();
        std::thread::Builder::new().name("toast".to_owned()).spawn(move || {
            let shown = register().and_then(|()| Ok(toast.show().map(drop)?));
            // Nobody listens any more if it took too long.
            let _ = done.send(shown);
        })?;
        answer.await?
    }

    /// Windows drops the toasts of an unregistered app without a word. An installer registers it too; this is for
    /// a binary that was only copied.
    #[cfg(windows)]
    fn register() -> Answer {
        let key = format!(r"Software\Classes\AppUserModelId\{}", super::APP_ID);
        windows_registry::CURRENT_USER.create(key)?.set_string("DisplayName", super::APP_NAME)?;
        Ok(())
    }

    #[cfg(target_os = "macos")]
    fn register() -> Answer {
        Ok(())
    }
}
