//! Which slot is due when: `(instant, ticket, slot)` in, the earliest out; entries that were overtaken are thrown away when met.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tokio::time::Instant;

/// One wait of one slot. The ticket tells a wait from an earlier one of the same slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wait {
    pub(super) due: Instant,
    pub(super) ticket: u64,
    pub(super) slot: u32,
}

/// Waits in the order they are due; those due at the same instant in the order they came.
#[derive(Debug, Default)]
pub(super) struct Waits {
    heap: BinaryHeap<Reverse<Wait>>,
    next_ticket: u64,
}

impl Waits {
    /// Adds a wait for `slot` and returns its ticket.
    pub(super) fn push(&mut self, slot: u32, due: Instant) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.heap.push(Reverse(Wait { due, ticket, slot }));
        ticket
    }

    /// The earliest wait that `holds`; what does not hold any more is dropped on the way.
    pub(super) fn peek(&mut self, holds: impl Fn(&Wait) -> bool) -> Option<Wait> {
        while let Some(Reverse(wait)) = self.heap.peek().copied() {
            if holds(&wait) {
                return Some(wait);
            }
            self.heap.pop();
        }
        None
    }

    /// Whether there is anything at all, holding or not.
    pub(super) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Throws overtaken waits away when they outnumber the `live` ones: a key that is rescheduled all the time must not grow the heap.
    pub(super) fn compact(&mut self, live: usize, holds: impl Fn(&Wait) -> bool) {
        if self.heap.len() > 64 + 2 * live {
            self.heap.retain(|Reverse(wait)| holds(wait));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn overtaken_waits_are_thrown_away_when_they_outnumber_the_live_ones_and_not_before() {
        let (mut waits, live) = (Waits::default(), 10);
        let now = Instant::now();
        for slot in 0..64 + 2 * 10 {
            waits.push(slot, now);
            waits.compact(live, |_| panic!("there are not that many yet"));
        }
        waits.push(99, now);
        waits.compact(live, |wait| wait.slot == 99);
        assert_eq!(waits.len(), 1);
        let looked_at = std::cell::Cell::new(0);
        for slot in 0..64 + 2 * 10 {
            waits.push(slot, now);
            waits.compact(live, |_| {
                looked_at.set(looked_at.get() + 1);
                true
            });
        }
        assert_eq!(looked_at.get(), 85, "once, and it found nothing to throw away");
    }
}
