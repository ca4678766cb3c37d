//! Volumes without storage: claims are bound to volumes that are made for them, and both go when nobody uses them.
//!
//! Mirrors: kubernetes pkg/controller/volume/{persistentvolume,pvcprotection,pvprotection}
//! Differs: every claim gets a volume, whatever its class says; one that wants no class (`""`) waits for the volume that it names.

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
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

const CLAIMS: &str = "/persistentvolumeclaims";
const VOLUMES: &str = "/persistentvolumes";
const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Look {
    Claim(String, String),
    Volume(String),
}

/// Plays the provisioner, the binder and those who protect what is in use.
pub(super) struct Volumes {
    agenda: Agenda<Look>,
    pace: Pace,
    /// Claims by the volume that they wait for.
    waiting: HashMap<String, Look>,
}

fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object["metadata"][member].as_str().unwrap_or_default()
}

fn is_deleted(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

fn is_protected(object: &Value, finalizer: &str) -> bool {
    let mut all = object["metadata"]["finalizers"].as_array().into_iter().flatten();
    all.any(|own| own == finalizer)
}

impl Volumes {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), pace: pace.clone(), waiting: HashMap::new() }
    }

    async fn claim(
        &mut self,
        cluster: &Cluster,
        (namespace, name): (&str, &str),
        now: Instant,
    ) -> Result<(), Failure> {
        let kind = write::kind_of(cluster, "", "PersistentVolumeClaim");
        let claim = write::read(cluster, "", "PersistentVolumeClaim", (namespace, name));
        let (Some(kind), Some(claim)) = (kind, claim) else { return Ok(()) };
        if is_deleted(&claim) {
            if !is_protected(&claim, CLAIM_PROTECTION) {
                return Ok(());
            }
            if is_used(cluster, namespace, name) {
                let look = Look::Claim(namespace.to_owned(), name.to_owned());
                self.agenda.plan(look, now + write::RETRY);
                return Ok(());
            }
            return unprotected(cluster, &kind, claim, CLAIM_PROTECTION).await;
        }
        if claim["status"]["phase"] != "Pending" {
            return Ok(());
        }
        let Some(volume) = volume_for(cluster, &claim).await? else {
            if let Some(awaited) = claim["spec"]["volumeName"].as_str() {
                let look = Look::Claim(namespace.to_owned(), name.to_owned());
                self.waiting.insert(awaited.to_owned(), look);
            }
            return Ok(());
        };
        bind(cluster, &kind, claim, &volume).await
    }

    async fn volume(&mut self, cluster: &Cluster, name: &str) -> Result<(), Failure> {
        let kind = write::kind_of(cluster, "", "PersistentVolume");
        let volume = write::read(cluster, "", "PersistentVolume", ("", name));
        let (Some(kind), Some(mut volume)) = (kind, volume) else { return Ok(()) };
        let phase = volume["status"]["phase"].as_str().unwrap_or("Pending").to_owned();
        let claim = &volume["spec"]["claimRef"];
        let at = |member: &str| claim[member].as_str().unwrap_or_default().to_owned();
        let (namespace, claim_name, uid) = (at("namespace"), at("name"), at("uid"));
        let place = (namespace.as_str(), claim_name.as_str());
        let is_claimed = write::read(cluster, "", "PersistentVolumeClaim", place)
            .is_some_and(|claim| uid.is_empty() || text(&claim, "uid") == uid);
        if is_deleted(&volume) {
            if is_protected(&volume, VOLUME_PROTECTION) && !(phase == "Bound" && is_claimed) {
                return unprotected(cluster, &kind, volume, VOLUME_PROTECTION).await;
            }
            return Ok(());
        }
        let next = match phase.as_str() {
            "Pending" if uid.is_empty() => "Available",
            "Bound" if !is_claimed => "Released",
            _ => return Ok(()),
        };
        let is_over =
            next == "Released" && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete";
        volume["status"]["phase"] = next.into();
        volume["status"]["lastPhaseTransitionTime"] = cluster.clock.stamp().into();
        write::update_status(cluster, &kind, write::CONTROLLER_MANAGER, volume).await?;
        if is_over {
            return write::delete(cluster, &kind, ("", name), &DeleteOptions::default()).await;
        }
        Ok(())
    }
}

/// Whether a Pod that has not ended has the claim.
fn is_used(cluster: &Cluster, namespace: &str, name: &str) -> bool {
    let Some(kind) = write::kind_of(cluster, "", "Pod") else { return false };
    write::all(cluster, &kind, namespace).iter().any(|pod| {
        let over = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let mut volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
        !over && volumes.any(|volume| volume["persistentVolumeClaim"]["claimName"] == name)
    })
}

async fn unprotected(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    mut object: Value,
    finalizer: &str,
) -> Result<(), Failure> {
    if let Some(all) = object["metadata"]["finalizers"].as_array_mut() {
        all.retain(|own| own != finalizer);
    }
    write::update(cluster, kind, write::CONTROLLER_MANAGER, object).await
}

