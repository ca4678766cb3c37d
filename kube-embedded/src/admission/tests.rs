//! What admission promises.

use serde_json::Value;
use serde_json::json;

use super::*;
use crate::auth::bootstrap_roles;
use crate::clock::Clock;
use crate::kind::Kinds;
use crate::kind::builtin_kinds;
use crate::status::ResourceName;
use crate::store::Keep;
use crate::store::Store;
use std::sync::Arc;

fn cluster() -> Cluster {
    let clock = Clock::new(jiff::Timestamp::UNIX_EPOCH);
    Cluster::new(Store::new(0, Keep::default()), Kinds::new(builtin_kinds()), clock, 1)
}

/// Puts objects in the store as they are.
fn put(cluster: &Cluster, object: &Value) {
    use crate::store::Encoded;
    use crate::store::Expect;
    use crate::store::Facts;
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = cluster.kinds.of(text("/apiVersion"), text("/kind")).unwrap();
    let key = (text("/metadata/namespace"), text("/metadata/name"));
    let facts = Facts::of(object, Box::default());
    let encoded = Encoded::new(object);
    cluster.store.put(&kind.resource, key, Expect::Absent, encoded, facts).unwrap();
}

fn kind(cluster: &Cluster, group: &str, kind: &str) -> Arc<Kind> {
    cluster.kinds.by_kind(group, None, kind).unwrap()
}

fn request<'a>(operation: Operation, kind: &'a Kind, name: &'a str, user: &'a User) -> Review<'a> {
    let namespace = if kind.namespaced { "prod" } else { "" };
    Review { operation, kind, namespace, name, subresource: None, user, old: None }
}

#[test]
fn nothing_is_created_in_a_namespace_that_is_missing_or_going() {
    let cluster = cluster();
    let (maps, user) = (kind(&cluster, "", "ConfigMap"), User::admin());
    let create = request(Operation::Create, &maps, "b", &user);
    let refused = admit(&cluster, &create, Some(&mut json!({}))).unwrap_err();
    assert_eq!((refused.code(), refused.message()), (404, "namespaces \"prod\" not found"));
    put(
        &cluster,
        &json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": "prod", "deletionTimestamp": "2026-01-01T00:00:00Z" },
        }),
    );
    let refused = admit(&cluster, &create, Some(&mut json!({}))).unwrap_err();
    assert_eq!(
        refused.message(),
        "configmaps \"b\" is forbidden: unable to create new content in namespace prod because it is \
         being terminated"
    );
    assert_eq!(
        refused.to_value()["details"]["causes"],
        json!([{
            "reason": "NamespaceTerminating", "message": "namespace prod is being terminated",
            "field": "metadata.namespace",
        }])
    );
    let update = request(Operation::Update, &maps, "b", &user);
    assert!(admit(&cluster, &update, Some(&mut json!({}))).is_ok());
}

#[test]
fn some_namespaces_stay_for_ever() {
    let cluster = cluster();
    let (namespaces, user) = (kind(&cluster, "", "Namespace"), User::admin());
    let delete =
        |name| admit(&cluster, &request(Operation::Delete, &namespaces, name, &user), None);
    assert_eq!(
        delete("default").unwrap_err().message(),
        "namespaces \"default\" is forbidden: this namespace may not be deleted"
    );
    assert!(delete("kube-node-lease").is_ok());
}

/// A namespace, the roles of every cluster, and bob, who holds `view` and what is given.
fn granted(rules: &Value) -> Cluster {
    let cluster = cluster();
    put(
        &cluster,
        &json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "prod" } }),
    );
    for role in bootstrap_roles() {
        put(&cluster, &role);
    }
    let version = "rbac.authorization.k8s.io/v1";
    let role = json!({
        "apiVersion": version, "kind": "ClusterRole", "metadata": { "name": "own" }, "rules": rules,
    });
    put(&cluster, &role);
    for role in ["view", "own"] {
        let binding = json!({
            "apiVersion": version, "kind": "RoleBinding",
            "metadata": { "name": role, "namespace": "prod" },
            "roleRef": { "kind": "ClusterRole", "name": role },
            "subjects": [{ "kind": "User", "name": "bob" }],
        });
        put(&cluster, &binding);
    }
    cluster
}

