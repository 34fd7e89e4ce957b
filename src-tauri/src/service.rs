//! What a service manager is told: that the doors are ready, and, again and again, that the door loop answers.
//!
//! The word comes from the door loop itself and from nothing else: a program whose windows live but whose doors hang
//! must be restarted. Without a manager that asks (systemd's socket, Linux only) nothing is told.

use station::Station;

/// The doors are ready: from now on the manager hears that they live, until they don't.
pub(crate) fn ready(station: &Station) {
    system::ready(station);
}

/// The program is ending on purpose.
pub(crate) fn stopping() {
    system::stopping();
}

#[cfg(target_os = "linux")]
mod system {
    use sd_notify::NotifyState;
    use station::Station;

    pub fn ready(station: &Station) {
        tell(NotifyState::Ready);
        let Some(within) = sd_notify::watchdog_enabled() else { return };
        let station = station.clone();
        tokio::spawn(async move {
            // Twice within the time, as the manual asks: one word may come late.
            let mut ticks = tokio::time::interval(within / 2);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if station.doors_alive().await {
                    tell(NotifyState::Watchdog);
                } else {
                    tracing::error!(
                        "the door loop does not answer; the service manager will end this program"
                    );
                }
            }
        });
    }

    pub fn stopping() {
        tell(NotifyState::Stopping);
    }

    fn tell(state: NotifyState) {
        if let Err(error) = sd_notify::notify(&[state]) {
            tracing::warn!(%error, "the service manager could not be told");
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use station::Station;

    pub fn ready(_: &Station) {}

    pub fn stopping() {}
}
