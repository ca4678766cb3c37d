//! Who is owned by whom: events in; the dependents of an owner out.

use crate::store::Event;
use crate::store::ResourceId;
use crate::store::Stored;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

/// A reference to an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Owner {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) uid: String,
    #[serde(rename = "blockOwnerDeletion")]
    pub(super) blocks: Option<bool>,
}

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) resource: ResourceId,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
}

impl Place {
    pub(super) fn of(resource: &ResourceId, stored: &Stored) -> Self {
        Self {
            resource: Arc::clone(resource),
            namespace: stored.namespace.to_string(),
            name: stored.name.to_string(),
            uid: stored.facts.uid.to_string(),
        }
    }
}

/// What of the metadata the collector looks at.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Links {
    pub(super) owner_references: Vec<Owner>,
    pub(super) finalizers: Vec<String>,
}

/// All objects that have owners.
#[derive(Debug, Default)]
pub(super) struct Graph {
    owned: HashMap<String, Owned>,
    /// By the owner's uid; in the order in which they came.
    dependents: HashMap<String, BTreeMap<u64, String>>,
    /// Owners whose end was seen, and that still have dependents: the namespace of each.
    gone: HashMap<String, String>,
    count: u64,
}

#[derive(Debug)]
struct Owned {
    place: Place,
    owners: Vec<Owner>,
    number: u64,
}

/// What an event changed.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// The object is new or has other owners than before.
    pub(super) owners: bool,
    /// Owners that the object had or has.
    pub(super) related: Vec<Owner>,
}

impl Graph {
    /// Takes an event in.
    pub(super) fn observe(&mut self, event: &Event) -> Changed {
        let Some(object) = event.object() else { return Changed::default() };
        let uid = object.facts.uid.as_ref();
        let before = self.owned.get(uid).map(|own| own.owners.clone()).unwrap_or_default();
        let after = match &event.after {
            Some(after) => links(after).owner_references,
            None => Vec::new(),
        };
        let owners = event.after.is_some() && before != after;
        if before != after {
            self.forget(uid);
            if !after.is_empty() {
                self.count += 1;
                let number = self.count;
                for owner in &after {
                    let dependents = self.dependents.entry(owner.uid.clone()).or_default();
                    dependents.insert(number, uid.to_owned());
                }
                let place = Place::of(&event.resource, object);
                let owned = Owned { place, owners: after.clone(), number };
                self.owned.insert(uid.to_owned(), owned);
            }
        }
        if event.after.is_none() && self.dependents.contains_key(uid) {
            self.gone.insert(uid.to_owned(), object.namespace.to_string());
        }
        let mut related = before;
        for owner in after {
            if !related.iter().any(|one| one.uid == owner.uid) {
                related.push(owner);
            }
        }
        Changed { owners, related }
    }

    /// Where this object with owners is.
    pub(super) fn place(&self, uid: &str) -> Option<&Place> {
        self.owned.get(uid).map(|own| &own.place)
    }

    /// The objects that name this owner.
    pub(super) fn dependents(&self, uid: &str) -> Vec<Place> {
        let dependents = self.dependents.get(uid).into_iter().flat_map(BTreeMap::values);
        dependents.filter_map(|dependent| self.place(dependent)).cloned().collect()
    }

    /// Whether the end was seen of this owner of an object: then its kind, which may have gone with it, does not matter.
    pub(super) fn is_gone(&self, owner: &str, dependent: &Place) -> bool {
        let namespace = self.gone.get(owner);
        namespace.is_some_and(|gone| gone.is_empty() || *gone == dependent.namespace)
    }

    /// Whether the object keeps this owner from going in the foreground.
    pub(super) fn blocks(&self, dependent: &str, owner: &str) -> bool {
        self.owned.get(dependent).is_some_and(|own| {
            own.owners.iter().any(|one| one.uid == owner && one.blocks == Some(true))
        })
    }

    fn forget(&mut self, uid: &str) {
        let Some(own) = self.owned.remove(uid) else { return };
        for owner in own.owners {
            if let Some(dependents) = self.dependents.get_mut(&owner.uid) {
                dependents.remove(&own.number);
                if dependents.is_empty() {
                    self.dependents.remove(&owner.uid);
                    self.gone.remove(&owner.uid);
                }
            }
        }
    }
}

/// The owners and finalizers of a stored object. Most have neither, and are not parsed.
pub(super) fn links(stored: &Stored) -> Links {
    let metadata = stored.metadata();
    let has = |member: &[u8]| metadata.windows(member.len()).any(|window| window == member);
    if !has(b"\"ownerReferences\"") && !has(b"\"finalizers\"") {
        return Links::default();
    }
    serde_json::from_slice(&metadata).unwrap_or_default()
}
