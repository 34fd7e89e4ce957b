//! What must not lie in the database: the pepper of codes and passwords, the key of badges, the key that seals waiting
//! messages, and what the channels send with. Kept where [`place`] says.

mod keyring;
mod keys;
mod place;
mod rotation;

use crate::outside::CODE_MEMORY;
use crate::{Error, Result};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::badge::Badge;
use keys::Ring;
use place::Place;
use rand::TryRngCore;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

pub(crate) use keys::Key;
pub(crate) use rotation::tidy;
pub use rotation::{KeyFacts, SecretKey, rotate};

pub(crate) const FILE: &str = "secrets.json";

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    pepper: Ring,
    badge_key: Ring,
    seal_key: Ring,
    #[serde(flatten)]
    channels: crate::channels::Settings,
    #[serde(default)]
    ldap: Option<crate::import::LdapPlan>,
    #[serde(default)]
    provider: Option<sso::Settings>,
}

impl Kept {
    fn new() -> Result<Kept> {
        Ok(Kept {
            pepper: Ring::new()?,
            badge_key: Ring::new()?,
            seal_key: Ring::new()?,
            channels: crate::channels::Settings::default(),
            ldap: None,
            provider: None,
        })
    }

    fn ring(&mut self, what: SecretKey) -> &mut Ring {
        match what {
            SecretKey::Pepper => &mut self.pepper,
            SecretKey::BadgeKey => &mut self.badge_key,
            SecretKey::SealKey => &mut self.seal_key,
        }
    }
}

/// The node's secrets. Never printed.
#[derive(Clone)]
pub struct Secrets {
    kept: Kept,
    folder: PathBuf,
    place: Place,
    code_memory: u32,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    Ok(bytes)
}

