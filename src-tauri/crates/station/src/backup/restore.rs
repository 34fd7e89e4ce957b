//! Puts a backup in a data folder's place.
//!
//! Must never begin before the backup is read to its end, nor throw away what it replaces.

use super::DATABASE;
use super::error::{BackupError, Result};
use crate::secrets;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use store::{NodeLock, Store};

/// How a file that age encrypted begins.
const AGE: &[u8] = b"age-encryption.org/v1";

/// Puts a backup in a data folder's place; says whether its secrets came with it.
pub async fn restore(
    data: &Path,
    from: &Path,
    identity: Option<&Path>,
    kept_as: &str,
) -> crate::Result<bool> {
    let lock = NodeLock::take(data)?;
    let (half, secret) = (data.join("restored.part"), data.join("restored.secrets.part"));
    let (from, identity) = (from.to_owned(), identity.map(Path::to_owned));
    let unpacked = {
        let (half, secret) = (half.clone(), secret.clone());
        tokio::task::spawn_blocking(move || unpack(&from, identity.as_deref(), &half, &secret))
    };
    let with_secrets = unpacked.await.map_err(BackupError::from)??;
    let also = with_secrets.then_some((secret.as_path(), secrets::FILE));
    Store::put_in_place(&lock, data, &half, also, kept_as).await?;
    Ok(with_secrets)
}

/// Says whether the secrets are in it.
fn unpack(from: &Path, identity: Option<&Path>, half: &Path, secret: &Path) -> Result<bool> {
    let told = |says: &dyn std::fmt::Display| BackupError::unreadable(from, says);
    let mut file = File::open(from).map_err(|e| told(&e))?;
    let mut head = vec![];
    Read::by_ref(&mut file).take(AGE.len() as u64).read_to_end(&mut head)?;
    if head != AGE {
        std::fs::copy(from, half)?;
        return Ok(false);
    }
    let Some(identity) = identity else { return Err(BackupError::KeyNeeded(from.to_owned())) };
    let identities = age::IdentityFile::from_file(identity.to_string_lossy().into_owned())
        .map_err(|e| BackupError::unreadable(identity, e))?
        .into_identities()
        .map_err(|e| BackupError::unreadable(identity, e))?;
    let file = File::open(from)?;
    let decryptor = age::Decryptor::new(std::io::BufReader::new(file)).map_err(|e| told(&e))?;
    let plain = decryptor
        .decrypt(identities.iter().map(|i| i.as_ref() as &dyn age::Identity))
        .map_err(|e| told(&e))?;
    let mut archive = tar::Archive::new(plain);
    let (mut database, mut secrets) = (false, false);
    for entry in archive.entries().map_err(|e| told(&e))? {
        let mut entry = entry.map_err(|e| told(&e))?;
        let name = entry.path().map_err(|e| told(&e))?.to_string_lossy().into_owned();
        // Only what is known, to places that are known.
        let to = match name.as_str() {
            DATABASE => half,
            secrets::FILE => secret,
            _ => continue,
        };
        let mut out = secrets::private(to)?;
        std::io::copy(&mut entry, &mut out).map_err(|e| told(&e))?;
        out.sync_all()?;
        database |= name == DATABASE;
        secrets |= name == secrets::FILE;
    }
    if !database {
        return Err(told(&"there is no database in it"));
    }
    Ok(secrets)
}
