//! What the simulators of Deployments and Pods promise.

use super::*;

fn deployment(replicas: u64, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "web", "namespace": "default" },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "c", "image": image }] },
            },
        },
    })
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web-0", "namespace": "default" },
        "spec": { "containers": [{ "name": "c", "image": "nginx" }] },
    })
}

#[tokio::test(start_paused = true)]
async fn a_deployment_becomes_ready_step_by_step() {
    let setup = Setup::new(&Behaviours::bare().deployments(true));
    let web = setup.create(deployment(3, "nginx:1"));
    setup.pass(100).await;
    let started = setup.get(&web).unwrap();
    assert_eq!(started["status"]["unavailableReplicas"], 3);
    assert_eq!(condition(&started, "Available")["status"], "False");
    setup.pass(10_000).await;
    let ready = setup.get(&web).unwrap();
    let status = &ready["status"];
    for member in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
        assert_eq!(status[member], 3, "{member}");
    }
    assert!(status["unavailableReplicas"].is_null());
    assert_eq!(status["observedGeneration"], 1);
    assert_eq!(ready["metadata"]["generation"], 1, "a status is no new generation");
    assert_eq!(condition(&ready, "Available")["status"], "True");
    assert_eq!(condition(&ready, "Progressing")["reason"], "NewReplicaSetAvailable");
    let seen: Vec<u64> = setup
        .cluster
        .store
        .events(&"apps/deployments".into(), 0, 100)
        .unwrap()
        .iter()
        .map(|event| event.after.as_ref().unwrap().value()["status"]["readyReplicas"].as_u64())
        .map(Option::unwrap_or_default)
        .collect();
    assert_eq!(seen, [0, 0, 0, 1, 2, 3], "created, started, progressing, then one after the other");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_follows_its_spec() {
    let setup = Setup::new(&Behaviours::bare().deployments(true));
    let web = setup.create(deployment(2, "nginx:1"));
    setup.pass(10_000).await;
    let mut web = setup.get(&web).unwrap();
    web["spec"]["template"]["spec"]["containers"][0]["image"] = json!("nginx:2");
    let changed = setup.update(web);
    assert_eq!(changed["status"]["observedGeneration"], 1);
    setup.pass(100).await;
    let rolling = setup.get(&changed).unwrap();
    assert_eq!(rolling["status"]["observedGeneration"], 2);
    assert_eq!(rolling["status"]["updatedReplicas"], 1);
    setup.pass(10_000).await;
    let mut web = setup.get(&changed).unwrap();
    assert_eq!(web["status"]["updatedReplicas"], 2);
    assert_eq!(web["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
    web["spec"]["replicas"] = json!(0);
    let changed = setup.update(web);
    setup.pass(10_000).await;
    let web = setup.get(&changed).unwrap();
    assert!(web["status"]["replicas"].is_null());
    assert_eq!(web["status"]["observedGeneration"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_cluster_does_nothing_while_time_passes() {
    let setup = Setup::new(&Behaviours::cluster_like());
    setup.create(deployment(2, "nginx:1"));
    setup.create(pod());
    setup.pass(60_000).await;
    let revision = setup.cluster.store.revision();
    setup.pass(24 * 3_600_000).await;
    assert_eq!(setup.cluster.store.revision(), revision);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_takes_the_same_time() {
    async fn play() -> (u64, Value) {
        let setup = Setup::new(&Behaviours::cluster_like());
        let web = setup.create(deployment(3, "nginx:1"));
        setup.pass(700).await;
        (setup.cluster.store.revision(), setup.get(&web).unwrap()["status"].clone())
    }
    assert_eq!(play().await, play().await);
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_scheduled_runs_and_ends_when_it_is_deleted() {
    let setup = Setup::new(&Behaviours::cluster_like());
    let pod = setup.create(pod());
    assert_eq!(pod["status"]["phase"], "Pending");
    setup.pass(100).await;
    let bound = setup.get(&pod).unwrap();
    assert_eq!(bound["spec"]["nodeName"], "node-0");
    assert_eq!(bound["status"]["phase"], "Pending", "containers take their time");
    assert_eq!(condition(&bound, "PodScheduled")["status"], "True");
    setup.pass(2000).await;
    let running = setup.get(&pod).unwrap();
    assert_eq!(running["status"]["phase"], "Running");
    assert_eq!(condition(&running, "Ready")["status"], "True");
    setup.delete(&pod, Policy::Background);
    let ending = setup.get(&pod).expect("it is given time");
    assert_eq!(ending["metadata"]["deletionGracePeriodSeconds"], 30);
    setup.pass(100).await;
    assert_eq!(setup.get(&pod), None);
}

#[tokio::test(start_paused = true)]
async fn a_pod_of_another_scheduler_waits_for_it() {
    let setup = Setup::new(&Behaviours::cluster_like());
    let mut pod = pod();
    pod["spec"]["schedulerName"] = json!("mine");
    let pod = setup.create(pod);
    setup.pass(60_000).await;
    assert!(setup.get(&pod).unwrap()["spec"]["nodeName"].is_null());
}
