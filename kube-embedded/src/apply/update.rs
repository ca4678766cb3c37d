//! How ownership moves: what an update takes, what an apply takes, prunes and conflicts with.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::combine::merged;
use super::compare::{Comparison, removed};
use super::managers::{Identity, Managers, Owned};
use super::path::PathElement;
use super::set::Set;
use super::typed::{field_set, reconciled};
use super::writer::Convert;
use crate::json;
use crate::schema::Types;

/// The schemas of one kind's versions, and the fields that this endpoint does not write.
pub(super) struct Updater<'a> {
    pub(super) api_version: &'a str,
    pub(super) types: &'a Types,
    /// The types of another version; none: the version is gone.
    pub(super) versions: &'a dyn Fn(&str) -> Option<Arc<Types>>,
    /// An object in another version; none: versions differ by their name only.
    pub(super) convert: Option<Convert<'a>>,
    pub(super) ignored: Set,
}

/// A field that is owned by somebody else.
#[derive(Debug, Clone)]
pub(super) struct Conflict {
    pub(super) owner: Identity,
    pub(super) path: Vec<PathElement>,
}

/// Why an apply or an update was not possible.
#[derive(Debug)]
pub(super) enum Refusal {
    Conflicts(Vec<Conflict>),
    Text(String),
}

impl From<String> for Refusal {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Updater<'_> {
    fn with_types<T>(&self, version: &str, run: impl FnOnce(&Types) -> T) -> Option<T> {
        if version == self.api_version {
            return Some(run(self.types));
        }
        (self.versions)(version).map(|types| run(&types))
    }

