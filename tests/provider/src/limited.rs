//! A provider that takes so many requests a second and tells the others to come back in one.

use crate::{Asked, Provider, say, wait};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub struct Limited {
    pub provider: Provider,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    taken: HashMap<String, usize>,
    refused: usize,
}

impl Limited {
    pub async fn start(a_second: usize) -> Limited {
        let limited = Limited { provider: Provider::start().await, counts: Arc::default() };
        let (counts, mut second, mut in_it) = (limited.counts.clone(), Instant::now(), 0);
        limited.provider.always(move |asked| {
            if second.elapsed() >= Duration::from_secs(1) {
                (second, in_it) = (Instant::now(), 0);
            }
            in_it += 1;
            let mut counts = counts.lock().unwrap();
            if in_it > a_second {
                counts.refused += 1;
                return wait(429, "1", "{}");
            }
            *counts.taken.entry(name(asked)).or_default() += 1;
            say(200, "{}")
        });
        limited
    }

    /// How often each message was taken, by what names it.
    pub fn taken(&self) -> HashMap<String, usize> {
        self.counts.lock().unwrap().taken.clone()
    }

    pub fn refused(&self) -> usize {
        self.counts.lock().unwrap().refused
    }
}

fn name(asked: &Asked) -> String {
    asked.headers["webhook-id"].clone()
}