fn write(
    cluster: &Cluster,
    name: &str,
    mut object: Value,
    old: Option<&Value>,
) -> Result<(), Failure> {
    let kind = kind(cluster, "rbac.authorization.k8s.io", name);
    let bob = User::named("bob", []);
    let operation = if old.is_some() { Operation::Update } else { Operation::Create };
    let review = Review { old, ..request(operation, &kind, "r", &bob) };
    admit(cluster, &review, Some(&mut object)).map(drop)
}

fn pods(verbs: &Value) -> Value {
    json!({ "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": verbs }] })
}

fn bind(name: &str) -> Value {
    json!({ "roleRef": { "kind": "ClusterRole", "name": name } })
}

#[test]
fn roles_and_bindings_grant_only_what_their_writer_holds() {
    let cluster = granted(&json!([]));
    assert!(write(&cluster, "Role", pods(&json!(["get"])), None).is_ok());
    let all = pods(&json!(["get", "delete"]));
    let refused = write(&cluster, "Role", all.clone(), None).unwrap_err();
    assert_eq!(
        refused.message(),
        "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"bob\" \
         (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently \
         held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\"]}"
    );
    assert!(write(&cluster, "Role", all.clone(), Some(&all)).is_ok(), "what was granted may stay");
    assert!(write(&cluster, "RoleBinding", bind("view"), None).is_ok());
    assert_eq!(write(&cluster, "RoleBinding", bind("edit"), None).unwrap_err().code(), 403);
    assert!(write(&cluster, "RoleBinding", bind("edit"), Some(&bind("edit"))).is_ok());
    let missing = write(&cluster, "RoleBinding", bind("nope"), None).unwrap_err();
    assert_eq!(missing.message(), "rolebindings.rbac.authorization.k8s.io \"nope\" not found");
}

#[test]
fn who_may_escalate_or_bind_grants_more() {
    let group = "rbac.authorization.k8s.io";
    let cluster = granted(&json!([
        { "apiGroups": [group], "resources": ["roles"], "verbs": ["escalate"] },
        {
            "apiGroups": [group], "resources": ["clusterroles"], "resourceNames": ["edit"],
            "verbs": ["bind"],
        },
    ]));
    assert!(write(&cluster, "Role", pods(&json!(["delete"])), None).is_ok());
    assert!(write(&cluster, "RoleBinding", bind("edit"), None).is_ok());
    assert_eq!(write(&cluster, "RoleBinding", bind("admin"), None).unwrap_err().code(), 403);
}

#[test]
fn only_who_may_do_everything_aggregates() {
    let selector = json!({ "matchLabels": { "a": "b" } });
    let role = json!({ "aggregationRule": { "clusterRoleSelectors": [selector] }, "rules": [] });
    let refused = write(&granted(&json!([])), "ClusterRole", role, None).unwrap_err();
    assert_eq!(
        refused.message(),
        "clusterroles.rbac.authorization.k8s.io \"r\" is forbidden: must have cluster-admin privileges \
         to use the aggregationRule"
    );
}

#[test]
fn names_are_what_their_kind_allows() {
    let cluster = cluster();
    let rows = [
        ("", "ConfigMap", "a.b-c", true),
        ("", "ConfigMap", "A_b", false),
        ("", "ConfigMap", "-a", false),
        ("", "Namespace", "a.b", false),
        ("", "Service", "1sv", true),
        ("", "Service", "a.b", false),
        ("rbac.authorization.k8s.io", "ClusterRole", "system:A:b", true),
        ("rbac.authorization.k8s.io", "ClusterRole", "a/b", false),
        ("rbac.authorization.k8s.io", "ClusterRole", "..", false),
    ];
    for (group, name_of_kind, name, good) in rows {
        let errors = validate_name(&kind(&cluster, group, name_of_kind), name, false);
        assert_eq!(errors.is_empty(), good, "{name_of_kind} {name}: {errors:?}");
    }
    let maps = kind(&cluster, "", "ConfigMap");
    assert!(validate_name(&maps, "web-", true).is_empty());
    assert_eq!(validate_name(&maps, "A_", true)[0].field, "metadata.generateName");
    assert_eq!(
        validate_name(&maps, &"a".repeat(254), false)[0].detail,
        "must be no more than 253 characters"
    );
}

