//! Which verbs on which kinds: declarations in, the generated role and the guard of every request out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use kube_core::ApiResource;
use kube_core::Resource;
use kube_core::request::Verb;

use crate::writeback::event::EventApi;

/// One resource or subresource, as a role names it: `deployments/status` of `apps`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    group: String,
    resource: String,
}

impl Subject {
    fn new(resource: &ApiResource, subresource: Option<&str>) -> Self {
        let plural = &resource.plural;
        let resource_name = match subresource {
            Some(subresource) => format!("{plural}/{subresource}"),
            None => plural.to_string(),
        };
        Self { group: resource.group.to_string(), resource: resource_name }
    }
}

/// A set of permissions. Adding one twice is adding it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    verbs: BTreeMap<Subject, Allowed>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Allowed {
    namespaced: bool,
    verbs: BTreeSet<Verb>,
}

/// One rule of a role: one resource and its verbs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource, with its subresource if it is about one.
    pub resource: String,
    /// The verbs, each once.
    pub verbs: Vec<Verb>,
    /// Whether it is about objects in namespaces.
    pub namespaced: bool,
}

/// Whether the type of a kind says nothing against this verb.
pub(crate) fn is_allowed<K: Resource>(verb: Verb) -> bool {
    K::ONLY_VERBS.is_none_or(|only| only.contains(&verb.as_str()))
}

impl Permissions {
    /// Allows `verbs` on a resource or on one of its subresources.
    pub fn allow(&mut self, resource: &ApiResource, subresource: Option<&str>, verbs: &[Verb]) {
        let subject = Subject::new(resource, subresource);
        let allowed = self.verbs.entry(subject).or_default();
        allowed.namespaced = resource.is_namespaced();
        allowed.verbs.extend(verbs);
    }

    /// Allows those of `verbs` that the type of a kind does not leave out.
    pub(crate) fn allow_of<K: Resource>(&mut self, verbs: &[Verb]) {
        let verbs: Vec<_> = verbs.iter().copied().filter(|verb| is_allowed::<K>(*verb)).collect();
        self.allow(&K::RESOURCE, None, &verbs);
    }

    /// What every controller may do: record events, in this API.
    pub(crate) fn of_events(api: EventApi) -> Self {
        let mut permissions = Self::default();
        permissions.allow(&api.resource(), None, &[Verb::Create, Verb::Patch]);
        permissions
    }

    /// Allows all that another set allows.
    pub fn merge(&mut self, other: &Self) {
        for (subject, more) in &other.verbs {
            let allowed = self.verbs.entry(subject.clone()).or_default();
            allowed.namespaced = more.namespaced;
            allowed.verbs.extend(&more.verbs);
        }
    }

    /// What is about objects in namespaces, and what is about the cluster.
    pub(crate) fn by_scope(&self) -> (Self, Self) {
        let of = |(subject, allowed): (&Subject, &Allowed)| (subject.clone(), allowed.clone());
        let (inside, of_the_cluster): (Vec<_>, Vec<_>) =
            self.verbs.iter().map(of).partition(|(_, allowed)| allowed.namespaced);
        let set = |verbs: Vec<_>| Self { verbs: verbs.into_iter().collect() };
        (set(inside), set(of_the_cluster))
    }

    /// What another set does not allow already.
    pub(crate) fn beyond(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        for (subject, known) in &other.verbs {
            if let Some(allowed) = rest.verbs.get_mut(subject) {
                allowed.verbs.retain(|verb| !known.verbs.contains(verb));
            }
        }
        rest.verbs.retain(|_, allowed| !allowed.verbs.is_empty());
        rest
    }

    /// Whether this is allowed.
    #[must_use]
    pub fn allows(&self, verb: Verb, resource: &ApiResource, subresource: Option<&str>) -> bool {
        let verbs = self.verbs.get(&Subject::new(resource, subresource));
        verbs.is_some_and(|allowed| allowed.verbs.contains(&verb))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.verbs.is_empty()
    }

    /// Whether anything at all is allowed on the resource.
    #[must_use]
    pub fn knows(&self, resource: &ApiResource) -> bool {
        self.verbs.contains_key(&Subject::new(resource, None))
    }

    /// As the rules of a role, sorted by group and resource.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let rule = |(subject, present): (&Subject, &Allowed)| Rule {
            group: subject.group.clone(),
            resource: subject.resource.clone(),
            verbs: present.verbs.iter().copied().collect(),
            namespaced: present.namespaced,
        };
        self.verbs.iter().map(rule).collect()
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::apps::v1::ReplicaSet;

    use super::*;

    #[test]
    fn rules_are_sorted_and_say_each_verb_once() {
        let mut permissions = Permissions::default();
        permissions.allow(&Deployment::RESOURCE, Some("status"), &[Verb::Patch]);
        permissions.allow(&Deployment::RESOURCE, None, &[Verb::Watch, Verb::List]);
        permissions.allow(&Deployment::RESOURCE, None, &[Verb::Get, Verb::List]);
        let rules = permissions.rules();
        let shown: Vec<_> =
            rules.iter().map(|rule| (rule.resource.as_str(), rule.verbs.clone())).collect();
        let expected = [
            ("deployments", vec![Verb::Get, Verb::List, Verb::Watch]),
            ("deployments/status", vec![Verb::Patch]),
        ];
        assert_eq!(shown, expected);
        assert!(permissions.allows(Verb::List, &Deployment::RESOURCE, None));
        assert!(!permissions.allows(Verb::Delete, &Deployment::RESOURCE, None));
        assert!(permissions.knows(&Deployment::RESOURCE));
        assert!(!permissions.knows(&ReplicaSet::RESOURCE));
    }
}
