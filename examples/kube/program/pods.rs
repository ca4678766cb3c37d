//! Which Pod a command is about: `web`, `deploy/web` or `svc/web` in, the object and one of its Pods out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/polymorphichelpers, staging/src/k8s.io/kubectl/pkg/util/podutils/podutils.go

use std::cmp::Reverse;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::PodStatus;
use k8s_openapi::apimachinery::pkg::apis::meta::v1;
use kube_core::LabelSelector;
use kube_core::api::Event;
use kube_core::object::Time;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::output::named;
use super::selection;
use super::selection::Asked;
use super::selection::Beside;

/// The object that a word names.
#[derive(Clone, Debug)]
pub struct Found {
    pub asked: Asked,
    pub object: Value,
}

/// What a Pod is wanted for: of many the best is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Something is done in it.
    Attach,
    /// Its log is read: that of a container which was restarted is the most interesting.
    Logs,
}

impl Purpose {
    fn words(self) -> &'static str {
        match self {
            Self::Attach => "attach to",
            Self::Logs => "get the logs from",
        }
    }
}

/// The object of a word: `web` is a Pod, anything else says its kind.
pub async fn found(ground: &Ground, word: &str) -> Result<Found, Failure> {
    if word.matches('/').count() > 1 {
        let why = "arguments in resource/name form may not have more than one slash";
        return Err(Failure::said(why));
    }
    match word.contains('/') {
        true => found_of(ground, &[word.to_owned()]).await,
        false => found_of(ground, &["pods".to_owned(), word.to_owned()]).await,
    }
}

/// The one object that words name.
pub async fn found_of(ground: &Ground, words: &[String]) -> Result<Found, Failure> {
    let mut asked = selection::of(ground, words, Beside::default()).await?;
    let (Some(asked), true) = (asked.pop(), asked.is_empty()) else {
        return Err(Failure::said("expected one resource"));
    };
    let Some(name) = asked.name.clone() else {
        return Err(Failure::said("resource(s) were provided, but no name was specified"));
    };
    let error = match asked.values(ground, false).get(name).await {
        Ok(object) => return Ok(Found { asked, object }),
        Err(error) => error,
    };
    // As kubectl: that nothing is in a namespace that is not there is no news.
    if error.is_not_found() && asked.resource.is_namespaced() && ground.namespace != "default" {
        let namespaces = ground.client.cluster().api::<Namespace>().metadata_only();
        if let Err(missing) = namespaces.get(ground.namespace.as_str()).await
            && missing.is_not_found()
        {
            return Err(missing.into());
        }
    }
    Err(error.into())
}

impl Found {
    /// Whether it is of this kind of the core.
    pub fn is(&self, kind: &str) -> bool {
        let resource = &self.asked.resource;
        resource.group.is_empty() && resource.kind == kind
    }

    /// Read as what it is.
    pub fn read<K: DeserializeOwned>(&self) -> Result<K, Failure> {
        let name = self.asked.name.as_deref().unwrap_or_default();
        let named = named(&self.asked.resource, name);
        serde_json::from_value(self.object.clone()).map_err(|error| {
            Failure::said(format!("the server's {named} cannot be read as such: {error}"))
        })
    }

    /// Its best Pod, and how many there are; the first that comes within that time if there is none yet.
    pub async fn pod(
        &self,
        ground: &Ground,
        console: &mut Console,
        purpose: Purpose,
        within: Duration,
    ) -> Result<(Pod, usize), Failure> {
        let mut pods = self.pods(ground, console, purpose, within).await?;
        let count = pods.len();
        Ok((pods.swap_remove(0), count))
    }

