//! `kube describe`: beside kubectl where there is a genuine cluster, there and on the embedded server, and by itself.

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use k8s_openapi::api::networking::v1::Ingress;

use super::*;

/// Objects of the kinds around workloads: who may do what, where things are kept, and what leads to them.
const AROUND: &str = include_str!("described_kinds.yaml");

/// Objects with as much in them as can be described; a Gadget is applied once its kind is there.
const DESCRIBED: &str = include_str!("described.yaml");
const GADGET: &str = r#"
apiVersion: example.com/v1
kind: Gadget
metadata: { name: lamp, labels: { a: b } }
spec:
  { maxSize: 3, isLit: true, ratio: 1.5, tiny: 0.00000012, none: null, apiURL: x, parsedJSON: y, URLPath: z, with-dash: 1,
    with_under: 2, list: [1, two, { deep: [a] }], empty: {}, nested: { uid: u } }
"#;

/// Lines that print the same whoever is asked.
const LINES: &[&str] = &[
    "describe cm words",
    "describe cm",
    "describe secret keys",
    "describe sa puller",
    "describe sa default",
    "describe svc web",
    "describe svc",
    "describe ns narrow",
    "describe ns default",
    "describe deploy web",
    "describe rs",
    "describe rs -l app=web --show-events",
    "describe pod rich",
    "describe pod plain",
    "describe pods",
    "describe nodes",
    "describe job once",
    "describe sts kept",
    "describe ds everywhere",
    "describe cronjob nightly",
    "describe gadget lamp",
    "describe gadgets",
    "describe crd gadgets.example.com",
    "describe lease -n kube-node-lease",
    "describe cm wor",
    "describe cm/words secret/keys",
    "describe cm words nothing",
    "describe cm nothing",
    "describe pod/nothing",
    "describe gizmo",
    "describe",
    "describe cm -n nowhere",
    "describe cm -l app=nothing -A",
    "describe cm words --show-events=false",
];

// kubectl is waited for while the embedded server answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_described_is_kubectls_byte_for_byte_on_a_genuine_server_and_on_ours() {
    let Some(cluster) = RealCluster::start() else { return };
    for place in [Place::genuine(&cluster), Place::embedded().await] {
        let file = place.file("described.yaml", DESCRIBED);
        // Of addresses of one's own the genuine server warns.
        let applied = place.kube(&format!("apply -f {file}")).await;
        assert_eq!(applied.code, 0, "{applied:?}");
        place.done("wait --for=condition=Established crd/gadgets.example.com").await;
        let gadget = place.file("gadget.yaml", GADGET);
        place.done(&format!("apply -f {gadget}")).await;
        // What the controllers do to it is not to happen between the two.
        place.kubectl(&cluster, "rollout status deploy/web --timeout=60s");
        for line in LINES {
            place.same(&cluster, line).await;
        }
        let described = format!("describe -f {gadget}");
        place.same(&cluster, &described).await;
        place.gone().await;
    }
}

/// Lines of the kinds around workloads.
const AROUND_LINES: &[&str] = &[
    "describe clusterrole reader",
    "describe clusterrole nothing",
    "describe clusterroles admin cluster-admin edit system:discovery",
    "describe role reader",
    "describe rolebinding readers",
    "describe clusterrolebinding readers",
    "describe clusterrolebinding cluster-admin",
    "describe pv shelf",
    "describe pv",
    "describe pvc kept",
    "describe pvc",
    "describe sc slow",
    "describe sc",
    "describe ingress door",
    "describe ingress",
    "describe ingressclass gate",
    "describe hpa grows",
    "describe hpa",
    "describe hpa.v1.autoscaling grows",
    "describe netpol walls",
    "describe netpol",
    "describe pdb least",
    "describe pdb",
    "describe csr jane",
    "describe quota few",
    "describe quota",
    "describe limits bounds",
    "describe priorityclass vital",
    "describe endpointslice shown-1",
    "describe endpointslices",
    "describe ep byhand",
    "describe ns default",
    "describe rc old",
    "describe csinode one",
];

/// What the embedded server does not have.
const GENUINE: &str = r#"
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: { name: more, labels: { a: b } }
spec: { cidrs: [10.77.0.0/24] }
---
apiVersion: networking.k8s.io/v1
kind: IPAddress
metadata: { name: 192.0.2.1, annotations: { a: b } }
spec: { parentRef: { resource: services, namespace: default, name: shown } }
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttributesClass
metadata: { name: gold, annotations: { b: c } }
driverName: d.example.com
parameters: { iops: "5", a: b }
"#;
const GENUINE_LINES: &[&str] = &[
    "describe servicecidr more",
    "describe servicecidr kubernetes",
    "describe ipaddress 192.0.2.1",
    "describe vac gold",
];

