//! Codes, passwords and tokens: making them, hashing them, comparing them. What is kept is a hash, always.

use crate::secrets::{Secrets, random};
use crate::{Error, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::code::AccessCode;
use sha2::{Digest, Sha256};

fn hasher(pepper: &[u8], memory: u32) -> Result<Argon2<'_>> {
    let params = Params::new(memory, 2, 1, None).map_err(|e| Error::Internal(e.to_string()))?;
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)
        .map_err(|e| Error::Internal(e.to_string()))
}

/// Eight digits, every one of the 10^8 as likely.
pub(crate) fn new_code() -> Result<AccessCode> {
    loop {
        let number = u32::from_le_bytes(random()?);
        // The largest multiple of 10^8 below 2^32: what lies above would favour small codes.
        if number < 4_200_000_000 {
            return Ok(AccessCode::from_number(number % 100_000_000));
        }
    }
}

/// Hashing takes tens of milliseconds of a core: off the async threads.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))?
}

pub(crate) async fn hash(secrets: &Secrets, text: &str) -> Result<String> {
    let (pepper, memory, text) = (secrets.pepper().to_vec(), secrets.code_memory(), text.to_owned());
    off_thread(move || {
        let hash = hasher(&pepper, memory)?
            .hash_password(text.as_bytes())
            .map_err(|e| Error::Internal(e.to_string()))?;
        Ok(hash.to_string())
    })
    .await
}

/// Which of these hashes the text matches. Takes the time of at least one comparison, also when there is none, so
/// that an unknown code answers no sooner than a known one.
pub(crate) async fn matching(secrets: &Secrets, text: &str, hashes: Vec<String>) -> Result<Option<usize>> {
    let (pepper, memory, text) = (secrets.pepper().to_vec(), secrets.code_memory(), text.to_owned());
    off_thread(move || {
        let argon = hasher(&pepper, memory)?;
        if hashes.is_empty() {
            let _ = argon.hash_password(text.as_bytes());
            return Ok(None);
        }
        Ok(hashes.iter().position(|hash| {
            PasswordHash::new(hash).is_ok_and(|hash| argon.verify_password(text.as_bytes(), &hash).is_ok())
        }))
    })
    .await
}

/// A token to hand out, and the hash that is kept. 256 random bits need no slow hash.
pub(crate) fn new_token() -> Result<(String, Vec<u8>)> {
    let bytes: [u8; 32] = random()?;
    let token = format!("cubby_{}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>());
    let hash = token_hash(&token);
    Ok((token, hash))
}

pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
