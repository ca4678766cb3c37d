//! A Pod that is asked to leave: an eviction in; its deletion, or the budget that forbids it, out.
//!
//! Mirrors: kubernetes pkg/registry/core/pod/storage/eviction.go

use crate::admission::Selector;
use crate::cluster::Cluster;
use crate::crd::{condition, put_condition};
use crate::status::Failure;
use crate::verb::{self, DeleteOptions, Document, Options, Target};
use serde_json::{Value, json};

/// Who writes what is left of a budget.
const API_SERVER: &str = "kube-apiserver";
/// After how many seconds a budget will have been counted.
const COUNTED: u64 = 10;

/// Answers `POST ../pods/NAME/eviction`.
pub(crate) async fn evict(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    mut eviction: Value,
) -> Result<(), Failure> {
    if eviction["metadata"]["name"] != target.name.as_str() {
        return Err(Failure::bad_request("name in URL does not match name in Eviction object"));
    }
    verb::admit_order(cluster, target, options, ["policy", "v1", "Eviction"], &mut eviction)
        .await?;
    let (deletion, dry_run) = DeleteOptions::read(&eviction["deleteOptions"])?;
    let options = &Options { dry_run: options.dry_run || dry_run, ..options.clone() };
    let pods = Target { sub: None, ..target.clone() };
    let pod = verb::view_value(&pods.kind, &*verb::get(cluster, &pods).await?);
    if counts(&pod) {
        match &budgets(cluster, &pod)[..] {
            [] => {}
            [budget] => spend(cluster, options, &pod, budget.clone()).await?,
            _ => {
                return Err(Failure::plain(
                    "This pod has more than one PodDisruptionBudget, which the eviction \
                     subresource does not support.",
                ));
            }
        }
    }
    if deletion.resource_version.is_none() && deletion.uid.is_none() {
        // Why it goes; one that is known by its revision is not made another by that.
        let disrupted = json!({"type": "DisruptionTarget", "status": "True",
            "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
            "lastProbeTime": null, "lastTransitionTime": cluster.clock.stamp()});
        verb::rewrite(cluster, &pods, options.dry_run, &|pod| {
            put_condition(&mut pod["status"], disrupted.clone());
            Ok(())
        })
        .await?;
    }
    verb::delete(cluster, &pods, options, &deletion).await.map(drop)
}

/// Whether a budget can mind that a Pod goes.
fn counts(pod: &Value) -> bool {
    let idle = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed" | "Pending"));
    !idle && pod["metadata"]["deletionTimestamp"].is_null()
}

/// Whether a Pod says that it is ready.
pub(crate) fn is_ready(pod: &Value) -> bool {
    condition(&pod["status"], "Ready").is_some_and(|ready| ready["status"] == "True")
}

/// The budgets that a Pod falls under.
fn budgets(cluster: &Cluster, pod: &Value) -> Vec<Value> {
    let Some(kind) = cluster.kinds.by_kind("policy", None, "PodDisruptionBudget") else {
        return Vec::new();
    };
    let namespace = pod["metadata"]["namespace"].as_str();
    let all = cluster.store.list(&kind.resource, namespace);
    let all = all.iter().map(|stored| verb::view_value(&kind, stored));
    all.filter(|budget| covers(budget, pod)).collect()
}

/// Whether a budget is about a Pod. One without a selector is about none, one with an empty selector about all.
pub(crate) fn covers(budget: &Value, pod: &Value) -> bool {
    let selector = Some(&budget["spec"]["selector"]).filter(|selector| selector.is_object());
    selector
        .and_then(|selector| serde_json::from_value::<Selector>(selector.clone()).ok())
        .is_some_and(|selector| selector.matches(pod))
}

/// Takes one disruption off a budget.
async fn spend(
    cluster: &Cluster,
    options: &Options,
    pod: &Value,
    mut budget: Value,
) -> Result<(), Failure> {
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    let status = &budget["status"];
    let (seen, generation) =
        (number(&status["observedGeneration"]), number(&budget["metadata"]["generation"]));
    let (wanted, healthy) = (number(&status["desiredHealthy"]), number(&status["currentHealthy"]));
    let always = budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
    let unhealthy = !is_ready(pod) && (always || healthy >= wanted && wanted > 0);
    if unhealthy {
        return Ok(());
    }
    let name = budget["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let refused = |why: String| {
        let text = "Cannot evict pod as it would violate the pod's disruption budget.";
        Failure::new(429, "TooManyRequests", text).with_cause("DisruptionBudget", &why, "")
    };
    if seen < generation {
        let why = format!("The disruption budget {name} is still being processed by the server.");
        return Err(refused(why).with_retry_after(COUNTED));
    }
    let allowed = number(&status["disruptionsAllowed"]);
    if allowed <= 0 {
        return Err(refused(format!(
            "The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
        )));
    }
    let gone = pod["metadata"]["name"].as_str().unwrap_or_default();
    budget["status"]["disruptionsAllowed"] = (allowed - 1).into();
    budget["status"]["disruptedPods"][gone] = cluster.clock.stamp().into();
    let Some(kind) = cluster.kinds.by_kind("policy", None, "PodDisruptionBudget") else {
        return Ok(());
    };
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
    let target = Target::new(kind, namespace, &name).status();
    let own = Options { dry_run: options.dry_run, ..Options::system(API_SERVER) };
    let spent = verb::update(cluster, &target, &own, Document::from(budget)).await;
    spent.map(drop).map_err(|failure| {
        if !failure.is_conflict() {
            return failure;
        }
        let why = "couldn't update PodDisruptionBudget due to conflicts".to_owned();
        refused(format!("{why}: {name}"))
    })
}
