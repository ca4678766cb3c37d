//! Objects whose owners are gone: they go as well, or lose the reference, as the deletion's policy says.
//!
//! Mirrors: kubernetes pkg/controller/garbagecollector/garbagecollector.go
//! Differs: of absent owners only those are remembered whose end was seen: every other decision reads what is stored; an
//! owner of an unknown kind is looked up again as soon as a definition changes.

mod graph;

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use super::write::CONTROLLER_MANAGER;
use crate::cluster::Cluster;
use crate::convert;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::Event;
use crate::store::Stored;
use crate::verb::DeleteOptions;
use crate::verb::Policy;
use crate::verb::view_value;
use futures::future::BoxFuture;
use graph::Graph;
use graph::Owner;
use graph::Place;
use graph::links;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// Collects garbage.
pub(super) struct Garbage {
    agenda: Agenda<Job>,
    reaction: Duration,
    graph: Graph,
    /// Objects with an owner of a kind that is not served.
    unresolved: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Job {
    /// Look whether this object still has an owner.
    Dependent(String),
    /// Carry on with the deletion of this owner.
    Owner(Place),
}

/// What a look at an object's owners found.
#[derive(Debug, Default)]
struct Owners {
    solid: usize,
    waiting: Vec<String>,
    dangling: Vec<String>,
}

impl Garbage {
    pub(super) fn new(pace: &Pace) -> Self {
        Self {
            agenda: Agenda::new(),
            reaction: pace.reaction,
            graph: Graph::default(),
            unresolved: BTreeSet::new(),
        }
    }

    /// Deletes the object if no owner of it is left.
    async fn dependent(
        &mut self,
        cluster: &Cluster,
        uid: &str,
        at: Instant,
    ) -> Result<(), Failure> {
        let Some(place) = self.graph.place(uid).cloned() else { return Ok(()) };
        let Some((kind, object)) = live(cluster, &place).await? else { return Ok(()) };
        if deleting(&object) {
            if has_finalizer(&object, FOREGROUND) {
                self.agenda.plan(Job::Owner(place), at);
            }
            return Ok(());
        }
        let Some(owners) = self.owners(cluster, &kind, &place, &object).await else {
            return Ok(());
        };
        if owners.solid > 0 {
            if owners.waiting.is_empty() && owners.dangling.is_empty() {
                return Ok(());
            }
            let gone = |owner: &Owner| {
                owners.waiting.contains(&owner.uid) || owners.dangling.contains(&owner.uid)
            };
            return unlink(cluster, &kind, object, gone).await;
        }
        let dependents = self.graph.dependents(uid);
        let policy = if !owners.waiting.is_empty() && !dependents.is_empty() {
            if dependents.iter().any(|dependent| in_foreground(cluster, dependent)) {
                // A circle of owners that all wait for each other: this one stops blocking.
                return self.unblock(cluster, &kind, object, uid, at).await;
            }
            Policy::Foreground
        } else if has_finalizer(&object, ORPHAN) {
            Policy::Orphan
        } else if has_finalizer(&object, FOREGROUND) {
            Policy::Foreground
        } else {
            Policy::Background
        };
        let options = DeleteOptions {
            policy: Some(policy),
            uid: Some(uid.to_owned()),
            resource_version: object["metadata"]["resourceVersion"].as_str().map(str::to_owned),
            ..DeleteOptions::default()
        };
        write::delete(cluster, &kind, (&place.namespace, &place.name), &options).await
    }

    /// Sorts the object's owners; `None` when one of them cannot be judged.
    async fn owners(
        &mut self,
        cluster: &Cluster,
        kind: &Kind,
        place: &Place,
        object: &Value,
    ) -> Option<Owners> {
        let references: Vec<Owner> =
            Vec::deserialize(&object["metadata"]["ownerReferences"]).unwrap_or_default();
        if references.is_empty() {
            return None;
        }
        let mut found = Owners::default();
        for owner in references {
            if self.graph.is_gone(&owner.uid, place) {
                found.dangling.push(owner.uid);
                continue;
            }
            let Some(owner_kind) = resolve(cluster, &owner) else {
                self.unresolved.insert(place.uid.clone());
                return None;
            };
            if owner_kind.namespaced && !kind.namespaced {
                tell_invalid_namespace(cluster, kind, place, &owner).await;
                return None;
            }
            let owner_place = owner_place(&owner_kind, &place.namespace, &owner);
            match find(cluster, &owner_place) {
                None => found.dangling.push(owner.uid),
                Some(_) if in_foreground(cluster, &owner_place) => {
                    found.waiting.push(owner_place.uid);
                }
                Some(_) => found.solid += 1,
            }
        }
        Some(found)
    }

