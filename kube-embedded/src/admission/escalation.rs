//! Nobody grants rights he does not have: writes of roles and bindings are compared with what the writer holds.

use super::Operation;
use super::Review;
use super::current_rbac;
use crate::auth::Attributes;
use crate::auth::Held;
use crate::auth::Rbac;
use crate::auth::Rule;
use crate::auth::escalation;
use crate::cluster::Cluster;
use crate::status::Failure;
use serde::Deserialize;
use serde_json::Value;

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn admit(
    cluster: &Cluster,
    review: &Review<'_>,
    object: &mut Value,
    _warnings: &mut Vec<String>,
) -> Result<(), Failure> {
    let ours = review.kind.group == GROUP && review.operation != Operation::Delete;
    if !ours || review.subresource.is_some() || review.user.is_master() {
        return Ok(());
    }
    let rbac = current_rbac(cluster);
    match review.kind.plural.as_str() {
        "roles" | "clusterroles" => role(review, &rbac, object),
        "rolebindings" | "clusterrolebindings" => binding(review, &rbac, object),
        _ => Ok(()),
    }
}

fn role(review: &Review<'_>, rbac: &Rbac, object: &Value) -> Result<(), Failure> {
    let unchanged =
        |member: &str| review.old.is_some_and(|old| old.get(member) == object.get(member));
    if unchanged("rules") && unchanged("aggregationRule") {
        return Ok(());
    }
    let escalate = Attributes::resource("escalate", GROUP, &review.kind.plural)
        .namespace(review.namespace)
        .name(review.name);
    if rbac.authorize(review.user, &escalate).allowed {
        return Ok(());
    }
    let held = rbac.held(review.user, review.namespace);
    if !object["aggregationRule"].is_null() {
        let all = [Rule::resources(&["*"], &["*"], &["*"]), Rule::paths(&["*"], &["*"])];
        if escalation(review.user, &held, &all, "").is_some() {
            let why = "must have cluster-admin privileges to use the aggregationRule";
            return Err(Failure::forbidden(review.kind.name(), review.name, why));
        }
    }
    let wanted: Vec<Rule> = Vec::deserialize(&object["rules"]).unwrap_or_default();
    refuse(review, &held, &wanted)
}

fn binding(review: &Review<'_>, rbac: &Rbac, object: &Value) -> Result<(), Failure> {
    let unchanged =
        |member: &str| review.old.is_some_and(|old| old.get(member) == object.get(member));
    if unchanged("roleRef") && unchanged("subjects") {
        return Ok(());
    }
    let text = |member: &str| object["roleRef"][member].as_str().unwrap_or_default();
    let (kind, name) = (text("kind"), text("name"));
    let plural = if kind == "ClusterRole" { "clusterroles" } else { "roles" };
    let bind = Attributes::resource("bind", GROUP, plural).namespace(review.namespace).name(name);
    if rbac.authorize(review.user, &bind).allowed {
        return Ok(());
    }
    // The API server answers with the binding's resource and the role's name.
    let wanted = rbac
        .role(kind, name, review.namespace)
        .map_err(|_| Failure::not_found(review.kind.name(), name))?;
    refuse(review, &rbac.held(review.user, review.namespace), wanted)
}

fn refuse(review: &Review<'_>, held: &Held, wanted: &[Rule]) -> Result<(), Failure> {
    match escalation(review.user, held, wanted, &review.kind.name().to_string()) {
        Some(why) => Err(Failure::forbidden(review.kind.name(), review.name, &why)),
        None => Ok(()),
    }
}
