//! Taking a new key into use without shutting anybody out, and dropping the old one when nothing needs it any more.
//!
//! Done while the node stands still. The new key is durable before anything is made with it; what was made with an
//! earlier one stays good: a code until it is spent, a password until its owner signs in next, a badge until it is
//! presented next, a sealed message until it has gone.

use super::keys::{Key, Ring};
use super::{Place, Secrets, place, unsealed};
use crate::clock::rfc3339;
use crate::wire::{SecretsHealth, SecretsPlace, SecretsWarning};
use crate::{Error, Result, credential};
use domain::event::Event;
pub use domain::event::SecretKey;
use std::fmt;
use store::{NodeLock, Stamp, Store};

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File => write!(f, "secrets in {}", super::FILE),
            Place::Keyring(_) => f.write_str("secrets in the keyring"),
            Place::Credential(path) => write!(f, "secrets in the credential {}", path.display()),
        }
    }
}

/// Takes a new key into use, of a node that stands still.
pub async fn rotate(
    _lock: &NodeLock,
    store: &Store,
    secrets: &mut Secrets,
    stamp: Stamp,
    what: SecretKey,
) -> Result<()> {
    secrets.kept.ring(what).rotate(stamp.wall)?;
    secrets.save()?;
    let mut tx = store.begin(stamp).await?;
    tx.append(&Event::SecretRotated { what }).await?;
    tx.commit().await?;
    tidy(store, secrets).await
}

/// Drops the earlier keys that nothing in the tables needs any more.
pub(crate) async fn tidy(store: &Store, secrets: &mut Secrets) -> Result<()> {
    let kept = &secrets.kept;
    let none = [&kept.pepper, &kept.badge_key, &kept.seal_key].iter().all(|ring| ring.earlier() == 0);
    if none || matches!(secrets.place, Place::Credential(_)) {
        return Ok(());
    }
    let named = |ring: &Ring, names: Vec<Vec<u8>>| -> Vec<Key> {
        names.iter().filter_map(|name| ring.named(name).cloned()).collect()
    };
    let hashes = store.peppered().await?.iter().map(|hash| credential::key_name(hash)).collect();
    let peppers = named(&kept.pepper, hashes);
    let badge_keys = named(&kept.badge_key, store.badge_key_names().await?);
    let sealed = store.sealed_codes().await?;
    let dropped = [
        secrets.kept.pepper.keep(|key| peppers.contains(key)),
        secrets.kept.badge_key.keep(|key| badge_keys.contains(key)),
        secrets.kept.seal_key.keep(|key| sealed.iter().any(|s| unsealed(key, s).is_some())),
    ];
    if dropped.contains(&true) { secrets.save() } else { Ok(()) }
}

/// What can be told of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    pub what: SecretKey,
    /// When it was taken into use; `None` is since the node was made.
    pub since: Option<String>,
    /// Earlier ones that are kept because something still needs them.
    pub earlier: usize,
}

impl Secrets {
    /// Writes them elsewhere and reads them from there from now on, of a node that stands still.
    pub fn move_to(&mut self, _lock: &NodeLock, to: SecretsPlace) -> Result<()> {
        let to = match to {
            _ if matches!(self.place, Place::Credential(_)) => self.place.clone(),
            SecretsPlace::File => Place::File,
            SecretsPlace::Keyring => Place::Keyring(String::new()),
            SecretsPlace::Credential => {
                return Err(Error::Internal("a credential is put in place by the service manager".into()));
            }
        };
        self.save_in(&to)
    }

    pub fn keys(&self) -> [KeyFacts; 3] {
        let kept = &self.kept;
        [
            (SecretKey::Pepper, &kept.pepper),
            (SecretKey::BadgeKey, &kept.badge_key),
            (SecretKey::SealKey, &kept.seal_key),
        ]
        .map(|(what, ring)| KeyFacts {
            what,
            since: ring.since().map(rfc3339),
            earlier: ring.earlier(),
        })
    }

    /// Where they are, and what is wrong with that.
    pub fn health(&self) -> SecretsHealth {
        let file = self.folder.join(super::FILE).display().to_string();
        let (file_open, folder_open) = place::open_to_others(&self.folder);
        let (place, at) = match &self.place {
            Place::File => (SecretsPlace::File, file),
            Place::Keyring(entry) => (SecretsPlace::Keyring, entry.clone()),
            Place::Credential(path) => (SecretsPlace::Credential, path.display().to_string()),
        };
        let unused = place != SecretsPlace::File && place::unused_copy(&self.folder);
        let told = [
            (file_open && (unused || place == SecretsPlace::File), SecretsWarning::FileOpen),
            (folder_open, SecretsWarning::FolderOpen),
            (unused, SecretsWarning::UnusedCopy),
        ];
        let warnings = told.into_iter().filter(|(is, _)| *is).map(|(_, warning)| warning).collect();
        SecretsHealth { place, at, warnings }
    }
}
