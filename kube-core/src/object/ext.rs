//! What one asks of an object all the time: an object in, a part of its metadata out.

use std::collections::BTreeMap;

use super::HasMetadata;
use super::OwnerReference;
use super::Resource;

/// Short ways to an object's metadata.
pub trait ResourceExt: HasMetadata {
    /// The name; empty if it has none yet.
    fn name(&self) -> &str {
        self.object_meta().name.as_deref().unwrap_or_default()
    }

    /// The namespace it is in.
    fn namespace(&self) -> Option<&str> {
        self.object_meta().namespace.as_deref().filter(|namespace| !namespace.is_empty())
    }

    /// What tells it from others that had its name before; only stored objects have one.
    fn uid(&self) -> Option<&str> {
        self.object_meta().uid.as_deref().filter(|uid| !uid.is_empty())
    }

    /// Its revision; only stored objects have one.
    fn resource_version(&self) -> Option<&str> {
        self.object_meta().resource_version.as_deref().filter(|version| !version.is_empty())
    }

    /// Its labels.
    fn labels(&self) -> &BTreeMap<String, String> {
        self.object_meta().labels.as_ref().unwrap_or(&NONE)
    }

    /// Its labels, to change.
    fn labels_mut(&mut self) -> &mut BTreeMap<String, String> {
        self.object_meta_mut().labels.get_or_insert_default()
    }

    /// Its annotations.
    fn annotations(&self) -> &BTreeMap<String, String> {
        self.object_meta().annotations.as_ref().unwrap_or(&NONE)
    }

    /// Its annotations, to change.
    fn annotations_mut(&mut self) -> &mut BTreeMap<String, String> {
        self.object_meta_mut().annotations.get_or_insert_default()
    }

    /// What keeps it from going away.
    fn finalizers(&self) -> &[String] {
        self.object_meta().finalizers.as_deref().unwrap_or_default()
    }

    /// Its owners.
    fn owner_references(&self) -> &[OwnerReference] {
        self.object_meta().owner_references.as_deref().unwrap_or_default()
    }

    /// The owner that controls it; there is one at most.
    fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references().iter().find(|owner| owner.controller == Some(true))
    }

    /// Whether its deletion has begun.
    fn is_deleted(&self) -> bool {
        self.object_meta().deletion_timestamp.is_some()
    }

    /// A reference to it, for the objects that it owns; as their controller or as one owner of several. The reference
    /// blocks foreground deletion until they are gone. None until the object is stored, as it has no uid before.
    fn owner_reference(&self, controller: bool) -> Option<OwnerReference>
    where
        Self: Resource,
    {
        Some(OwnerReference {
            api_version: Self::RESOURCE.api_version(),
            kind: Self::RESOURCE.kind.into_owned(),
            name: Some(self.name()).filter(|name| !name.is_empty())?.to_owned(),
            uid: self.uid()?.to_owned(),
            controller: controller.then_some(true),
            block_owner_deletion: Some(true),
        })
    }
}

static NONE: BTreeMap<String, String> = BTreeMap::new();

impl<K: HasMetadata + ?Sized> ResourceExt for K {}
