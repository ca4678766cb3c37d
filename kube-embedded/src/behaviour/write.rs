//! How behaviours read and write: through the verbs, as a component of the cluster would.

use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::kind::Sub;
use crate::status::Failure;
use crate::subresource;
use crate::verb;
use crate::verb::DeleteOptions;
use crate::verb::Options;
use crate::verb::Target;
use serde_json::Value;
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The manager of what kube-controller-manager writes.
pub(super) const CONTROLLER_MANAGER: &str = "kube-controller-manager";
/// The manager of what the API server itself writes.
pub(super) const API_SERVER: &str = "kube-apiserver";

/// After what time a write is tried again that failed, but for a conflict: webhooks may allow then what they refused.
pub(super) const RETRY: Duration = Duration::from_secs(5);

/// The preferred version of a kind.
pub(super) fn kind_of(cluster: &Cluster, group: &str, kind: &str) -> Option<Arc<Kind>> {
    cluster.kinds.by_kind(group, None, kind)
}

/// A kind that has its objects in this resource; of those that a webhook converts the stored version, so that it is not asked.
pub(super) fn kind_in(cluster: &Cluster, resource: &str) -> Option<Arc<Kind>> {
    let all = cluster.kinds.all();
    let mut own = all.into_iter().filter(|kind| *kind.resource == *resource);
    let first = own.next()?;
    let is_stored = |kind: &Arc<Kind>| {
        kind.hook.as_ref().is_none_or(|hook| hook.stored_version == kind.api_version())
    };
    if is_stored(&first) {
        return Some(first);
    }
    own.find(is_stored).or(Some(first))
}

/// The stored object as its preferred version.
pub(super) fn read(
    cluster: &Cluster,
    group: &str,
    kind: &str,
    (namespace, name): (&str, &str),
) -> Option<Value> {
    let kind = kind_of(cluster, group, kind)?;
    let stored = cluster.store.get(&kind.resource, namespace, name)?;
    Some(verb::view_value(&kind, &stored))
}

/// All that are stored in a namespace.
pub(super) fn all(cluster: &Cluster, kind: &Kind, namespace: &str) -> Vec<Value> {
    let stored = cluster.store.list(&kind.resource, Some(namespace));
    stored.iter().map(|stored| verb::view_value(kind, stored)).collect()
}

/// Replaces the status; the object's resourceVersion is the expectation.
pub(super) async fn update_status(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    manager: &str,
    object: Value,
) -> Result<(), Failure> {
    let target = target(kind, &object).status();
    verb::update(cluster, &target, &Options::system(manager), object).await.map(drop)
}

/// Replaces the object; its resourceVersion is the expectation.
pub(super) async fn update(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    manager: &str,
    object: Value,
) -> Result<(), Failure> {
    let target = target(kind, &object);
    verb::update(cluster, &target, &Options::system(manager), object).await.map(drop)
}

/// Creates an object.
pub(super) async fn create(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    manager: &str,
    object: Value,
) -> Result<(), Failure> {
    let target = Target { name: String::new(), ..target(kind, &object) };
    verb::create(cluster, &target, &Options::system(manager), object).await.map(drop)
}

/// Puts a Pod on a node.
pub(super) async fn bind(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    manager: &str,
    pod: &Value,
    node: &str,
) -> Result<(), Failure> {
    let binding = json!({
        "metadata": { "uid": pod["metadata"]["uid"] },
        "target": { "kind": "Node", "name": node },
    });
    let target = Target { sub: Some(Sub::Binding), ..target(kind, pod) };
    subresource::bind(cluster, &target, &Options::system(manager), binding).await
}

/// Deletes an object.
pub(super) async fn delete(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    (namespace, name): (&str, &str),
    options: &DeleteOptions,
) -> Result<(), Failure> {
    let target = Target::new(Arc::clone(kind), namespace, name);
    let system = Options::system(CONTROLLER_MANAGER);
    verb::delete(cluster, &target, &system, options).await.map(drop)
}

fn target(kind: &Arc<Kind>, object: &Value) -> Target {
    let text = |member: &str| object["metadata"][member].as_str().unwrap_or_default();
    Target::new(Arc::clone(kind), text("namespace"), text("name"))
}

/// After what time something is to be done again: soon after a conflict, later after another failure, never when its object is gone.
pub(super) fn again(
    done: Result<(), Failure>,
    soon: Duration,
    what: fmt::Arguments<'_>,
) -> Option<Duration> {
    match done {
        Ok(()) => None,
        Err(failure) if failure.is_conflict() => Some(soon),
        Err(failure) if failure.is_not_found() => None,
        Err(failure) => {
            tracing::warn!(error = failure.message(), "failed to {what}");
            Some(RETRY)
        }
    }
}
