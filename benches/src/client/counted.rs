//! A Pod that is counted while it is in memory: how many there were at most is what a stream of pages is measured by.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use k8s_openapi::api::core::v1::Pod;
use serde::Deserialize;
use serde::Deserializer;

static ALIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// A Pod that is in memory.
#[derive(Debug)]
pub struct Counted(pub Pod);

/// How many were in memory at most.
pub fn most() -> usize {
    MOST.load(Ordering::Relaxed)
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pod = Pod::deserialize(deserializer)?;
        MOST.fetch_max(ALIVE.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        Ok(Self(pod))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}
