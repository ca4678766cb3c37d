//! The queue as data.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::flow::{Change, Delta, Key};

/// Deltas that nobody has read yet.
#[derive(Debug)]
pub struct DeltaFifo {
    capacity: usize,
    queue: VecDeque<Slot>,
    /// The number of the slot at the front.
    front: u64,
    /// In which slot a key may still be merged.
    open: HashMap<Key, u64>,
    deltas: usize,
    listing: bool,
    /// The version that everything pushed so far leads to.
    latest: Option<String>,
    /// What a reader was told last.
    told: Option<String>,
}

#[derive(Debug)]
struct Slot {
    key: Option<Key>,
    first: Delta,
    rest: Vec<Delta>,
    /// The version that everything before this slot leads to.
    before: Option<String>,
}

impl DeltaFifo {
    /// A queue that begins to merge when this many deltas wait.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            queue: VecDeque::new(),
            front: 0,
            open: HashMap::new(),
            deltas: 0,
            listing: false,
            latest: None,
            told: None,
        }
    }

    /// Takes what was heard.
    pub fn push(&mut self, change: Change) {
        match change {
            Change::ListBegun { new_history } => {
                self.listing = true;
                self.border(Delta::ListBegun { new_history });
                if new_history {
                    self.latest = None;
                }
            }
            Change::ListEnded { resource_version } => {
                self.listing = false;
                self.border(Delta::ListEnded { resource_version: resource_version.clone() });
                self.latest = Some(resource_version);
            }
            Change::Bookmark { resource_version } => {
                if self.queue.is_empty() {
                    self.border(Delta::Reached { resource_version: resource_version.clone() });
                }
                self.latest = Some(resource_version);
            }
            Change::Item(object) => self.queue(Key::of_head(&object.meta), Delta::Listed(object)),
            Change::Added(object) | Change::Modified(object) => {
                let version = self.version(&object.meta.resource_version);
                self.queue(Key::of_head(&object.meta), Delta::Updated(object));
                self.advance(version);
            }
            Change::Deleted(object) => {
                let version = self.version(&object.meta.resource_version);
                self.queue(Key::of_head(&object.meta), Delta::Deleted(object));
                self.advance(version);
            }
            Change::Malformed(malformed) => {
                let version =
                    malformed.resource_version.as_deref().and_then(|version| self.version(version));
                match malformed.name.as_deref() {
                    Some(name) => {
                        let key = Key::new(malformed.namespace.as_deref(), name);
                        self.queue(key, Delta::Malformed(malformed));
                    }
                    None => self.slot(None, Delta::Malformed(malformed)),
                }
                self.advance(version);
            }
        }
    }

    /// Appends what happened to the key at the front, or the border there; false when nothing waits.
    pub fn pop(&mut self, deltas: &mut Vec<Delta>) -> bool {
        let Some(slot) = self.queue.pop_front() else { return false };
        if let Some(key) = &slot.key
            && self.open.get(key) == Some(&self.front)
        {
            self.open.remove(key);
        }
        self.front += 1;
        self.deltas -= 1 + slot.rest.len();
        if let Delta::ListEnded { resource_version } | Delta::Reached { resource_version } =
            &slot.first
        {
            self.told = Some(resource_version.clone());
        }
        deltas.push(slot.first);
        deltas.extend(slot.rest);
        let reached = match self.queue.front() {
            Some(next) => &next.before,
            None => &self.latest,
        };
        if let Some(resource_version) = reached
            && self.told.as_ref() != Some(resource_version)
        {
            deltas.push(Delta::Reached { resource_version: resource_version.clone() });
            self.told = Some(resource_version.clone());
        }
        true
    }

    /// How many deltas wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.deltas
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether what comes now is merged into what waits.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.deltas >= self.capacity
    }

    fn version(&self, version: &str) -> Option<String> {
        (!self.listing).then(|| version.to_owned())
    }

    fn advance(&mut self, version: Option<String>) {
        if version.is_some() {
            self.latest = version;
        }
    }

    fn queue(&mut self, key: Key, delta: Delta) {
        let full = self.is_full();
        let open = self.open.get(&key).map(|number| number - self.front);
        let slot = open.and_then(|at| self.queue.get_mut(usize::try_from(at).ok()?));
        match slot {
            Some(slot) => {
                let before = 1 + slot.rest.len();
                slot.add(delta, full);
                self.deltas = self.deltas + 1 + slot.rest.len() - before;
            }
            None => {
                self.open.insert(key.clone(), self.front + self.queue.len() as u64);
                self.slot(Some(key), delta);
            }
        }
    }

    /// What comes after a border is not merged into what came before it.
    fn border(&mut self, delta: Delta) {
        self.open.clear();
        self.slot(None, delta);
    }

    fn slot(&mut self, key: Option<Key>, first: Delta) {
        self.deltas += 1;
        self.queue.push_back(Slot { key, first, rest: Vec::new(), before: self.latest.clone() });
    }
}

impl Slot {
    fn add(&mut self, delta: Delta, merge: bool) {
        self.rest.push(delta);
        while merge && !self.rest.is_empty() {
            let older = match self.rest.len() {
                1 => &self.first,
                length => &self.rest[length - 2],
            };
            if !replaces(&self.rest[self.rest.len() - 1], older) {
                return;
            }
            let Some(newer) = self.rest.pop() else { return };
            match self.rest.last_mut() {
                Some(last) => *last = newer,
                None => self.first = newer,
            }
        }
    }
}

/// Whether nobody misses `older` who learns of `newer`. An update after a deletion replaces
/// nothing: the object that went is another one.
fn replaces(newer: &Delta, older: &Delta) -> bool {
    match newer {
        Delta::Deleted(_) => true,
        Delta::Updated(_) | Delta::Listed(_) => !matches!(older, Delta::Deleted(_)),
        Delta::Malformed(_) => matches!(older, Delta::Malformed(_)),
        Delta::ListBegun { .. } | Delta::ListEnded { .. } | Delta::Reached { .. } => false,
    }
}
