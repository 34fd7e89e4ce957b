//! Codes, passwords and tokens: making them, hashing them, comparing them. What is kept is a hash, always.

use crate::secrets::{Key, Secrets, random};
use crate::{Error, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, KeyId, Params, ParamsBuilder, Version};
use domain::code::AccessCode;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use std::sync::mpsc::{Sender, channel};

/// What it makes names the pepper, so that after a rotation it is known which one to compare with.
fn hasher(pepper: &Key, memory: u32) -> Result<Argon2<'_>> {
    let internal = |e: argon2::Error| Error::Internal(e.to_string());
    let name = KeyId::new(&pepper.name()).map_err(internal)?;
    let params =
        ParamsBuilder::new().m_cost(memory).t_cost(2).p_cost(1).keyid(name).build().map_err(internal)?;
    Argon2::new_with_secret(pepper.bytes(), Algorithm::Argon2id, Version::V0x13, params).map_err(internal)
}

/// The name of the pepper that a hash was made with; empty for one of before peppers had names.
pub(crate) fn key_name(hash: &str) -> Vec<u8> {
    let params = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
    params.map(|params| params.keyid().to_vec()).unwrap_or_default()
}

/// Was it made with the pepper of now?
pub(crate) fn is_current(secrets: &Secrets, hash: &str) -> bool {
    key_name(hash) == secrets.pepper().name()
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

type Work = Box<dyn FnOnce() + Send>;

/// Hashing takes tens of milliseconds of a core and 19 MiB: off the async threads, and on one only, for an allocator
/// keeps such a piece for every thread that ever asked for one.
static HASHING: LazyLock<Sender<Work>> = LazyLock::new(|| {
    let (send, receive) = channel::<Work>();
    let begun = std::thread::Builder::new().name("hashing".into()).spawn(move || {
        for work in receive {
            // One that fails is told to who asked; the next ones are still to be done.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        }
    });
    if let Err(error) = begun {
        tracing::error!(%error, "no thread to hash on");
    }
    send
});

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    // Whoever asked may have gone; then nobody needs to know.
    let work = Box::new(move || drop(reply.send(work())));
    let gone = || Error::Internal("nothing can be hashed".into());
    HASHING.send(work).map_err(|_| gone())?;
    answer.await.map_err(|_| gone())?
}

pub(crate) async fn hash(secrets: &Secrets, text: &str) -> Result<String> {
    let (pepper, memory, text) = (secrets.pepper().clone(), secrets.code_memory(), text.to_owned());
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
    let (secrets, text) = (secrets.clone(), text.to_owned());
    off_thread(move || {
        let mut compared = false;
        let found = hashes.iter().position(|hash| {
            let Some(pepper) = secrets.pepper_named(&key_name(hash)) else { return false };
            let Ok(argon) = hasher(pepper, secrets.code_memory()) else { return false };
            compared = true;
            PasswordHash::new(hash).is_ok_and(|hash| argon.verify_password(text.as_bytes(), &hash).is_ok())
        });
        if !compared {
            let _ = hasher(secrets.pepper(), secrets.code_memory())?.hash_password(text.as_bytes());
        }
        Ok(found)
    })
    .await
}

/// A token to hand out, and the hash that is kept. 256 random bits need no slow hash.
pub(crate) fn new_token() -> Result<(String, Vec<u8>)> {
    let bytes: [u8; 32] = random()?;
    let token = format!("cubby_{}", hex::encode(bytes));
    let hash = token_hash(&token);
    Ok((token, hash))
}

pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
