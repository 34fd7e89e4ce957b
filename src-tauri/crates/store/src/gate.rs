//! Whether the file may still be written. Once a write failed in a way that leaves unknown what is on the disk, nothing
//! is written through this handle again: the kernel may have dropped the pages and would call the next sync a success.
//!
//! Must never open again: only a new process, which reads the file anew, may go on.

use crate::{Result, StoreError};
use std::sync::Arc;
use tokio::sync::watch;

#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<watch::Sender<Option<String>>>);

impl Gate {
    pub fn new() -> Gate {
        Gate(Arc::new(watch::channel(None).0))
    }

    pub fn open(&self) -> Result<()> {
        match &*self.0.borrow() {
            Some(why) => Err(StoreError::Broken(why.clone())),
            None => Ok(()),
        }
    }

    pub fn shut(&self, why: &str) {
        self.0.send_if_modified(|state| {
            let first = state.is_none();
            if first {
                *state = Some(why.to_owned());
            }
            first
        });
    }

    pub fn watch(&self) -> watch::Receiver<Option<String>> {
        self.0.subscribe()
    }

    /// Looks at what a write came to, and shuts if nothing may follow it.
    pub fn after<T, E: Into<StoreError>>(&self, result: std::result::Result<T, E>) -> Result<T> {
        let result = result.map_err(Into::into);
        if let Err(error @ (StoreError::Disk(_) | StoreError::Damaged(_))) = &result {
            self.shut(&error.to_string());
        }
        result
    }
}
