//! What a queue holds at one moment, for people: a machine, its limiter and a bound in, the keys that matter most out.

use std::collections::BinaryHeap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

use super::limiter::RateLimiter;
use super::machine::Depth;
use super::machine::Machine;
use crate::flow::Priority;

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// With a worker.
    Processing,
    /// Ready to be taken.
    Queued,
    /// Waiting for its time; adding it brings it at once.
    Delayed,
    /// Waiting out a failure; adding it changes nothing.
    Held,
}

/// One key of a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item<K> {
    /// The key.
    pub key: K,
    /// Where it is.
    pub state: KeyState,
    /// How urgent it is, if it is ready or added again.
    pub priority: Priority,
    /// It was added again while it is with a worker, and comes back.
    pub again: bool,
    /// How long it has been with its worker, or ready; none while it waits for its time, and in a queue that is not metered.
    pub age: Option<Duration>,
    /// How long until it comes by itself.
    pub due_in: Option<Duration>,
    /// How often it has failed since it last went well.
    pub failures: u32,
}

/// What a queue holds at one moment; see [`WorkQueue::snapshot`](super::WorkQueue::snapshot).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot<K> {
    /// How many keys are where, all of them.
    pub depth: Depth,
    /// How many keys there are, each once.
    pub total: usize,
    /// Those that are out, then those that are ready, the most urgent first, then those that wait, the soonest first. When not all fit, those that
    /// wait have at least half of what those that are out leave.
    pub items: Vec<Item<K>>,
}

impl<K: Hash + Eq + Clone + 'static> Snapshot<K> {
    /// At most `limit` keys of the machine, as they are `now`.
    pub(super) fn of(
        machine: &mut Machine<K>,
        limiter: &dyn RateLimiter<K>,
        now: Instant,
        limit: usize,
    ) -> Self {
        machine.promote(now);
        let depth = machine.depth();
        let mut total = 0;
        let mut out = Vec::new();
        // The soonest of those that wait: the latest is on top and goes first.
        let mut soonest = BinaryHeap::new();
        for slot in 0..machine.slots() {
            let Some(seen) = machine.seen(slot) else { continue };
            total += 1;
            if seen.processing {
                out.push(slot);
            } else if let (Some(due), false) = (seen.due, seen.queued) {
                soonest.push((due, slot));
                if soonest.len() > limit {
                    soonest.pop();
                }
            }
        }
        out.truncate(limit);
        let rest = limit - out.len();
        let waiting = soonest.len().min(rest);
        let ready = rest - waiting.min(rest.div_ceil(2));
        let mut slots = out;
        slots.extend(machine.order().take(ready));
        let rest = limit - slots.len();
        slots.extend(soonest.into_sorted_vec().into_iter().take(rest).map(|(_, slot)| slot));
        let item = |slot| item(machine, limiter, now, slot);
        Self { depth, total, items: slots.into_iter().filter_map(item).collect() }
    }
}

fn item<K: Hash + Eq + Clone + 'static>(
    machine: &Machine<K>,
    limiter: &dyn RateLimiter<K>,
    now: Instant,
    slot: u32,
) -> Option<Item<K>> {
    let seen = machine.seen(slot)?;
    let state = match (seen.processing, seen.queued, seen.held) {
        (true, _, _) => KeyState::Processing,
        (_, true, _) => KeyState::Queued,
        (_, _, true) => KeyState::Held,
        (_, _, false) => KeyState::Delayed,
    };
    Some(Item {
        key: seen.key.clone(),
        state,
        priority: seen.priority,
        again: seen.dirty,
        age: seen.age,
        due_in: seen.due.map(|due| due.saturating_duration_since(now)),
        failures: limiter.requeues(seen.key),
    })
}

#[cfg(test)]
mod tests {
    use super::super::WorkQueue;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn states(snapshot: &Snapshot<u32>) -> Vec<(u32, KeyState)> {
        snapshot.items.iter().map(|item| (item.key, item.state)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_snapshot_says_of_each_key_where_it_is_for_how_long_and_when_it_comes() {
        let queue = WorkQueue::metered();
        for key in 1..=3 {
            queue.add(key);
        }
        assert_eq!(queue.get().await, Some(1));
        tokio::time::advance(SECOND).await;
        assert_eq!(queue.get().await, Some(2));
        queue.add(2);
        queue.add_after(4, 60 * SECOND);
        queue.retry(5, 10 * SECOND);
        tokio::time::advance(2 * SECOND).await;
        let snapshot = queue.snapshot(100);
        let expected = [
            (1, KeyState::Processing, false, Some(3 * SECOND), None, 0),
            (2, KeyState::Processing, true, Some(2 * SECOND), None, 0),
            (3, KeyState::Queued, false, Some(3 * SECOND), None, 0),
            (5, KeyState::Held, false, None, Some(8 * SECOND), 1),
            (4, KeyState::Delayed, false, None, Some(58 * SECOND), 0),
        ];
        let seen: Vec<_> = snapshot
            .items
            .iter()
            .map(|it| (it.key, it.state, it.again, it.age, it.due_in, it.failures))
            .collect();
        assert_eq!(seen, expected);
        assert_eq!((snapshot.total, snapshot.depth.delayed), (5, 2));
        // What is due is ready, whoever looked last.
        tokio::time::advance(8 * SECOND).await;
        assert!(states(&queue.snapshot(100)).contains(&(5, KeyState::Queued)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_snapshot_is_bounded_and_shows_something_of_every_state() {
        let queue = WorkQueue::metered();
        for key in 0..1000 {
            queue.add(key);
            queue.add_after(10_000 + key, SECOND * (2000 - key));
        }
        let taken = [queue.get().await, queue.get().await];
        assert_eq!(taken, [Some(0), Some(1)]);
        let snapshot = queue.snapshot(10);
        assert_eq!(snapshot.total, 2000);
        let expected = [0, 1, 2, 3, 4, 5, 10_999, 10_998, 10_997, 10_996];
        assert_eq!(states(&snapshot).iter().map(|(key, _)| *key).collect::<Vec<_>>(), expected);
        assert_eq!(queue.snapshot(1).items.len(), 1);
        assert_eq!(queue.snapshot(0).items, []);
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_keys_wait_for_their_time_as_many_as_are_asked_for_are_shown() {
        let queue = WorkQueue::new();
        (0..5).for_each(|key| queue.add_after(key, SECOND * (key + 1)));
        let soonest = |limit| states(&queue.snapshot(limit)).into_iter().map(|(key, _)| key);
        assert_eq!(soonest(3).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(soonest(5).count(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_most_urgent_is_shown_first() {
        let queue = WorkQueue::new();
        let all =
            [(1, Priority::Low), (2, Priority::High), (3, Priority::Normal), (4, Priority::High)];
        for (key, priority) in all {
            queue.add_with_priority(key, priority);
        }
        let seen: Vec<_> = queue.snapshot(3).items.iter().map(|it| (it.key, it.priority)).collect();
        assert_eq!(seen, [(2, Priority::High), (4, Priority::High), (3, Priority::Normal)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_is_done_with_is_not_shown_any_more() {
        let queue = WorkQueue::new();
        queue.add(1);
        let key = queue.get().await.unwrap();
        assert_eq!(states(&queue.snapshot(9)), [(1, KeyState::Processing)]);
        assert_eq!(queue.snapshot(9).items[0].age, None, "it takes no times");
        queue.done(&key);
        let snapshot = queue.snapshot(9);
        assert_eq!((snapshot.total, snapshot.items.len()), (0, 0));
    }
}
