//! What must not lie in the database: the pepper of codes, the key of badges, the key that seals waiting messages,
//! and the mail server's address with its password. One file in the data folder that only its owner may read.

use crate::outside::CODE_MEMORY;
use crate::{Error, Result};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) const FILE: &str = "secrets.json";

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    pepper: [u8; 32],
    badge_key: [u8; 32],
    seal_key: [u8; 32],
    #[serde(default)]
    email: Option<notify::EmailSettings>,
    #[serde(default)]
    ldap: Option<crate::import::LdapPlan>,
    #[serde(default)]
    provider: Option<sso::Settings>,
}

/// The node's secrets. Never printed.
#[derive(Clone)]
pub struct Secrets {
    kept: Kept,
    path: PathBuf,
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
        std::fs::create_dir_all(folder).map_err(store::StoreError::from)?;
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let kept = serde_json::from_slice(&bytes)
                    .map_err(|e| Error::Internal(format!("{} can't be read: {e}", path.display())))?;
                Ok(Secrets { kept, path, code_memory: CODE_MEMORY })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let kept = Kept {
                    pepper: random()?,
                    badge_key: random()?,
                    seal_key: random()?,
                    email: None,
                    ldap: None,
                    provider: None,
                };
                let secrets = Secrets { kept, path, code_memory: CODE_MEMORY };
                secrets.save()?;
                Ok(secrets)
            }
            Err(error) => Err(store::StoreError::from(error).into()),
        }
    }

    pub(crate) fn set_code_memory(&mut self, kib: u32) {
        self.code_memory = kib;
    }

    pub(crate) fn code_memory(&self) -> u32 {
        self.code_memory
    }

    fn save(&self) -> Result<()> {
        let half = self.path.with_extension("part");
        let write = || -> std::io::Result<()> {
            let mut file = private(&half)?;
            file.write_all(&serde_json::to_vec_pretty(&self.kept)?)?;
            file.sync_all()?;
            std::fs::rename(&half, &self.path)
        };
        write().map_err(|e| store::StoreError::from(e).into())
    }

    pub fn email(&self) -> Option<&notify::EmailSettings> {
        self.kept.email.as_ref()
    }

    pub(crate) fn set_email(&mut self, email: Option<notify::EmailSettings>) -> Result<()> {
        self.kept.email = email;
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
    }

    pub(crate) fn pepper(&self) -> &[u8] {
        &self.kept.pepper
    }

    fn keyed(key: &[u8], bytes: &[u8]) -> Vec<u8> {
        // HMAC takes a key of any length.
        match <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) {
            Ok(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Err(_) => Vec::new(),
        }
    }

    pub(crate) fn badge_hash(&self, badge: &domain::badge::Badge) -> Vec<u8> {
        Self::keyed(&self.kept.badge_key, badge.as_bytes())
    }

    /// One byte that narrows the search for a code without telling it.
    pub(crate) fn code_tag(&self, digits: &str) -> u8 {
        Self::keyed(&self.kept.pepper, digits.as_bytes()).first().copied().unwrap_or_default()
    }

    pub(crate) fn seal(&self, text: &str) -> Result<Vec<u8>> {
        let nonce: [u8; 24] = random()?;
        let cipher = XChaCha20Poly1305::new(&Key::from(self.kept.seal_key));
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), text.as_bytes())
            .map_err(|_| Error::Internal("a code could not be sealed".into()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn unseal(&self, sealed: &[u8]) -> Option<String> {
        let (nonce, rest) = sealed.split_first_chunk::<24>()?;
        let cipher = XChaCha20Poly1305::new(&Key::from(self.kept.seal_key));
        String::from_utf8(cipher.decrypt(&XNonce::from(*nonce), rest).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once_kept_private_and_open_what_they_sealed() {
        let folder = tempfile::tempdir().unwrap();
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
}
