//! The roles and bindings that every cluster starts with, as objects.
//!
//! Differs: the roles of built-in controllers are left out, since behaviours act as the server itself; `view`,
//! `edit` and `admin` name the kinds that this server has.

use serde_json::Value;
use serde_json::json;

use super::Rule;

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];
const HEALTH: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/version/"];

/// ClusterRoles and ClusterRoleBindings to create before the first request.
pub(crate) fn bootstrap_roles() -> Vec<Value> {
    let discovery = [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
    ];
    let mut objects = vec![
        role(
            "cluster-admin",
            &[],
            &[Rule::resources(&["*"], &["*"], &["*"]), Rule::paths(&["*"], &["*"])],
        ),
        role("system:discovery", &[], &[Rule::paths(&discovery, &["get"])]),
        role(
            "system:basic-user",
            &[],
            &[
                Rule::resources(
                    &["authorization.k8s.io"],
                    &["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
                    &["create"],
                ),
                Rule::resources(&["authentication.k8s.io"], &["selfsubjectreviews"], &["create"]),
            ],
        ),
        role("system:public-info-viewer", &[], &[Rule::paths(HEALTH, &["get"])]),
        role("system:aggregate-to-view", &["view"], &view()),
        role("system:aggregate-to-edit", &["edit"], &edit()),
        role("system:aggregate-to-admin", &["admin"], &admin()),
        aggregate("view", &["edit"], &view()),
        aggregate("edit", &["admin"], &joined(&[edit(), view()])),
        aggregate("admin", &[], &joined(&[admin(), edit(), view()])),
    ];
    objects.extend([
        binding("cluster-admin", &["system:masters"]),
        binding("system:basic-user", &["system:authenticated"]),
        binding("system:discovery", &["system:authenticated"]),
        binding("system:public-info-viewer", &["system:authenticated", "system:unauthenticated"]),
    ]);
    objects
}

fn view() -> Vec<Rule> {
    let apps = [
        "daemonsets",
        "daemonsets/status",
        "deployments",
        "deployments/scale",
        "deployments/status",
        "replicasets",
        "replicasets/scale",
        "replicasets/status",
        "statefulsets",
        "statefulsets/scale",
        "statefulsets/status",
    ];
    let core = [
        "configmaps",
        "pods",
        "serviceaccounts",
        "services",
        "services/status",
        "namespaces",
        "namespaces/status",
        "pods/log",
        "pods/status",
    ];
    vec![
        Rule::resources(&[""], &core, READ),
        Rule::resources(&["", "events.k8s.io"], &["events"], READ),
        Rule::resources(&["apps"], &apps, READ),
        Rule::resources(&["batch"], &["jobs", "jobs/status"], READ),
        Rule::resources(&["networking.k8s.io"], &["networkpolicies"], READ),
        Rule::resources(
            &["policy"],
            &["poddisruptionbudgets", "poddisruptionbudgets/status"],
            READ,
        ),
    ]
}

fn edit() -> Vec<Rule> {
    let apps = [
        "daemonsets",
        "deployments",
        "deployments/scale",
        "replicasets",
        "replicasets/scale",
        "statefulsets",
        "statefulsets/scale",
    ];
    let core = ["configmaps", "pods", "secrets", "serviceaccounts", "services"];
    vec![
        Rule::resources(&[""], &["secrets"], READ),
        Rule::resources(&[""], &["serviceaccounts"], &["impersonate"]),
        Rule::resources(&[""], &core, WRITE),
        Rule::resources(&[""], &["serviceaccounts/token"], &["create"]),
        Rule::resources(&["", "events.k8s.io"], &["events"], WRITE),
        Rule::resources(&["apps"], &apps, WRITE),
        Rule::resources(&["batch"], &["jobs"], WRITE),
        Rule::resources(&["coordination.k8s.io"], &["leases"], READ),
        Rule::resources(&["coordination.k8s.io"], &["leases"], WRITE),
        Rule::resources(&["networking.k8s.io"], &["networkpolicies"], WRITE),
        Rule::resources(&["policy"], &["poddisruptionbudgets"], WRITE),
    ]
}

fn admin() -> Vec<Rule> {
    let roles = ["rolebindings", "roles"];
    vec![
        Rule::resources(&["authorization.k8s.io"], &["localsubjectaccessreviews"], &["create"]),
        Rule::resources(&["rbac.authorization.k8s.io"], &roles, READ),
        Rule::resources(&["rbac.authorization.k8s.io"], &roles, WRITE),
    ]
}

fn joined(rules: &[Vec<Rule>]) -> Vec<Rule> {
    rules.concat()
}

fn role(name: &str, into: &[&str], rules: &[Rule]) -> Value {
    object("ClusterRole", name, into, json!({ "rules": rules }))
}

fn aggregate(name: &str, into: &[&str], rules: &[Rule]) -> Value {
    let selector = json!({ "matchLabels": { aggregates_to(name): "true" } });
    let rule = json!({ "clusterRoleSelectors": [selector] });
    object("ClusterRole", name, into, json!({ "aggregationRule": rule, "rules": rules }))
}

fn binding(role: &str, groups: &[&str]) -> Value {
    let group = "rbac.authorization.k8s.io";
    let subjects: Vec<Value> = groups
        .iter()
        .map(|name| json!({ "kind": "Group", "apiGroup": group, "name": name }))
        .collect();
    let role_ref = json!({ "apiGroup": group, "kind": "ClusterRole", "name": role });
    let content = json!({ "roleRef": role_ref, "subjects": subjects });
    object("ClusterRoleBinding", role, &[], content)
}

fn object(kind: &str, name: &str, into: &[&str], mut content: Value) -> Value {
    let mut labels = json!({ "kubernetes.io/bootstrapping": "rbac-defaults" });
    for role in into {
        labels[aggregates_to(role)] = json!("true");
    }
    content["apiVersion"] = json!("rbac.authorization.k8s.io/v1");
    content["kind"] = json!(kind);
    content["metadata"] = json!({
        "name": name,
        "labels": labels,
        "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
    });
    content
}

fn aggregates_to(role: &str) -> String {
    format!("rbac.authorization.k8s.io/aggregate-to-{role}")
}
