//! Definitions of custom kinds: their names are accepted, they are served, and emptied before they go.
//!
//! Mirrors: kubernetes apiextensions-apiserver pkg/controller/{status,establish,finalizer}

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use super::write::API_SERVER;
use crate::cluster::Cluster;
use crate::crd;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::Event;
use crate::verb::DeleteOptions;
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const RESOURCE: &str = "apiextensions.k8s.io/customresourcedefinitions";

/// Looks after definitions.
pub(super) struct Definitions {
    agenda: Agenda<Job>,
    reaction: Duration,
    /// Resources that are being emptied, and the definition of each.
    emptying: HashMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Job {
    Names(String),
    Establish(String),
    Empty(String),
}

impl Definitions {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), reaction: pace.reaction, emptying: HashMap::new() }
    }

    fn removed(&mut self, cluster: &Cluster, definition: &Value, at: Instant) {
        let (group, plural) = (text(definition, "group"), plural(definition));
        if accepted(definition) {
            cluster.kinds.remove(&group, &plural);
        }
        self.emptying.remove(&format!("{group}/{plural}"));
        // Names that were taken are free now.
        for other in cluster.store.list(&RESOURCE.into(), None) {
            self.agenda.plan(Job::Names(other.name.to_string()), at);
        }
    }

    fn changed(&mut self, cluster: &Cluster, before: &Value, definition: &Value, at: Instant) {
        if accepted(definition) && served_part(before) != served_part(definition) {
            serve(cluster, definition);
        }
        let name = definition["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if !definition["metadata"]["deletionTimestamp"].is_null() {
            self.agenda.plan(Job::Empty(name), at);
            return;
        }
        if crd::establish(definition, "").is_some() {
            self.agenda.plan(Job::Establish(name.clone()), at);
        }
        self.agenda.plan(Job::Names(name), at);
    }

    async fn empty(&mut self, cluster: &Cluster, mut definition: Value) -> Result<(), Failure> {
        let Some(kind) = definition_kind(cluster) else { return Ok(()) };
        let pending = crd::condition(&definition["status"], "Terminating")
            .is_none_or(|one| one["reason"] == "InstanceDeletionPending");
        if pending {
            let message = "CustomResource deletion is in progress";
            let condition = ("Terminating", "True", "InstanceDeletionInProgress", message);
            crd::set_condition(&mut definition["status"], condition, &cluster.clock.stamp());
            // The write is an event, and the event brings us back.
            return write::update_status(cluster, &kind, API_SERVER, definition).await;
        }
        let resource = format!("{}/{}", text(&definition, "group"), plural(&definition));
        let name = definition["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if let Some(own) = write::kind_in(cluster, &resource) {
            for object in cluster.store.list(&own.resource, None) {
                let key = (&*object.namespace, &*object.name);
                let gone = write::delete(cluster, &own, key, &DeleteOptions::default()).await;
                gone.or_else(|failure| failure.is_not_found().then_some(()).ok_or(failure))?;
            }
            if !cluster.store.list(&own.resource, None).is_empty() {
                self.emptying.insert(resource, name);
                return Ok(());
            }
        }
        if let Some(list) = definition["metadata"]["finalizers"].as_array_mut() {
            list.retain(|one| one != crd::CLEANUP);
        }
        write::update(cluster, &kind, API_SERVER, definition).await
    }
}

impl Behaviour for Definitions {
    fn observe(&mut self, cluster: &Cluster, event: &Event, now: Instant) {
        let at = now + self.reaction;
        if &*event.resource == RESOURCE {
            let value = |stored: &Option<Arc<crate::store::Stored>>| {
                stored.as_ref().map_or(Value::Null, |stored| stored.value())
            };
            let (before, after) = (value(&event.before), value(&event.after));
            if after.is_null() {
                self.removed(cluster, &before, at);
            } else {
                self.changed(cluster, &before, &after, at);
            }
        } else if event.after.is_none()
            && let Some(definition) = self.emptying.get(&*event.resource)
        {
            self.agenda.plan(Job::Empty(definition.clone()), at);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(job) = self.agenda.take(now) else { return false };
            let (Job::Names(name) | Job::Establish(name) | Job::Empty(name)) = &job;
            let Some(stored) = cluster.store.get(&RESOURCE.into(), "", name) else { return true };
            let Some(kind) = definition_kind(cluster) else { return true };
            let mut definition = stored.value();
            let stamp = cluster.clock.stamp();
            let done = match &job {
                Job::Names(_) | Job::Establish(_) => {
                    let status = if let Job::Names(_) = &job {
                        let others = cluster.store.list(&RESOURCE.into(), None);
                        let others: Vec<Value> = others.iter().map(|other| other.value()).collect();
                        crd::accept_names(&definition, &others, &stamp)
                    } else {
                        crd::establish(&definition, &stamp)
                    };
                    let Some(status) = status else { return true };
                    definition["status"] = status;
                    write::update_status(cluster, &kind, API_SERVER, definition).await
                }
                Job::Empty(_) => self.empty(cluster, definition).await,
            };
            match done {
                // Somebody was faster: once more, on what is there then.
                Err(failure) if failure.is_conflict() => self.agenda.plan(job, now + self.reaction),
                Err(failure) => {
                    let error = failure.message();
                    tracing::warn!(
                        definition = name,
                        error,
                        "failed to look after a custom resource definition"
                    );
                    self.agenda.plan(job, now + write::RETRY);
                }
                Ok(()) => {}
            }
            true
        })
    }
}

/// Puts the definition's kinds in the table; versions that are no longer served leave it.
fn serve(cluster: &Cluster, definition: &Value) {
    let (group, plural) = (text(definition, "group"), plural(definition));
    let kinds = crd::kinds_of(definition);
    let stays = |own: &Arc<Kind>| kinds.iter().any(|kind| kind.version == own.version);
    let all = cluster.kinds.all();
    let mut own = all.iter().filter(|kind| kind.group == group && kind.plural == plural);
    if !own.all(stays) {
        cluster.kinds.remove(&group, &plural);
    }
    for kind in kinds {
        cluster.store.open(&kind.resource);
        cluster.kinds.insert(kind);
    }
}

/// A definition's kinds are served from the moment its names are accepted.
fn accepted(definition: &Value) -> bool {
    let is = |name| {
        crd::condition(&definition["status"], name).is_some_and(|one| one["status"] == "True")
    };
    is("NamesAccepted") || is("Established")
}

/// What decides how the kinds are served.
fn served_part(definition: &Value) -> [Value; 4] {
    [
        definition["spec"].clone(),
        definition["status"]["acceptedNames"].clone(),
        definition["metadata"]["deletionTimestamp"].clone(),
        accepted(definition).into(),
    ]
}

fn definition_kind(cluster: &Cluster) -> Option<Arc<Kind>> {
    write::kind_of(cluster, "apiextensions.k8s.io", "CustomResourceDefinition")
}

fn text(definition: &Value, member: &str) -> String {
    definition["spec"][member].as_str().unwrap_or_default().to_owned()
}

fn plural(definition: &Value) -> String {
    definition["spec"]["names"]["plural"].as_str().unwrap_or_default().to_owned()
}
