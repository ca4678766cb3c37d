//! The queue that is waited on: [`WorkQueue`], the machine behind a lock, with tokio's time for delays.

use std::fmt;
use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use parking_lot::MutexGuard;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::limiter::RateLimiter;
use super::limiter::controller_default;
use super::machine::Depth;
use super::machine::Machine;
use super::machine::later;
use super::meter::Metrics;
use super::snapshot::Snapshot;
use crate::flow::Priority;

/// A queue of keys for many producers and many workers. Clones are the same queue. See the [module](super) for what it promises.
pub struct WorkQueue<K> {
    shared: Arc<Shared<K>>,
}

struct Shared<K> {
    state: Mutex<State<K>>,
    /// Whether the machine wants to know when each step is: who does not count is not to ask the time.
    metered: bool,
    /// Workers that wait for a key; each is woken for one.
    work: Notify,
    /// Those who wait for the running ones to finish.
    rest: Notify,
}

struct State<K> {
    machine: Machine<K>,
    limiter: Box<dyn RateLimiter<K>>,
    /// How many workers wait, so that a queue whose workers are all busy wakes nobody.
    waiting: usize,
}

impl<K: Hash + Eq + Clone + Send + 'static> WorkQueue<K> {
    /// A queue whose failed keys wait as [`controller_default`] says.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limiter(controller_default())
    }

    /// A queue whose failed keys wait as `limiter` says.
    #[must_use]
    pub fn with_limiter(limiter: impl RateLimiter<K>) -> Self {
        Self::of(Machine::new(), Box::new(limiter))
    }

    /// A queue that keeps the numbers of [`metrics`](Self::metrics). It costs three looks at the clock a key, and 16 bytes for each of the
    /// most keys that it ever held at once.
    #[must_use]
    pub fn metered() -> Self {
        Self::metered_with(controller_default())
    }

    /// The same with failed keys that wait as `limiter` says.
    #[must_use]
    pub fn metered_with(limiter: impl RateLimiter<K>) -> Self {
        Self::of(Machine::new().metered(Instant::now()), Box::new(limiter))
    }

    fn of(machine: Machine<K>, limiter: Box<dyn RateLimiter<K>>) -> Self {
        let metered = machine.is_metered();
        let state = Mutex::new(State { machine, limiter, waiting: 0 });
        let shared = Shared { state, metered, work: Notify::new(), rest: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Adds a key. One that waits out a failure goes on waiting; after a shutdown nothing is added.
    pub fn add(&self, key: K) {
        self.add_with_priority(key, Priority::Normal);
    }

    /// The same with the priority that it has until it is taken, unless it has a higher one.
    pub fn add_with_priority(&self, key: K, priority: Priority) {
        let mut state = self.shared.now();
        if state.machine.add(key, priority) && state.waiting > 0 {
            drop(state);
            self.shared.work.notify_one();
        }
    }

    /// Adds a key after `delay`; of two delays of one key the earlier counts. No delay is [`add`](Self::add).
    pub fn add_after(&self, key: K, delay: Duration) {
        if delay.is_zero() {
            self.shared.state.lock().machine.retried();
            return self.add(key);
        }
        self.timed(|machine| machine.add_at(key, later(Instant::now(), delay)));
    }

    /// Sets the time at which the key comes by itself, in place of any it had; `None` takes the delay away.
    pub fn reschedule(&self, key: K, delay: Option<Duration>) {
        self.timed(|machine| {
            machine.reschedule(key, delay.map(|delay| later(Instant::now(), delay)));
        });
    }

    /// Adds a key when its limiter says so, and returns how long that is. Until then adding it does nothing.
    pub fn add_rate_limited(&self, key: K) -> Duration {
        self.retry(key, Duration::ZERO)
    }

    /// As [`add_rate_limited`](Self::add_rate_limited), waiting `at_least` this long: a server may have said when to come back.
    pub fn retry(&self, key: K, at_least: Duration) -> Duration {
        let now = Instant::now();
        let mut state = self.shared.state.lock();
        let delay = state.limiter.when(&key, now).max(at_least);
        state.machine.hold_until(key, later(now, delay));
        self.wake_for_time(&state);
        delay
    }

    /// Forgets the key's failures: its next one waits as a first one does.
    pub fn forget(&self, key: &K) {
        self.shared.state.lock().limiter.forget(key);
    }

    /// How often the key failed since it was last forgotten.
    #[must_use]
    pub fn requeues(&self, key: &K) -> u32 {
        self.shared.state.lock().limiter.requeues(key)
    }

    /// Takes the next key; it must be given back with [`done`](Self::done). `None`: the queue was shut down.
    ///
    /// # Cancel safety
    /// A key is either returned or still queued.
    pub async fn get(&self) -> Option<K> {
        if let Some(taken) = self.take(&mut self.shared.state.lock()) {
            return taken;
        }
        let mut waiter = Waiter::new(&self.shared);
        loop {
            let mut notified = pin!(self.shared.work.notified());
            notified.as_mut().enable();
            let due = {
                let mut state = self.shared.state.lock();
                waiter.count(&mut state);
                if let Some(taken) = self.take(&mut state) {
                    // We may have been woken for a key and taken another: somebody must see the rest.
                    if state.machine.has_ready() {
                        self.shared.work.notify_one();
                    }
                    waiter.discount(&mut state);
                    return taken;
                }
                state.machine.next_due()
            };
            match due {
                Some(due) => _ = tokio::time::timeout_at(due, notified).await,
                None => notified.await,
            }
        }
    }

    /// Gives a key back. If it was added meanwhile it is queued again.
    pub fn done(&self, key: &K) {
        let mut state = self.shared.now();
        let again = state.machine.done(key);
        self.given_back(state, again);
    }

    /// Gives a key back that went well: its failures are forgotten, and it comes again when it is added or after `again`, in place of any
    /// delay it had. It is [`forget`](Self::forget), [`reschedule`](Self::reschedule) and [`done`](Self::done) in one step.
    pub fn finish(&self, key: &K, again: Option<Duration>) {
        let due = again.map(|delay| later(Instant::now(), delay));
        let mut state = self.shared.now();
        state.limiter.forget(key);
        let ready = state.machine.finish(key, due);
        if due.is_some() {
            self.wake_for_time(&state);
        }
        self.given_back(state, ready);
    }

    fn given_back(&self, state: MutexGuard<'_, State<K>>, again: bool) {
        let ends = state.machine.is_shut() && state.machine.is_drained();
        let waits = state.waiting > 0;
        drop(state);
        if ends {
            self.shared.rest.notify_waiters();
            self.shared.work.notify_waiters();
        } else if again && waits {
            self.shared.work.notify_one();
        }
    }

    /// How many keys can be taken now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.depth().queued
    }

    /// Whether no key can be taken now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys are where.
    #[must_use]
    pub fn depth(&self) -> Depth {
        let mut state = self.shared.state.lock();
        if state.machine.has_delayed() {
            state.machine.promote(Instant::now());
        }
        state.machine.depth()
    }

    /// What it did so far and what it holds; `None` if it was not made to be [`metered`](Self::metered). It looks at every key that is out.
    #[must_use]
    pub fn metrics(&self) -> Option<Metrics> {
        let mut state = self.shared.state.lock();
        state.machine.promote(Instant::now());
        state.machine.metrics()
    }

    /// What it holds now, at most `limit` keys of it. It looks at every key while the queue is locked, some ten nanoseconds each.
    #[must_use]
    pub fn snapshot(&self, limit: usize) -> Snapshot<K> {
        let mut state = self.shared.state.lock();
        let State { machine, limiter, .. } = &mut *state;
        Snapshot::of(machine, &**limiter, Instant::now(), limit)
    }

    /// How long until the key comes by itself.
    #[must_use]
    pub fn delay_of(&self, key: &K) -> Option<Duration> {
        let due = self.shared.state.lock().machine.due(key)?;
        Some(due.saturating_duration_since(Instant::now()))
    }

    /// Hands out no key any more. Those that are out finish.
    pub fn shut_down(&self) {
        self.shut(false);
    }

    /// Accepts no key any more, hands out those that are queued, and waits until all are done.
    /// A [`shut_down`](Self::shut_down) meanwhile ends the wait.
    ///
    /// # Cancel safety
    /// Dropping the future ends the waiting, not the draining.
    pub async fn shut_down_with_drain(&self) {
        self.shut(true);
        loop {
            let mut rest = pin!(self.shared.rest.notified());
            rest.as_mut().enable();
            if self.shared.state.lock().machine.is_drained() {
                return;
            }
            rest.await;
        }
    }

    fn shut(&self, drain: bool) {
        self.shared.state.lock().machine.shut(drain);
        self.shared.work.notify_waiters();
        self.shared.rest.notify_waiters();
    }

    /// `Some(None)`: there will never be one again.
    fn take(&self, state: &mut State<K>) -> Option<Option<K>> {
        if state.machine.has_delayed() {
            state.machine.promote(Instant::now());
        } else if self.shared.metered {
            state.machine.at(Instant::now());
        }
        match state.machine.get() {
            Some(key) => Some(Some(key)),
            None => state.machine.is_exhausted().then_some(None),
        }
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.shared.state.lock().waiting
    }

    fn timed(&self, change: impl FnOnce(&mut Machine<K>)) {
        let mut state = self.shared.state.lock();
        change(&mut state.machine);
        self.wake_for_time(&state);
    }

    /// A worker sleeps until the earliest time it knew; it must look again when there may be an earlier one.
    fn wake_for_time(&self, state: &State<K>) {
        if state.waiting > 0 {
            self.shared.work.notify_one();
        }
    }
}

