//! Objects by key, by namespace and by owner: what the store keeps them in.
//!
//! An object has a number as long as it is in; all indices hold numbers, four bytes for an object.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::hash_map::EntryRef;
use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};

use super::index::Id;
use super::packed::Dictionary;
use crate::flow::{Cached, Key};

#[derive(Default)]
pub(super) struct Table {
    slots: Vec<Option<Slot>>,
    free: Vec<Id>,
    keys: HashTable<Id>,
    hasher: DefaultHashBuilder,
    namespaces: HashMap<String, HashSet<Id>>,
    families: HashMap<Box<str>, Family>,
}

pub(super) struct Slot {
    pub(super) cached: Cached,
    /// The list that named it last.
    pub(super) named_by: u32,
}

/// The objects of one owner.
#[derive(Default)]
pub(super) struct Family {
    pub(super) members: HashSet<Id>,
    pub(super) dictionary: Option<Arc<Dictionary>>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Every number and what stands there.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Id, &Slot)> {
        let numbered = (0..).zip(&self.slots);
        numbered.filter_map(|(id, slot)| slot.as_ref().map(|slot| (id, slot)))
    }

    /// Who is in a namespace.
    pub(super) fn namespace(&self, name: &str) -> Option<&HashSet<Id>> {
        self.namespaces.get(name)
    }

    pub(super) fn family(&self, owner: &str) -> Option<&Family> {
        self.families.get(owner)
    }

    pub(super) fn family_mut(&mut self, owner: &str) -> Option<&mut Family> {
        self.families.get_mut(owner)
    }

    pub(super) fn insert(&mut self, slot: Slot) -> Id {
        let cached = slot.cached.clone();
        let id = match self.free.pop() {
            Some(id) => id,
            None => {
                self.slots.push(None);
                Id::try_from(self.slots.len() - 1).expect("ids are 32 bits")
            }
        };
        self.slots[id as usize] = Some(slot);
        let Self { keys, hasher, slots, .. } = self;
        keys.insert_unique(hasher.hash_one(cached.key()), id, |id| {
            hasher.hash_one(occupied(slots, *id).cached.key())
        });
        if let Some(namespace) = cached.key().namespace() {
            self.namespaces.entry_ref(namespace).or_default().insert(id);
        }
        self.join_families(id, &cached);
        id
    }

    pub(super) fn replace(&mut self, id: Id, slot: Slot) -> Cached {
        let new = slot.cached.clone();
        let old = std::mem::replace(self.slot_mut(id), slot).cached;
        if old.owners() != new.owners() {
            self.leave_families(id, &old);
            self.join_families(id, &new);
        }
        old
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<(Id, Cached)> {
        let Self { keys, hasher, slots, .. } = self;
        let entry = keys
            .find_entry(hasher.hash_one(key), |id| occupied(slots, *id).cached.key() == key)
            .ok()?;
        let (id, _) = entry.remove();
        let old = self.slots[id as usize].take()?.cached;
        self.free.push(id);
        if let Some(namespace) = key.namespace()
            && let EntryRef::Occupied(mut ids) = self.namespaces.entry_ref(namespace)
        {
            ids.get_mut().remove(&id);
            if ids.get().is_empty() {
                ids.remove();
            }
        }
        self.leave_families(id, &old);
        Some((id, old))
    }

    fn join_families(&mut self, id: Id, cached: &Cached) {
        for owner in cached.owners() {
            match self.families.get_mut(&owner.uid) {
                Some(family) => family.members.insert(id),
                None => self.families.entry(owner.uid.clone()).or_default().members.insert(id),
            };
        }
    }

    fn leave_families(&mut self, id: Id, cached: &Cached) {
        for owner in cached.owners() {
            if let EntryRef::Occupied(mut family) = self.families.entry_ref(&*owner.uid) {
                family.get_mut().members.remove(&id);
                if family.get().members.is_empty() {
                    family.remove();
                }
            }
        }
    }

    pub(super) fn find(&self, key: &Key) -> Option<Id> {
        self.keys.find(self.hasher.hash_one(key), |id| self.slot(*id).cached.key() == key).copied()
    }

    pub(super) fn slot(&self, id: Id) -> &Slot {
        occupied(&self.slots, id)
    }

    pub(super) fn slot_mut(&mut self, id: Id) -> &mut Slot {
        self.slots[id as usize].as_mut().expect(OCCUPIED)
    }
}

const OCCUPIED: &str = "the table and the indices name occupied slots only";

fn occupied(slots: &[Option<Slot>], id: Id) -> &Slot {
    slots[id as usize].as_ref().expect(OCCUPIED)
}