/// The volume that a claim names, or one that is made for it.
async fn volume_for(cluster: &Cluster, claim: &Value) -> Result<Option<Value>, Failure> {
    let spec = &claim["spec"];
    let read = |name: &str| write::read(cluster, "", "PersistentVolume", ("", name));
    if let Some(name) = spec["volumeName"].as_str().filter(|name| !name.is_empty()) {
        return Ok(read(name));
    }
    let Some(kind) = write::kind_of(cluster, "", "PersistentVolume") else { return Ok(None) };
    if spec["storageClassName"] == "" {
        return Ok(None);
    }
    let name = format!("pvc-{}", text(claim, "uid"));
    if read(&name).is_none() {
        let volume = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": { "name": name },
            "spec": {
                "accessModes": spec["accessModes"],
                "capacity": { "storage": spec["resources"]["requests"]["storage"] },
                "csi": { "driver": "embedded.csi.example.com", "volumeHandle": name },
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": spec["storageClassName"].as_str().unwrap_or_default(),
                "volumeMode": spec["volumeMode"],
            },
        });
        write::create(cluster, &kind, write::CONTROLLER_MANAGER, volume).await?;
    }
    Ok(read(&name))
}

/// Ties both to each other, the volume first.
async fn bind(
    cluster: &Cluster,
    kind: &Arc<Kind>,
    mut claim: Value,
    volume: &Value,
) -> Result<(), Failure> {
    let Some(volumes) = write::kind_of(cluster, "", "PersistentVolume") else { return Ok(()) };
    let name = text(volume, "name");
    let again = || write::read(cluster, "", "PersistentVolume", ("", name));
    let (mut bound, owner) = (volume.clone(), &volume["spec"]["claimRef"]);
    let is_ours = owner["namespace"] == claim["metadata"]["namespace"]
        && owner["name"] == claim["metadata"]["name"];
    if !owner.is_null() && !is_ours {
        return Ok(());
    }
    if owner["uid"] != claim["metadata"]["uid"] {
        bound["spec"]["claimRef"] = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": claim["metadata"]["namespace"],
            "name": claim["metadata"]["name"],
            "uid": claim["metadata"]["uid"],
        });
        write::update(cluster, &volumes, write::CONTROLLER_MANAGER, bound).await?;
    }
    let Some(mut bound) = again() else { return Ok(()) };
    if bound["status"]["phase"] != "Bound" {
        bound["status"]["phase"] = "Bound".into();
        bound["status"]["lastPhaseTransitionTime"] = cluster.clock.stamp().into();
        write::update_status(cluster, &volumes, write::CONTROLLER_MANAGER, bound).await?;
    }
    if !claim["metadata"]["annotations"].is_object() {
        claim["metadata"]["annotations"] = json!({});
    }
    for annotation in ["bind-completed", "bound-by-controller"] {
        claim["metadata"]["annotations"][format!("pv.kubernetes.io/{annotation}")] = "yes".into();
    }
    claim["spec"]["volumeName"] = name.into();
    let place = (text(&claim, "namespace").to_owned(), text(&claim, "name").to_owned());
    write::update(cluster, kind, write::CONTROLLER_MANAGER, claim).await?;
    let place = (place.0.as_str(), place.1.as_str());
    let found = write::read(cluster, "", "PersistentVolumeClaim", place);
    let Some(mut claim) = found else { return Ok(()) };
    claim["status"] = json!({
        "phase": "Bound",
        "accessModes": volume["spec"]["accessModes"],
        "capacity": volume["spec"]["capacity"],
    });
    write::update_status(cluster, kind, write::CONTROLLER_MANAGER, claim).await
}

impl Behaviour for Volumes {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        let soon = now + self.pace.reaction;
        match &*event.resource {
            CLAIMS => {
                let Some(object) = event.object() else { return };
                let value = object.value();
                if event.after.is_none() {
                    if let Some(volume) = value["spec"]["volumeName"].as_str() {
                        self.agenda.plan(Look::Volume(volume.to_owned()), soon);
                    }
                    return;
                }
                let is_new = value["status"]["phase"] == "Pending" && !is_deleted(&value);
                let at = if is_new { now + self.pace.start } else { soon };
                let look = Look::Claim(object.namespace.to_string(), object.name.to_string());
                self.agenda.plan(look, at);
            }
            VOLUMES if event.after.is_some() => {
                let Some(object) = event.object() else { return };
                if let Some(claim) = self.waiting.remove(&*object.name) {
                    self.agenda.plan(claim, soon);
                }
                self.agenda.plan(Look::Volume(object.name.to_string()), soon);
            }
            _ => {}
        }
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(look) = self.agenda.take(now) else { return false };
            let done = match &look {
                Look::Claim(namespace, name) => self.claim(cluster, (namespace, name), now).await,
                Look::Volume(name) => self.volume(cluster, name).await,
            };
            let what = format_args!("simulate {look:?}");
            if let Some(later) = write::again(done, self.pace.reaction, what) {
                self.agenda.plan(look, now + later);
            }
            true
        })
    }
}