    /// Its Pods, of which there is at least one, the best first.
    pub async fn pods(
        &self,
        ground: &Ground,
        console: &mut Console,
        purpose: Purpose,
        within: Duration,
    ) -> Result<Vec<Pod>, Failure> {
        if self.is("Pod") {
            return Ok(vec![self.read()?]);
        }
        let labels = self.selector().map_err(|why| {
            let kind = self.go_type();
            Failure::said(format!("cannot {} {kind}: {why}", purpose.words()))
        })?;
        let pods = ground.client.namespace(ground.namespace.as_str()).api::<Pod>();
        let mut list = pods.list().labels(&labels).await?;
        if !list.items.is_empty() {
            list.items.sort_by_cached_key(|pod| order(pod, purpose));
            return Ok(list.items);
        }
        let name = self.asked.name.as_deref().unwrap_or_default();
        console.progress(&format!("waiting for a pod of {}", named(&self.asked.resource, name)));
        let revision = list.metadata.resource_version;
        let mut changes = pods.watch().labels(&labels).resource_version(revision).resumed();
        let first = async {
            loop {
                match changes.next().await? {
                    Some(Event::Added(pod) | Event::Modified(pod)) => return Ok(vec![pod]),
                    Some(_) => {}
                    None => return Err(Failure::said("the pods cannot be watched any more")),
                }
            }
        };
        let timed_out = |_| Failure::said("timed out waiting for the condition");
        tokio::time::timeout(within, first).await.map_err(timed_out)?
    }

    /// Which Pods it means, or why it means none.
    fn selector(&self) -> Result<LabelSelector, String> {
        let (spec, resource) = (&self.object["spec"]["selector"], &self.asked.resource);
        let labels = || serde_json::from_value::<Option<_>>(spec.clone()).ok().flatten();
        let selector = match (resource.group.as_ref(), resource.kind.as_ref()) {
            ("", "Service") => {
                let labels =
                    labels().filter(|labels: &std::collections::BTreeMap<_, _>| !labels.is_empty());
                let name = self.asked.name.as_deref().unwrap_or_default();
                let labels = labels.ok_or_else(|| {
                    format!("invalid service '{name}': Service is defined without a selector")
                })?;
                LabelSelector::try_from(&labels)
            }
            ("", "ReplicationController") => LabelSelector::try_from(&labels().unwrap_or_default()),
            ("apps", "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Deployment")
            | ("batch", "Job") => {
                let selector = serde_json::from_value::<v1::LabelSelector>(spec.clone());
                let selector =
                    selector.map_err(|error| format!("invalid label selector: {error}"))?;
                LabelSelector::try_from(&selector)
            }
            _ => return Err(format!("selector for {} not implemented", self.go_type())),
        };
        selector.map_err(|error| format!("invalid label selector: {}", error.chain()))
    }

    /// As kubectl, which is written in Go, calls its type.
    fn go_type(&self) -> String {
        format!("*{}.{}", self.asked.resource.version, self.asked.resource.kind)
    }
}

/// The best has the least: assigned to a node, running, ready, for a purpose of its own not being deleted, ready for long, restarted often (logs)
/// or seldom, old.
fn order(pod: &Pod, purpose: Purpose) -> impl Ord + use<> {
    let unassigned = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).is_none();
    let status = pod.status.as_ref();
    let phase = status.and_then(|status| status.phase.as_deref()).unwrap_or_default();
    let phase = match (phase, purpose) {
        ("Unknown", _) => 1,
        ("Running", _) => 0,
        ("Pending", _) => 2,
        (_, Purpose::Logs) => 0,
        (_, Purpose::Attach) => 2,
    };
    let ready = status.and_then(ready_since);
    let unready = ready.is_none();
    let deleting = pod.metadata.deletion_timestamp.as_ref().filter(|_| purpose == Purpose::Attach);
    let deleting = deleting.map(|time| Reverse(time.0));
    let restarts = status.map(|status| restarts(pod, status)).unwrap_or_default();
    let restarts = match purpose {
        Purpose::Attach => restarts,
        Purpose::Logs => (-restarts.0, -restarts.1),
    };
    let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let last_if_none = |time: Option<_>| (time.is_none(), time);
    let ready = last_if_none(ready.flatten().map(|time| time.0));
    (unassigned, phase, unready, deleting, ready, restarts, last_if_none(created))
}

/// Whether it is ready, and if it is known since when.
fn ready_since(status: &PodStatus) -> Option<Option<Time>> {
    let mut conditions = status.conditions.iter().flatten();
    let ready = conditions.find(|one| one.type_ == "Ready" && one.status == "True")?;
    Some(ready.last_transition_time.clone())
}

