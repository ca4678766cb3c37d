//! How long a failed key waits: a key and `now` in, a delay out. One file for each way.

mod bucket;
mod exponential;
mod fast_slow;
mod max_of;
mod max_wait;

use std::hash::Hash;
use std::time::Duration;

use hashbrown::HashMap;
use tokio::time::Instant;

pub use bucket::Bucket;
pub use exponential::Exponential;
pub use fast_slow::FastSlow;
pub use max_of::MaxOf;
pub use max_wait::MaxWait;

/// Decides when a key that failed may be tried again.
///
/// Promises of an implementation: [`when`](Self::when) counts one failure; [`forget`](Self::forget) makes the next failure a first one; nothing is
/// kept for keys that were never asked for. It is called under the queue's lock, so it must be quick and must not call the queue.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rate limiter for keys of type `{K}`",
    note = "use one of `kube_runtime::workqueue::limiter`: `Exponential`, `Bucket`, `FastSlow`, `MaxOf`, `MaxWait`"
)]
pub trait RateLimiter<K>: Send + 'static {
    /// Counts a failure of `key` and says how long it waits from `now` on.
    fn when(&mut self, key: &K, now: Instant) -> Duration;

    /// Forgets the failures of `key`.
    fn forget(&mut self, key: &K);

    /// How many failures of `key` are counted.
    fn requeues(&self, key: &K) -> u32;
}

impl<K: 'static> RateLimiter<K> for Box<dyn RateLimiter<K>> {
    fn when(&mut self, key: &K, now: Instant) -> Duration {
        (**self).when(key, now)
    }

    fn forget(&mut self, key: &K) {
        (**self).forget(key);
    }

    fn requeues(&self, key: &K) -> u32 {
        (**self).requeues(key)
    }
}

/// What controllers use: for each key 5 ms, doubled with each failure up to 1000 s; for all keys together ten a second after the first hundred.
#[must_use]
pub fn controller_default<K: Hash + Eq + Clone + Send + 'static>() -> MaxOf<K> {
    let each = Exponential::new(Duration::from_millis(5), Duration::from_secs(1000));
    MaxOf::new(each, Bucket::new(10.0, 100))
}

/// Failures by key. Most keys never fail, and then nothing is hashed.
#[derive(Clone, Debug)]
struct Failures<K>(HashMap<K, u32>);

impl<K: Hash + Eq + Clone> Failures<K> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    /// How many there were before this one.
    fn count(&mut self, key: &K) -> u32 {
        let failures = self.0.entry_ref(key).or_insert(0);
        let before = *failures;
        *failures = before.saturating_add(1);
        before
    }

    fn forget(&mut self, key: &K) {
        if !self.0.is_empty() {
            self.0.remove(key);
        }
    }

    fn of(&self, key: &K) -> u32 {
        self.0.get(key).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// The first `count` delays of one key at one instant, in milliseconds.
    fn delays(limiter: &mut impl RateLimiter<&'static str>, count: usize) -> Vec<u64> {
        let now = Instant::now();
        let delay = |_| u64::try_from(limiter.when(&"a", now).as_millis()).unwrap();
        (0..count).map(delay).collect()
    }

    #[test]
    fn exponential_doubles_up_to_its_longest_and_starts_anew_when_forgotten() {
        let mut limiter = Exponential::new(ms(1), ms(1000));
        assert_eq!(delays(&mut limiter, 5), [1, 2, 4, 8, 16]);
        assert_eq!(limiter.requeues(&"a"), 5);
        assert_eq!(limiter.when(&"b", Instant::now()), ms(1), "keys are counted apart");
        limiter.forget(&"a");
        assert_eq!(delays(&mut limiter, 1), [1]);
        assert_eq!(delays(&mut limiter, 200).last(), Some(&1000), "no overflow");
    }

    #[test]
    fn fast_slow_is_fast_for_so_many_attempts() {
        let mut limiter = FastSlow::new(ms(5), ms(10_000), 3);
        assert_eq!(delays(&mut limiter, 5), [5, 5, 5, 10_000, 10_000]);
        assert_eq!(limiter.requeues(&"a"), 5);
        limiter.forget(&"a");
        assert_eq!(delays(&mut limiter, 1), [5]);
    }

    #[test]
    fn a_bucket_is_shared_by_all_keys_and_fills_with_time() {
        let mut limiter = Bucket::new(10.0, 2);
        let now = Instant::now();
        let mut when = |key, now| RateLimiter::<&str>::when(&mut limiter, &key, now);
        assert_eq!([when("a", now), when("b", now)], [ms(0), ms(0)]);
        assert_eq!([when("c", now), when("d", now)], [ms(100), ms(200)]);
        assert_eq!(when("e", now + ms(1200)), ms(0), "it has filled again");
    }

    #[test]
    fn the_larger_of_all_counts_and_a_longest_wait_caps_it() {
        let both = || MaxOf::new(FastSlow::new(ms(5), ms(100), 1), Exponential::new(ms(1), ms(50)));
        assert_eq!(delays(&mut both(), 3), [5, 100, 100]);
        assert_eq!(delays(&mut MaxWait::new(both(), ms(20)), 3), [5, 20, 20]);
        let mut limiter = MaxWait::new(both(), ms(20));
        delays(&mut limiter, 3);
        assert_eq!(limiter.requeues(&"a"), 3);
        limiter.forget(&"a");
        assert_eq!(limiter.requeues(&"a"), 0);
    }
}
