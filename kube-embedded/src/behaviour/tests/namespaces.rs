//! What happens to namespaces.

use super::*;

fn namespace(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } })
}

fn inside(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": name, "namespace": "prod" },
    })
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_emptied_and_goes() {
    let setup = Setup::new(&Behaviours::bare().namespaces(true).service_accounts(true));
    let prod = setup.create(namespace("prod"));
    let map = setup.create(inside("map"));
    setup.delete(&prod, Policy::Background);
    setup.pass(4000).await;
    assert_eq!(setup.get(&prod).unwrap()["status"]["phase"], "Terminating");
    assert!(setup.get(&map).is_some(), "not before its time");
    setup.pass(2000).await;
    assert_eq!((setup.get(&map), setup.get(&prod)), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_finalizer_inside_holds_the_namespace_which_says_so() {
    let setup = Setup::new(&Behaviours::bare().namespaces(true));
    let prod = setup.create(namespace("prod"));
    let map = setup.create(finalized(inside("map"), "e.x/hold"));
    setup.delete(&prod, Policy::Background);
    setup.pass(3_600_000).await;
    let held = setup.get(&prod).expect("is held");
    assert_eq!(
        condition(&held, "NamespaceContentRemaining")["message"],
        "Some resources are remaining: configmaps. has 1 resource instances"
    );
    assert_eq!(
        condition(&held, "NamespaceFinalizersRemaining")["message"],
        "Some content in the namespace has finalizers remaining: e.x/hold in 1 resource instances"
    );
    let refused = setup.try_create(inside("new")).unwrap_err();
    assert_eq!(refused.code(), 403);
    let mut map = setup.get(&map).unwrap();
    map["metadata"]["finalizers"] = json!([]);
    setup.update(map);
    setup.pass(6000).await;
    assert_eq!(setup.get(&prod), None);
}

#[tokio::test(start_paused = true)]
async fn pods_end_before_anything_else_is_deleted() {
    let setup = Setup::new(&Behaviours::bare().namespaces(true));
    let prod = setup.create(namespace("prod"));
    let map = setup.create(inside("map"));
    let pod = setup.create(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web-0", "namespace": "prod" },
        "spec": { "nodeName": "n", "containers": [{ "name": "c", "image": "nginx" }] },
    }));
    setup.delete(&prod, Policy::Background);
    setup.pass(60_000).await;
    assert!(setup.get(&pod).unwrap()["metadata"]["deletionTimestamp"].is_string());
    assert!(setup.get(&map).is_some(), "the Pod may still need it");
    let waiting = setup.get(&prod).unwrap();
    assert_eq!(condition(&waiting, "NamespaceContentRemaining")["status"], "False");
    let now = DeleteOptions { grace: Some(0), ..DeleteOptions::default() };
    let options = Options::system("kubelet");
    verb::delete(&setup.cluster, &setup.target(&pod), &options, &now).await.expect("ends");
    setup.pass(6000).await;
    assert_eq!((setup.get(&map), setup.get(&prod)), (None, None));
}

#[tokio::test(start_paused = true)]
async fn every_namespace_has_its_service_account_again_when_it_is_deleted() {
    let setup = Setup::new(&Behaviours::bare().service_accounts(true));
    setup.create(namespace("prod"));
    setup.pass(1000).await;
    for name in ["default", "prod", "kube-system"] {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": { "name": "default", "namespace": name },
        });
        assert!(setup.get(&account).is_some(), "{name}");
        setup.delete(&account, Policy::Background);
        setup.pass(1000).await;
        assert!(setup.get(&account).is_some(), "{name}, again");
    }
}

#[tokio::test(start_paused = true)]
async fn an_aggregating_role_follows_the_roles_it_selects() {
    let setup = Setup::new(&Behaviours::bare().role_aggregation(true));
    let rule = json!({ "apiGroups": ["g.ex"], "resources": ["widgets"], "verbs": ["get"] });
    let part = setup.create(json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [rule],
        "metadata": {
            "name": "widgets",
            "labels": { "rbac.authorization.k8s.io/aggregate-to-view": "true" },
        },
    }));
    let view = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": { "name": "view" },
    });
    let has = |rule: &Value| {
        let view = setup.get(&view).unwrap();
        view["rules"].as_array().unwrap().contains(rule)
    };
    setup.pass(1000).await;
    assert!(has(&rule));
    let mut part = setup.get(&part).unwrap();
    let other = json!({ "apiGroups": ["g.ex"], "resources": ["gadgets"], "verbs": ["get"] });
    part["rules"] = json!([other]);
    let part = setup.update(part);
    setup.pass(1000).await;
    assert!(has(&other) && !has(&rule));
    setup.delete(&part, Policy::Background);
    setup.pass(1000).await;
    assert!(!has(&other));
}
