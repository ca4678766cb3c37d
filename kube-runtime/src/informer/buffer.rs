//! Notices that one handler has not read yet: merged per key when there are too many.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::flow::{Key, Notice};

/// What a handler reads next.
#[derive(Debug)]
pub(super) enum Item {
    /// Something changed.
    Notice(Notice),
    /// Everything of the initial list was read.
    Synced,
}

/// The notices of one handler.
#[derive(Debug)]
pub(super) struct Buffer {
    capacity: usize,
    slots: VecDeque<Slot>,
    front: u64,
    open: HashMap<Key, u64>,
    notices: usize,
}

#[derive(Debug)]
enum Slot {
    Notices { first: Notice, rest: Vec<Notice> },
    Synced,
}

impl Buffer {
    /// A buffer that begins to merge when this many notices wait.
    pub(super) fn new(capacity: usize) -> Self {
        let (slots, open) = (VecDeque::new(), HashMap::new());
        Self { capacity, slots, front: 0, open, notices: 0 }
    }

    /// Adds a notice behind those of the same key.
    pub(super) fn push(&mut self, notice: Notice) {
        let full = self.notices >= self.capacity;
        self.notices += 1;
        if let Some(Slot::Notices { first, rest }) = self.slot(notice.key()) {
            let before = rest.len();
            rest.push(notice);
            if full {
                merge(first, rest);
            }
            let after = rest.len();
            self.notices -= before + 1 - after;
            return;
        }
        self.open.insert(notice.key().clone(), self.front + self.slots.len() as u64);
        self.slots.push_back(Slot::Notices { first: notice, rest: Vec::new() });
    }

    /// Repeats what is known, unless there is news of it already.
    pub(super) fn repeat(&mut self, notice: Notice) {
        if !self.open.contains_key(notice.key()) {
            self.push(notice);
        }
    }

    /// Everything before this belongs to the initial list.
    pub(super) fn push_synced(&mut self) {
        self.slots.push_back(Slot::Synced);
    }