    fn converted<'b>(&self, object: &'b Value, version: &str) -> Cow<'b, Value> {
        match self.convert {
            Some(convert) if object["apiVersion"] != version => {
                Cow::Owned(convert(object, version))
            }
            _ => Cow::Borrowed(object),
        }
    }

    /// Sets follow a schema in which something has become one value.
    fn reconcile(&self, managers: &mut Managers) {
        managers.0.retain(|_, owned| {
            let set = self.with_types(&owned.api_version, |types| reconciled(types, &owned.set));
            let known = set.is_some();
            owned.set = set.unwrap_or_default();
            known
        });
    }

    /// Takes from all other managers what the step from `old` to `new` modifies, adds or removes.
    fn take(
        &self,
        old: &Value,
        new: &Value,
        managers: &mut Managers,
        own: Option<&Identity>,
        force: bool,
    ) -> Result<Comparison, Refusal> {
        let compare = |types: &Types, version: &str| -> Result<Comparison, String> {
            let (old, new) = (self.converted(old, version), self.converted(new, version));
            let comparison = Comparison::of(types, &old, &new)
                .map_err(|text| format!("failed to compare objects: {text}"))?;
            Ok(comparison.without(&self.ignored))
        };
        let mine = compare(self.types, self.api_version)?;
        let mut others: BTreeMap<String, Option<Comparison>> = BTreeMap::new();
        let mut conflicts: Vec<Conflict> = Vec::new();
        let mut kept = Managers::default();
        for (identity, owned) in &managers.0 {
            if Some(identity) == own {
                kept.0.insert(identity.clone(), owned.clone());
                continue;
            }
            let comparison = if owned.api_version == self.api_version {
                Some(&mine)
            } else {
                if !others.contains_key(&owned.api_version) {
                    let version = &owned.api_version;
                    let comparison = self.with_types(version, |types| compare(types, version));
                    let comparison = comparison.transpose()?;
                    others.insert(owned.api_version.clone(), comparison);
                }
                others.get(&owned.api_version).and_then(Option::as_ref)
            };
            let Some(comparison) = comparison else { continue };
            let contested = owned.set.intersection(&comparison.modified.union(&comparison.added));
            conflicts.extend(
                contested
                    .paths()
                    .into_iter()
                    .map(|path| Conflict { owner: identity.clone(), path }),
            );
            let rest = owned.set.difference(&contested).difference(&comparison.removed);
            if !rest.is_empty() {
                kept.0.insert(identity.clone(), Owned { set: rest, ..owned.clone() });
            }
        }
        if !force && !conflicts.is_empty() {
            return Err(Refusal::Conflicts(conflicts));
        }
        *managers = kept;
        Ok(mine)
    }

    /// What whoever wrote `new` over `old` owns by it, besides what it owned.
    ///
    /// # Errors
    /// The objects could not be compared.
    pub(super) fn update(
        &self,
        old: &Value,
        new: &Value,
        managers: &mut Managers,
    ) -> Result<Option<Set>, Refusal> {
        self.reconcile(managers);
        let comparison = self.take(old, new, managers, None, true)?;
        let set = comparison.modified.union(&comparison.added).recursive_difference(&self.ignored);
        Ok((!set.is_empty()).then_some(set))
    }

    /// Applies a configuration: the new object (none: nothing of it changes), with the managers moved.
    ///
    /// # Errors
    /// Fields that others own, or objects that could not be compared.
    pub(super) fn apply(
        &self,
        live: &Value,
        config: &Value,
        managers: &mut Managers,
        own: &Identity,
        force: bool,
    ) -> Result<Option<Value>, Refusal> {
        self.reconcile(managers);
        let last = managers.0.get(own).cloned();
        let set = field_set(self.types, config).recursive_difference(&self.ignored);
        let time = last.as_ref().and_then(|owned| owned.time.clone());
        managers.0.insert(own.clone(), Owned { set, api_version: self.api_version.into(), time });
        let mut new = merged(self.types, live, config);
        if let Some(last) = last.filter(|owned| !owned.set.is_empty()) {
            new = self.prune(new, managers, &last);
        }
        self.take(live, &new, managers, Some(own), force)?;
        managers.0.retain(|_, owned| !owned.set.is_empty());
        Ok((!json::equal(live, &new)).then_some(new))
    }

    /// Removes what this manager applied last time, not this time, and that nobody else owns.
    fn prune(&self, new: Value, managers: &Managers, last: &Owned) -> Value {
        let version = &last.api_version;
        let pruned = self.with_types(version, |types| {
            let root = types.root();
            let named = |set: &Set| set.with_named_fields(types, root);
            let merged = self.converted(&new, version);
            let pruned = removed(types, &merged, &named(&last.set));
            let pruned = self.add_back_owned(&merged, pruned, version, managers);
            let pruned = self.converted(&pruned, version);
            // What this manager did not own before is not its to remove.
            let gone =
                named(&field_set(types, &merged)).difference(&named(&field_set(types, &pruned)));
            let pruned = removed(types, &merged, &gone.intersection(&named(&last.set)));
            self.converted(&pruned, self.api_version).into_owned()
        });
        pruned.unwrap_or(new)
    }

    fn add_back_owned(
        &self,
        merged: &Value,
        pruned: Value,
        first: &str,
        managers: &Managers,
    ) -> Value {
        let mut owned_at: BTreeMap<&str, Set> = BTreeMap::new();
        for owned in managers.0.values() {
            let set = owned_at.entry(&owned.api_version).or_default();
            *set = set.union(&owned.set);
        }
        let first_set = owned_at.remove_entry(first);
        let mut pruned = pruned;
        for (version, managed) in first_set.into_iter().chain(owned_at) {
            let back = self.with_types(version, |types| {
                let (merged, pruned) =
                    (self.converted(merged, version), self.converted(&pruned, version));
                let named = |set: &Set| set.with_named_fields(types, types.root());
                let kept = named(&field_set(types, &pruned)).union(&named(&managed));
                let gone = named(&field_set(types, &merged)).difference(&kept);
                removed(types, &merged, &gone)
            });
            pruned = back.unwrap_or(pruned);
        }
        pruned
    }
}
