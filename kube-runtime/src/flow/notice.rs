//! What changed in the cache, told after the cache has it.
//!
//! Mirrors: client-go tools/cache/controller.go (`ResourceEventHandler`, `DeletedFinalStateUnknown`)
//! Differs: a deletion whose final state is unknown is a variant, never an object of another type.

use super::cached::{Cached, Entry};
use super::key::Key;

/// One change of the cache: indexer → handlers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// An object that the handler has not seen before.
    Added {
        /// Its state.
        new: Cached,
        /// Whether it belongs to the initial list.
        initial: bool,
    },
    /// An object changed. On a resync `old` and `new` are the same.
    Updated {
        /// The state that the handler was told last.
        old: Cached,
        /// The state now.
        new: Cached,
    },
    /// An object is gone.
    Deleted(Deletion),
}

/// How an object went, always with the last state that is known.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Deletion {
    /// The deletion was seen: this is the final state.
    Seen(Cached),
    /// A list did not name it any more: this is the last state that was seen, not the final one.
    FinalStateUnknown(Cached),
}

impl Notice {
    /// Of which object.
    #[must_use]
    pub fn key(&self) -> &Key {
        self.latest().key()
    }

    /// The state now, or the last known one.
    #[must_use]
    pub fn latest(&self) -> &Cached {
        match self {
            Self::Added { new, .. } | Self::Updated { new, .. } => new,
            Self::Deleted(deletion) => deletion.last_known(),
        }
    }

    /// The state before, when there was one that differs.
    #[must_use]
    pub fn before(&self) -> Option<&Cached> {
        match self {
            Self::Updated { old, new } if !Cached::ptr_eq(old, new) => Some(old),
            Self::Added { .. } | Self::Updated { .. } | Self::Deleted(_) => None,
        }
    }

    /// The states that this notice is about: the old one, where there is one, and the new one.
    pub fn states(&self) -> impl Iterator<Item = &Cached> {
        self.before().into_iter().chain([self.latest()])
    }

    /// Whether it belongs to the initial list.
    #[must_use]
    pub fn is_initial(&self) -> bool {
        matches!(self, Self::Added { initial: true, .. })
    }

    /// Whether nothing changed: it repeats what the cache holds.
    #[must_use]
    pub fn is_resync(&self) -> bool {
        matches!(self, Self::Updated { old, new } if Cached::ptr_eq(old, new))
    }
}

impl Deletion {
    /// The last state that is known.
    #[must_use]
    pub fn last_known(&self) -> &Cached {
        match self {
            Self::Seen(cached) | Self::FinalStateUnknown(cached) => cached,
        }
    }

    /// Whether the object may have changed between the last known state and its end.
    #[must_use]
    pub fn is_final_state_unknown(&self) -> bool {
        matches!(self, Self::FinalStateUnknown(_))
    }
}

impl AsRef<Entry> for Deletion {
    fn as_ref(&self) -> &Entry {
        self.last_known()
    }
}
