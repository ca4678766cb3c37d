//! The status of a workload: its replicas in, what its controller would write out.

use super::Workload;
use super::progress::Progress;
use crate::discovery::fingerprint;
use serde_json::Value;
use serde_json::json;

/// The status after `object`'s present one.
pub(super) fn of(workload: Workload, object: &Value, progress: &Progress, stamp: &str) -> Value {
    let Progress { wanted, updated, ready, .. } = *progress;
    let generation = &object["metadata"]["generation"];
    let status = match workload {
        Workload::Job => of_job(object, progress, stamp),
        Workload::ReplicaSet => json!({
            "observedGeneration": generation, "replicas": wanted, "fullyLabeledReplicas": wanted,
            "readyReplicas": ready, "availableReplicas": ready,
        }),
        Workload::DaemonSet => json!({
            "observedGeneration": generation, "desiredNumberScheduled": wanted,
            "currentNumberScheduled": wanted, "updatedNumberScheduled": updated,
            "numberReady": ready, "numberAvailable": ready,
            "numberUnavailable": wanted - ready, "numberMisscheduled": 0,
        }),
        Workload::StatefulSet => {
            let name = revision(object);
            let before = object["status"]["currentRevision"].as_str();
            let is_whole = updated == wanted;
            let current = before.filter(|_| !is_whole).unwrap_or(&name).to_owned();
            let of_current = if current == name { updated } else { wanted - updated };
            json!({
                "observedGeneration": generation, "replicas": ready.max(updated),
                "readyReplicas": ready, "availableReplicas": ready, "currentReplicas": of_current,
                "updatedReplicas": updated, "currentRevision": current, "updateRevision": name,
                "collisionCount": 0,
            })
        }
    };
    without_zeros(status)
}

/// What is told in any case.
const ALWAYS: &[&str] = &[
    "replicas",
    "availableReplicas",
    "collisionCount",
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberReady",
    "numberMisscheduled",
    "ready",
    "terminating",
];

/// Go leaves out what is zero.
fn without_zeros(mut status: Value) -> Value {
    if let Some(members) = status.as_object_mut() {
        members.retain(|name, value| *value != 0 || ALWAYS.contains(&name.as_str()));
    }
    status
}

/// What the template is known by.
fn revision(object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let print = fingerprint(&object["spec"]["template"].to_string());
    format!("{name}-{}", print[..10].to_lowercase())
}

/// Whether a Job has ended, well or not.
pub(super) fn is_over(object: &Value) -> bool {
    let mut conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.any(|one| {
        matches!(one["type"].as_str(), Some("Complete" | "Failed")) && one["status"] == "True"
    })
}

fn of_job(object: &Value, progress: &Progress, stamp: &str) -> Value {
    let (spec, before) = (&object["spec"], &object["status"]);
    if spec["suspend"] == true {
        let reason = ("JobSuspended", "Job suspended");
        return json!({ "conditions": [condition("Suspended", "True", reason, before, stamp)] });
    }
    let started = before["startTime"].as_str().unwrap_or(stamp);
    let mut status =
        json!({ "startTime": started, "uncountedTerminatedPods": {}, "terminating": 0 });
    let mut conditions = Vec::new();
    if before["conditions"].as_array().is_some_and(|all| !all.is_empty()) {
        let reason = ("JobResumed", "Job resumed");
        conditions.push(condition("Suspended", "False", reason, before, stamp));
    }
    if progress.updated < progress.wanted {
        let together = spec["parallelism"].as_i64().unwrap_or(1);
        let active = (progress.wanted - progress.updated).min(together);
        status["active"] = active.into();
        status["ready"] = active.into();
    } else {
        let reason = ("CompletionsReached", "Reached expected number of succeeded pods");
        for name in ["SuccessCriteriaMet", "Complete"] {
            conditions.push(condition(name, "True", reason, before, stamp));
        }
        status["succeeded"] = progress.wanted.into();
        status["ready"] = 0.into();
        status["completionTime"] = stamp.into();
        if spec["completionMode"] == "Indexed" {
            status["completedIndexes"] = match progress.wanted {
                0 => "".into(),
                1 => "0".into(),
                many => format!("0-{}", many - 1).into(),
            };
        }
    }
    if !conditions.is_empty() {
        status["conditions"] = json!(conditions);
    }
    status
}

/// One condition; its time stays as long as what it says.
fn condition(
    name: &str,
    status: &str,
    (reason, message): (&str, &str),
    before: &Value,
    stamp: &str,
) -> Value {
    let mut known = before["conditions"].as_array().into_iter().flatten();
    let same = known.find(|one| one["type"] == name && one["status"] == status);
    let since = same.and_then(|one| one["lastTransitionTime"].as_str()).unwrap_or(stamp);
    json!({
        "type": name, "status": status, "reason": reason, "message": message,
        "lastProbeTime": since, "lastTransitionTime": since,
    })
}
