//! Conditions of a status: what a reconcile says itself, and what is said of one that failed.

use std::sync::Arc;
use std::sync::Mutex;

use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

/// Something that bakes.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Oven", namespaced)]
#[resource(status = OvenStatus)]
struct OvenSpec {
    lit: bool,
}

#[derive(Schema, Clone, Debug, Default)]
struct OvenStatus {
    /// Required, so that a first status must be whole.
    breads: i32,
    conditions: Vec<Condition>,
}

/// How the next reconciles end, and how many there were.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<(Option<&'static str>, usize)>>);

impl Script {
    fn says(&self, how: Option<&'static str>) {
        self.0.lock().unwrap().0 = how;
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().1
    }

    fn next(&self) -> (Option<&'static str>, usize) {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        *state
    }
}

#[controller(timeout = "1s")]
async fn bake(oven: Object<Oven>, cx: Cx<Oven>, script: State<Script>) -> Result<Action> {
    match script.next() {
        (Some("fails"), _) => Err(Error::msg("no flour")),
        (Some("differently"), attempt) => Err(Error::msg(format!("no flour, attempt {attempt}"))),
        // A loop without a pause would never let the cluster settle: it ends here, and is counted.
        (Some("for good"), attempt) if attempt < 50 => {
            Err(Terminal::because(format!("no baker, attempt {attempt}")).into())
        }
        (Some("panics"), _) => panic!("it burns"),
        (Some("hangs"), _) => std::future::pending().await,
        (Some("itself"), _) => {
            cx.status(|status| {
                status.conditions.set(cx.condition("Ready", false, "too cold", "12 degrees"));
            })
            .await?;
            Err(Error::msg("too cold"))
        }
        (Some("says"), _) => {
            cx.status(|status| {
                status.conditions.set(cx.condition("Lit", oven.spec.lit, "AskedFor", ""));
            })
            .await?;
            Ok(Action::done())
        }
        _ => Ok(Action::done()),
    }
}

async fn begin(cluster: &Cluster, how: Option<&'static str>) -> Script {
    let script = Script::default();
    script.says(how);
    cluster.run(Operator::new("baker").state(script.clone()).controller(bake)).await;
    cluster.create(&Oven::new("stone", OvenSpec { lit: true })).await;
    cluster.settled().await;
    script
}

/// The conditions of the oven, each as type, status, reason and message.
async fn said(cluster: &Cluster) -> Value {
    let oven = cluster.get::<Oven>("stone").await;
    let status = oven.status.unwrap_or_default();
    let shown = |it: &Condition| json!([it.type_, it.status, it.reason, it.message]);
    status.conditions.iter().map(shown).collect()
}

async fn since(cluster: &Cluster, type_: &str) -> String {
    let status = cluster.get::<Oven>("stone").await.status.unwrap();
    status.conditions.find(type_).unwrap().last_transition_time.0.to_string()
}

fn writes(cluster: &Cluster) -> usize {
    let journal = cluster.journal();
    journal.iter().filter(|entry| entry.path.contains("/ovens/stone/status")).count()
}

#[kube_testing::test]
async fn the_definition_says_that_conditions_are_merged_by_their_types(cluster: Cluster) {
    let definition = serde_json::to_value(Oven::custom_definition()).unwrap();
    let schema = "/spec/versions/0/schema/openAPIV3Schema/properties/status";
    let status = definition.pointer(schema).unwrap();
    assert_eq!(status["properties"]["conditions"]["x-kubernetes-list-map-keys"], json!(["type"]));
    assert_eq!(status["required"], json!(["breads"]), "conditions may be absent");
    begin(&cluster, Some("says")).await;
    // Another controller's own condition, as server-side apply merges it.
    let other = json!({ "apiVersion": "test.example.com/v1", "kind": "Oven",
        "metadata": { "name": "stone" }, "status": { "breads": 0, "conditions": [
            { "type": "Clean", "status": "True", "reason": "Swept", "message": "",
              "lastTransitionTime": "2026-01-01T00:00:00Z" }] } });
    let other: kube_core::DynamicObject = serde_json::from_value(other).unwrap();
    let ovens = cluster.client().dynamic_kind("test.example.com/v1", "Oven").namespace("default");
    ovens.status().apply(&other).field_manager("sweeper").await.unwrap();
    cluster.settled().await;
    let expected = json!([["Lit", "True", "AskedFor", ""], ["Clean", "True", "Swept", ""]]);
    assert_eq!(said(&cluster).await, expected);
}

