//! Nothing is created in a namespace that is not there or going; some namespaces stay for ever.

use super::Operation;
use super::Review;
use crate::cluster::Cluster;
use crate::status::Failure;
use crate::status::ResourceName;
use serde_json::Value;

const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

pub(super) fn admit(
    cluster: &Cluster,
    review: &Review<'_>,
    _object: &mut Value,
    _warnings: &mut Vec<String>,
) -> Result<(), Failure> {
    let kind = review.kind;
    let namespaces = kind.group.is_empty() && kind.plural == "namespaces";
    if review.operation == Operation::Delete && namespaces && IMMORTAL.contains(&review.name) {
        let why = "this namespace may not be deleted";
        return Err(Failure::forbidden(kind.name(), review.name, why));
    }
    if review.operation != Operation::Create || !kind.namespaced || kind.review {
        return Ok(());
    }
    let namespace = review.namespace;
    let Some(found) = cluster.store.get(&"/namespaces".into(), "", namespace) else {
        let namespaces = ResourceName { group: "", plural: "namespaces" };
        return Err(Failure::not_found(namespaces, namespace));
    };
    if found.facts.deleting {
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        let cause = format!("namespace {namespace} is being terminated");
        return Err(Failure::forbidden(kind.name(), review.name, &why).with_cause(
            "NamespaceTerminating",
            &cause,
            "metadata.namespace",
        ));
    }
    Ok(())
}
