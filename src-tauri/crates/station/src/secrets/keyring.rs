//! The operating system's keyring: Secret Service on Linux, Credential Manager on Windows, Keychain on macOS.
//!
//! Never waits for ever: a locked keyring asks a person for a password, and at a kiosk there is none.

use crate::{Error, Result};
use keyring_core::Entry;
use std::sync::mpsc;
use std::time::Duration;

const SERVICE: &str = "org.cubby.Cubby";
/// Long enough for a password to be typed.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn read(entry: &str) -> Result<Vec<u8>> {
    asked(entry, |entry| entry.get_secret())
}

pub(super) fn write(entry: &str, bytes: &[u8]) -> Result<()> {
    let bytes = bytes.to_vec();
    asked(entry, move |entry| entry.set_secret(&bytes))
}

pub(super) fn delete(entry: &str) -> Result<()> {
    asked(entry, |entry| entry.delete_credential())
}

/// On a thread of its own, which is left behind when the keyring does not answer.
fn asked<T: Send + 'static>(
    entry: &str,
    question: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<T> {
    let (answer, answered) = mpsc::channel();
    let entry = entry.to_owned();
    std::thread::spawn(move || {
        let answered = connect().and_then(|()| question(&Entry::new(SERVICE, &entry)?));
        // Nobody may be waiting any more.
        let _ = answer.send(answered.map_err(|error| why(&error)));
    });
    let told = |why: &str| {
        Error::Internal(format!(
            "the keyring that holds this node's secrets can't be used: {why}. Unlock it, or sign in as who it belongs to; nothing was changed"
        ))
    };
    match answered.recv_timeout(PATIENCE) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(told(&why)),
        Err(_) => Err(told("it does not answer, perhaps it waits for its password")),
    }
}

/// Without what the entry holds, which some errors carry.
fn why(error: &keyring_core::Error) -> String {
    match error {
        keyring_core::Error::NoEntry => "it has no such entry".into(),
        keyring_core::Error::PlatformFailure(why) | keyring_core::Error::NoStorageAccess(why) => {
            why.to_string()
        }
        keyring_core::Error::TooLong(_, most) => format!("it takes no more than {most} bytes"),
        keyring_core::Error::NoDefaultStore => "this system has none".into(),
        _ => "it refused".into(),
    }
}

/// Once; again if it was not there.
fn connect() -> keyring_core::Result<()> {
    if keyring_core::get_default_store().is_some() {
        return Ok(());
    }
    #[cfg(target_os = "linux")]
    keyring_core::set_default_store(dbus_secret_service_keyring_store::Store::new()?);
    #[cfg(windows)]
    keyring_core::set_default_store(windows_native_keyring_store::Store::new()?);
    #[cfg(target_os = "macos")]
    keyring_core::set_default_store(apple_native_keyring_store::keychain::Store::new()?);
    Ok(())
}
