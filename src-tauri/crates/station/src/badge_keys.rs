//! Whose a badge is. It is kept as a keyed hash; one made with an earlier key is made anew when its badge comes by.

use crate::start::Station;
use crate::{Result, Secrets};
use domain::badge::Badge;
use std::collections::HashSet;
use store::{BadgeRow, PersonRow, Stamp, Store, Tx};

/// Badges in one transaction: a door that opens meanwhile waits no longer than for these.
const PART: usize = 500;

impl Station {
    /// The badge, also a blocked one: what it may do is the caller's to ask.
    pub(crate) async fn known_badge(&self, badge: &Badge) -> Result<Option<BadgeRow>> {
        let (store, hashes) = (&self.inner.store, self.inner.secrets().badge_hashes(badge));
        for (at, hash) in hashes.iter().enumerate() {
            let Some(known) = store.badge_by_hash(hash).await? else { continue };
            if at > 0
                && let Err(error) = self.renew_badges(std::slice::from_ref(badge)).await
            {
                // It is as good as before, and the next time it is tried again.
                tracing::warn!(%error, "a badge could not be hashed with the new key");
            }
            return Ok(Some(known));
        }
        Ok(None)
    }

    pub(crate) async fn badge_owner(&self, badge: &Badge) -> Result<Option<PersonRow>> {
        match self.known_badge(badge).await? {
            Some(known) => Ok(self.inner.store.person(known.person).await?),
            None => Ok(None),
        }
    }

    /// Whoever is about to write of badges by their numbers calls this first, outside a transaction: from then on each
    /// is known by its hash of now.
    pub(crate) async fn renew_badges(&self, badges: &[Badge]) -> Result<()> {
        renew(&self.inner.store, &self.inner.secrets(), self.inner.stamp(), badges).await
    }

    pub(crate) async fn renew_numbers(&self, numbers: &[String]) -> Result<()> {
        let badges: Vec<Badge> = numbers.iter().filter_map(|number| Badge::parse(number)).collect();
        self.renew_badges(&badges).await
    }
}

/// What badges are kept as, for who writes of them in a transaction that has begun.
pub(crate) struct Hashes {
    secrets: Secrets,
    earlier: HashSet<Vec<u8>>,
}

impl Hashes {
    pub async fn read(tx: &mut Tx, secrets: Secrets) -> Result<Hashes> {
        let earlier = tx.badges_of_earlier_keys(secrets.badge_key_name()).await?;
        Ok(Hashes { secrets, earlier })
    }

    /// As it stands in the tables, or as it would.
    pub fn of(&self, badge: &Badge) -> Vec<u8> {
        let known = self.secrets.badge_hashes(badge).into_iter().find(|hash| self.earlier.contains(hash));
        known.unwrap_or_else(|| self.secrets.badge_hash(badge))
    }
}

pub(crate) async fn renew(store: &Store, secrets: &Secrets, stamp: Stamp, badges: &[Badge]) -> Result<()> {
    let earlier = store.badges_of_earlier_keys(secrets.badge_key_name()).await?;
    if earlier.is_empty() {
        return Ok(());
    }
    let mut due = Vec::new();
    for hashes in badges.iter().map(|badge| secrets.badge_hashes(badge)) {
        let Some((now, before)) = hashes.split_first() else { continue };
        due.extend(
            before.iter().find(|hash| earlier.contains(*hash)).map(|hash| (hash.clone(), now.clone())),
        );
    }
    for part in due.chunks(PART) {
        let mut tx = store.begin(stamp).await?;
        for (from, to) in part {
            tx.rehash_badge(from, to).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
