//! The second factor: codes of thirty seconds after RFC 6238, and recovery codes for when the phone is lost.
//!
//! The key is kept sealed, recovery codes as hashes, and no code is ever taken twice.

use crate::secrets::random;
use crate::start::Station;
use crate::{Error, Result, credential};
use domain::PersonId;
use domain::event::{AccountPart, Actor, Event};
use store::Account;
use totp_rs::{Builder, Secret, Totp};

/// Steps by which the phone's clock may be off, either way.
const SLACK: u16 = 1;
/// Recovery codes made at once, and the characters of one.
const CODES: usize = 10;
const CODE_LENGTH: usize = 10;
/// Crockford's: nothing that is taken for something else.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A key that is offered and not yet in use: it counts once its first code was typed.
#[derive(Clone)]
pub struct Offer {
    key: String,
    uri: String,
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Offer(…)")
    }
}

impl Offer {
    /// For who can't scan: to be typed.
    pub fn key(&self) -> &str {
        &self.key
    }
    /// What the QR says.
    pub fn uri(&self) -> &str {
        &self.uri
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("second factor: {error}"))
}

fn reader(key: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(key).map_err(broken)?;
    Builder::new().with_secret(secret).with_skew(SLACK).build().map_err(broken)
}

pub(crate) fn offer(site: &str, account: &str) -> Result<Offer> {
    let key = Secret::from(random::<20>()?).to_base32();
    let part = |text: &str| {
        text.bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect::<String>()
    };
    // A colon parts the two, so neither may have one.
    let issuer = part(&format!("Cubby {}", site.replace(':', " ")));
    let uri =
        format!("otpauth://totp/{issuer}:{}?secret={key}&issuer={issuer}", part(&account.replace(':', " ")));
    Ok(Offer { key, uri })
}

/// The step whose code this is, within the slack and after the last one taken.
fn step_of(key: &str, code: &str, seconds: i64, last: i64) -> Result<Option<i64>> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let seconds = u64::try_from(seconds).map_err(broken)?;
    let step = reader(key)?.check(&digits, seconds).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > last))
}

/// A recovery code as it is compared: what people add or confuse makes no difference.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect()
}

fn new_recovery_code() -> Result<String> {
    let bytes: [u8; CODE_LENGTH] = random()?;
    // Thirty-two letters: five bits of each byte, every letter as likely.
    Ok(bytes.iter().filter_map(|b| LETTERS.get(usize::from(b % 32))).map(|b| char::from(*b)).collect())
}

impl Station {
    /// Puts an offered key into use, if this is its first code. Returns the recovery codes: they are shown once.
    pub(crate) async fn enrol(&self, person: PersonId, offer: &Offer, code: &str) -> Result<Vec<String>> {
        let secrets = self.inner.secrets();
        let step = step_of(&offer.key, code, self.now().0 / 1_000, 0)?.ok_or(Error::FactorRefused)?;
        let (codes, recovery) = self.recovery_codes().await?;
        let by = Actor::Person(person);
        let mut tx = self.begin().await?;
        for what in [AccountPart::Totp, AccountPart::Recovery] {
            tx.append(&Event::AccountChanged { person, what, given: true, by }).await?;
        }
        let account = tx.account(person).await?;
        let totp_sealed = Some(secrets.seal(&offer.key)?);
        tx.put_account(person, &Account { totp_sealed, totp_step: step, recovery, ..account }).await?;
        self.commit(tx).await?;
        Ok(codes)
    }

    /// New codes to show, and their hashes to keep.
    pub(crate) async fn recovery_codes(&self) -> Result<(Vec<String>, Vec<String>)> {
        let secrets = self.inner.secrets();
        let (mut codes, mut hashes) = (Vec::new(), Vec::new());
        for _ in 0..CODES {
            let code = new_recovery_code()?;
            hashes.push(credential::hash(&secrets, &code).await?);
            codes.push(format!("{}-{}", &code[..CODE_LENGTH / 2], &code[CODE_LENGTH / 2..]));
        }
        Ok((codes, hashes))
    }

    /// Uses up a code of the second factor: a step's, or a recovery code.
    pub(crate) async fn take_factor(&self, person: PersonId, code: &str) -> Result<bool> {
        let secrets = self.inner.secrets();
        let now = self.now().0 / 1_000;
        let code = plain(code);
        let kept = self.inner.store.account(person).await?;
        let spent = match code.len() {
            CODE_LENGTH => credential::matching(&secrets, &code, kept.recovery.clone()).await?,
            _ => None,
        };
        let mut tx = self.begin().await?;
        let mut account = tx.account(person).await?;
        let sealed = account.totp_sealed.as_deref();
        let key = sealed.and_then(|sealed| secrets.unseal(sealed));
        let step = match &key {
            Some(key) if spent.is_none() => step_of(key, &code, now, account.totp_step)?,
            _ => None,
        };
        match (step, spent.and_then(|at| kept.recovery.get(at))) {
            (Some(step), _) => account.totp_step = step,
            (None, Some(hash)) if account.recovery.contains(hash) => {
                account.recovery.retain(|other| other != hash);
                let by = Actor::Person(person);
                let what = AccountPart::Recovery;
                tx.append(&Event::AccountChanged { person, what, given: false, by }).await?;
            }
            _ => return Ok(false),
        }
        tx.put_account(person, &account).await?;
        self.commit(tx).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: its seed of twenty bytes in base 32, the last six of its eight digits.
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn code_at(key: &str, seconds: u64) -> String {
        reader(key).unwrap().generate(seconds).to_string()
    }

    #[test]
    fn the_codes_are_the_standards() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(code_at(KEY, seconds), code);
            let seconds = i64::try_from(seconds).unwrap();
            assert_eq!(step_of(KEY, code, seconds, 0).unwrap(), Some(seconds / 30));
        }
    }

    #[test]
    fn a_step_either_way_is_forgiven_and_no_code_is_taken_twice() {
        let code = code_at(KEY, 1_200);
        assert_eq!(step_of(KEY, &code, 1_230, 0).unwrap(), Some(40), "the phone is behind");
        assert_eq!(step_of(KEY, &code, 1_199, 0).unwrap(), Some(40), "the phone is ahead");
        assert_eq!(step_of(KEY, &code, 1_260, 0).unwrap(), None, "two steps are too many");
        assert_eq!(step_of(KEY, &code, 1_200, 40).unwrap(), None, "taken already");
        assert_eq!(step_of(KEY, &code, 1_200, 41).unwrap(), None, "older than one that was taken");
    }

    #[test]
    fn an_offer_says_whose_it_is_and_keeps_its_key_out_of_debug_output() {
        let offer = offer("Head: office", "ada@example.com").unwrap();
        assert!(
            offer.uri().starts_with("otpauth://totp/Cubby%20Head%20%20office:ada%40example%2Ecom?secret=")
        );
        assert!(!format!("{offer:?}").contains(offer.key()));
        assert_ne!(offer.key(), super::offer("Head office", "ada@example.com").unwrap().key());
    }

    #[test]
    fn recovery_codes_are_read_however_they_are_written() {
        assert_eq!(plain("o1il0-abcde"), "01110ABCDE");
        assert_eq!(new_recovery_code().unwrap().len(), CODE_LENGTH);
    }
}
