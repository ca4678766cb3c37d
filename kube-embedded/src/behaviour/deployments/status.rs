//! The status of a Deployment: its replicas in, what the deployment controller would write out.

use super::rollout::Rollout;
use super::rollout::Wanted;
use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

/// The status after `deployment`'s present one.
pub(super) fn next_status(
    deployment: &Value,
    rollout: &Rollout,
    wanted: &Wanted,
    now: Instant,
    stamp: &str,
) -> Value {
    let counts = rollout.counts(wanted, now);
    let unavailable = counts.total.max(wanted.replicas) - counts.available;
    let mut status = json!({
        "observedGeneration": deployment["metadata"]["generation"],
        "terminatingReplicas": 0,
    });
    let numbers = [
        ("replicas", counts.total),
        ("updatedReplicas", counts.updated),
        ("readyReplicas", counts.ready),
        ("availableReplicas", counts.available),
        ("unavailableReplicas", unavailable),
    ];
    for (member, number) in numbers.into_iter().filter(|(_, number)| *number > 0) {
        status[member] = json!(number);
    }
    let mut conditions = deployment["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let available = counts.available.saturating_add(wanted.unavailable) >= wanted.replicas;
    let row = if available {
        ("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        let message = "Deployment does not have minimum availability.";
        ("Available", "False", "MinimumReplicasUnavailable", message)
    };
    set(&mut conditions, row, stamp);
    let set_name = replica_set(deployment, wanted);
    let before = conditions.iter().find(|one| one["type"] == "Progressing");
    let (reason, message) = if rollout.complete {
        let message = format!("ReplicaSet \"{set_name}\" has successfully progressed.");
        ("NewReplicaSetAvailable", message)
    } else if before.is_some_and(|one| is_about(one, &set_name)) {
        ("ReplicaSetUpdated", format!("ReplicaSet \"{set_name}\" is progressing."))
    } else {
        ("NewReplicaSetCreated", format!("Created new replica set \"{set_name}\""))
    };
    set(&mut conditions, ("Progressing", "True", reason, &message), stamp);
    status["conditions"] = json!(conditions);
    status
}

fn is_about(condition: &Value, set_name: &str) -> bool {
    condition["message"].as_str().is_some_and(|message| message.contains(set_name))
}

/// A condition that changes moves to the end, as the controller has it.
fn set(
    conditions: &mut Vec<Value>,
    (name, value, reason, message): (&str, &str, &str, &str),
    stamp: &str,
) {
    let before = conditions.iter().find(|one| one["type"] == name);
    if before.is_some_and(|one| one["status"] == value && one["reason"] == reason) {
        return;
    }
    let turned = before.filter(|one| one["status"] == value);
    let transition = turned.map_or(json!(stamp), |one| one["lastTransitionTime"].clone());
    conditions.retain(|one| one["type"] != name);
    conditions.push(json!({
        "type": name,
        "status": value,
        "lastUpdateTime": stamp,
        "lastTransitionTime": transition,
        "reason": reason,
        "message": message,
    }));
}

/// The name that the ReplicaSet of this template would have.
fn replica_set(deployment: &Value, wanted: &Wanted) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let name = deployment["metadata"]["name"].as_str().unwrap_or_default();
    // FNV-1a: any hash does that is the same in every run.
    let hash = wanted
        .template
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let safe: String = hash
        .to_string()
        .bytes()
        .map(|digit| char::from(LETTERS[usize::from(digit) % LETTERS.len()]))
        .collect();
    format!("{name}-{safe}")
}
