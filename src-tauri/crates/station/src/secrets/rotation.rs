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
    if what == SecretKey::BadgeKey && crate::import::is_left_over(&secrets.folder)? {
        // What is still to be written of badges was hashed with the key of before.
        return Err(Error::Internal("an import is not finished: start the node once, then rotate".into()));
    }
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
    let sealed = store.sealed().await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::badge::Badge;
    use domain::time::Wall;
    use proptest::prelude::*;

    const ALL: [SecretKey; 3] = [SecretKey::Pepper, SecretKey::BadgeKey, SecretKey::SealKey];

    #[derive(Clone, Copy, Debug)]
    enum Act {
        Rotate(usize),
        /// Something is made with each key.
        Make(u32),
        /// Started anew from what is durable.
        Restart,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            (0..3usize).prop_map(Act::Rotate),
            (10_000_000..99_999_999u32).prop_map(Act::Make),
            Just(Act::Restart),
        ];
        prop::collection::vec(act, 1..12)
    }

    /// What a table holds of one number, as a code, a badge and a sealed message.
    struct Made {
        digits: String,
        hash: String,
        tag: u8,
        badge: Vec<u8>,
        sealed: Vec<u8>,
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn whatever_is_rotated_and_when_what_was_made_stays_good(acts in acts()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let open = || {
                let mut secrets = Secrets::open(folder.path()).unwrap();
                secrets.set_code_memory(8);
                secrets
            };
            let (mut secrets, mut made) = (open(), Vec::<Made>::new());
            for (at, act) in (1..).zip(acts) {
                match act {
                    Act::Rotate(n) => {
                        secrets.kept.ring(ALL[n]).rotate(Wall(at)).unwrap();
                        secrets.save().unwrap();
                    }
                    Act::Restart => secrets = open(),
                    Act::Make(number) => {
                        let digits = number.to_string();
                        let badge = Badge::parse(&digits).unwrap();
                        made.push(Made {
                            hash: runtime.block_on(credential::hash(&secrets, &digits)).unwrap(),
                            tag: secrets.code_tag(&digits),
                            badge: secrets.badge_hash(&badge),
                            sealed: secrets.seal(&digits).unwrap(),
                            digits,
                        });
                    }
                }
                for one in &made {
                    let hashes = vec![one.hash.clone()];
                    let right = runtime.block_on(credential::matching(&secrets, &one.digits, hashes.clone()));
                    prop_assert_eq!(right.unwrap(), Some(0));
                    let wrong = runtime.block_on(credential::matching(&secrets, "00000000", hashes));
                    prop_assert_eq!(wrong.unwrap(), None);
                    prop_assert!(secrets.code_tags(&one.digits).contains(&one.tag));
                    prop_assert!(secrets.badge_hashes(&Badge::parse(&one.digits).unwrap()).contains(&one.badge));
                    prop_assert_eq!(secrets.unseal(&one.sealed), Some(one.digits.clone()));
                }
            }
        }
    }
}
