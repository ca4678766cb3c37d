//! What the simulators of volumes, and of what has replicas beside Deployments, promise.

use super::*;

fn claim(class: Option<&str>) -> Value {
    let mut claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": { "name": "data", "namespace": "default" },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": { "requests": { "storage": "1Gi" } },
        },
    });
    if let Some(class) = class {
        claim["spec"]["storageClassName"] = class.into();
    }
    claim
}

fn volume(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": name } })
}

fn workload(kind: &str, spec: &Value) -> Value {
    let group = if kind == "Job" { "batch/v1" } else { "apps/v1" };
    let policy = if kind == "Job" { "Never" } else { "Always" };
    let mut object = json!({
        "apiVersion": group, "kind": kind,
        "metadata": { "name": "web", "namespace": "default" },
        "spec": {
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": {
                    "containers": [{ "name": "c", "image": "nginx:1" }],
                    "restartPolicy": policy,
                },
            },
        },
    });
    if kind != "Job" {
        object["spec"]["selector"] = json!({ "matchLabels": { "app": "web" } });
    }
    for (member, value) in spec.as_object().unwrap() {
        object["spec"][member] = value.clone();
    }
    object
}

#[tokio::test(start_paused = true)]
async fn a_claim_is_bound_to_a_volume_that_is_made_for_it_and_takes_it_along() {
    let setup = Setup::new(&Behaviours::bare().volumes(true));
    let data = setup.create(claim(Some("fast")));
    assert_eq!(data["status"]["phase"], "Pending");
    setup.pass(1_000).await;
    let bound = setup.get(&data).unwrap();
    assert_eq!(bound["status"]["phase"], "Bound");
    assert_eq!(bound["status"]["capacity"]["storage"], "1Gi");
    let disk = volume(bound["spec"]["volumeName"].as_str().unwrap());
    let made = setup.get(&disk).unwrap();
    assert_eq!(made["status"]["phase"], "Bound");
    assert_eq!(made["spec"]["claimRef"]["uid"], data["metadata"]["uid"]);
    assert_eq!(made["spec"]["storageClassName"], "fast");
    setup.delete(&data, Policy::Background);
    setup.pass(1_000).await;
    assert!(setup.get(&data).is_none(), "nobody uses it");
    assert!(setup.get(&disk).is_none(), "its volume goes with it");
}

#[tokio::test(start_paused = true)]
async fn a_claim_without_a_class_waits_for_the_volume_that_it_names_and_leaves_it_behind() {
    let setup = Setup::new(&Behaviours::bare().volumes(true));
    let mut named = claim(Some(""));
    named["spec"]["volumeName"] = "disk".into();
    let data = setup.create(named);
    setup.pass(10_000).await;
    assert_eq!(setup.get(&data).unwrap()["status"]["phase"], "Pending");
    let mut disk = volume("disk");
    disk["spec"] = json!({
        "accessModes": ["ReadWriteOnce"], "capacity": { "storage": "5Gi" },
        "hostPath": { "path": "/data" },
    });
    let disk = setup.create(disk);
    setup.pass(10_000).await;
    assert_eq!(setup.get(&data).unwrap()["status"]["capacity"]["storage"], "5Gi");
    assert_eq!(setup.get(&disk).unwrap()["status"]["phase"], "Bound");
    setup.delete(&data, Policy::Background);
    setup.pass(1_000).await;
    assert_eq!(setup.get(&disk).unwrap()["status"]["phase"], "Released");
}

#[tokio::test(start_paused = true)]
async fn a_claim_stays_while_a_pod_uses_it() {
    let setup = Setup::new(&Behaviours::bare().volumes(true));
    let data = setup.create(claim(None));
    let pod = setup.create(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "p", "namespace": "default" },
        "spec": {
            "containers": [{ "name": "c", "image": "nginx" }],
            "volumes": [{ "name": "v", "persistentVolumeClaim": { "claimName": "data" } }],
        },
    }));
    setup.pass(1_000).await;
    setup.delete(&data, Policy::Background);
    setup.pass(60_000).await;
    assert!(setup.get(&data).is_some());
    setup.delete(&pod, Policy::Background);
    setup.pass(60_000).await;
    assert!(setup.get(&data).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_becomes_ready_one_after_the_other_and_tells_its_revisions() {
    let setup = Setup::new(&Behaviours::bare().workloads(true));
    let web = setup.create(workload("StatefulSet", &json!({ "replicas": 2, "serviceName": "w" })));
    setup.pass(100).await;
    assert_eq!(setup.get(&web).unwrap()["status"]["availableReplicas"], 0);
    setup.pass(10_000).await;
    let mut ready = setup.get(&web).unwrap();
    let status = ready["status"].clone();
    for member in ["replicas", "readyReplicas", "availableReplicas", "currentReplicas"] {
        assert_eq!(status[member], 2, "{member}");
    }
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    ready["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2".into();
    let changed = setup.update(ready);
    setup.pass(100).await;
    let rolling = setup.get(&changed).unwrap()["status"].clone();
    assert_eq!(rolling["observedGeneration"], 2);
    assert_eq!(rolling["readyReplicas"], 2);
    assert_eq!(rolling["currentRevision"], status["currentRevision"]);
    assert_ne!(rolling["updateRevision"], status["updateRevision"]);
    setup.pass(10_000).await;
    let done = setup.get(&changed).unwrap()["status"].clone();
    assert_eq!(done["currentRevision"], rolling["updateRevision"]);
    assert_eq!(done["updatedReplicas"], 2);
}

#[tokio::test(start_paused = true)]
async fn daemons_and_replica_sets_become_ready() {
    let setup = Setup::new(&Behaviours::bare().workloads(true));
    let daemon = setup.create(workload("DaemonSet", &json!({})));
    let set = setup.create(workload("ReplicaSet", &json!({ "replicas": 3 })));
    setup.pass(10_000).await;
    assert_eq!(setup.get(&daemon).unwrap()["status"]["numberReady"], 1);
    assert_eq!(setup.get(&set).unwrap()["status"]["readyReplicas"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_job_ends_well_and_goes_when_its_time_to_live_has_passed() {
    let setup = Setup::new(&Behaviours::bare().workloads(true));
    let spec = json!({ "completions": 2, "ttlSecondsAfterFinished": 60, "suspend": true });
    let mut job = setup.create(workload("Job", &spec));
    setup.pass(10_000).await;
    assert_eq!(condition(&setup.get(&job).unwrap(), "Suspended")["status"], "True");
    job = setup.get(&job).unwrap();
    job["spec"]["suspend"] = false.into();
    let job = setup.update(job);
    setup.pass(100).await;
    assert_eq!(setup.get(&job).unwrap()["status"]["active"], 1, "one at a time");
    setup.pass(10_000).await;
    let over = setup.get(&job).unwrap();
    assert_eq!(over["status"]["succeeded"], 2);
    assert_eq!(condition(&over, "Complete")["reason"], "CompletionsReached");
    assert!(over["status"]["completionTime"].is_string());
    setup.pass(60_000).await;
    assert!(setup.get(&job).is_none());
}
