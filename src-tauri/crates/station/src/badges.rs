//! Whose a badge is. Kept as a keyed hash; one made with an earlier key is made anew when its badge comes by.

use crate::Result;
use crate::start::Station;
use domain::badge::Badge;
use store::PersonRow;

impl Station {
    pub(crate) async fn badge_owner(&self, badge: &Badge) -> Result<Option<PersonRow>> {
        let store = &self.inner.store;
        let hashes = self.inner.secrets().badge_hashes(badge);
        for (earlier, hash) in hashes.iter().enumerate() {
            let Some(owner) = store.person_by_badge(hash).await? else { continue };
            if let Some(now) = hashes.first().filter(|_| earlier > 0)
                && let Err(error) = store.rehash_badge(hash, now).await
            {
                // It is as good as before, and the next time it is tried again.
                tracing::warn!(%error, "a badge could not be hashed with the new key");
            }
            return Ok(Some(owner));
        }
        Ok(None)
    }
}