impl<K: Hash + Eq + Clone> Shared<K> {
    /// The state, told what time it is if it counts. The clock is asked before the lock is held.
    fn now(&self) -> MutexGuard<'_, State<K>> {
        let now = self.metered.then(Instant::now);
        let mut state = self.state.lock();
        if let Some(now) = now {
            state.machine.at(now);
        }
        state
    }
}

/// Counts a worker that waits, also when its future is dropped.
struct Waiter<'queue, K: Hash + Eq + Clone> {
    shared: &'queue Shared<K>,
    counted: bool,
}

impl<'queue, K: Hash + Eq + Clone> Waiter<'queue, K> {
    fn new(shared: &'queue Shared<K>) -> Self {
        Self { shared, counted: false }
    }

    fn count(&mut self, state: &mut State<K>) {
        if !std::mem::replace(&mut self.counted, true) {
            state.waiting += 1;
        }
    }

    fn discount(&mut self, state: &mut State<K>) {
        if std::mem::take(&mut self.counted) {
            state.waiting -= 1;
        }
    }
}

impl<K: Hash + Eq + Clone> Drop for Waiter<'_, K> {
    fn drop(&mut self) {
        if self.counted {
            let mut state = self.shared.state.lock();
            state.waiting -= 1;
            // This one may have been the only one that knew of the next delay.
            if state.waiting > 0 && state.machine.has_delayed() {
                self.shared.work.notify_one();
            }
        }
    }
}

impl<K> Clone for WorkQueue<K> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> Default for WorkQueue<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> fmt::Debug for WorkQueue<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WorkQueue").field("depth", &self.depth()).finish()
    }
}
