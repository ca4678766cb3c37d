//! What a story sees of a side, whichever it is: its cache, what its handlers were told, and whether it lives.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use tokio::time::Instant;

use super::server;
use super::server::State;
use super::server::World;

/// The shortest time between two looks at a cache.
const MOMENT: Duration = Duration::from_millis(50);

/// A side's work.
pub type Life = LocalBoxFuture<'static, anyhow::Result<()>>;

/// A side at work. It goes on for ever, unless it fails.
pub struct Watching {
    /// What can be seen of it.
    pub seen: Seen,
    /// Its work.
    pub life: Life,
}

/// What can be seen of a side.
pub struct Seen {
    cached: Box<dyn Fn() -> State>,
    deleted: Arc<AtomicUsize>,
    newest: Mutex<BTreeMap<String, u64>>,
    went_back: AtomicUsize,
}

impl Seen {
    /// A cache, and a count of the deletions that a handler was told of.
    pub fn new(cached: impl Fn() -> State + 'static, deleted: Arc<AtomicUsize>) -> Self {
        let (newest, went_back) = (Mutex::default(), AtomicUsize::new(0));
        Self { cached: Box::new(cached), deleted, newest, went_back }
    }

    /// What the cache has. A version that is older than one that was there before is noted.
    pub fn cached(&self) -> State {
        let cached = (self.cached)();
        let mut newest = self.newest.lock().expect("nobody panics in it");
        for (name, (_, version)) in &cached {
            let newest = newest.entry(name.clone()).or_default();
            self.went_back.fetch_add(usize::from(version < newest), Ordering::SeqCst);
            *newest = *version.max(newest);
        }
        cached
    }

    /// How many deletions a handler was told of.
    pub fn deleted(&self) -> usize {
        self.deleted.load(Ordering::SeqCst)
    }

    /// How often the cache had gone back in time when it was looked at.
    pub fn went_back(&self) -> usize {
        self.went_back.load(Ordering::SeqCst)
    }

    /// Waits until the cache is as `wanted` says; how long that took, `None`: longer than `at_most`.
    pub async fn until(
        &self,
        at_most: Duration,
        wanted: impl Fn(&State) -> bool,
    ) -> Option<Duration> {
        let begun = Instant::now();
        while !wanted(&self.cached()) {
            if begun.elapsed() > at_most {
                return None;
            }
            // A tenth more each time: long waits are not looked at ten times a second.
            let pause = (begun.elapsed() / 10).clamp(MOMENT, 20 * MOMENT);
            server::pass(pause).await;
        }
        Some(begun.elapsed())
    }

    /// Waits until the cache has what the server has, while nothing is written.
    pub async fn caught_up(
        &self,
        world: &World,
        at_most: Duration,
    ) -> anyhow::Result<Option<Duration>> {
        let there = world.there().await?;
        Ok(self.until(at_most, |cached| *cached == there).await)
    }
}

/// A side that should have gone on ended, or panicked: why.
#[derive(Debug)]
pub struct Ended(String);

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "it ended: {}", self.0)
    }
}

impl Error for Ended {}

/// Plays a story while a side works; that it ends or panics first is the error [`Ended`].
pub async fn play<T>(
    life: impl Future<Output = anyhow::Result<()>>,
    story: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        ended = AssertUnwindSafe(life).catch_unwind() => match ended {
            Ok(Ok(())) => Err(Ended("without an error".to_owned()).into()),
            Ok(Err(error)) => Err(Ended(format!("{error:#}")).into()),
            Err(panic) => {
                let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let text = literal.or_else(|| panic.downcast_ref::<String>().cloned());
                Err(Ended(text.unwrap_or_default()).into())
            }
        },
        told = story => told,
    }
}
