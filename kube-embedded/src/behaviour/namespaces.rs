//! Namespaces that are deleted: their Pods go, then everything else, then they themselves.
//!
//! Mirrors: kubernetes pkg/controller/namespace/deletion/namespaced_resources_deleter.go
//! Differs: the next pass is planned when something went, not after a time: nothing ticks.

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use super::write::CONTROLLER_MANAGER;
use super::write::RETRY;
use crate::cluster::Cluster;
use crate::crd::set_condition;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::Event;
use crate::store::Stored;
use crate::verb;
use crate::verb::DeleteOptions;
use crate::verb::Options;
use crate::verb::Policy;
use crate::verb::Target;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Empties namespaces.
pub(super) struct Namespaces {
    /// Namespaces to look at.
    agenda: Agenda<String>,
    reaction: Duration,
    delay: Duration,
    /// Namespaces that wait until something in them went.
    waiting: HashSet<String>,
}

/// Objects that are still there, by resource.
type Remaining = Vec<(Arc<Kind>, Vec<Arc<Stored>>)>;

impl Namespaces {
    pub(super) fn new(pace: &Pace) -> Self {
        Self {
            agenda: Agenda::new(),
            reaction: pace.reaction,
            delay: pace.namespace,
            waiting: HashSet::new(),
        }
    }

    async fn pass(&mut self, cluster: &Cluster, name: &str) -> Result<(), Failure> {
        let Some(namespace) = write::read(cluster, "", "Namespace", ("", name)) else {
            return Ok(());
        };
        let pods = |kind: &Kind| kind.group.is_empty() && kind.plural == "pods";
        let mut left = empty(cluster, name, pods).await?;
        if left.is_empty() {
            left = empty(cluster, name, |kind| !pods(kind)).await?;
        }
        let namespace = tell(cluster, namespace, &left).await?;
        if left.is_empty() {
            return finalize(cluster, namespace).await;
        }
        self.waiting.insert(name.to_owned());
        Ok(())
    }
}

impl Behaviour for Namespaces {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        let Some(object) = event.object() else { return };
        if &*event.resource == "/namespaces" {
            let was = event.before.as_ref().is_some_and(|before| before.facts.deleting);
            let name = object.name.to_string();
            match &event.after {
                None => {
                    self.waiting.remove(&name);
                }
                Some(after) if after.facts.deleting && !was => {
                    self.agenda.plan(name, now + self.delay);
                }
                Some(_) => {}
            }
        } else if event.after.is_none() && self.waiting.remove(&*object.namespace) {
            self.agenda.plan(object.namespace.to_string(), now + self.reaction);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(name) = self.agenda.take(now) else { return false };
            match self.pass(cluster, &name).await {
                Ok(()) => {}
                Err(failure) if failure.is_conflict() || failure.is_not_found() => {
                    self.agenda.plan(name, now + self.reaction);
                }
                Err(failure) => {
                    let error = failure.message();
                    tracing::warn!(namespace = name, error, "failed to empty a namespace");
                    self.agenda.plan(name, now + RETRY);
                }
            }
            true
        })
    }
}

/// Deletes what the namespace has of these kinds; what is still there comes out.
async fn empty(
    cluster: &Cluster,
    namespace: &str,
    which: impl Fn(&Kind) -> bool + Send,
) -> Result<Remaining, Failure> {
    let mut left: Remaining = Vec::new();
    let mut seen = HashSet::new();
    for kind in cluster.kinds.all() {
        let stored = kind.namespaced && !kind.review && which(&kind);
        if !stored || !seen.insert(Arc::clone(&kind.resource)) {
            continue;
        }
        for object in cluster.store.list(&kind.resource, Some(namespace)) {
            let background = DeleteOptions {
                policy: Some(Policy::Background),
                uid: Some(object.facts.uid.to_string()),
                ..DeleteOptions::default()
            };
            if object.facts.deleting {
                continue;
            }
            match write::delete(cluster, &kind, (namespace, &object.name), &background).await {
                Err(failure) if !failure.is_not_found() && !failure.is_conflict() => {
                    return Err(failure);
                }
                _ => {}
            }
        }
        let remaining = cluster.store.list(&kind.resource, Some(namespace));
        if !remaining.is_empty() {
            left.push((kind, remaining));
        }
    }
    Ok(left)
}

/// Writes the conditions that say what is left.
async fn tell(cluster: &Cluster, mut namespace: Value, left: &Remaining) -> Result<Value, Failure> {
    let before = namespace["status"].clone();
    let now = cluster.clock.stamp();
    let (remaining, finalizers) = (remaining_text(left), finalizers_text(left));
    let all_gone = "All content successfully removed";
    let all_done = "All content-preserving finalizers finished";
    let truth = |text: &Option<String>| if text.is_some() { "True" } else { "False" };
    let pods_first = left.iter().any(|(kind, _)| kind.plural == "pods");
    // While its Pods go, the namespace says nothing yet of the rest.
    let (remaining, finalizers) = if pods_first { (None, None) } else { (remaining, finalizers) };
    let rows = [
        (
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        (
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        (
            "NamespaceContentRemaining",
            truth(&remaining),
            if remaining.is_some() { "SomeResourcesRemain" } else { "ContentRemoved" },
            remaining.as_deref().unwrap_or(all_gone),
        ),
        (
            "NamespaceFinalizersRemaining",
            truth(&finalizers),
            if finalizers.is_some() { "SomeFinalizersRemain" } else { "ContentHasNoFinalizers" },
            finalizers.as_deref().unwrap_or(all_done),
        ),
    ];
    for row in rows {
        set_condition(&mut namespace["status"], row, &now);
    }
    if namespace["status"] == before {
        return Ok(namespace);
    }
    let Some(kind) = write::kind_of(cluster, "", "Namespace") else { return Ok(namespace) };
    let name = namespace["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    write::update_status(cluster, &kind, CONTROLLER_MANAGER, namespace.clone()).await?;
    Ok(write::read(cluster, "", "Namespace", ("", &name)).unwrap_or(namespace))
}

async fn finalize(cluster: &Cluster, mut namespace: Value) -> Result<(), Failure> {
    let Some(kind) = write::kind_of(cluster, "", "Namespace") else { return Ok(()) };
    let name = namespace["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let kept: Vec<Value> = namespace["spec"]["finalizers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| *one != "kubernetes")
        .cloned()
        .collect();
    namespace["spec"]["finalizers"] = json!(kept);
    let target = Target::new(kind, "", &name).finalize();
    verb::update(cluster, &target, &Options::system(CONTROLLER_MANAGER), namespace).await.map(drop)
}

fn remaining_text(left: &Remaining) -> Option<String> {
    let texts: Vec<String> = left
        .iter()
        .map(|(kind, objects)| {
            // A resource of the core group is told with the dot of its empty group.
            format!("{}.{} has {} resource instances", kind.plural, kind.group, objects.len())
        })
        .collect();
    (!texts.is_empty()).then(|| format!("Some resources are remaining: {}", texts.join(", ")))
}

fn finalizers_text(left: &Remaining) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for object in left.iter().flat_map(|(_, objects)| objects) {
        let value = object.value();
        let names = value.pointer("/metadata/finalizers").and_then(Value::as_array);
        for name in names.into_iter().flatten().filter_map(Value::as_str) {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    let texts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} in {count} resource instances"))
        .collect();
    (!texts.is_empty()).then(|| {
        format!("Some content in the namespace has finalizers remaining: {}", texts.join(", "))
    })
}
