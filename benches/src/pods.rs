//! A number of Pods: nearly equal ones (data set A), or of 500 workloads that differ as in a real cluster (B).

use fastrand::Rng;
use serde_json::Value;
use serde_json::json;

/// Which Pods a run works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSet {
    /// Nearly equal Pods of about 4.8 KB.
    Equal,
    /// Pods of 500 differing workloads, about 5.7 KB.
    Differing,
}

const WORKLOADS: usize = 500;

fn word(random: &mut Rng, length: usize) -> String {
    (0..length).map(|_| random.lowercase()).collect()
}

fn hexadecimal(random: &mut Rng, length: usize) -> String {
    (0..length)
        .map(|_| char::from_digit(random.u32(0..16), 16).expect("a digit below 16"))
        .collect()
}

fn identity(random: &mut Rng) -> String {
    let part = |random: &mut Rng, length| hexadecimal(random, length);
    format!(
        "{}-{}-{}-{}-{}",
        part(random, 8),
        part(random, 4),
        part(random, 4),
        part(random, 4),
        part(random, 12)
    )
}

fn variables(random: &mut Rng, count: usize) -> Vec<Value> {
    (0..count)
        .map(|number| match number % 3 {
            0 => json!({ "name": format!("SETTING_{}", word(random, 8).to_uppercase()), "value": word(random, 24) }),
            1 => json!({ "name": format!("SECRET_{number}"), "valueFrom": { "secretKeyRef": { "name": word(random, 12), "key": "password" } } }),
            _ => json!({ "name": format!("FIELD_{number}"), "valueFrom": { "fieldRef": { "apiVersion": "v1", "fieldPath": "status.podIP" } } }),
        })
        .collect()
}

fn container(random: &mut Rng, name: &str, variables_count: usize) -> Value {
    json!({
        "name": name,
        "image": format!("registry.example.com/{}/{}:{}", word(random, 7), word(random, 9), hexadecimal(random, 12)),
        "imagePullPolicy": "IfNotPresent",
        "args": (0..4).map(|_| format!("--{}={}", word(random, 8), word(random, 12))).collect::<Vec<_>>(),
        "env": variables(random, variables_count),
        "ports": [{ "name": "http", "containerPort": 8080, "protocol": "TCP" }, { "name": "metrics", "containerPort": 9090, "protocol": "TCP" }],
        "resources": { "limits": { "cpu": "500m", "memory": "512Mi" }, "requests": { "cpu": "100m", "memory": "128Mi" } },
        "livenessProbe": { "httpGet": { "path": "/healthz", "port": "http", "scheme": "HTTP" }, "periodSeconds": 10, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3 },
        "readinessProbe": { "httpGet": { "path": "/readyz", "port": "http", "scheme": "HTTP" }, "periodSeconds": 5, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3 },
        "volumeMounts": [{ "name": "kube-api-access", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true }, { "name": "config", "mountPath": "/etc/config" }],
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "securityContext": { "allowPrivilegeEscalation": false, "runAsNonRoot": true, "capabilities": { "drop": ["ALL"] } },
    })
}

/// What all Pods of one workload share: name, containers, annotations.
fn workload(data_set: DataSet, number: usize) -> (String, Vec<Value>, Value) {
    let (seed, sidecars) = match data_set {
        DataSet::Equal => (7, 0),
        DataSet::Differing => (number as u64 + 1000, number % 2),
    };
    let mut random = Rng::with_seed(seed);
    let variables_count = if data_set == DataSet::Equal { 4 } else { random.usize(3..8) };
    let mut containers = vec![container(&mut random, "main", variables_count)];
    containers
        .extend((0..sidecars).map(|side| container(&mut random, &format!("sidecar-{side}"), 2)));
    let annotations = json!({
        "prometheus.io/scrape": "true", "prometheus.io/port": "9090",
        "checksum/config": hexadecimal(&mut random, 64), "owner.example.com/team": word(&mut random, 12),
        "description.example.com/purpose": (0..6).map(|_| word(&mut random, 8)).collect::<Vec<_>>().join(" "),
    });
    (format!("workload-{number:03}"), containers, annotations)
}