    /// The next notice of the key at the front.
    pub(super) fn pop(&mut self) -> Option<Item> {
        let notice = match self.slots.front_mut()? {
            Slot::Synced => None,
            Slot::Notices { first, rest } if !rest.is_empty() => {
                self.notices -= 1;
                return Some(Item::Notice(std::mem::replace(first, rest.remove(0))));
            }
            Slot::Notices { first, .. } => Some(first.key().clone()),
        };
        if let Some(key) = notice
            && self.open.get(&key) == Some(&self.front)
        {
            self.open.remove(&key);
        }
        self.front += 1;
        match self.slots.pop_front()? {
            Slot::Synced => Some(Item::Synced),
            Slot::Notices { first, .. } => {
                self.notices -= 1;
                Some(Item::Notice(first))
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    /// How many notices wait.
    pub(super) fn len(&self) -> usize {
        self.notices
    }

    fn slot(&mut self, key: &Key) -> Option<&mut Slot> {
        let number = self.open.get(key)?;
        let at = usize::try_from(number - self.front).ok()?;
        self.slots.get_mut(at)
    }
}

/// Merges the newest notice into those before it, as far as nothing is lost by it.
fn merge(first: &mut Notice, rest: &mut Vec<Notice>) {
    while let Some(newer) = rest.pop() {
        let older = rest.last_mut().unwrap_or(first);
        match both(older, newer) {
            Ok(merged) => *older = merged,
            Err(newer) => return rest.push(newer),
        }
    }
}

/// One notice for two, or the newer one back.
fn both(older: &Notice, newer: Notice) -> Result<Notice, Notice> {
    match (older, newer) {
        (Notice::Added { initial, .. }, Notice::Updated { new, .. }) => {
            Ok(Notice::Added { new, initial: *initial })
        }
        (Notice::Updated { old, .. }, Notice::Updated { new, .. }) => {
            Ok(Notice::Updated { old: old.clone(), new })
        }
        (_, Notice::Deleted(deletion)) => Ok(Notice::Deleted(deletion)),
        (_, newer) => Err(newer),
    }
}

#[cfg(test)]
mod tests {
    use kube_core::wire::RawObject;

    use super::*;
    use crate::flow::{Cached, Deletion};

    fn state(name: &str, version: u32) -> Cached {
        let json = format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"a","uid":"u-{name}","resourceVersion":"{version}"}}}}"#
        );
        Cached::raw(&RawObject::parse(json.into(), false).unwrap())
    }

    fn added(name: &str, version: u32) -> Notice {
        Notice::Added { new: state(name, version), initial: false }
    }

    fn updated(name: &str, old: u32, new: u32) -> Notice {
        Notice::Updated { old: state(name, old), new: state(name, new) }
    }

    fn deleted(name: &str, version: u32) -> Notice {
        Notice::Deleted(Deletion::Seen(state(name, version)))
    }

    fn told(buffer: &mut Buffer) -> Vec<String> {
        std::iter::from_fn(|| buffer.pop())
            .map(|item| match item {
                Item::Synced => "synced".to_owned(),
                Item::Notice(Notice::Added { new, .. }) => {
                    format!("+{}@{}", new.key().name(), new.resource_version())
                }
                Item::Notice(Notice::Updated { old, new }) => {
                    let name = new.key().name();
                    format!("{name}@{}..{}", old.resource_version(), new.resource_version())
                }
                Item::Notice(Notice::Deleted(deletion)) => {
                    let last = deletion.last_known();
                    format!("-{}@{}", last.key().name(), last.resource_version())
                }
            })
            .collect()
    }

    fn check(capacity: usize, notices: Vec<Notice>, expected: &[&str]) {
        let mut buffer = Buffer::new(capacity);
        notices.into_iter().for_each(|notice| buffer.push(notice));
        assert_eq!(told(&mut buffer), expected, "capacity {capacity}");
        assert_eq!(buffer.len(), 0);
    }

    #[test]
    fn a_handler_that_keeps_up_sees_every_event() {
        let events = vec![added("x", 1), updated("x", 1, 2), updated("x", 2, 3), deleted("x", 4)];
        check(100, events, &["+x@1", "x@1..2", "x@2..3", "-x@4"]);
    }

    #[test]
    fn one_that_is_behind_sees_the_first_old_and_the_last_new_state() {
        check(0, vec![updated("x", 1, 2), updated("x", 2, 3), updated("x", 3, 4)], &["x@1..4"]);
        check(0, vec![added("x", 1), updated("x", 1, 2), updated("x", 2, 3)], &["+x@3"]);
        check(1, vec![added("x", 1), added("y", 2), updated("x", 1, 3)], &["+x@3", "+y@2"]);
    }

    #[test]
    fn a_deletion_always_carries_the_last_known_object() {
        check(0, vec![updated("x", 1, 2), deleted("x", 3)], &["-x@3"]);
        check(0, vec![added("x", 1), deleted("x", 2)], &["-x@2"]);
        check(0, vec![deleted("x", 3), added("x", 4), updated("x", 4, 5)], &["-x@3", "+x@5"]);
        check(
            0,
            vec![deleted("x", 3), added("x", 4), deleted("x", 5), added("x", 6)],
            &["-x@5", "+x@6"],
        );
    }

    #[test]
    fn what_waits_is_bounded_by_keys() {
        let mut buffer = Buffer::new(4);
        for version in 1..1000 {
            for name in ["x", "y", "z"] {
                buffer.push(deleted(name, version));
                buffer.push(added(name, version));
                buffer.push(updated(name, version, version + 1));
            }
        }
        assert!(buffer.len() <= 4 + 2 * 3, "{}", buffer.len());
    }

    #[test]
    fn the_end_of_the_initial_list_stands_behind_all_of_it() {
        let mut buffer = Buffer::new(0);
        buffer.push(added("x", 1));
        buffer.push_synced();
        buffer.push(updated("x", 1, 2));
        buffer.push(added("y", 3));
        assert_eq!(told(&mut buffer), ["+x@2", "synced", "+y@3"]);
    }

    #[test]
    fn a_repetition_says_nothing_of_a_key_that_there_is_news_of() {
        let mut buffer = Buffer::new(9);
        buffer.push(updated("x", 1, 2));
        buffer.repeat(updated("x", 2, 2));
        buffer.repeat(updated("y", 1, 1));
        assert_eq!(told(&mut buffer), ["x@1..2", "y@1..1"]);
    }
}
