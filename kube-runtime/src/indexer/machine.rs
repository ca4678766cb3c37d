//! A delta in; the cache one step further, and what handlers are told about it, out.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::{self, Formatter};
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;
use kube_core::selector::LabelSelector;
use kube_core::wire::{Malformed, OwnerHead, RawObject};

use super::by_label;
use super::index::{Id, Index, Name};
use super::packed::{Dictionary, pack_against};
use super::table::{Family, Slot, Table};
use super::transform::Transform;
use crate::flow::{Body, Cached, Deletion, Delta, Key, Notice, order};

/// How the cache keeps the bytes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Cache {
    /// Compressed, against a relative where there is one. Costs some microseconds at every read
    /// and a tenth of the memory.
    #[default]
    Packed,
    /// As they came, without `managedFields`: reads are a third cheaper, the cache is ten times as large.
    Raw,
    /// As they came, and the object that somebody read, for as long as it does not change: for caches that are read as
    /// a whole all the time. A Pod that was read takes some 30 KB.
    Typed,
}

/// A family gets a dictionary of its own when it has this many members.
const FAMILY: usize = 3;

/// Everything of one kind that the server has told us: objects by key, and their indices.
pub(super) struct Indexer {
    cache: Cache,
    /// What is done to objects before they are kept.
    pub(super) transform: Option<Transform>,
    table: Table,
    indices: Vec<Box<dyn Index>>,
    any: Option<Arc<Dictionary>>,
    invalid: HashMap<Key, Invalid>,
    list: List,
    resource_version: Option<Box<str>>,
}

struct Invalid {
    reason: Box<str>,
    named_by: u32,
}

#[derive(Default)]
struct List {
    number: u32,
    running: bool,
    complete: bool,
    /// What is cached is of a history that the server has no more: whatever the list names is news.
    new_history: bool,
    /// Items older than what the store has seen, of objects that it does not have: most likely
    /// deleted since. They count only if the whole list turns out to be news.
    doubtful: Vec<RawObject>,
    /// An item could not even be told by name; it may be any of those that seem to have vanished.
    nameless: bool,
}

/// An object made ready for the store, with nothing locked for writing.
pub(super) struct Ready {
    cached: Cached,
    values: Vec<Box<dyn Any + Send>>,
    /// What the family of the object may be packed against from now on.
    dictionary: Option<Arc<Dictionary>>,
}

/// A step that has been prepared.
pub(super) enum Step {
    Put(Ready),
    Doubt(RawObject),
    Named(Key),
    Other(Delta),
    Nothing,
}

impl Indexer {
    /// An empty store.
    pub(super) fn new(cache: Cache) -> Self {
        Self {
            cache,
            transform: None,
            table: Table::default(),
            indices: Vec::new(),
            any: None,
            invalid: HashMap::new(),
            list: List::default(),
            resource_version: None,
        }
    }

    /// The costly half of a step, which changes nothing.
    pub(super) fn prepare(&self, delta: Delta) -> Step {
        match delta {
            Delta::Updated(object) => {
                let ready = self.ready(Key::of_head(&object.meta), &object);
                ready.map_or(Step::Nothing, Step::Put)
            }
            Delta::Listed(object) => {
                let key = Key::of_head(&object.meta);
                if self.is_doubtful(&key, &object) {
                    return Step::Doubt(object);
                }
                self.ready(key.clone(), &object).map_or(Step::Named(key), Step::Put)
            }
            other => Step::Other(other),
        }
    }

    /// The other half; what handlers must know is appended to `notices`, after the store has it.
    pub(super) fn commit(&mut self, step: Step, notices: &mut Vec<Notice>) {
        match step {
            Step::Put(ready) => self.put(ready, notices),
            Step::Doubt(object) => self.list.doubtful.push(object),
            Step::Named(key) => self.named(&key),
            Step::Other(delta) => self.other(delta, notices),
            Step::Nothing => {}
        }
    }

