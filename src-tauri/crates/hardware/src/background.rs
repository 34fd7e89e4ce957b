//! A thread that belongs to its owner: it is told to stop, and waited for, when the owner is dropped.
//! It must never keep its owner waiting for ever, as a wedged adapter can hold a system call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const STOP_WITHIN: Duration = Duration::from_secs(2);

/// The thread's side: whether it shall stop.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Rests, but no longer than until it shall stop. For the thread itself only.
    pub fn rest(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_set() {
            match until.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => thread::park_timeout(left),
                _ => return,
            }
        }
    }
}

/// The owner's side.
pub(crate) struct Background {
    stop: Stop,
    /// Hangs up when the thread ends.
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    pub fn start(name: &str, work: impl FnOnce(Stop) + Send + 'static) -> Self {
        let stop = Stop::default();
        let (end, ended) = mpsc::channel::<()>();
        let flag = stop.clone();
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            let _end = end;
            work(flag);
        });
        if let Err(error) = &thread {
            tracing::error!(%error, name, "the system refused a thread");
        }
        Self { stop, ended, thread: thread.ok() }
    }

    /// Tells the thread to stop, without waiting for it.
    pub fn tell_stop(&self) {
        self.stop.0.store(true, Ordering::Release);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.tell_stop();
        if self.ended.recv_timeout(STOP_WITHIN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("a thread does not end: left behind");
            return;
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
