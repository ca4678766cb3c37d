//! The owner of the object that changed.
//!
//! Mirrors: controller-runtime pkg/handler/enqueue_owner.go

use std::borrow::Cow;

use kube_core::{ApiResource, Resource, Scope};

use super::Enqueue;
use crate::flow::{Key, Notice};

/// Enqueues the owners of one kind, as the object names them now and as it named them before.
#[derive(Debug, Clone)]
pub struct Owner {
    group: Cow<'static, str>,
    kind: Cow<'static, str>,
    namespaced: bool,
    any: bool,
}

impl Owner {
    /// The controlling owner of this kind.
    #[must_use]
    pub fn of<K: Resource>() -> Self {
        Self::of_resource(&K::RESOURCE)
    }

    /// The controlling owner of a kind that is known at run time only.
    #[must_use]
    pub fn of_resource(resource: &ApiResource) -> Self {
        Self {
            group: resource.group.clone(),
            kind: resource.kind.clone(),
            namespaced: resource.scope == Scope::Namespaced,
            any: false,
        }
    }

    /// Also owners that do not control the object.
    #[must_use]
    pub fn or_any(mut self) -> Self {
        self.any = true;
        self
    }
}

impl Enqueue for Owner {
    fn keys(&self, notice: &Notice, add: &mut dyn FnMut(Key)) {
        for state in notice.states() {
            for owner in state.owners() {
                let ours = *owner.kind == *self.kind && *owner.group == *self.group;
                if ours && (owner.controller || self.any) {
                    let namespace = state.key().namespace().filter(|_| self.namespaced);
                    add(Key::new(namespace, &owner.name));
                }
            }
        }
    }
}