#[test]
fn metadata_is_refused_in_the_servers_words() {
    let cluster = cluster();
    let maps = kind(&cluster, "", "ConfigMap");
    let texts = |metadata: Value| -> Vec<String> {
        let errors = validate_meta(&maps, &json!({ "metadata": metadata }), None);
        errors.iter().map(ToString::to_string).collect()
    };
    let name = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for \
                validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    assert_eq!(texts(json!({ "labels": { "e.x/a": "b_C.1", "b": "" } })), Vec::<String>::new());
    assert_eq!(
        texts(json!({ "labels": { "x.y/": "z" } })),
        [
            "metadata.labels: Invalid value: \"x.y/\": name part must be non-empty".to_owned(),
            format!("metadata.labels: Invalid value: \"x.y/\": name part {name}"),
        ]
    );
    assert_eq!(
        texts(json!({ "labels": { "a/b/c": "" } })),
        [format!(
            "metadata.labels: Invalid value: \"a/b/c\": a valid label key {name} with an optional DNS \
             subdomain prefix and '/' (e.g. 'example.com/MyName')"
        )]
    );
    assert_eq!(
        texts(json!({ "annotations": { "a": "x".repeat(270_000) } })),
        ["metadata.annotations: Too long: may not be more than 262144 bytes"]
    );
    assert_eq!(
        texts(json!({ "finalizers": ["plain"] })),
        [
            "metadata.finalizers[0]: Invalid value: \"plain\": name is neither a standard finalizer name \
             nor is it fully qualified"
        ]
    );
    let empty = json!({ "apiVersion": "", "kind": "", "name": "", "uid": "" });
    assert_eq!(
        texts(json!({ "ownerReferences": [empty] })),
        [
            "metadata.ownerReferences.apiVersion: Invalid value: \"\": version must not be empty",
            "metadata.ownerReferences.kind: Invalid value: \"\": must not be empty",
            "metadata.ownerReferences.name: Invalid value: \"\": must not be empty",
            "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty",
        ]
    );
    let owner = |kind: &str| json!({ "apiVersion": "v1", "kind": kind, "name": "n", "uid": kind, "controller": true });
    assert!(texts(json!({ "ownerReferences": [owner("A"), owner("B")] }))[0].ends_with(
        "Only one reference can have Controller set to true. Found \"true\" in references for A/n and B/n"
    ));
}

#[test]
fn what_is_being_deleted_takes_no_new_finalizers() {
    let cluster = cluster();
    let maps = kind(&cluster, "", "ConfigMap");
    let old = json!({
        "metadata": { "finalizers": ["e.x/a"], "deletionTimestamp": "2026-01-01T00:00:00Z" },
    });
    let new = |finalizers: Value| json!({ "metadata": { "finalizers": finalizers } });
    let errors = validate_meta(&maps, &new(json!(["e.x/a", "e.x/b"])), Some(&old));
    assert_eq!(
        errors[0].to_string(),
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, \
         found new finalizers []string{\"e.x/b\"}"
    );
    assert!(validate_meta(&maps, &new(json!([])), Some(&old)).is_empty());
}

#[test]
fn a_finalizer_of_no_domain_is_warned_about_on_custom_kinds() {
    let cluster = cluster();
    put(
        &cluster,
        &json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "prod" } }),
    );
    let custom = Kind { custom: true, ..Kind::new("g.ex", "v1", "Widget", "widgets", true) };
    let user = User::admin();
    let create = request(Operation::Create, &custom, "w", &user);
    let mut object = json!({ "metadata": { "finalizers": ["plain", "e.x/good"] } });
    assert_eq!(
        admit(&cluster, &create, Some(&mut object)).unwrap(),
        [
            "metadata.finalizers: \"plain\": prefer a domain-qualified finalizer name to avoid accidental \
             conflicts with other finalizer writers"
        ]
    );
    assert_eq!(
        custom.name().to_string(),
        ResourceName { group: "g.ex", plural: "widgets" }.to_string()
    );
}
