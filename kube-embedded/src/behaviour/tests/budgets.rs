//! What disruption budgets count and evictions heed.

use super::*;
use crate::kind::Sub;
use crate::subresource;

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "namespace": "default", "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "c", "image": "nginx:1" }] },
    })
}

fn budget(spec: &Value) -> Value {
    let mut budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": { "name": "web", "namespace": "default" },
        "spec": { "selector": { "matchLabels": { "app": "web" } } },
    });
    for (member, value) in spec.as_object().unwrap() {
        budget["spec"][member] = value.clone();
    }
    budget
}

fn evict(setup: &Setup, name: &str) -> Result<(), Failure> {
    let target = Target { sub: Some(Sub::Eviction), ..setup.target(&pod(name)) };
    let eviction = json!({ "metadata": { "name": name } });
    subresource::evict(&setup.cluster, &target, &Options::system("test"), eviction)
        .now_or_never()
        .expect("no webhook is waited for")
}

async fn running() -> Setup {
    let setup = Setup::new(&Behaviours::bare().pods(true).disruption_budgets(true));
    for name in ["a", "b", "c"] {
        setup.create(pod(name));
    }
    setup.pass(5_000).await;
    setup
}

#[tokio::test(start_paused = true)]
async fn a_budget_says_how_many_pods_may_go() {
    for (spec, wanted) in [
        (json!({ "minAvailable": 2 }), 2),
        (json!({ "minAvailable": "50%" }), 2),
        (json!({ "maxUnavailable": 1 }), 2),
        (json!({ "maxUnavailable": "34%" }), 1),
        (json!({ "maxUnavailable": 9 }), 0),
    ] {
        let setup = running().await;
        let web = setup.create(budget(&spec));
        setup.pass(100).await;
        let status = setup.get(&web).unwrap()["status"].clone();
        let counted = ["expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed"]
            .map(|member| status[member].as_i64().unwrap());
        assert_eq!(counted, [3, 3, wanted, 3 - wanted], "{spec}");
        assert_eq!(status["conditions"][0]["reason"], "SufficientPods", "{spec}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_eviction_waits_for_its_budget() {
    let setup = running().await;
    setup.create(budget(&json!({ "minAvailable": 2 })));
    let early = evict(&setup, "a").unwrap_err();
    assert_eq!((early.code(), early.retry_after()), (429, Some(10)), "nobody has counted yet");
    setup.pass(100).await;
    evict(&setup, "a").unwrap();
    let conditions = setup.get(&pod("a")).unwrap()["status"]["conditions"].clone();
    let told = |condition: &Value| condition["reason"] == "EvictionByEvictionAPI";
    assert!(conditions.as_array().unwrap().iter().any(told), "{conditions}");
    setup.pass(100).await;
    let refused = evict(&setup, "b").unwrap_err();
    assert_eq!(refused.code(), 429);
    let why = "The disruption budget web needs 2 healthy pods and has 2 currently";
    assert_eq!(refused.to_value()["details"]["causes"][0]["message"], why);
    setup.pass(60_000).await;
    assert!(setup.get(&pod("a")).is_none(), "it was given its time to end");
    assert!(setup.get(&pod("b")).unwrap()["metadata"]["deletionTimestamp"].is_null());
    setup.create(pod("d"));
    setup.pass(5_000).await;
    evict(&setup, "b").unwrap();
}
