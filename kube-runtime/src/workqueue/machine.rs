//! The queue as a value: keys and `now` in, keys out. It never waits and never asks the time.

use std::hash::BuildHasher;
use std::hash::Hash;
use std::time::Duration;

use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;
use tokio::time::Instant;

use super::delay::Wait;
use super::delay::Waits;
use super::lanes::Lanes;
use super::meter::Meter;
use super::meter::Metrics;
use crate::flow::Priority;

/// How many keys are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Depth {
    /// Ready to be taken.
    pub queued: usize,
    /// With a worker.
    pub processing: usize,
    /// Waiting for a time that lies ahead.
    pub delayed: usize,
    /// When the first of the delayed is due.
    pub next_due: Option<Instant>,
}

/// What is known of one key. A slot lives as long as one of the first three says so.
#[derive(Debug)]
struct Slot<K> {
    key: Option<K>,
    hash: u64,
    /// The highest it was added with since it was last taken.
    priority: Priority,
    queued: bool,
    processing: bool,
    /// The wait that counts, and when it ends.
    waiting: Option<(Instant, u64)>,
    /// Added while it was being processed.
    dirty: bool,
    /// The wait is that of a failed key: adding it changes nothing.
    held: bool,
}

/// What is known of one key, to look at.
#[derive(Debug)]
pub(super) struct Seen<'machine, K> {
    pub(super) key: &'machine K,
    pub(super) priority: Priority,
    pub(super) queued: bool,
    pub(super) processing: bool,
    pub(super) dirty: bool,
    pub(super) held: bool,
    pub(super) due: Option<Instant>,
    /// How long it has been out, or ready.
    pub(super) age: Option<Duration>,
}

/// See [`WorkQueue`](super::WorkQueue), which is this behind a lock.
#[derive(Debug)]
pub(super) struct Machine<K> {
    slots: Vec<Slot<K>>,
    free: Vec<u32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    ready: Lanes,
    waits: Waits,
    processing: usize,
    delayed: usize,
    mode: Mode,
    /// Only of a queue that counts.
    meter: Option<Meter>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Open,
    Draining,
    Shut,
}