/// Who wrote what of a Pod, as kube-controller-manager and a kubelet leave it.
fn managed_fields(containers: &[Value]) -> Value {
    let fields = |containers: &[Value]| -> Value {
        let named = containers.iter().map(|container| {
            let name = container["name"].as_str().unwrap_or_default();
            let of = json!({ ".": {}, "f:args": {}, "f:env": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:livenessProbe": {}, "f:name": {}, "f:ports": {}, "f:readinessProbe": {}, "f:resources": {}, "f:securityContext": {}, "f:volumeMounts": {} });
            (format!("k:{{\"name\":\"{name}\"}}"), of)
        });
        json!({ "f:containers": named.collect::<serde_json::Map<_, _>>(), "f:dnsPolicy": {}, "f:enableServiceLinks": {}, "f:restartPolicy": {}, "f:schedulerName": {}, "f:securityContext": {}, "f:terminationGracePeriodSeconds": {}, "f:volumes": {} })
    };
    json!([
        { "apiVersion": "v1", "fieldsType": "FieldsV1", "manager": "kube-controller-manager", "operation": "Update", "time": "2026-11-20T10:00:00Z",
            "fieldsV1": { "f:metadata": { "f:annotations": {}, "f:generateName": {}, "f:labels": {}, "f:ownerReferences": {} }, "f:spec": fields(containers) } },
        { "apiVersion": "v1", "fieldsType": "FieldsV1", "manager": "kubelet", "operation": "Update", "subresource": "status", "time": "2026-11-20T10:00:05Z",
            "fieldsV1": { "f:status": { "f:conditions": {}, "f:containerStatuses": {}, "f:hostIP": {}, "f:phase": {}, "f:podIP": {}, "f:podIPs": {}, "f:startTime": {} } } },
    ])
}

/// The `number`th Pod, as it is stored in a cluster.
pub fn pod(data_set: DataSet, number: usize) -> Value {
    let (workload_name, containers, annotations) = workload(data_set, number % WORKLOADS);
    let mut random = Rng::with_seed(number as u64);
    let statuses: Vec<_> = containers
        .iter()
        .map(|container| {
            json!({ "name": container["name"], "image": container["image"], "ready": true, "started": true, "restartCount": 0,
                "imageID": format!("sha256:{}", hexadecimal(&mut random, 64)), "containerID": format!("containerd://{}", hexadecimal(&mut random, 64)),
                "lastState": {}, "state": { "running": { "startedAt": "2026-11-20T10:00:00Z" } } })
        })
        .collect();
    let address = format!("10.{}.{}.{}", random.u8(..), random.u8(..), random.u8(..));
    let conditions: Vec<_> = ["Initialized", "Ready", "ContainersReady", "PodScheduled"]
        .map(|kind| json!({ "type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T10:00:00Z" }))
        .into();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{workload_name}-{}-{number:05}", hexadecimal(&mut Rng::with_seed(number as u64 % 500), 10)),
            "namespace": format!("namespace-{:02}", number % 20),
            "uid": identity(&mut random), "creationTimestamp": "2026-11-20T10:00:00Z", "managedFields": managed_fields(&containers),
            "labels": { "app": workload_name, "pod-template-hash": "5d8f7c6b9", "app.kubernetes.io/managed-by": "bench", "app.kubernetes.io/part-of": "shop" },
            "annotations": annotations,
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("{workload_name}-5d8f7c6b9"), "uid": identity(&mut Rng::with_seed(number as u64 % 500)), "controller": true, "blockOwnerDeletion": true }],
        },
        "spec": {
            "containers": containers,
            "volumes": [{ "name": "config", "configMap": { "name": "config", "defaultMode": 420 } }, { "name": "kube-api-access", "emptyDir": {} }],
            "nodeName": format!("node-{:03}", random.u32(0..200)), "serviceAccountName": "default", "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
            "schedulerName": "default-scheduler", "priority": 0, "terminationGracePeriodSeconds": 30, "securityContext": {}, "enableServiceLinks": true,
            "tolerations": [{ "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 }, { "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 }],
        },
        "status": { "phase": "Running", "qosClass": "Burstable", "hostIP": "10.0.0.1", "podIP": address, "podIPs": [{ "ip": address }], "startTime": "2026-11-20T10:00:00Z", "conditions": conditions, "containerStatuses": statuses },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_sets_have_the_sizes_that_the_report_names() {
        for (data_set, least, most) in
            [(DataSet::Equal, 4_700, 4_900), (DataSet::Differing, 5_600, 5_800)]
        {
            let sizes: Vec<_> =
                (0..1_500).map(|number| pod(data_set, number).to_string().len()).collect();
            let mean = sizes.iter().sum::<usize>() / sizes.len();
            assert!((least..most).contains(&mean), "{data_set:?}: {mean} bytes");
        }
    }
}
