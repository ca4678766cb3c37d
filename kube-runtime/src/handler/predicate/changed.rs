//! Whether an update changed what was asked for, or anything at all.

use super::Predicate;
use crate::flow::{Cached, Notice};

/// Updates of the spec: of metadata and status only, no. Additions and deletions always matter, and
/// so does every change of a kind that the server counts no generations of.
#[derive(Debug, Clone, Copy, Default)]
pub struct GenerationChanged;

impl Predicate for GenerationChanged {
    fn admits(&self, notice: &Notice) -> bool {
        updated(notice, |old, new| {
            old.uid() != new.uid()
                || old.is_being_deleted() != new.is_being_deleted()
                || new.generation().is_none()
                || old.generation() != new.generation()
        })
    }
}

/// Everything but repetitions of what is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResourceVersionChanged;

impl Predicate for ResourceVersionChanged {
    fn admits(&self, notice: &Notice) -> bool {
        updated(notice, |old, new| old.resource_version() != new.resource_version())
    }
}

fn updated(notice: &Notice, changed: impl FnOnce(&Cached, &Cached) -> bool) -> bool {
    match notice {
        Notice::Updated { old, new } => changed(old, new),
        Notice::Added { .. } | Notice::Deleted(_) => true,
    }
}
