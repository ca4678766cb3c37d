//! `PersistentVolumes`, their claims and what stores them: defaults and what must fit together. Nothing is stored here.

use super::check::{each, immutable, one_of, required};
use super::{Strategy, fill};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Claim;

#[derive(Debug)]
struct Volume;

#[derive(Debug)]
struct Class;

#[derive(Debug)]
struct Driver;

#[derive(Debug)]
struct Drivers;

#[derive(Debug)]
struct Attachment;

pub(super) fn claim() -> Arc<dyn Strategy> {
    Arc::new(Claim)
}

pub(super) fn volume() -> Arc<dyn Strategy> {
    Arc::new(Volume)
}

pub(super) fn class() -> Arc<dyn Strategy> {
    Arc::new(Class)
}

pub(super) fn driver() -> Arc<dyn Strategy> {
    Arc::new(Driver)
}

pub(super) fn drivers() -> Arc<dyn Strategy> {
    Arc::new(Drivers)
}

pub(super) fn attachment() -> Arc<dyn Strategy> {
    Arc::new(Attachment)
}

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

fn check_modes(object: &Value, errors: &mut Vec<FieldError>) {
    let mut modes = each(object, "spec.accessModes").map(|(_, mode)| mode).peekable();
    if modes.peek().is_none() {
        let detail = "at least 1 access mode is required";
        errors.push(FieldError::required("spec.accessModes", detail));
    }
    for mode in modes {
        if mode.as_str().is_some_and(|mode| !MODES.contains(&mode)) {
            errors.push(FieldError::not_supported("spec.accessModes", mode, MODES));
        }
    }
}

/// A finalizer that the server sets when an object is made.
fn protect(object: &mut Value, finalizer: &str) {
    fill(&mut object["metadata"], "finalizers", json!([]));
    if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut()
        && !finalizers.contains(&json!(finalizer))
    {
        finalizers.push(finalizer.into());
    }
}

/// What a claim has by default, also as a template of claims.
pub(super) fn claim_defaults(claim: &mut Value) {
    fill(claim, "spec", json!({}));
    fill(&mut claim["spec"], "volumeMode", "Filesystem");
}

impl Strategy for Claim {
    fn fill_in(&self, object: &mut Value) {
        claim_defaults(object);
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({ "phase": "Pending" });
        protect(object, "kubernetes.io/pvc-protection");
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_modes(object, &mut errors);
        let size = &object["spec"]["resources"]["requests"]["storage"];
        match size.as_str() {
            None => errors.push(FieldError::required("spec.resources[storage]", "")),
            Some(text) if text == "0" || text.starts_with('-') => {
                let detail = "must be greater than zero";
                errors.push(FieldError::invalid("spec.resources[storage]", size, detail));
            }
            Some(_) => {}
        }
        if let Some(old) = old
            && without_growth(&object["spec"]) != without_growth(&old["spec"])
        {
            let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
            errors.push(FieldError::forbidden("spec", detail));
        }
        errors
    }
}

/// A claim without what may change: what it asks for, and, once, the volume that it is bound to.
fn without_growth(spec: &Value) -> Value {
    let mut spec = spec.clone();
    for member in ["volumeName", "volumeAttributesClassName"] {
        spec[member].take();
    }
    spec["resources"]["requests"].take();
    spec
}

/// The members of a spec that say where a volume is.
const SOURCES: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

impl Strategy for Volume {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        let spec = &mut object["spec"];
        fill(spec, "persistentVolumeReclaimPolicy", "Retain");
        fill(spec, "volumeMode", "Filesystem");
        if spec["hostPath"].is_object() {
            fill(&mut spec["hostPath"], "type", "");
        }
    }

    fn prepare_create(&self, object: &mut Value, now: &str) {
        object["status"] = json!({ "phase": "Pending", "lastPhaseTransitionTime": now });
        protect(object, "kubernetes.io/pv-protection");
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_modes(object, &mut errors);
        let spec = &object["spec"];
        if spec["capacity"].as_object().is_none_or(|capacity| capacity.is_empty()) {
            errors.push(FieldError::required("spec.capacity", ""));
        }
        let capacity = spec["capacity"].as_object();
        if capacity.is_none_or(|capacity| capacity.len() != 1 || !capacity.contains_key("storage"))
        {
            let found = &spec["capacity"];
            errors.push(FieldError::not_supported("spec.capacity", found, ["storage"]));
        }
        if !SOURCES.iter().any(|source| spec[source].is_object()) {
            errors.push(FieldError::required("spec", "must specify a volume type"));
        }
        errors
    }
}

impl Strategy for Class {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "reclaimPolicy", "Delete");
        fill(object, "volumeBindingMode", "Immediate");
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let fixed = ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"];
        immutable(object, old, &fixed, &mut errors);
        required(object, "provisioner", &mut errors);
        one_of(object, "reclaimPolicy", &["Delete", "Retain"], &mut errors);
        let modes = ["Immediate", "WaitForFirstConsumer"];
        one_of(object, "volumeBindingMode", &modes, &mut errors);
        errors
    }
}

impl Strategy for Driver {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        let spec = &mut object["spec"];
        fill(spec, "attachRequired", true);
        fill(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
        for member in ["podInfoOnMount", "requiresRepublish", "seLinuxMount", "storageCapacity"] {
            fill(spec, member, false);
        }
        fill(spec, "volumeLifecycleModes", json!(["Persistent"]));
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let policies = ["File", "None", "ReadWriteOnceWithFSType"];
        one_of(object, "spec.fsGroupPolicy", &policies, &mut errors);
        errors
    }
}

impl Strategy for Drivers {
    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (at, driver) in each(object, "spec.drivers") {
            for member in ["name", "nodeID"] {
                if driver[member].as_str().is_none_or(str::is_empty) {
                    errors.push(FieldError::required(format!("{at}.{member}"), ""));
                }
            }
        }
        errors
    }
}

impl Strategy for Attachment {
    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({ "attached": false });
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        required(object, "spec.attacher", &mut errors);
        let source = &object["spec"]["source"];
        let said = ["inlineVolumeSpec", "persistentVolumeName"];
        if said.iter().filter(|member| !source[member].is_null()).count() != 1 {
            let detail = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
            errors.push(FieldError::required("spec.source", detail));
        }
        required(object, "spec.nodeName", &mut errors);
        immutable(object, old, &["spec"], &mut errors);
        errors
    }
}