/// A new file that only its owner may read, in the place of one that was left there.
pub(crate) fn private(path: &Path) -> std::io::Result<std::fs::File> {
    let _ = std::fs::remove_file(path);
    let mut options = std::fs::File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Secrets {
    /// Reads the folder's secrets, or makes them.
    pub fn open(folder: &Path) -> Result<Secrets> {
        Self::open_with(folder, place::handed_over().as_deref())
    }

    fn open_with(folder: &Path, handed_over: Option<&Path>) -> Result<Secrets> {
        store::own_folder(folder).map_err(store::StoreError::from)?;
        if let Some((place, bytes)) = place::find(folder, handed_over)? {
            let kept = serde_json::from_slice(&bytes).map_err(|e| {
                // Where, and not what: the words of such an error may repeat what it read.
                let (line, column) = (e.line(), e.column());
                Error::Internal(format!("the {place} are damaged (line {line}, column {column})"))
            })?;
            return Ok(Secrets { kept, folder: folder.into(), place, code_memory: CODE_MEMORY });
        }
        let mut secrets = Secrets {
            kept: Kept::new()?,
            folder: folder.into(),
            place: Place::File,
            code_memory: CODE_MEMORY,
        };
        secrets.save()?;
        Ok(secrets)
    }

    pub(crate) fn set_code_memory(&mut self, kib: u32) {
        self.code_memory = kib;
    }

    pub(crate) fn code_memory(&self) -> u32 {
        self.code_memory
    }

    /// As they are written, wherever they lie: for a backup that only its recipient can read.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec_pretty(&self.kept).map_err(store::StoreError::from)?)
    }

    fn save(&mut self) -> Result<()> {
        let to = self.place.clone();
        self.save_in(&to)
    }

    fn save_in(&mut self, to: &Place) -> Result<()> {
        let place = to.write(&self.folder, &self.bytes()?)?;
        let before = std::mem::replace(&mut self.place, place);
        if before != self.place {
            before.forget();
        }
        Ok(())
    }

    pub fn channels(&self) -> &crate::channels::Settings {
        &self.kept.channels
    }

    pub(crate) fn set_channels(&mut self, channels: crate::channels::Settings) -> Result<()> {
        self.kept.channels = channels;
        self.save()
    }

    /// The directory server that people come from.
    pub fn ldap(&self) -> Option<&crate::import::LdapPlan> {
        self.kept.ldap.as_ref()
    }

    pub fn set_ldap(&mut self, ldap: Option<crate::import::LdapPlan>) -> Result<()> {
        self.kept.ldap = ldap;
        self.save()
    }

    pub(crate) fn provider(&self) -> Option<&sso::Settings> {
        self.kept.provider.as_ref()
    }

    pub(crate) fn set_provider(&mut self, provider: Option<sso::Settings>) -> Result<()> {
        self.kept.provider = provider;
        self.save()
    }

    /// The key under which a password or a code is hashed now.
    pub(crate) fn pepper(&self) -> &Key {
        self.kept.pepper.current()
    }

    /// The one that a hash names, if it is still there.
    pub(crate) fn pepper_named(&self, name: &[u8]) -> Option<&Key> {
        self.kept.pepper.named(name)
    }

    /// What a badge is kept as.
    pub(crate) fn badge_hash(&self, badge: &Badge) -> Vec<u8> {
        hash_of(self.kept.badge_key.current(), badge)
    }

    /// What the hash of a badge begins with if it was made with the key of now.
    pub(crate) fn badge_key_name(&self) -> [u8; 4] {
        self.kept.badge_key.current().name()
    }

    /// Every form in which it may stand in the tables, the one of now first.
    pub(crate) fn badge_hashes(&self, badge: &Badge) -> Vec<Vec<u8>> {
        let ring = &self.kept.badge_key;
        let named = ring.all().map(|key| hash_of(key, badge));
        named.chain(std::iter::once(ring.first().hash(badge.as_bytes()))).collect()
    }

    /// One byte that narrows the search for a code without telling it.
    pub(crate) fn code_tag(&self, digits: &str) -> u8 {
        tag_of(self.pepper(), digits)
    }

    /// Every tag under which it may stand in the tables.
    pub(crate) fn code_tags(&self, digits: &str) -> Vec<u8> {
        self.kept.pepper.all().map(|key| tag_of(key, digits)).collect()
    }

    pub(crate) fn seal(&self, text: &str) -> Result<Vec<u8>> {
        let nonce: [u8; 24] = random()?;
        let cipher = XChaCha20Poly1305::new(&(*self.kept.seal_key.current().bytes()).into());
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), text.as_bytes())
            .map_err(|_| Error::Internal("a code could not be sealed".into()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn unseal(&self, sealed: &[u8]) -> Option<String> {
        self.kept.seal_key.all().find_map(|key| unsealed(key, sealed))
    }
}

/// After the name of its key, so that it can be told which keys are still needed.
fn hash_of(key: &Key, badge: &Badge) -> Vec<u8> {
    [key.name().as_slice(), &key.hash(badge.as_bytes())].concat()
}

fn tag_of(key: &Key, digits: &str) -> u8 {
    key.hash(digits.as_bytes()).first().copied().unwrap_or_default()
}

/// A sealed text says by itself whether a key is its own.
fn unsealed(key: &Key, sealed: &[u8]) -> Option<String> {
    let (nonce, rest) = sealed.split_first_chunk::<24>()?;
    let cipher = XChaCha20Poly1305::new(&(*key.bytes()).into());
    String::from_utf8(cipher.decrypt(&XNonce::from(*nonce), rest).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{SecretsPlace, SecretsWarning};
    use domain::time::Wall;
    use store::NodeLock;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn secrets_are_made_once_kept_private_and_open_what_they_sealed() {
        let folder = folder();
        let first = Secrets::open(folder.path()).unwrap();
        let sealed = first.seal("12345678").unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"1234"));
        let again = Secrets::open(folder.path()).unwrap();
        assert_eq!(again.unseal(&sealed).as_deref(), Some("12345678"));
        assert_eq!(again.unseal(&sealed[..30]), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_was_sealed_or_hashed_before_a_rotation_is_still_known_after_it() {
        let folder = folder();
        let mut secrets = Secrets::open(folder.path()).unwrap();
        let badge = Badge::parse("04A2B96C").unwrap();
        let (sealed, hash, tag) =
            (secrets.seal("12345678").unwrap(), secrets.badge_hash(&badge), secrets.code_tag("12345678"));
        let bare = secrets.kept.badge_key.current().hash(badge.as_bytes());
        for what in [SecretKey::SealKey, SecretKey::BadgeKey, SecretKey::Pepper] {
            secrets.kept.ring(what).rotate(Wall(7)).unwrap();
        }
        secrets.save().unwrap();
        let again = Secrets::open(folder.path()).unwrap();
        assert_eq!(again.unseal(&sealed).as_deref(), Some("12345678"));
        assert_ne!(again.badge_hash(&badge), hash);
        assert_eq!(again.badge_hashes(&badge).first(), Some(&again.badge_hash(&badge)));
        assert!(again.badge_hashes(&badge).contains(&hash));
        assert!(again.badge_hashes(&badge).contains(&bare), "as a node of before kept it");
        assert!(again.code_tags("12345678").contains(&tag));
    }

    #[test]
    fn a_credential_is_used_when_it_is_handed_over_and_never_written() {
        let (parent, handed) = (folder(), folder());
        let folder = parent.path().join("data");
        let mut file = Secrets::open(&folder).unwrap();
        std::fs::copy(folder.join(FILE), handed.path().join("cubby-secrets")).unwrap();
        let sealed = file.seal("12345678").unwrap();
        let mut there = Secrets::open_with(&folder, Some(handed.path())).unwrap();
        assert_eq!(there.health().place, SecretsPlace::Credential);
        assert_eq!(there.health().warnings, [SecretsWarning::UnusedCopy]);
        assert_eq!(there.unseal(&sealed).as_deref(), Some("12345678"));

        // The old file goes; from the next start on a note stands in its place.
        std::fs::remove_file(folder.join(FILE)).unwrap();
        Secrets::open_with(&folder, Some(handed.path())).unwrap();
        let there_now = Secrets::open_with(&folder, Some(handed.path())).unwrap();
        assert_eq!(there_now.health().warnings, []);
        let refused = Secrets::open(&folder).unwrap_err().to_string();
        assert!(refused.contains("was not handed over"), "no secrets are made anew: {refused}");

        let before = std::fs::read(handed.path().join("cubby-secrets")).unwrap();
        let lock = NodeLock::take(&folder).unwrap();
        for refused in [there.set_provider(None), there.move_to(&lock, SecretsPlace::File)] {
            assert!(refused.unwrap_err().to_string().contains("only its owner can change"));
        }
        assert_eq!(std::fs::read(handed.path().join("cubby-secrets")).unwrap(), before);
        file.save().unwrap();
    }

    #[test]
    fn damaged_secrets_are_refused_kept_and_not_repeated() {
        let folder = folder();
        Secrets::open(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        for damage in ["", "{", "{\"pepper\":\"c0ffee\"}", "{\"kept_in\":\"the moon\"}", "null"] {
            std::fs::write(&path, damage).unwrap();
            let error = Secrets::open(folder.path()).unwrap_err().to_string();
            assert!(error.contains("damaged") && !error.contains("c0ffee"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), damage);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_open_is_warned_of() {
        use std::os::unix::fs::PermissionsExt;
        let parent = folder();
        let folder = parent.path().join("data");
        let secrets = Secrets::open(&folder).unwrap();
        assert_eq!(secrets.health().warnings, []);
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&folder.join(FILE), 0o640);
        assert_eq!(secrets.health().warnings, [SecretsWarning::FileOpen]);
        set(&folder, 0o755);
        assert_eq!(secrets.health().warnings, [SecretsWarning::FileOpen, SecretsWarning::FolderOpen]);
    }
}
