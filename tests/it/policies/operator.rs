//! Policies that an operator brings: what it says of them, and that the API server asks them.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Patch;
use kube_runtime::operator::Installation;
use kube_runtime::prelude::*;
use kube_runtime::webhook::Policy;
use kube_runtime::webhook::PolicyRule;
use kube_testing::Cluster;
use serde_json::json;

/// A tower.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Tower", namespaced)]
struct TowerSpec {
    floors: i32,
}

/// One floor at a time.
#[policy(
    kind = Tower,
    on(update),
    condition(name = "not-the-architect", cel = "request.userInfo.username != 'architect'"),
    variable(name = "lost", cel = "oldObject.spec.floors - object.spec.floors"),
    rule(cel = "variables.lost <= 1", message = "one floor at a time", reason = Forbidden)
)]
struct OneFloor;

/// Also kinds of Kubernetes have rules.
#[policy(kind = ConfigMap, labels = "plan", warns, rule(cel = "has(object.data)"))]
struct Planned;

#[controller]
async fn tower(_: Object<Tower>) -> Result<Action> {
    Ok(Action::done())
}

fn operator() -> Operator {
    Operator::new("builder").controller(tower).policy(OneFloor).policy(Planned)
}

#[kube_testing::test]
async fn an_operators_policies_are_installed_with_its_kinds_and_asked(cluster: Cluster) {
    cluster.run(operator()).await;
    let towers = cluster.client().namespace("default").api::<Tower>();
    towers.create(&Tower::new("high", TowerSpec { floors: 9 })).await.unwrap();
    let floors = |floors: i32| Patch::Merge(json!({ "spec": { "floors": floors } }));
    let refused = towers.patch("high", floors(7)).await.unwrap_err();
    assert!(refused.is_forbidden(), "{}", refused.chain());
    let told = "ValidatingAdmissionPolicy 'one-floor.builder' with binding 'one-floor.builder' denied \
                request: one floor at a time";
    assert!(refused.chain().contains(told), "{}", refused.chain());
    towers.patch("high", floors(8)).await.unwrap();
    // One that warns refuses nothing.
    let maps = cluster.client().namespace("default").api::<ConfigMap>();
    let mut map = ConfigMap::default();
    map.metadata.name = Some("empty".to_owned());
    map.metadata.labels = Some([("plan".to_owned(), String::new())].into());
    maps.create(&map).await.unwrap();
}

#[test]
fn what_installs_an_operator_has_its_policies_and_no_more_rights() {
    let with = operator().manifests(&Installation::new("registry.example.com/b:1")).unwrap();
    let kinds: Vec<&str> =
        with.objects().iter().map(|object| object["kind"].as_str().unwrap()).collect();
    let place = |kind: &str| kinds.iter().position(|own| *own == kind).unwrap();
    assert!(place("CustomResourceDefinition") < place("ValidatingAdmissionPolicy"));
    assert!(place("ValidatingAdmissionPolicy") < place("ValidatingAdmissionPolicyBinding"));
    let without = Operator::new("builder").controller(tower).rbac("prod");
    assert_eq!(operator().rbac("prod"), without);
    let text = operator().explain();
    assert!(text.contains("policy `one_floor` is asked by the API server about Tower"), "{text}");
    assert!(text.contains("variables.lost <= 1"), "{text}");
}

#[test]
#[should_panic(
    expected = "rule `object.spec.floor > 1`: compilation failed: ERROR: <input>:1:12: undefined field 'floor'"
)]
fn the_test_of_a_policy_knows_the_fields_of_its_kind() {
    let rule = PolicyRule::new("object.spec.floor > 1");
    kube_runtime::webhook::check_policy(Policy::of::<Tower>("wrong").rule(rule));
}

#[tokio::test]
async fn two_policies_of_one_name_are_refused_at_the_start() {
    let policy = || Policy::of::<Tower>("same").rule(PolicyRule::new("true"));
    let operator = Operator::new("builder").controller(tower).policy(policy()).policy(policy());
    let installation = Installation::new("registry.example.com/b:1");
    let told = operator.manifests(&installation).unwrap_err().to_string();
    assert!(told.contains("two policies called `same`"), "{told}");
}
