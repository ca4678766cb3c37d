//! Whether a webhook is for a write: the webhook and the write in; the version of the kind that it is to see out.

use super::Asked;
use super::hook::Hook;
use super::hook::Rule;
use crate::admission::Operation;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::status::Failure;
use crate::status::ResourceName;
use serde_json::Value;
use std::sync::Arc;

/// What webhooks never see: with it they could lock everybody out.
const EXEMPT: [&str; 6] = [
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
];

/// Whether webhooks are asked about this kind at all.
pub(super) fn is_exempt(kind: &Kind) -> bool {
    kind.group == "admissionregistration.k8s.io" && EXEMPT.contains(&kind.plural.as_str())
}

/// The version in which the webhook sees the write; `None`: it is not for it.
///
/// # Errors
/// The namespace is not there, so that nobody can say whether it is meant.
pub(super) fn version_for(
    cluster: &Cluster,
    asked: &Asked<'_>,
    hook: &Hook,
    object: Option<&Value>,
) -> Result<Option<Arc<Kind>>, Failure> {
    let selector = &hook.object_selector;
    let meant = |object: Option<&Value>| object.is_some_and(|object| selector.matches(object));
    if !selector.is_everything() && !meant(object) && !meant(asked.review.old) {
        return Ok(None);
    }
    let in_namespace = namespace_matches(cluster, asked, hook, object);
    if in_namespace.as_ref().is_ok_and(|matches| !matches) {
        return Ok(None);
    }
    let Some(kind) = by_rules(cluster, asked, hook) else { return Ok(None) };
    in_namespace.map(|_| Some(kind))
}

fn by_rules(cluster: &Cluster, asked: &Asked<'_>, hook: &Hook) -> Option<Arc<Kind>> {
    let own = asked.review.kind;
    let versions = cluster.kinds.all();
    let same = |kind: &&Arc<Kind>| {
        kind.group == own.group && kind.version == own.version && kind.plural == own.plural
    };
    if hook.rules.iter().any(|rule| rule.matches(asked, own)) {
        return versions.iter().find(same).cloned();
    }
    if !hook.takes_equivalents() {
        return None;
    }
    let equivalent = |kind: &&Arc<Kind>| kind.resource == own.resource && !same(kind);
    hook.rules.iter().find_map(|rule| {
        versions.iter().filter(equivalent).find(|kind| rule.matches(asked, kind)).cloned()
    })
}

impl Rule {
    fn matches(&self, asked: &Asked<'_>, kind: &Kind) -> bool {
        let listed =
            |list: &[String], wanted: &str| list.iter().any(|own| own == "*" || own == wanted);
        let clusterwide = asked.is_namespace() || asked.review.namespace.is_empty();
        let in_scope = match self.scope.as_str() {
            "Namespaced" => !clusterwide,
            "Cluster" => clusterwide,
            _ => true,
        };
        in_scope
            && listed(&self.operations, operation(asked.review.operation))
            && listed(&self.api_groups, &kind.group)
            && listed(&self.api_versions, &kind.version)
            && self.resources.iter().any(|own| {
                let (resource, sub) = own.split_once('/').unwrap_or((own, ""));
                (resource == "*" || resource == kind.plural)
                    && (sub == "*" || sub == asked.subresource())
            })
    }
}

/// As a rule and a review name it.
pub(super) fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "CREATE",
        Operation::Update => "UPDATE",
        Operation::Delete => "DELETE",
    }
}

fn namespace_matches(
    cluster: &Cluster,
    asked: &Asked<'_>,
    hook: &Hook,
    object: Option<&Value>,
) -> Result<bool, Failure> {
    let (selector, name) = (&hook.namespace_selector, asked.namespace());
    if selector.is_everything() || (name.is_empty() && !asked.is_namespace()) {
        return Ok(true);
    }
    // A Namespace that is written counts with the labels that it is to have.
    if let Some(object) = object.filter(|_| asked.is_namespace() && asked.subresource().is_empty())
    {
        return Ok(selector.matches(object));
    }
    let Some(namespace) = cluster.store.get(&"/namespaces".into(), "", name) else {
        let namespaces = ResourceName { group: "", plural: "namespaces" };
        return Err(Failure::not_found(namespaces, name));
    };
    Ok(selector.matches(&namespace.value()))
}