/// The most restarts of a container, and of one that runs beside the others.
fn restarts(pod: &Pod, status: &PodStatus) -> (i32, i32) {
    let init = pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten());
    let sidecars = init.filter(|one| one.restart_policy.as_deref() == Some("Always"));
    let sidecars: Vec<&str> = sidecars.map(|one| one.name.as_str()).collect();
    let usual = status.container_statuses.iter().flatten().map(|one| one.restart_count);
    let beside = status.init_container_statuses.iter().flatten();
    let beside = beside.filter(|one| sidecars.contains(&one.name.as_str()));
    (usual.max().unwrap_or_default(), beside.map(|one| one.restart_count).max().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(name: &str, changes: Value) -> Pod {
        let mut pod = json!({
            "metadata": { "name": name, "creationTimestamp": "2026-01-01T00:00:00Z" },
            "spec": { "nodeName": "node-0", "containers": [{ "name": "a" }], "initContainers": [{ "name": "beside", "restartPolicy": "Always" }] },
            "status": {
                "phase": "Running",
                "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:01:00Z" }],
                "containerStatuses": [{ "name": "a", "restartCount": 1, "ready": true, "image": "", "imageID": "" }],
            },
        });
        merged(&mut pod, changes);
        serde_json::from_value(pod).unwrap()
    }

    fn merged(into: &mut Value, from: Value) {
        match (into, from) {
            (Value::Object(into), Value::Object(from)) => {
                for (key, value) in from {
                    merged(into.entry(key).or_insert(Value::Null), value);
                }
            }
            (into, from) => *into = from,
        }
    }

    #[test]
    fn of_many_pods_the_one_is_taken_that_kubectl_takes() {
        let restarted = |count: i32| json!({ "status": { "containerStatuses": [{ "name": "a", "restartCount": count, "ready": true, "image": "", "imageID": "" }] } });
        let beside = json!({ "status": { "initContainerStatuses": [{ "name": "beside", "restartCount": 5, "ready": true, "image": "", "imageID": "" }] } });
        let ready = |time: &str| json!({ "status": { "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": time }] } });
        // Each pair: the better of the two, then the worse; for attaching, and for logs.
        let check = |one: Value, other: Value, attach: &str, logs: &str| {
            for (purpose, better) in [(Purpose::Attach, attach), (Purpose::Logs, logs)] {
                for turned in [false, true] {
                    let mut pods = [pod("one", one.clone()), pod("other", other.clone())];
                    if turned {
                        pods.reverse();
                    }
                    pods.sort_by_cached_key(|pod| order(pod, purpose));
                    assert_eq!(
                        pods[0].metadata.name.as_deref(),
                        Some(better),
                        "{purpose:?} {one} {other}"
                    );
                }
            }
        };
        let usual = json!({});
        check(usual.clone(), json!({ "spec": { "nodeName": null } }), "one", "one");
        for phase in ["Pending", "Unknown"] {
            check(json!({ "status": { "phase": phase } }), usual.clone(), "other", "other");
        }
        // What is over has logs as what runs, and nothing can be done in it.
        let over = json!({ "status": { "phase": "Succeeded" }, "metadata": { "creationTimestamp": "2025-01-01T00:00:00Z" } });
        check(over, usual.clone(), "other", "one");
        check(json!({ "status": { "conditions": [] } }), usual.clone(), "other", "other");
        let deleted = json!({ "metadata": { "deletionTimestamp": "2026-01-02T00:00:00Z", "creationTimestamp": "2025-01-01T00:00:00Z" } });
        check(deleted, usual.clone(), "other", "one");
        check(ready("2026-01-01T00:00:59Z"), usual.clone(), "one", "one");
        check(restarted(2), usual.clone(), "other", "one");
        check(beside, usual.clone(), "other", "one");
        let younger = json!({ "metadata": { "creationTimestamp": "2026-01-01T00:00:30Z" } });
        check(younger, usual, "other", "other");
    }
}
