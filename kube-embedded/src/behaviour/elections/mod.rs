//! Coordinated elections: candidates are asked whether they are there, and a lease gets the holder that suits best, or is told of one.
//!
//! Mirrors: kubernetes pkg/controlplane/controller/leaderelection (leaderelection_controller.go, election.go, leasecandidategc_controller.go)
//! Differs: a candidate that has not renewed for half an hour goes at that time, not with the next look at all; after a failure there is
//! another step, not only after the next change.

mod choice;

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use super::write::API_SERVER;
use crate::clock::micro;
use crate::cluster::Cluster;
use crate::status::Failure;
use crate::store::Event;
use crate::verb;
use crate::verb::DeleteOptions;
use choice::CANDIDATE;
use choice::Candidate;
use choice::Choice;
use choice::choose;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const GROUP: &str = "coordination.k8s.io";
const LEASES: &str = "coordination.k8s.io/leases";
const CANDIDATES: &str = "coordination.k8s.io/leasecandidates";
/// How often it is looked whether a lease is still renewed.
const LOOK: Duration = Duration::from_secs(5);

/// Elects.
pub(super) struct Elections {
    agenda: Agenda<Job>,
    reaction: Duration,
}

/// What is to be done, in a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Job {
    /// One step of the election for this lease, because something changed.
    Step(String, String),
    /// The same, because time has passed. A change puts it off no more than it would bring it forward.
    Look(String, String),
    /// Look whether this candidate is still one.
    Candidate(String, String),
}

impl Elections {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), reaction: pace.reaction }
    }

    async fn step(&mut self, cluster: &Cluster, namespace: &str, name: &str, now: Instant) {
        let again = Job::Step(namespace.to_owned(), name.to_owned());
        let look = Job::Look(namespace.to_owned(), name.to_owned());
        match step(cluster, namespace, name).await {
            Ok(true) => self.agenda.plan(look, now + LOOK + self.reaction),
            Ok(false) => {}
            Err(failure) if failure.is_conflict() || failure.is_already_exists() => {
                self.agenda.plan(again, now + self.reaction);
            }
            Err(failure) => {
                let error = failure.message();
                tracing::warn!(namespace, lease = name, error, "failed to elect a leader");
                self.agenda.plan(look, now + LOOK + self.reaction);
            }
        }
    }

    /// Deletes the candidate if it is none any more.
    async fn collect(&mut self, cluster: &Cluster, namespace: &str, name: &str, now: Instant) {
        let found = write::read(cluster, GROUP, "LeaseCandidate", (namespace, name));
        let Some(kind) = write::kind_of(cluster, GROUP, "LeaseCandidate") else { return };
        let Some(object) = found else { return };
        let (candidate, wall) = (Candidate::of(&object), cluster.clock.now());
        if !candidate.is_expired(wall) {
            let left = candidate.end().map(|end| end.duration_since(wall).unsigned_abs());
            let next = Job::Candidate(namespace.to_owned(), name.to_owned());
            self.agenda.plan(next, now + left.unwrap_or_default() + self.reaction);
            return;
        }
        let options = DeleteOptions {
            uid: object["metadata"]["uid"].as_str().map(str::to_owned),
            ..DeleteOptions::default()
        };
        match write::delete(cluster, &kind, (namespace, name), &options).await {
            Err(failure) if !failure.is_not_found() && !failure.is_conflict() => {
                let error = failure.message();
                tracing::warn!(namespace, candidate = name, error, "failed to collect a candidate");
            }
            _ => {}
        }
    }
}

impl Behaviour for Elections {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        let Some(object) = event.object() else { return };
        let namespace = object.namespace.to_string();
        let lease = match &*event.resource {
            LEASES => object.name.to_string(),
            CANDIDATES => {
                let value = object.value();
                if event.before.is_none() {
                    let job = Job::Candidate(namespace.clone(), object.name.to_string());
                    self.agenda.plan(job, now + CANDIDATE.unsigned_abs());
                }
                // Its answer will be an event, too.
                if event.after.is_some() && Candidate::of(&value).is_asked() {
                    return;
                }
                value["spec"]["leaseName"].as_str().unwrap_or_default().to_owned()
            }
            _ => return,
        };
        self.agenda.plan(Job::Step(namespace, lease), now + self.reaction);
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            match self.agenda.take(now) {
                Some(Job::Step(namespace, name) | Job::Look(namespace, name)) => {
                    self.step(cluster, &namespace, &name, now).await;
                }
                Some(Job::Candidate(namespace, name)) => {
                    self.collect(cluster, &namespace, &name, now).await
                }
                None => return false,
            }
            true
        })
    }
}

/// One step; whether there are candidates, so that there is another one.
async fn step(cluster: &Cluster, namespace: &str, name: &str) -> Result<bool, Failure> {
    let candidate = write::kind_of(cluster, GROUP, "LeaseCandidate");
    let lease = write::kind_of(cluster, GROUP, "Lease");
    let (Some(candidate), Some(lease)) = (candidate, lease) else { return Ok(false) };
    let stored = cluster.store.list(&candidate.resource, Some(namespace));
    let objects: Vec<Value> = stored
        .iter()
        .map(|stored| verb::view_value(&candidate, stored))
        .filter(|object| object["spec"]["leaseName"] == name)
        .collect();
    if objects.is_empty() {
        return Ok(false);
    }
    let found = write::read(cluster, GROUP, "Lease", (namespace, name));
    let candidates: Vec<Candidate> = objects.iter().map(Candidate::of).collect();
    let now = cluster.clock.now();
    let choice = choose(&candidates, found.as_ref(), now);
    match choice.map_err(|why| Failure::internal(&why))? {
        Choice::Nobody => return Ok(false),
        Choice::Wait => {}
        Choice::Ask(names) => {
            let asked =
                |object: &&Value| names.iter().any(|name| object["metadata"]["name"] == **name);
            for object in objects.iter().filter(asked) {
                let mut object = object.clone();
                object["spec"]["pingTime"] = json!(micro(now));
                write::update(cluster, &candidate, API_SERVER, object).await?;
            }
        }
        Choice::Make(spec) => {
            let metadata = json!({ "name": name, "namespace": namespace });
            let version = lease.api_version();
            let object = json!({ "apiVersion": version, "kind": "Lease", "metadata": metadata, "spec": spec });
            write::create(cluster, &lease, API_SERVER, object).await?;
        }
        Choice::Write(spec) => {
            let mut object = found.unwrap_or_default();
            object["spec"] = spec;
            write::update(cluster, &lease, API_SERVER, object).await?;
        }
    }
    Ok(true)
}
