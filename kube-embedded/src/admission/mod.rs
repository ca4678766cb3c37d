//! Between decoding and the store: a write and who sends it in; the write, changed or refused, out.
//!
//! Mirrors: kubernetes plugin/pkg/admission, pkg/registry/rbac, apimachinery pkg/api/validation

mod asked;
mod conditions;
mod constraint;
mod escalation;
mod labels;
mod lifecycle;
mod meta;
mod name;
mod policy;
mod request;
mod selector;
mod warned;
mod webhook;

use crate::auth::Rbac;
use crate::auth::User;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::status::Failure;
use serde_json::Value;

pub(crate) use asked::Asked;
pub(crate) use labels::Selector;
pub(crate) use meta::validate_meta;
pub(crate) use name::validate_name;
pub(crate) use selector::check_selector;
pub(crate) use warned::Warned;
pub(crate) use webhook::mutate;

#[cfg(test)]
mod tests;

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Update,
    Delete,
    /// Somebody connects to a subresource; the object are the options of the connection.
    Connect,
}

/// One write as admission sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Review<'a> {
    pub(crate) operation: Operation,
    pub(crate) kind: &'a Kind,
    /// Empty for cluster-scoped kinds.
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) subresource: Option<&'a str>,
    pub(crate) user: &'a User,
    pub(crate) old: Option<&'a Value>,
}

/// One rule: changes the object, adds warnings, or refuses.
type Plugin = fn(&Cluster, &Review<'_>, &mut Value, &mut Vec<String>) -> Result<(), Failure>;

/// In this order.
const PLUGINS: [Plugin; 3] = [lifecycle::admit, meta::admit, escalation::admit];

/// Admits a write; `object` is `None` for deletions. Warnings come out.
pub(crate) fn admit(
    cluster: &Cluster,
    review: &Review<'_>,
    object: Option<&mut Value>,
) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    let mut none = Value::Null;
    let object = object.unwrap_or(&mut none);
    for plugin in PLUGINS {
        plugin(cluster, review, object, &mut warnings)?;
    }
    Ok(warnings)
}

/// Asks policies, then webhooks, about a write that is not exempt, or a connection; `object` is `None` for a deletion.
///
/// # Errors
/// The first refusal.
pub(crate) async fn validate(
    cluster: &Cluster,
    asked: &Asked<'_>,
    object: Option<&Value>,
) -> Result<(), Failure> {
    if asked.is_exempt() {
        return Ok(());
    }
    policy::validate(cluster, asked, object).await?;
    webhook::validate(cluster, asked, object).await
}

/// The roles and bindings that are stored now.
pub(crate) fn current_rbac(cluster: &Cluster) -> Rbac {
    let plurals = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];
    let objects: Vec<Value> = plurals
        .iter()
        .flat_map(|plural| {
            let resource = format!("rbac.authorization.k8s.io/{plural}").into();
            cluster.store.list(&resource, None)
        })
        .map(|stored| stored.value())
        .collect();
    Rbac::compile(&objects)
}