    async fn unblock(
        &mut self,
        cluster: &Cluster,
        kind: &Arc<Kind>,
        mut object: Value,
        uid: &str,
        at: Instant,
    ) -> Result<(), Failure> {
        let references = object["metadata"]["ownerReferences"].as_array_mut();
        let mut blocked = false;
        for reference in references.into_iter().flatten() {
            if reference["blockOwnerDeletion"] == true {
                reference["blockOwnerDeletion"] = json!(false);
                blocked = true;
            }
        }
        if blocked {
            self.agenda.plan(Job::Dependent(uid.to_owned()), at);
            return write::update(cluster, kind, CONTROLLER_MANAGER, object).await;
        }
        let key = (object["metadata"]["namespace"].as_str().unwrap_or_default(), name(&object));
        let options = DeleteOptions {
            policy: Some(Policy::Foreground),
            uid: Some(uid.to_owned()),
            ..DeleteOptions::default()
        };
        write::delete(cluster, kind, key, &options).await
    }

    /// Carries on with an owner that waits for its dependents, or lets them go free.
    async fn owner(
        &mut self,
        cluster: &Cluster,
        place: &Place,
        at: Instant,
    ) -> Result<(), Failure> {
        let Some((kind, object)) = live(cluster, place).await? else { return Ok(()) };
        if !deleting(&object) {
            return Ok(());
        }
        let dependents = self.graph.dependents(&place.uid);
        if has_finalizer(&object, ORPHAN) {
            for dependent in &dependents {
                if let Some((kind, object)) = live(cluster, dependent).await? {
                    unlink(cluster, &kind, object, |owner| owner.uid == place.uid).await?;
                }
            }
            return unfinalize(cluster, &kind, object, ORPHAN).await;
        }
        if has_finalizer(&object, FOREGROUND) {
            for dependent in &dependents {
                self.agenda.plan(Job::Dependent(dependent.uid.clone()), at);
            }
            let blocked = |dependent: &Place| {
                self.graph.blocks(&dependent.uid, &place.uid) && find(cluster, dependent).is_some()
            };
            if !dependents.iter().any(blocked) {
                return unfinalize(cluster, &kind, object, FOREGROUND).await;
            }
        }
        Ok(())
    }
}

impl Behaviour for Garbage {
    fn observe(&mut self, cluster: &Cluster, event: &Event, now: Instant) {
        let Some(object) = event.object() else { return };
        let at = now + self.reaction;
        let changed = self.graph.observe(event);
        if changed.owners {
            self.agenda.plan(Job::Dependent(object.facts.uid.to_string()), at);
        }
        for owner in changed.related {
            if let Some(kind) = resolve(cluster, &owner) {
                let place = owner_place(&kind, &object.namespace, &owner);
                if in_foreground(cluster, &place) {
                    self.agenda.plan(Job::Owner(place), at);
                }
            }
        }
        match &event.after {
            None => {
                self.unresolved.remove(&*object.facts.uid);
                for dependent in self.graph.dependents(&object.facts.uid) {
                    self.agenda.plan(Job::Dependent(dependent.uid), at);
                }
            }
            Some(after) if after.facts.deleting => {
                let finalizers = links(after).finalizers;
                if finalizers.iter().any(|one| one == ORPHAN || one == FOREGROUND) {
                    self.agenda.plan(Job::Owner(Place::of(&event.resource, after)), at);
                }
            }
            Some(_) => {}
        }
        if &*event.resource == "apiextensions.k8s.io/customresourcedefinitions" {
            for uid in std::mem::take(&mut self.unresolved) {
                self.agenda.plan(Job::Dependent(uid), at);
            }
        }
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(job) = self.agenda.take(now) else { return false };
            let at = now + self.reaction;
            let done = match &job {
                Job::Dependent(uid) => self.dependent(cluster, uid, at).await,
                Job::Owner(place) => self.owner(cluster, place, at).await,
            };
            if let Some(later) = write::again(done, self.reaction, format_args!("collect garbage"))
            {
                self.agenda.plan(job, now + later);
            }
            true
        })
    }
}

