//! `StatefulSets`, `ReplicaSets`, `DaemonSets` and Jobs without Pods: they start, become ready or end well, and their status tells of it.
//!
//! Mirrors: kubernetes pkg/controller/{statefulset,replicaset,daemon,job,ttlafterfinished}
//! Differs: replicas are numbers in here, not Pods; no Job fails by itself, and there is one node for daemons.

mod progress;
mod status;

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use crate::cluster::Cluster;
use crate::status::Failure;
use crate::store::Event;
use crate::verb::DeleteOptions;
use crate::verb::Policy;
use futures::future::BoxFuture;
use progress::Progress;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Which of the workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Workload {
    StatefulSet,
    ReplicaSet,
    DaemonSet,
    Job,
}

impl Workload {
    fn in_resource(resource: &str) -> Option<Self> {
        match resource {
            "apps/statefulsets" => Some(Self::StatefulSet),
            "apps/replicasets" => Some(Self::ReplicaSet),
            "apps/daemonsets" => Some(Self::DaemonSet),
            "batch/jobs" => Some(Self::Job),
            _ => None,
        }
    }

    fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::StatefulSet => ("apps", "StatefulSet"),
            Self::ReplicaSet => ("apps", "ReplicaSet"),
            Self::DaemonSet => ("apps", "DaemonSet"),
            Self::Job => ("batch", "Job"),
        }
    }

    /// How many replicas it wants.
    fn wanted(self, spec: &Value) -> i64 {
        match self {
            Self::StatefulSet | Self::ReplicaSet => spec["replicas"].as_i64().unwrap_or(1),
            Self::DaemonSet => 1,
            Self::Job if spec["suspend"] == true => 0,
            Self::Job => spec["completions"].as_i64().unwrap_or(1),
        }
    }

    /// Whether one waits for the one before it.
    fn is_ordered(self, spec: &Value) -> bool {
        self == Self::StatefulSet && spec["podManagementPolicy"] != "Parallel"
    }
}

/// Makes workloads ready.
pub(super) struct Workloads {
    /// Which, namespace and name of what to look at.
    agenda: Agenda<(Workload, String, String)>,
    pace: Pace,
    /// By uid.
    progress: HashMap<String, Progress>,
}

impl Workloads {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), pace: pace.clone(), progress: HashMap::new() }
    }

    async fn step(
        &mut self,
        cluster: &Cluster,
        job: &(Workload, String, String),
        now: Instant,
    ) -> Result<(), Failure> {
        let (workload, namespace, name) = job;
        let (group, kind) = workload.kind();
        let Some(kind) = write::kind_of(cluster, group, kind) else { return Ok(()) };
        let found = write::read(cluster, group, &kind.kind, (namespace, name));
        let Some(mut object) = found else { return Ok(()) };
        if !object["metadata"]["deletionTimestamp"].is_null() {
            return Ok(());
        }
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let spec = &object["spec"];
        if *workload == Workload::Job && status::is_over(&object) {
            return self.outlived(cluster, job, &object, now).await;
        }
        let (wanted, ordered) = (workload.wanted(spec), workload.is_ordered(spec));
        let progress = self.progress.entry(uid).or_default();
        let (start, spread) = (self.pace.start, self.pace.spread);
        let mut chance = || start + spread.mul_f64(cluster.random.lock().f64());
        progress.step(&spec["template"].to_string(), (wanted, ordered), now, &mut chance);
        if let Some(next) = progress.next() {
            self.agenda.plan(job.clone(), next);
        }
        let status = status::of(*workload, &object, progress, &cluster.clock.stamp());
        if object["status"] == status {
            return Ok(());
        }
        object["status"] = status;
        write::update_status(cluster, &kind, write::CONTROLLER_MANAGER, object).await
    }

    /// A Job that is over goes when its time to live has passed.
    async fn outlived(
        &mut self,
        cluster: &Cluster,
        job: &(Workload, String, String),
        object: &Value,
        now: Instant,
    ) -> Result<(), Failure> {
        let Some(seconds) = object["spec"]["ttlSecondsAfterFinished"].as_u64() else {
            return Ok(());
        };
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        let progress = self.progress.entry(uid.to_owned()).or_default();
        let ends = progress.over(now) + Duration::from_secs(seconds);
        if now < ends {
            self.agenda.plan(job.clone(), ends);
            return Ok(());
        }
        let Some(kind) = write::kind_of(cluster, "batch", "Job") else { return Ok(()) };
        let options = DeleteOptions {
            uid: Some(uid.to_owned()),
            policy: Some(Policy::Background),
            ..DeleteOptions::default()
        };
        write::delete(cluster, &kind, (&job.1, &job.2), &options).await
    }
}

impl Behaviour for Workloads {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        let Some(workload) = Workload::in_resource(&event.resource) else { return };
        let Some(object) = event.object() else { return };
        if event.after.is_none() {
            self.progress.remove(&*object.facts.uid);
            return;
        }
        let job = (workload, object.namespace.to_string(), object.name.to_string());
        self.agenda.plan(job, now + self.pace.reaction);
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(job) = self.agenda.take(now) else { return false };
            let done = self.step(cluster, &job, now).await;
            let what = format_args!("simulate the {} `{}`", job.0.kind().1, job.2);
            if let Some(later) = write::again(done, self.pace.reaction, what) {
                self.agenda.plan(job, now + later);
            }
            true
        })
    }
}
