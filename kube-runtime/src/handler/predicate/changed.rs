//! Whether an update changed what was asked for, its labels or annotations, or anything at all.
//!
//! Each is a plain function, and as such a [`Predicate`](super::Predicate). Additions, the initial list among them, and deletions always pass;
//! so does an update by which a deletion begins, and one that makes another object of the name.
//!
//! Mirrors: controller-runtime pkg/predicate/predicate.go
//! Differs: repetitions of what is known, as a resync makes them, pass all but [`resource_version_changed`]: whoever asks for a resync wants
//! it. An update of a kind that the server counts no generations of passes [`generation_changed`].

use crate::flow::{Cached, Notice};

/// Updates of the spec: of metadata and status only, no. Where the server counts no generations, as of ConfigMaps, every update.
#[must_use]
pub fn generation_changed(notice: &Notice) -> bool {
    updated(notice, |old, new| new.generation().is_none() || old.generation() != new.generation())
}

/// Updates of the labels. Both states are read from the cache, some 15 µs each.
#[must_use]
pub fn labels_changed(notice: &Notice) -> bool {
    updated(notice, |old, new| old.labels() != new.labels())
}

/// Updates of the annotations. Both states are read from the cache, some 15 µs each.
#[must_use]
pub fn annotations_changed(notice: &Notice) -> bool {
    updated(notice, |old, new| old.annotations() != new.annotations())
}

/// Everything but repetitions of what is known: with it a resync does nothing.
#[must_use]
pub fn resource_version_changed(notice: &Notice) -> bool {
    !notice.is_resync()
        && updated(notice, |old, new| old.resource_version() != new.resource_version())
}

fn updated(notice: &Notice, changed: impl FnOnce(&Cached, &Cached) -> bool) -> bool {
    match notice {
        Notice::Updated { old, new } => {
            notice.is_resync()
                || old.uid() != new.uid()
                || old.is_being_deleted() != new.is_being_deleted()
                || changed(old, new)
        }
        Notice::Added { .. } | Notice::Deleted(_) => true,
    }
}
