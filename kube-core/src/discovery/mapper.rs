//! What somebody means by a word: `deploy`, `Deployment`, `deployments.apps` in, one kind out.
//!
//! Mirrors: client-go restmapper (discovery.go, shortcut.go)
//! Differs: a word that fits several groups is an error that lists them, unless the core group is among them.

use super::model::{Kinds, KnownKind};

/// What came of looking for a word.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    One(&'a KnownKind),
    Several(Vec<&'a KnownKind>),
    Nothing,
}

/// A word taken apart: `NAME`, `NAME.GROUP`, `NAME.VERSION.GROUP`.
struct Word<'a> {
    name: &'a str,
    rest: &'a str,
}

impl Word<'_> {
    fn fits(&self, kind: &KnownKind) -> bool {
        let resource = &kind.resource;
        let versioned = || {
            let version = self.rest.strip_prefix(resource.version.as_ref())?;
            Some(version.strip_prefix('.').unwrap_or(version) == resource.group)
        };
        self.rest.is_empty() || self.rest == resource.group || versioned() == Some(true)
    }
}

/// Finds the kind that a word means; in a group that has it in several versions, in the preferred one.
pub(super) fn find<'a>(kinds: &'a Kinds, text: &str) -> Found<'a> {
    let (name, rest) = text.split_once('.').unwrap_or((text, ""));
    let word = Word { name, rest };
    // Full names win over short ones, which anybody may claim for a CRD.
    let full = |kind: &KnownKind| {
        let same = |known: &str| known.eq_ignore_ascii_case(word.name);
        same(&kind.resource.plural) || same(&kind.singular) || same(&kind.resource.kind)
    };
    let short = |kind: &KnownKind| kind.short_names.iter().any(|known| known == word.name);
    match among(kinds, &word, full) {
        Found::Nothing => among(kinds, &word, short),
        found => found,
    }
}

fn among<'a>(kinds: &'a Kinds, word: &Word<'_>, is: impl Fn(&KnownKind) -> bool) -> Found<'a> {
    let mut candidates: Vec<&KnownKind> = Vec::new();
    for kind in kinds.known.iter().filter(|kind| word.fits(kind) && is(kind)) {
        let same = |known: &&KnownKind| {
            known.resource.group == kind.resource.group
                && known.resource.plural == kind.resource.plural
        };
        // The preferred version comes first, and of one that was asked for there is no other.
        if !candidates.iter().any(same) {
            candidates.push(kind);
        }
    }
    if let Some(core) = candidates.iter().position(|kind| kind.resource.group.is_empty()) {
        candidates = vec![candidates.swap_remove(core)];
    }
    match candidates.as_slice() {
        [] => Found::Nothing,
        [one] => Found::One(one),
        _ => Found::Several(candidates),
    }
}
