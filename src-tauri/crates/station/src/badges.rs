//! Whose a badge is. Kept as a keyed hash; one made with an earlier key is made anew when its badge comes by.

use crate::Result;
use crate::start::Station;
use domain::badge::Badge;
use store::PersonRow;

impl Station {
    pub(crate) async fn badge_owner(&self, badge: &Badge) -> Result<Option<PersonRow>> {
        let store = &self.inner.store;
        let now = self.inner.secrets().badge_hash(badge);
        match store.person_by_badge(&now).await? {
            Some(owner) => Ok(Some(owner)),
            None => match self.renew_badge(badge).await? {
                Some(kept) => Ok(store.person_by_badge(&kept).await?),
                None => Ok(None),
            },
        }
    }

    /// Whoever is about to write of badges by their numbers calls this first, outside a transaction: from then on each
    /// is known by its hash of now.
    pub(crate) async fn renew_badges(&self, numbers: &[String]) -> Result<()> {
        for badge in numbers.iter().filter_map(|number| Badge::parse(number)) {
            self.renew_badge(&badge).await?;
        }
        Ok(())
    }

    /// The hash under which a badge is known from now on, if an earlier one was known.
    async fn renew_badge(&self, badge: &Badge) -> Result<Option<Vec<u8>>> {
        let mut hashes = self.inner.secrets().badge_hashes(badge).into_iter();
        let Some(now) = hashes.next() else { return Ok(None) };
        for earlier in hashes {
            if self.inner.store.badge_by_hash(&earlier).await?.is_none() {
                continue;
            }
            return match self.rehash(&earlier, &now).await {
                Ok(()) => Ok(Some(now)),
                Err(error) => {
                    // It is as good as before, and the next time it is tried again.
                    tracing::warn!(%error, "a badge could not be hashed with the new key");
                    Ok(Some(earlier))
                }
            };
        }
        Ok(None)
    }

    async fn rehash(&self, from: &[u8], to: &[u8]) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.rehash_badge(from, to).await?;
        self.commit(tx).await
    }
}