/// The kind of an owner: the version it names, or any other version of it.
fn resolve(cluster: &Cluster, owner: &Owner) -> Option<Arc<Kind>> {
    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
    let exact = cluster.kinds.of(&owner.api_version, &owner.kind);
    exact.or_else(|| cluster.kinds.by_kind(group, None, &owner.kind))
}

fn owner_place(kind: &Kind, namespace: &str, owner: &Owner) -> Place {
    Place {
        resource: Arc::clone(&kind.resource),
        namespace: if kind.namespaced { namespace.to_owned() } else { String::new() },
        name: owner.name.clone(),
        uid: owner.uid.clone(),
    }
}

/// What is stored at this place, if it is the very object that is meant.
fn find(cluster: &Cluster, place: &Place) -> Option<(Arc<Kind>, Arc<Stored>)> {
    let stored = cluster.store.get(&place.resource, &place.namespace, &place.name)?;
    if *stored.facts.uid != *place.uid {
        return None;
    }
    Some((write::kind_in(cluster, &place.resource)?, stored))
}

/// The object at this place, if it is the very object that is meant.
async fn live(cluster: &Cluster, place: &Place) -> Result<Option<(Arc<Kind>, Value)>, Failure> {
    let Some((kind, stored)) = find(cluster, place) else { return Ok(None) };
    let stored = convert::fit(cluster, &kind, stored).await?;
    let object = view_value(&kind, &stored);
    Ok(Some((kind, object)))
}

fn in_foreground(cluster: &Cluster, place: &Place) -> bool {
    cluster.store.get(&place.resource, &place.namespace, &place.name).is_some_and(|stored| {
        stored.facts.deleting
            && *stored.facts.uid == *place.uid
            && links(&stored).finalizers.iter().any(|one| one == FOREGROUND)
    })
}

/// Takes references to owners away.
async fn unlink(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    mut object: Value,
    gone: impl Fn(&Owner) -> bool + Send,
) -> Result<(), Failure> {
    if let Some(references) = object["metadata"]["ownerReferences"].as_array_mut() {
        references.retain(|one| !Owner::deserialize(one).is_ok_and(|owner| gone(&owner)));
    }
    write::update(cluster, kind, CONTROLLER_MANAGER, object).await
}

async fn unfinalize(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    mut object: Value,
    finalizer: &str,
) -> Result<(), Failure> {
    if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut() {
        finalizers.retain(|one| one != finalizer);
    }
    write::update(cluster, kind, CONTROLLER_MANAGER, object).await
}

/// An object of the cluster cannot be owned by one of a namespace: it stays, and an Event says why.
async fn tell_invalid_namespace(cluster: &Cluster, kind: &Kind, place: &Place, owner: &Owner) {
    let Some(events) = write::kind_of(cluster, "", "Event") else { return };
    let Owner { api_version, kind: owner_kind, name: owner_name, uid, .. } = owner;
    let now = cluster.clock.stamp();
    let message = format!(
        "ownerRef [{api_version}/{owner_kind}, namespace: , name: {owner_name}, uid: {uid}] does not \
         exist in namespace \"\""
    );
    let event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": { "name": format!("{}.{}", place.name, uid), "namespace": "default" },
        "involvedObject": {
            "apiVersion": kind.api_version(),
            "kind": kind.kind,
            "name": place.name,
            "uid": place.uid,
        },
        "type": "Warning",
        "reason": "OwnerRefInvalidNamespace",
        "message": message,
        "source": { "component": "garbage-collector-controller" },
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    });
    // It was told before when the Event is there.
    drop(write::create(cluster, &events, CONTROLLER_MANAGER, event).await);
}

fn deleting(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

fn has_finalizer(object: &Value, finalizer: &str) -> bool {
    let finalizers = object["metadata"]["finalizers"].as_array();
    finalizers.is_some_and(|list| list.iter().any(|one| one == finalizer))
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}
