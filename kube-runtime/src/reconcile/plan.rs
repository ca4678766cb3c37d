//! Why each cache is there and what of it leads to a reconcile, for people: what the wiring connects in, the same as plain values out.

use kube_core::ApiResource;

/// What a controller does with the objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// It reconciles them.
    Primary,
    /// They belong to what it reconciles.
    Owned,
    /// A function of this name says what to reconcile when one changes.
    Watched(&'static str),
    /// It reads them.
    Read,
    /// It finds them by what a function of this name says.
    Indexed(&'static str),
}

/// Each kind that has a cache, in the order in which they were declared, with its uses, each once and sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan(Vec<(ApiResource, Vec<Use>)>);

impl Plan {
    pub(crate) fn add(&mut self, resource: &ApiResource, new: Use) {
        let at = self.0.iter().position(|(known, _)| known == resource).unwrap_or_else(|| {
            self.0.push((resource.clone(), Vec::new()));
            self.0.len() - 1
        });
        let uses = &mut self.0[at].1;
        if let Err(place) = uses.binary_search(&new) {
            uses.insert(place, new);
        }
    }

    pub(crate) fn uses(&self) -> impl Iterator<Item = (&ApiResource, &[Use])> {
        self.0.iter().map(|(resource, uses)| (resource, uses.as_slice()))
    }
}

/// A type's own name, without its module and what it is made of.
pub(crate) fn type_name<T>() -> &'static str {
    let path = std::any::type_name::<T>();
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

/// A function's own name, without the path of its module; a closure has none.
pub(crate) fn function_name<F>(_: &F) -> Option<&'static str> {
    let path = std::any::type_name::<F>();
    path.rsplit("::").next().filter(|name| !name.contains(['{', '<', '>']))
}