    fn other(&mut self, delta: Delta, notices: &mut Vec<Notice>) {
        match delta {
            // These two have been prepared.
            Delta::Updated(_) | Delta::Listed(_) => {}
            Delta::Deleted(object) => self.delete(&object, notices),
            Delta::Malformed(malformed) => self.malformed(malformed, notices),
            Delta::ListBegun { new_history } => {
                if new_history {
                    self.list.new_history = true;
                    self.resource_version = None;
                }
                self.list.number = self.list.number.wrapping_add(1);
                self.list.running = true;
                self.list.doubtful.clear();
                self.list.nameless = false;
            }
            Delta::ListEnded { resource_version } => self.list_ended(&resource_version, notices),
            Delta::Reached { resource_version } => self.reached(&resource_version),
        }
    }

    /// The state of an object.
    pub(super) fn get(&self, key: &Key) -> Option<&Cached> {
        self.table.find(key).map(|id| &self.table.slot(id).cached)
    }

    /// Why an object cannot be read, when it could not be the last time.
    pub(super) fn malformed_at(&self, key: &Key) -> Option<&str> {
        self.invalid.get(key).map(|invalid| &*invalid.reason)
    }

    /// Every state, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Cached> {
        self.table.iter().map(|(_, slot)| &slot.cached)
    }

    /// The states in a namespace, in no order.
    pub(super) fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = &Cached> {
        let ids = self.table.namespace(namespace);
        self.states(ids.into_iter().flatten().copied())
    }

    /// The states that name an owner, in no order.
    pub(super) fn owned_by(&self, uid: &str) -> impl Iterator<Item = &Cached> {
        let family = self.table.family(uid);
        self.states(family.into_iter().flat_map(|family| &family.members).copied())
    }

    pub(super) fn states(&self, ids: impl Iterator<Item = Id>) -> impl Iterator<Item = &Cached> {
        ids.map(|id| &self.table.slot(id).cached)
    }

    pub(super) fn index(&self, name: &Name) -> Option<&dyn Index> {
        self.indices.iter().find(|index| index.name() == name).map(|index| &**index)
    }

    /// The states that may have these labels, in no order, if an index knows.
    pub(super) fn labelled(&self, labels: &LabelSelector) -> Option<impl Iterator<Item = &Cached>> {
        let ids = by_label::having(self.indices.iter().map(|index| &**index), labels)?;
        Some(self.states(ids.into_iter()))
    }

    /// Adds an index, also over what is there already. A second one of the same function is none.
    pub(super) fn add_index(&mut self, mut index: Box<dyn Index>) {
        if self.index(index.name()).is_some() {
            return;
        }
        for (id, slot) in self.table.iter() {
            if let Some(object) = slot.cached.with_json(|json| index.decode(json)) {
                let values = index.values(&*object);
                index.put(id, values);
            }
        }
        self.indices.push(index);
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether a list has ever been complete.
    pub(super) fn is_synced(&self) -> bool {
        self.list.complete
    }

    /// The newest version that everything up to is in the store.
    pub(super) fn resource_version(&self) -> Option<&str> {
        self.resource_version.as_deref()
    }

    /// Makes an object ready: packs it and asks the index functions. `None` when it is no news.
    fn ready(&self, key: Key, object: &RawObject) -> Option<Ready> {
        let present = self.get(&key);
        if !self.list.new_history && present.is_some_and(|present| !is_news(object, present)) {
            return None;
        }
        let object = &*self.transformed(object);
        let key = present.map_or(key, |present| present.key().clone());
        let family = family_of(&object.meta.owners).and_then(|uid| self.table.family(uid));
        let owners = self.share_owners(family, &object.meta.owners);
        let (body, dictionary) = self.pack(object, family);
        let cached = Cached::assemble(key, owners, object, body);
        let values = self.values(&object.bytes);
        Some(Ready { cached, values, dictionary })
    }

    /// An object as it is to be kept.
    pub(super) fn transformed<'object>(
        &self,
        object: &'object RawObject,
    ) -> Cow<'object, RawObject> {
        match &self.transform {
            Some(transform) => Cow::Owned(transform.apply(object)),
            None => Cow::Borrowed(object),
        }
    }

    fn is_doubtful(&self, key: &Key, object: &RawObject) -> bool {
        let Some(seen) = self.resource_version.as_deref() else { return false };
        self.list.running
            && matches!(
                order(&object.meta.resource_version, seen),
                Some(Ordering::Less | Ordering::Equal)
            )
            && self.table.find(key).is_none()
    }

    fn share_owners(&self, family: Option<&Family>, owners: &[OwnerHead]) -> Arc<[OwnerHead]> {
        let relative = family.and_then(|family| family.members.iter().next());
        match relative.map(|id| self.table.slot(*id).cached.shared_owners()) {
            Some(shared) if **shared == *owners => Arc::clone(shared),
            _ => Arc::from(owners),
        }
    }

    fn pack(&self, object: &RawObject, family: Option<&Family>) -> (Body, Option<Arc<Dictionary>>) {
        let bytes = || Box::from(&object.bytes[..]);
        match self.cache {
            Cache::Raw => return (Body::Raw(bytes()), None),
            Cache::Typed => {
                return (Body::Typed { bytes: bytes(), object: OnceLock::new() }, None);
            }
            Cache::Packed => {}
        }
        if let Some(dictionary) = family.and_then(|family| family.dictionary.as_ref()) {
            return (dictionary.pack(&object.bytes), None);
        }
        if family.is_some_and(|family| family.members.len() + 1 >= FAMILY) {
            let dictionary = Arc::new(Dictionary::new(&object.bytes));
            return (dictionary.pack(&object.bytes), Some(dictionary));
        }
        (pack_against(&object.bytes, self.any.as_deref()), None)
    }

    /// The values for each index; decoded once for all indices in a row that take the same type.
    fn values(&self, json: &[u8]) -> Vec<Box<dyn Any + Send>> {
        let mut decoded: Option<(TypeId, Option<Box<dyn Any>>)> = None;
        let mut values = Vec::with_capacity(self.indices.len());
        for index in &self.indices {
            if decoded.as_ref().is_none_or(|(takes, _)| *takes != index.takes()) {
                decoded = Some((index.takes(), index.decode(json)));
            }
            let object = decoded.as_ref().and_then(|(_, object)| object.as_deref());
            values.push(index.values(object.unwrap_or(&())));
        }
        values
    }

    /// Puts a state in.
    fn put(&mut self, ready: Ready, notices: &mut Vec<Notice>) {
        let Ready { cached, mut values, dictionary } = ready;
        if values.len() != self.indices.len() {
            // An index was added since it was made ready.
            values = cached.with_json(|json| self.values(json));
        }
        self.invalid.remove(cached.key());
        let named_by = self.list.number;
        let slot = Slot { cached: cached.clone(), named_by };
        let id = match self.table.find(cached.key()) {
            Some(id) => {
                let old = self.table.replace(id, slot);
                if old.uid() == cached.uid() {
                    notices.push(Notice::Updated { old, new: cached.clone() });
                } else {
                    notices.push(Notice::Deleted(Deletion::FinalStateUnknown(old)));
                    notices.push(Notice::Added { new: cached.clone(), initial: false });
                }
                id
            }
            None => {
                let initial = !self.list.complete;
                notices.push(Notice::Added { new: cached.clone(), initial });
                self.table.insert(slot)
            }
        };
        if let Some((uid, dictionary)) = family_of(cached.owners()).zip(dictionary)
            && let Some(family) = self.table.family_mut(uid)
        {
            family.dictionary = Some(dictionary);
        }
        if self.any.is_none() && self.cache == Cache::Packed {
            self.any = Some(Arc::new(cached.with_json(Dictionary::new)));
        }
        for (index, values) in self.indices.iter_mut().zip(values) {
            index.put(id, values);
        }
    }

    /// A list named an object that is no news.
    fn named(&mut self, key: &Key) {
        let number = self.list.number;
        if let Some(id) = self.table.find(key) {
            self.table.slot_mut(id).named_by = number;
        }
    }

    fn delete(&mut self, object: &RawObject, notices: &mut Vec<Notice>) {
        let key = Key::of_head(&object.meta);
        self.invalid.remove(&key);
        let Some(present) = self.get(&key) else { return };
        let other = *object.meta.uid != *present.uid();
        if other && !is_news(object, present) {
            return;
        }
        let last = if other { present.clone() } else { Cached::raw(&self.transformed(object)) };
        self.remove(&key);
        let deletion = if other { Deletion::FinalStateUnknown(last) } else { Deletion::Seen(last) };
        notices.push(Notice::Deleted(deletion));
    }

    /// Keeps what was known of the object, if anything was, and that it exists.
    fn malformed(&mut self, malformed: Malformed, notices: &mut Vec<Notice>) {
        let Some(key) = key_of(&malformed) else {
            self.list.nameless = true;
            return;
        };
        if malformed.removed {
            self.invalid.remove(&key);
            if let Some(last) = self.remove(&key) {
                notices.push(Notice::Deleted(Deletion::FinalStateUnknown(last)));
            }
            return;
        }
        self.named(&key);
        let reason = malformed.reason.into();
        self.invalid.insert(key, Invalid { reason, named_by: self.list.number });
    }

    fn list_ended(&mut self, resource_version: &str, notices: &mut Vec<Notice>) {
        for object in std::mem::take(&mut self.list.doubtful) {
            if let Some(ready) = self.ready(Key::of_head(&object.meta), &object) {
                self.put(ready, notices);
            }
        }
        let number = self.list.number;
        let vanished: Vec<Key> = self
            .table
            .iter()
            .filter(|(_, slot)| slot.named_by != number && !self.list.nameless)
            .map(|(_, slot)| slot.cached.key().clone())
            .collect();
        for key in vanished {
            if let Some(last) = self.remove(&key) {
                notices.push(Notice::Deleted(Deletion::FinalStateUnknown(last)));
            }
        }
        self.invalid.retain(|_, invalid| invalid.named_by == number);
        self.list.running = false;
        self.list.new_history = false;
        self.list.complete = true;
        self.reached(resource_version);
    }

    fn remove(&mut self, key: &Key) -> Option<Cached> {
        let (id, last) = self.table.remove(key)?;
        for index in &mut self.indices {
            index.remove(id);
        }
        Some(last)
    }

    fn reached(&mut self, resource_version: &str) {
        let older = self
            .resource_version
            .as_deref()
            .is_some_and(|present| order(resource_version, present).is_some_and(Ordering::is_lt));
        if !older {
            self.resource_version = Some(Box::from(resource_version));
        }
    }
}

/// The owner whose objects look most alike.
fn family_of(owners: &[OwnerHead]) -> Option<&str> {
    owners.iter().find(|owner| owner.controller).or(owners.first()).map(|owner| &*owner.uid)
}

/// Whether the state goes beyond what is known of the object. A version that cannot be compared
/// is taken for news: the server speaks in order.
fn is_news(object: &RawObject, present: &Cached) -> bool {
    let (new, old) = (&*object.meta.resource_version, present.resource_version());
    new != old && order(new, old) != Some(Ordering::Less)
}

fn key_of(malformed: &Malformed) -> Option<Key> {
    let name = malformed.name.as_deref()?;
    Some(Key::new(malformed.namespace.as_deref(), name))
}

impl fmt::Debug for Indexer {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Indexer")
            .field("objects", &self.len())
            .field("indices", &self.indices)
            .field("resource_version", &self.resource_version)
            .finish_non_exhaustive()
    }
}