// kubectl is waited for while the embedded server answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kinds_around_workloads_are_described_as_kubectl_describes_them_on_both_servers() {
    let Some(cluster) = RealCluster::start() else { return };
    for place in [Place::genuine(&cluster), Place::embedded().await] {
        let file = place.file("around.yaml", AROUND);
        let applied = place.kube(&format!("apply -f {file}")).await;
        assert_eq!(applied.code, 0, "{applied:?}");
        place.set_status().await;
        let mut lines = AROUND_LINES.to_vec();
        if place.is_genuine() {
            let file = place.file("genuine.yaml", GENUINE);
            place.done(&format!("apply -f {file}")).await;
            lines.extend(GENUINE_LINES);
        }
        for line in lines {
            let said = place.same(&cluster, line).await;
            assert_eq!((said.err.as_str(), said.code), ("", 0), "{line}");
        }
        place.gone().await;
    }
}

impl Place {
    /// What controllers tell once there is something to tell; those of a genuine cluster tell it themselves.
    async fn set_status(&self) {
        if self.is_genuine() {
            return;
        }
        let average = |name: &str| json!({ "name": name, "current": { "averageValue": "77", "averageUtilization": 7 } });
        let value =
            json!({ "metric": { "name": "m" }, "current": { "value": "5", "averageValue": "6" } });
        let mut object = value.clone();
        object["describedObject"] = json!({ "kind": "Ingress", "name": "door" });
        let mut container = average("cpu");
        container["container"] = "a".into();
        let measured = json!([
            { "type": "Resource", "resource": average("cpu") },
            { "type": "Resource", "resource": average("memory") },
            { "type": "Pods", "pods": value },
            { "type": "Object", "object": object },
            { "type": "Object", "object": object },
            { "type": "External", "external": value },
            { "type": "External", "external": value },
            { "type": "ContainerResource", "containerResource": container },
        ]);
        let since = "2026-01-01T00:00:00Z";
        let resized = json!({ "type": "Resizing", "status": "True", "lastTransitionTime": since, "message": "soon" });
        let namespaced = self.client().namespace("default");
        let set = |status: Value| Patch::Merge(json!({ "status": status }));
        let scaled =
            json!({ "currentReplicas": 1, "desiredReplicas": 2, "currentMetrics": measured });
        let autoscalers = namespaced.api::<HorizontalPodAutoscaler>();
        autoscalers.status().patch("grows", set(scaled)).await.unwrap();
        let claims = namespaced.api::<PersistentVolumeClaim>();
        let bound = json!({ "phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": { "storage": "1Gi" }, "conditions": [resized] });
        claims.status().patch("kept", set(bound)).await.unwrap();
        let balanced = json!({ "loadBalancer": { "ingress": [{ "ip": "10.0.0.9" }, { "hostname": "b.example.com" }, { "ip": "10.0.0.1" }] } });
        namespaced.api::<Ingress>().status().patch("door", set(balanced)).await.unwrap();
    }
}

#[tokio::test]
async fn an_object_is_described_with_what_was_told_of_it_and_without_what_is_secret() {
    let place = Place::embedded().await;
    let file = place.file("described.yaml", DESCRIBED);
    place.done(&format!("apply -f {file}")).await;
    let core = place.client().namespace("default");
    let map = core.get::<ConfigMap>("words-too").await.unwrap();
    let told = |name: &str, at: &str, count: u32| -> k8s_openapi::api::core::v1::Event {
        let about = json!({ "kind": "ConfigMap", "namespace": "default", "name": "words-too", "uid": map.metadata.uid });
        serde_json::from_value(json!({
            "metadata": { "name": name }, "involvedObject": about, "type": "Normal", "reason": "Read",
            "message": " by somebody\n", "source": { "component": "reader" }, "count": count,
            "firstTimestamp": "2020-01-01T00:00:00Z", "lastTimestamp": at,
        }))
        .unwrap()
    };
    core.create(&told("a", "2020-01-03T00:00:00Z", 3)).await.unwrap();
    core.create(&told("b", "2020-01-02T00:00:00Z", 1)).await.unwrap();
    let text = place.done("describe cm words-too").await;
    let (head, events) = text.split_once("Events:\n").unwrap();
    assert_eq!(
        head,
        "Name:         words-too\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\n\nData\n====\n\nBinaryData\n====\n\n"
    );
    let lines: Vec<Vec<&str>> =
        events.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["Type", "Reason", "Age", "From", "Message"]);
    assert_eq!(lines[2][3..], ["reader", "by", "somebody"], "the older one comes first: {events}");
    assert_eq!(lines[3][3..5], ["(x3", "over"], "how often it was told: {events}");
    let secret = place.done("describe secret keys").await;
    assert!(secret.contains("password:  6 bytes") && !secret.contains("hidden"), "{secret}");
    place.gone().await;
}
