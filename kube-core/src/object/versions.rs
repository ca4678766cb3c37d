//! All versions of one kind, and which of them can be converted to which without a third between them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ApiResource;

/// An object of one version in, its spec and status in another out; or why not, beginning with the field.
pub(crate) type Step = fn(&Value) -> Result<Value, String>;

/// The versions of a kind with more than one, as their types say it. It converts objects:
/// [`convert`](Versions::convert).
#[derive(Clone, Debug)]
pub struct Versions {
    pub(crate) resource: ApiResource,
    /// By version, the structural schema of a whole object.
    pub(crate) schemas: BTreeMap<String, Value>,
    pub(crate) neighbours: Vec<Neighbours>,
}

/// Two versions with functions between them, and what each of them makes of an object of its own.
#[derive(Clone, Debug)]
pub(crate) struct Neighbours {
    pub(crate) near: String,
    pub(crate) far: String,
    pub(crate) to_far: Step,
    pub(crate) to_near: Step,
    pub(crate) as_near: Step,
    pub(crate) as_far: Step,
}

/// One step between neighbours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) there: Step,
    pub(crate) back: Step,
    pub(crate) as_from: Step,
    pub(crate) as_to: Step,
}

impl Versions {
    /// The kind, in the version whose type was asked.
    #[must_use]
    pub fn resource(&self) -> &ApiResource {
        &self.resource
    }

    /// Whether there is one version only, and nothing to convert.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.neighbours.is_empty()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    /// The steps from a version to another; none if one of them is unknown.
    pub(crate) fn way<'a>(&'a self, from: &'a str, to: &'a str) -> Option<Vec<Way<'a>>> {
        let mut reached: Vec<(&str, Vec<Way<'a>>)> = vec![(from, Vec::new())];
        let mut next = 0;
        while let Some((here, way)) = reached.get(next).cloned() {
            if here == to {
                return Some(way);
            }
            next += 1;
            for step in self.neighbours.iter().filter_map(|pair| pair.from(here)) {
                if reached.iter().all(|(known, _)| *known != step.to) {
                    let mut longer = way.clone();
                    longer.push(step);
                    reached.push((step.to, longer));
                }
            }
        }
        None
    }
}

impl Neighbours {
    fn from(&self, version: &str) -> Option<Way<'_>> {
        let Self { near, far, to_far, to_near, as_near, as_far } = self;
        if near == version {
            let (there, back, as_from, as_to) = (*to_far, *to_near, *as_near, *as_far);
            Some(Way { from: near, to: far, there, back, as_from, as_to })
        } else if far == version {
            let (there, back, as_from, as_to) = (*to_near, *to_far, *as_far, *as_near);
            Some(Way { from: far, to: near, there, back, as_from, as_to })
        } else {
            None
        }
    }
}
