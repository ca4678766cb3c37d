//! What waits for a worker: slots and their priorities in, the next slot out, none passed over for ever.

use crate::flow::Priority;

/// So many keys of higher priority are taken in a row while a lane waits; then it has a turn. It is what ages a key: turns and not seconds,
/// since after some minutes at a start everything would be old and nothing would go first.
const PASSED_OVER: u32 = 16;

/// The end of a lane.
const NONE: u32 = u32::MAX;

/// A slot's neighbours in its lane.
#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    after: u32,
}

/// The slots of one priority, the one that has waited longest first.
#[derive(Clone, Copy, Debug)]
struct Lane {
    first: u32,
    last: u32,
    len: usize,
    /// How many were taken from higher lanes since this one had a turn.
    passed_over: u32,
}

/// A lane for each priority. A slot is in one of them at most, and leaves it from anywhere at no cost.
#[derive(Debug)]
pub(super) struct Lanes {
    /// By slot.
    links: Vec<Link>,
    lanes: [Lane; Priority::ALL.len()],
}

impl Lanes {
    pub(super) fn new() -> Self {
        let empty = Lane { first: NONE, last: NONE, len: 0, passed_over: 0 };
        Self { links: Vec::new(), lanes: [empty; Priority::ALL.len()] }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.len == 0)
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.len).sum()
    }

    /// How many wait in one lane.
    pub(super) fn len_of(&self, priority: Priority) -> usize {
        self.lanes[priority as usize].len
    }

    /// All slots, lane by lane from the highest on; whether a lower one has its turn sooner is not looked at.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let end = |slot: &u32| (*slot != NONE).then_some(*slot);
        self.lanes.iter().rev().flat_map(move |lane| {
            std::iter::successors(end(&lane.first), move |slot| {
                end(&self.links[*slot as usize].after)
            })
        })
    }

    /// Puts a slot that is in no lane at the end of one.
    pub(super) fn push(&mut self, slot: u32, priority: Priority) {
        let needed = slot as usize + 1;
        if needed > self.links.len() {
            self.links.resize(needed, Link { before: NONE, after: NONE });
        }
        let lane = &mut self.lanes[priority as usize];
        let before = std::mem::replace(&mut lane.last, slot);
        lane.len += 1;
        self.links[slot as usize] = Link { before, after: NONE };
        match before {
            NONE => (lane.first, lane.passed_over) = (slot, 0),
            before => self.links[before as usize].after = slot,
        }
    }

    /// Takes a slot out of its lane.
    pub(super) fn remove(&mut self, slot: u32, priority: Priority) {
        let Link { before, after } = self.links[slot as usize];
        let lane = &mut self.lanes[priority as usize];
        lane.len -= 1;
        match before {
            NONE => lane.first = after,
            before => self.links[before as usize].after = after,
        }
        match after {
            NONE => lane.last = before,
            after => self.links[after as usize].before = before,
        }
    }

    /// Takes the next slot: of the highest lane, unless a lower one has been passed over too often.
    pub(super) fn take(&mut self) -> Option<u32> {
        let waits = |lane: &Lane| lane.len > 0;
        let overdue = |lane: &Lane| waits(lane) && lane.passed_over >= PASSED_OVER;
        let highest = self.lanes.iter().rposition(waits)?;
        let turn = self.lanes[..highest].iter().position(overdue).unwrap_or(highest);
        for lower in self.lanes[..turn].iter_mut().filter(|lane| waits(lane)) {
            lower.passed_over += 1;
        }
        self.lanes[turn].passed_over = 0;
        let slot = self.lanes[turn].first;
        self.remove(slot, Priority::ALL[turn]);
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Priority::High;
    use Priority::Low;
    use Priority::Normal;

    fn all(lanes: &mut Lanes) -> Vec<u32> {
        std::iter::from_fn(|| lanes.take()).collect()
    }

    #[test]
    fn the_more_urgent_go_first_and_equals_in_the_order_they_came() {
        let mut lanes = Lanes::new();
        for (slot, priority) in [(0, Low), (1, Normal), (2, High), (3, Low), (4, Normal), (5, High)]
        {
            lanes.push(slot, priority);
        }
        assert_eq!(lanes.len(), 6);
        assert_eq!(lanes.len_of(Low), 2);
        assert_eq!(all(&mut lanes), [2, 5, 1, 4, 0, 3]);
        assert!(lanes.is_empty());
    }

    #[test]
    fn a_slot_leaves_its_lane_from_the_front_the_middle_and_the_end() {
        for gone in 0..4 {
            let mut lanes = Lanes::new();
            (0..4).for_each(|slot| lanes.push(slot, Normal));
            lanes.remove(gone, Normal);
            lanes.push(gone, Normal);
            let mut expected: Vec<u32> = (0..4).filter(|slot| *slot != gone).collect();
            expected.push(gone);
            assert_eq!(all(&mut lanes), expected);
        }
    }

    #[test]
    fn a_lane_is_passed_over_sixteen_times_in_a_row_and_then_has_a_turn() {
        let mut lanes = Lanes::new();
        (0..2).for_each(|slot| lanes.push(slot, Low));
        (100..150).for_each(|slot| lanes.push(slot, Normal));
        let order = all(&mut lanes);
        let turns: Vec<usize> =
            [0, 1].iter().map(|low| order.iter().position(|it| it == low).unwrap()).collect();
        assert_eq!(turns, [16, 33]);
    }

    #[test]
    fn under_a_flood_of_the_urgent_both_lower_lanes_have_their_turns() {
        let mut lanes = Lanes::new();
        (0..1000).for_each(|slot| lanes.push(slot, High));
        (1000..1010).for_each(|slot| lanes.push(slot, Normal));
        (2000..2010).for_each(|slot| lanes.push(slot, Low));
        let first = all(&mut lanes);
        let among = |range: std::ops::Range<u32>| {
            first[..200].iter().filter(|slot| range.contains(slot)).count()
        };
        assert!(among(1000..1010) >= 10, "{}", among(1000..1010));
        assert!(among(2000..2010) >= 9, "{}", among(2000..2010));
    }

    #[test]
    fn what_was_passed_over_long_ago_is_not_owed_to_keys_that_came_later() {
        let mut lanes = Lanes::new();
        lanes.push(0, Low);
        (1..=16).for_each(|slot| lanes.push(slot, Normal));
        (1..=16).for_each(|slot| assert_eq!(lanes.take(), Some(slot)));
        lanes.remove(0, Low);
        lanes.push(0, Low);
        lanes.push(1, Normal);
        assert_eq!(all(&mut lanes), [1, 0]);
    }
}
