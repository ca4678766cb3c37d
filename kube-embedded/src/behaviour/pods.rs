//! Pods without a kubelet: they are scheduled, run, become ready, and end when they are deleted.
//!
//! Differs: there is one node, which takes everything; containers do nothing, so they never end by themselves.

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::Event;
use crate::verb::DeleteOptions;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;
use tokio::time::Instant;

const NODE: &str = "node-0";
const SCHEDULER: &str = "kube-scheduler";
const KUBELET: &str = "kubelet";

/// Plays the scheduler and the kubelet.
pub(super) struct Pods {
    /// Namespace and name of Pods to look at.
    agenda: Agenda<(String, String)>,
    pace: Pace,
    addresses: u32,
}

/// What a Pod needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Schedule,
    Start,
    /// Containers were added while it runs.
    Join,
    End,
}

impl Pods {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), pace: pace.clone(), addresses: 0 }
    }

    async fn step(
        &mut self,
        cluster: &Cluster,
        kind: &Arc<Kind>,
        mut pod: Value,
    ) -> Result<(), Failure> {
        let stamp = cluster.clock.stamp();
        match next(&pod) {
            Some(Next::Schedule) => write::bind(cluster, kind, SCHEDULER, &pod, NODE).await,
            Some(Next::Start) => {
                self.addresses += 1;
                pod["status"] = running(&pod, self.addresses, &stamp);
                write::update_status(cluster, kind, KUBELET, pod).await
            }
            Some(Next::Join) => {
                let added = pod["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
                let statuses: Vec<Value> = added.map(|own| container(own, &stamp, false)).collect();
                pod["status"]["ephemeralContainerStatuses"] = statuses.into();
                write::update_status(cluster, kind, KUBELET, pod).await
            }
            Some(Next::End) => {
                let text = |member: &str| pod["metadata"][member].as_str().unwrap_or_default();
                let options = DeleteOptions {
                    grace: Some(0),
                    uid: Some(text("uid").to_owned()),
                    ..DeleteOptions::default()
                };
                write::delete(cluster, kind, (text("namespace"), text("name")), &options).await
            }
            None => Ok(()),
        }
    }
}

impl Behaviour for Pods {
    fn observe(&mut self, cluster: &Cluster, event: &Event, now: Instant) {
        let Some(after) = event.after.as_ref().filter(|_| &*event.resource == "/pods") else {
            return;
        };
        let Some(next) = next(&after.value()) else { return };
        let at = match next {
            Next::Schedule | Next::Join | Next::End => now + self.pace.reaction,
            Next::Start => {
                now + self.pace.start + self.pace.spread.mul_f64(cluster.random.lock().f64())
            }
        };
        self.agenda.plan((after.namespace.to_string(), after.name.to_string()), at);
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some((namespace, name)) = self.agenda.take(now) else { return false };
            let Some(kind) = write::kind_of(cluster, "", "Pod") else { return true };
            let found = write::read(cluster, "", "Pod", (&namespace, &name));
            let Some(pod) = found else { return true };
            let done = self.step(cluster, &kind, pod).await;
            let what = format_args!("simulate the Pod `{name}`");
            if let Some(later) = write::again(done, self.pace.reaction, what) {
                self.agenda.plan((namespace, name), now + later);
            }
            true
        })
    }
}

/// The node that takes every Pod.
pub(super) async fn create_node(cluster: &Cluster) -> Result<(), Failure> {
    let Some(kind) = write::kind_of(cluster, "", "Node") else { return Ok(()) };
    let stamp = cluster.clock.stamp();
    let node = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": { "name": NODE, "labels": { "kubernetes.io/hostname": NODE } },
    });
    write::create(cluster, &kind, KUBELET, node).await?;
    let Some(mut node) = write::read(cluster, "", "Node", ("", NODE)) else { return Ok(()) };
    node["spec"] = json!({});
    write::update(cluster, &kind, KUBELET, node).await?;
    let Some(mut node) = write::read(cluster, "", "Node", ("", NODE)) else { return Ok(()) };
    let room = json!({ "cpu": "64", "memory": "256Gi", "pods": "100k" });
    node["status"] = json!({
        "capacity": room,
        "allocatable": room,
        "addresses": [{ "type": "InternalIP", "address": "127.0.0.1" }],
        "conditions": [{
            "type": "Ready",
            "status": "True",
            "reason": "KubeletReady",
            "message": "kubelet is posting ready status",
            "lastHeartbeatTime": stamp,
            "lastTransitionTime": stamp,
        }],
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": "embedded://1",
            "kernelVersion": "",
            "kubeProxyVersion": "",
            "kubeletVersion": "v1.36.3",
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "",
            "systemUUID": "",
        },
    });
    write::update_status(cluster, &kind, KUBELET, node).await
}

fn next(pod: &Value) -> Option<Next> {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    let scheduled = spec["nodeName"].as_str().is_some_and(|node| !node.is_empty());
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        let grace = pod["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
        return (scheduled && grace > 0).then_some(Next::End);
    }
    if !scheduled {
        let ours = spec["schedulerName"].as_str().is_none_or(|name| name == "default-scheduler");
        let gated = spec["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty());
        return (ours && !gated).then_some(Next::Schedule);
    }
    let pending = status["phase"].as_str().is_none_or(|phase| phase == "Pending");
    if pending {
        return Some(Next::Start);
    }
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    let (added, known) =
        (count(&spec["ephemeralContainers"]), count(&status["ephemeralContainerStatuses"]));
    (status["phase"] == "Running" && added > known).then_some(Next::Join)
}

fn running(pod: &Value, address: u32, stamp: &str) -> Value {
    let [_, high, middle, low] = address.to_be_bytes();
    let ip = format!("10.{}.{middle}.{low}", 244_u8.wrapping_add(high));
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let names = ["Initialized", "Ready", "ContainersReady", "PodScheduled"];
    let conditions: Vec<Value> = names.iter().map(|name| condition(name, stamp)).collect();
    json!({
        "phase": "Running",
        "conditions": conditions,
        "containerStatuses": containers.map(|own| container(own, stamp, true)).collect::<Vec<_>>(),
        "hostIP": "127.0.0.1",
        "hostIPs": [{ "ip": "127.0.0.1" }],
        "podIP": ip,
        "podIPs": [{ "ip": ip }],
        "qosClass": pod["status"]["qosClass"],
        "startTime": stamp,
    })
}

/// The status of a container that runs.
fn container(container: &Value, stamp: &str, ready: bool) -> Value {
    json!({
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": ready,
        "started": ready,
        "restartCount": 0,
        "state": { "running": { "startedAt": stamp } },
        "lastState": {},
    })
}

fn condition(name: &str, stamp: &str) -> Value {
    json!({
        "type": name, "status": "True", "lastProbeTime": null, "lastTransitionTime": stamp,
    })
}
