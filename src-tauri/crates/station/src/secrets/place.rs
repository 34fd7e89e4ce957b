//! Where secrets lie: a file that only its owner may read, the operating system's keyring, or a credential that the
//! service manager hands over. The file is always there and says which, so that a node whose keyring is locked or
//! whose credential was forgotten does not start with secrets made anew.

use super::{FILE, keyring, private};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use store::StoreError;

/// The name under which systemd hands them over.
const CREDENTIAL: &str = "cubby-secrets";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    File,
    /// The name of the entry.
    Keyring(String),
    /// Can be read and not written.
    Credential(PathBuf),
}

/// What stands in the file when the secrets lie elsewhere.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kept_in", rename_all = "snake_case")]
enum Pointer {
    Keyring { entry: String },
    Credential,
}

fn io(error: std::io::Error) -> Error {
    StoreError::from(error).into()
}

/// The folder in which the service manager put what it hands over.
pub(super) fn handed_over() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
}

/// Reads what there is: the place and its bytes, or nothing in a new folder.
pub(super) fn find(folder: &Path, handed_over: Option<&Path>) -> Result<Option<(Place, Vec<u8>)>> {
    let path = folder.join(FILE);
    let file = match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(io(error)),
    };
    if let Some(credential) = handed_over.map(|h| h.join(CREDENTIAL)).filter(|c| c.exists()) {
        let bytes = std::fs::read(&credential)
            .map_err(|e| Error::Internal(format!("{} can't be read: {e}", credential.display())))?;
        if file.is_none() {
            put(folder, &pointing(&Pointer::Credential)?)?;
        }
        return Ok(Some((Place::Credential(credential), bytes)));
    }
    let Some(file) = file else { return Ok(None) };
    Ok(Some(match serde_json::from_slice(&file) {
        Ok(Pointer::Keyring { entry }) => {
            let bytes = keyring::read(&entry)?;
            (Place::Keyring(entry), bytes)
        }
        Ok(Pointer::Credential) => {
            return Err(Error::Internal(format!(
                "this node's secrets are the credential {CREDENTIAL} of its service, which was not handed over: run this as the service does, with LoadCredential or LoadCredentialEncrypted, and CREDENTIALS_DIRECTORY"
            )));
        }
        Err(_) => (Place::File, file),
    }))
}

fn pointing(to: &Pointer) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec_pretty(to).map_err(StoreError::from)?)
}

/// Durable before it is used.
fn put(folder: &Path, bytes: &[u8]) -> Result<()> {
    let path = folder.join(FILE);
    let half = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        let mut file = private(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&half, &path)?;
        store::sync_folder(folder)
    };
    write().map_err(io)
}

impl Place {
    /// Writes secrets, all or nothing: until the last step the old ones are what is read. Says where they lie now.
    pub fn write(&self, folder: &Path, bytes: &[u8]) -> Result<Place> {
        match self {
            Place::File => {
                put(folder, bytes)?;
                Ok(Place::File)
            }
            Place::Keyring(_) => {
                // A keyring promises nothing about a power cut in the middle: each version is an entry of its own.
                let entry = uuid::Uuid::now_v7().to_string();
                keyring::write(&entry, bytes)?;
                if keyring::read(&entry)? != bytes {
                    return Err(Error::Internal(
                        "the keyring gives back something else than it was given".into(),
                    ));
                }
                put(folder, &pointing(&Pointer::Keyring { entry: entry.clone() })?)?;
                Ok(Place::Keyring(entry))
            }
            Place::Credential(_) => Err(Error::Internal(format!(
                "this node's secrets are the credential {CREDENTIAL} of its service, which only its owner can change: see “Secrets” in docs/operations.md"
            ))),
        }
    }

    /// What was left behind there is of no use any more.
    pub fn forget(&self) {
        if let Place::Keyring(entry) = self
            && let Err(error) = keyring::delete(entry)
        {
            tracing::warn!(%error, "secrets that are used no more could not be deleted from the keyring");
        }
    }
}

/// Is there a file with whole secrets, although they lie elsewhere?
pub(super) fn unused_copy(folder: &Path) -> bool {
    std::fs::read(folder.join(FILE)).is_ok_and(|bytes| serde_json::from_slice::<Pointer>(&bytes).is_err())
}

/// May others than the owner open the file, or look into the folder?
#[cfg(unix)]
pub(super) fn open_to_others(folder: &Path) -> (bool, bool) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.permissions().mode());
    (mode(&folder.join(FILE)) & 0o177 != 0, mode(folder) & 0o007 != 0)
}

#[cfg(not(unix))]
pub(super) fn open_to_others(_: &Path) -> (bool, bool) {
    (false, false)
}
