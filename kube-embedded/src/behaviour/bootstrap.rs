//! What is there before the first request: the namespaces and the roles of every cluster, and the kinds that are switched on.

use super::Behaviours;
use super::pods;
use super::write;
use super::write::API_SERVER;
use crate::auth::bootstrap_roles;
use crate::cluster::Cluster;
use crate::kind::coordinated_kinds;
use crate::status::Failure;
use serde_json::Value;
use serde_json::json;

const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Creates the first objects.
///
/// # Errors
/// When a kind of them is not served or refuses them, which no configuration can bring about.
pub(crate) async fn bootstrap(cluster: &Cluster, switches: &Behaviours) -> Result<(), Failure> {
    if switches.coordinated_elections {
        for kind in coordinated_kinds() {
            cluster.store.open(&kind.resource);
            cluster.kinds.insert(kind);
        }
    }
    for name in NAMESPACES {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name },
        });
        put(cluster, "", "Namespace", namespace).await?;
    }
    for object in bootstrap_roles() {
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        put(cluster, "rbac.authorization.k8s.io", &kind, object).await?;
    }
    if switches.pods {
        pods::create_node(cluster).await?;
    }
    Ok(())
}

async fn put(cluster: &Cluster, group: &str, kind: &str, object: Value) -> Result<(), Failure> {
    match write::kind_of(cluster, group, kind) {
        Some(kind) => write::create(cluster, &kind, API_SERVER, object).await,
        None => Err(Failure::internal(&format!("no kind \"{kind}\" is served"))),
    }
}