#[kube_testing::test]
async fn a_condition_keeps_the_time_of_its_transition_and_is_not_written_again(cluster: Cluster) {
    begin(&cluster, Some("says")).await;
    let begun = since(&cluster, "Lit").await;
    assert_eq!(
        (said(&cluster).await, writes(&cluster)),
        (json!([["Lit", "True", "AskedFor", ""]]), 1)
    );
    cluster.advance("1m").await;
    cluster.patch::<Oven>("stone", json!({ "metadata": { "labels": { "look": "again" } } })).await;
    cluster.settled().await;
    assert_eq!((since(&cluster, "Lit").await, writes(&cluster)), (begun.clone(), 1));
    cluster.patch::<Oven>("stone", json!({ "spec": { "lit": false } })).await;
    cluster.settled().await;
    assert_ne!(since(&cluster, "Lit").await, begun);
    let status = cluster.get::<Oven>("stone").await.status.unwrap();
    assert_eq!(status.conditions[0].observed_generation, Some(2));
}

#[kube_testing::test]
async fn a_failure_is_said_once_is_retried_as_slowly_as_ever_and_is_taken_back(cluster: Cluster) {
    let script = begin(&cluster, Some("fails")).await;
    cluster.advance("40m").await;
    assert_eq!(said(&cluster).await, json!([["Ready", "False", "ReconcileFailed", "no flour"]]));
    assert_eq!(writes(&cluster), 1, "nothing new was to be said");
    let attempts = script.count();
    assert!((15..30).contains(&attempts), "{attempts} attempts in 40 minutes");
    script.says(None);
    cluster.advance("18m").await;
    assert!(script.count() <= attempts + 2, "and one more for what was written");
    assert_eq!(said(&cluster).await, json!([["Ready", "True", "Reconciled", ""]]));
    assert_eq!(writes(&cluster), 2);
}

#[kube_testing::test]
async fn a_failure_that_reads_differently_each_time_makes_no_hot_loop(cluster: Cluster) {
    let script = begin(&cluster, Some("differently")).await;
    cluster.advance("40m").await;
    let (attempts, writes) = (script.count(), writes(&cluster));
    assert!((15..30).contains(&attempts), "{attempts} attempts in 40 minutes");
    assert!(writes <= attempts, "{writes} writes in {attempts} attempts");
}

#[kube_testing::test]
async fn a_final_failure_is_said_once_and_what_is_written_leads_to_one_more_attempt_at_most(
    cluster: Cluster,
) {
    let script = begin(&cluster, Some("for good")).await;
    cluster.advance("20m").await;
    assert!(script.count() <= 2, "{} attempts", script.count());
    assert_eq!(writes(&cluster), 1);
    let said = said(&cluster).await;
    assert_eq!(said[0][2], "ReconcileFailedForGood");
    assert!(said[0][3].as_str().unwrap().contains("no baker, attempt 1"), "{said}");
    cluster.patch::<Oven>("stone", json!({ "spec": { "lit": false } })).await;
    cluster.advance("20m").await;
    assert_eq!(writes(&cluster), 2, "it is said again of what is new");
}

#[kube_testing::test]
async fn a_panic_and_a_time_out_are_said_too(cluster: Cluster) {
    let script = begin(&cluster, Some("panics")).await;
    let panicked =
        json!([["Ready", "False", "ReconcilePanicked", "the reconcile panicked: it burns"]]);
    assert_eq!(said(&cluster).await, panicked);
    script.says(Some("hangs"));
    cluster.advance("1m").await;
    let said = said(&cluster).await;
    assert_eq!(said[0][2], "ReconcileTimedOut", "{said}");
}

#[kube_testing::test]
async fn a_failure_that_the_program_explains_itself_is_left_as_it_says(cluster: Cluster) {
    let script = begin(&cluster, Some("itself")).await;
    cluster.advance("40m").await;
    assert_eq!(said(&cluster).await, json!([["Ready", "False", "TooCold", "12 degrees"]]));
    assert_eq!(writes(&cluster), 1);
    script.says(None);
    cluster.advance("18m").await;
    assert_eq!(said(&cluster).await[0][2], "TooCold", "who said it takes it back");
}