impl<K: Hash + Eq + Clone> Machine<K> {
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            ready: Lanes::new(),
            waits: Waits::default(),
            processing: 0,
            delayed: 0,
            mode: Mode::Open,
            meter: None,
        }
    }

    /// The same, with its numbers taken from `now` on.
    pub(super) fn metered(mut self, now: Instant) -> Self {
        self.meter = Some(Meter::new(now));
        self
    }

    pub(super) fn is_metered(&self) -> bool {
        self.meter.is_some()
    }

    /// The steps that follow happen `now`. A machine that takes no numbers need not know.
    pub(super) fn at(&mut self, now: Instant) {
        if let Some(meter) = &mut self.meter {
            meter.at(now);
        }
    }

    /// A key is added with a delay, be it none.
    pub(super) fn retried(&mut self) {
        if let (Mode::Open, Some(meter)) = (self.mode, &mut self.meter) {
            meter.retried();
        }
    }

    /// What was counted.
    pub(super) fn metrics(&self) -> Option<Metrics> {
        let meter = self.meter.as_ref()?;
        let mut depth = Priority::ALL.map(|priority| self.ready.len_of(priority) as u64);
        for slot in self.slots.iter().filter(|slot| slot.dirty) {
            depth[slot.priority as usize] += 1;
        }
        Some(meter.metrics(depth))
    }

    /// Adds a key; true if it can be taken now and could not before.
    pub(super) fn add(&mut self, key: K, priority: Priority) -> bool {
        if self.mode != Mode::Open {
            return false;
        }
        let index = self.slot_of(key, priority);
        self.raise(index, priority);
        let held = self.slots[index as usize].held;
        !held && self.make_ready(index)
    }

    /// A key that nobody has asked for since it was taken is as urgent as who asks now; any other, as the most urgent who did.
    fn raise(&mut self, index: u32, priority: Priority) {
        let slot = &mut self.slots[index as usize];
        let asked_for = slot.queued || slot.dirty || slot.waiting.is_some();
        let before = slot.priority;
        if asked_for && priority <= before {
            return;
        }
        slot.priority = priority;
        if slot.queued {
            self.ready.remove(index, before);
            self.ready.push(index, priority);
        }
    }

    /// Adds a key at `due`, unless it is to come earlier anyway.
    pub(super) fn add_at(&mut self, key: K, due: Instant) {
        if self.mode != Mode::Open {
            return;
        }
        self.retried();
        let index = self.slot_of(key, Priority::Normal);
        let slot = &self.slots[index as usize];
        if slot.held || slot.waiting.is_some_and(|(present, _)| present <= due) {
            return;
        }
        self.wait(index, due);
    }

    /// Sets the only time at which the key comes by itself, earlier or later than before; `None` takes its delay away.
    pub(super) fn reschedule(&mut self, key: K, due: Option<Instant>) {
        if self.mode != Mode::Open {
            return;
        }
        let index = self.slot_of(key, Priority::Normal);
        self.slots[index as usize].held = false;
        match due {
            Some(due) => {
                self.retried();
                self.wait(index, due);
            }
            None => {
                self.stop_waiting(index);
                self.release(index);
            }
        }
    }

    /// Makes the key wait until `due`, whatever is added meanwhile.
    pub(super) fn hold_until(&mut self, key: K, due: Instant) {
        if self.mode != Mode::Open {
            return;
        }
        self.retried();
        let index = self.slot_of(key, Priority::Normal);
        self.wait(index, due);
        let slot = &mut self.slots[index as usize];
        // What is queued already is not taken back.
        slot.held = !slot.queued;
        slot.dirty = false;
    }

    /// The next key, if there is one to hand out.
    pub(super) fn get(&mut self) -> Option<K> {
        if self.mode == Mode::Shut {
            return None;
        }
        let index = self.ready.take()?;
        let slot = &mut self.slots[index as usize];
        slot.queued = false;
        slot.processing = true;
        self.processing += 1;
        let key = slot.key.clone();
        if let Some(meter) = &mut self.meter {
            meter.taken(index);
        }
        key
    }

    /// Gives a key back; true if it can be taken again at once.
    pub(super) fn done(&mut self, key: &K) -> bool {
        self.find(key).is_some_and(|index| self.give_back(index))
    }

    fn give_back(&mut self, index: u32) -> bool {
        let slot = &mut self.slots[index as usize];
        if !slot.processing {
            return false;
        }
        slot.processing = false;
        self.processing -= 1;
        let again = std::mem::take(&mut slot.dirty);
        if let Some(meter) = &mut self.meter {
            meter.done(index);
        }
        if again {
            return self.enqueue(index);
        }
        self.release(index);
        false
    }

    /// Gives a key back that is to come by itself at `due` and not otherwise; true if it can be taken again at once.
    pub(super) fn finish(&mut self, key: &K, due: Option<Instant>) -> bool {
        let Some(index) = self.find(key) else { return false };
        let open = self.mode == Mode::Open;
        self.slots[index as usize].held = false;
        match due.filter(|_| open) {
            Some(due) => {
                self.retried();
                self.wait(index, due);
            }
            None => self.stop_waiting(index),
        }
        self.give_back(index)
    }

    /// Moves keys whose time has come to the queue.
    pub(super) fn promote(&mut self, now: Instant) {
        while let Some(wait) = self.next_wait() {
            if wait.due > now {
                break;
            }
            let slot = &mut self.slots[wait.slot as usize];
            slot.waiting = None;
            slot.held = false;
            self.delayed -= 1;
            // It has waited for a worker since then, whenever one comes to look.
            self.at(wait.due);
            self.make_ready(wait.slot);
        }
        self.at(now);
    }

    /// When [`promote`](Self::promote) has something to do next.
    pub(super) fn next_due(&mut self) -> Option<Instant> {
        self.next_wait().map(|wait| wait.due)
    }

    /// Hands out nothing more, or with `drain` only what is queued now.
    pub(super) fn shut(&mut self, drain: bool) {
        if self.mode != Mode::Shut {
            self.mode = if drain { Mode::Draining } else { Mode::Shut };
        }
    }

    /// Whether [`get`](Self::get) will never again return a key.
    pub(super) fn is_exhausted(&self) -> bool {
        match self.mode {
            Mode::Open => false,
            // A key that is out and dirty comes back when it is done.
            Mode::Draining => {
                self.ready.is_empty()
                    && (self.processing == 0 || self.slots.iter().all(|slot| !slot.dirty))
            }
            Mode::Shut => true,
        }
    }

    pub(super) fn is_shut(&self) -> bool {
        self.mode != Mode::Open
    }

    /// Whether a drain has nothing to wait for.
    pub(super) fn is_drained(&self) -> bool {
        self.mode == Mode::Shut || (self.processing == 0 && self.ready.is_empty())
    }

    pub(super) fn has_delayed(&self) -> bool {
        !self.waits.is_empty()
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn depth(&mut self) -> Depth {
        Depth {
            queued: self.ready.len(),
            processing: self.processing,
            delayed: self.delayed,
            next_due: self.next_due(),
        }
    }

    /// When a key that waits is due.
    pub(super) fn due(&self, key: &K) -> Option<Instant> {
        let slot = &self.slots[self.find(key)? as usize];
        slot.waiting.map(|(due, _)| due)
    }

    /// How many slots there are, free ones too.
    pub(super) fn slots(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// The slots whose keys can be taken, the most urgent first.
    pub(super) fn order(&self) -> impl Iterator<Item = u32> {
        self.ready.iter()
    }

    /// What is in a slot, if it is not free.
    pub(super) fn seen(&self, index: u32) -> Option<Seen<'_, K>> {
        let slot = self.slots.get(index as usize)?;
        Some(Seen {
            key: slot.key.as_ref()?,
            priority: slot.priority,
            queued: slot.queued,
            processing: slot.processing,
            dirty: slot.dirty,
            held: slot.held,
            due: slot.waiting.map(|(due, _)| due),
            age: self.meter.as_ref().and_then(|meter| meter.age(index)),
        })
    }

    #[cfg(test)]
    pub(super) fn slots_kept(&self) -> usize {
        self.slots.len()
    }

    #[cfg(test)]
    pub(super) fn waits_kept(&self) -> usize {
        self.waits.len()
    }

    fn find(&self, key: &K) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let same = |index: &u32| self.slots[*index as usize].key.as_ref() == Some(key);
        self.table.find(hash, same).copied()
    }

    /// The key's slot, made if there is none.
    fn slot_of(&mut self, key: K, priority: Priority) -> u32 {
        let hash = self.hasher.hash_one(&key);
        let slots = &mut self.slots;
        let same = |index: &u32| slots[*index as usize].key.as_ref() == Some(&key);
        if let Some(index) = self.table.find(hash, same) {
            return *index;
        }
        let slot = Slot {
            key: Some(key),
            hash,
            priority,
            queued: false,
            processing: false,
            waiting: None,
            dirty: false,
            held: false,
        };
        let index = match self.free.pop() {
            Some(index) => {
                slots[index as usize] = slot;
                index
            }
            None => {
                slots.push(slot);
                u32::try_from(slots.len() - 1).expect("fewer than 2^32 keys fit into memory")
            }
        };
        self.table.insert_unique(hash, index, |other| slots[*other as usize].hash);
        index
    }

    /// Queues the slot, or marks it dirty while its key is out.
    fn make_ready(&mut self, index: u32) -> bool {
        let slot = &mut self.slots[index as usize];
        let processing = slot.processing;
        let added = match processing {
            true => !std::mem::replace(&mut slot.dirty, true),
            false => self.enqueue(index),
        };
        if let (true, Some(meter)) = (added, &mut self.meter) {
            meter.added(index);
        }
        added && !processing
    }

    /// Queues the slot; true if it was not.
    fn enqueue(&mut self, index: u32) -> bool {
        let slot = &mut self.slots[index as usize];
        if std::mem::replace(&mut slot.queued, true) {
            return false;
        }
        self.ready.push(index, slot.priority);
        true
    }

    fn wait(&mut self, index: u32, due: Instant) {
        self.stop_waiting(index);
        let ticket = self.waits.push(index, due);
        self.slots[index as usize].waiting = Some((due, ticket));
        self.delayed += 1;
        let slots = &self.slots;
        self.waits.compact(self.delayed, |wait| holds(slots, wait));
    }

    fn stop_waiting(&mut self, index: u32) {
        if self.slots[index as usize].waiting.take().is_some() {
            self.delayed -= 1;
        }
    }

    fn next_wait(&mut self) -> Option<Wait> {
        let slots = &self.slots;
        self.waits.peek(|wait| holds(slots, wait))
    }

    /// Forgets the slot if nothing needs it any more.
    fn release(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        if slot.queued || slot.processing || slot.waiting.is_some() {
            return;
        }
        slot.key = None;
        let hash = slot.hash;
        if let Ok(entry) = self.table.find_entry(hash, |other| *other == index) {
            entry.remove();
            self.free.push(index);
        }
    }
}

fn holds<K>(slots: &[Slot<K>], wait: &Wait) -> bool {
    slots[wait.slot as usize].waiting == Some((wait.due, wait.ticket))
}

/// `now + delay`, at most some decades ahead: a delay too long for the clock is as good as for ever.
pub(super) fn later(now: Instant, delay: Duration) -> Instant {
    const AGES: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    now + delay.min(AGES)
}
