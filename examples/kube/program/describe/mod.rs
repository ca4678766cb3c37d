//! `kube describe`: an object as a person reads it, with what was told about it. One file a kind.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/describe/describe.go

mod text;
mod time;
mod events;
mod selector;
mod environment;
mod containers;
mod volumes;
mod template;
mod config_map;
mod secret;
mod service_account;
mod limit_range;
mod resource_quota;
mod namespace;
mod service;
mod addresses;
mod endpoints;
mod ingress;
mod network_policy;
mod role;
mod role_binding;
mod persistent_volume;
mod persistent_volume_claim;
mod storage_class;
mod drivers;
mod autoscaler;
mod disruption_budget;
mod priority_class;
mod signing_request;
mod replica_set;
mod deployment;
mod stateful_set;
mod daemon_set;
mod job;
mod cron_job;
mod pod;
mod node_pods;
mod node;
mod generic;

use k8s_openapi::ByteString;
use kube_core::ApiResource;
use kube_core::LabelSelector;
use serde::Deserialize as _;
use serde_json::Value;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::files::Files;
use super::selection;
use super::selection::Asked;
use super::selection::Beside;
use events::About;
use text::Description;

/// How many objects are asked for at a time.
const PAGE: u32 = 500;

/// Kinds without what was told about them.
const UNTOLD: [(&str, &str); 9] = [
    ("", "LimitRange"),
    ("", "Namespace"),
    ("", "ResourceQuota"),
    ("", "Secret"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
];

/// Shows objects as a person reads them.
#[derive(Debug, clap::Args)]
pub struct Describe {
    /// Kinds and names, or how names begin: `pod web`, `pod/web svc/db`, `nodes`.
    what: Vec<String>,
    #[command(flatten)]
    files: Files,
    /// Only those with these labels.
    #[arg(long, short = 'l', value_name = "LABELS", default_value = "")]
    selector: String,
    /// Those of all namespaces.
    #[arg(long, short = 'A')]
    all_namespaces: bool,
    /// With what was told about each; if it is not said, of one object only.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    show_events: Option<bool>,
}

/// An object, and its kind.
type Found = (ApiResource, Value);

impl Describe {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        if self.what.is_empty() && self.files.is_empty() {
            return Err(Failure::said(
                "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
            ));
        }
        if !self.what.is_empty() && !self.files.is_empty() {
            return Err(Failure::said(selection::FILES));
        }
        let (found, failures) = self.found(ground, console).await?;
        if let ([kind, prefix], true) = (self.what.as_slice(), found.is_empty())
            && failures.iter().any(Failure::is_not_found)
            && !kind.contains('/')
        {
            return self.beginning_with(ground, console, kind, prefix, failures).await;
        }
        let events = self.show_events.unwrap_or(found.len() == 1 && failures.is_empty());
        for (index, (resource, object)) in found.iter().enumerate() {
            if index > 0 {
                console.print("\n\n")?;
            }
            console.print(&description(ground, resource, object, events).await?)?;
        }
        if found.is_empty() && failures.is_empty() {
            console.warn(&match self.all_namespaces {
                true => "No resources found".to_owned(),
                false => format!("No resources found in {} namespace.", ground.namespace),
            });
        }
        Failure::of(failures)
    }

    async fn found(
        &self,
        ground: &Ground,
        console: &mut Console,
    ) -> Result<(Vec<Found>, Vec<Failure>), Failure> {
        let (wanted, mut failures) = self.files.read(ground, console).await?;
        let mut found = Vec::new();
        for one in wanted {
            let api = ground.client.api::<Value>(one.resource.clone(), one.namespace(ground));
            match api.get(one.name()).await {
                Ok(object) => found.push((one.resource, object)),
                Err(error) => failures.push(error.into()),
            }
        }
        if self.what.is_empty() {
            return Ok((found, failures));
        }
        let beside = Beside { selects: !self.selector.is_empty(), everywhere: self.all_namespaces };
        for asked in selection::of(ground, &self.what, beside).await? {
            match self.read(ground, &asked).await {
                Ok(read) => {
                    let of_kind = |object| (asked.resource.clone(), object);
                    found.extend(read.into_iter().map(of_kind));
                }
                Err(failure) => failures.push(failure),
            }
        }
        Ok((found, failures))
    }

    async fn read(&self, ground: &Ground, asked: &Asked) -> Result<Vec<Value>, Failure> {
        let values = asked.values(ground, self.all_namespaces);
        if let Some(name) = &asked.name {
            return Ok(vec![values.get(name.as_str()).await?]);
        }
        let labels = LabelSelector::try_from(self.selector.as_str())?;
        let whole = values.list().labels(labels).pages(PAGE).whole().await?;
        Ok(whole.items)
    }

    /// Nothing has just this name.
    async fn beginning_with(
        &self,
        ground: &Ground,
        console: &mut Console,
        kind: &str,
        prefix: &str,
        failures: Vec<Failure>,
    ) -> Result<(), Failure> {
        let mut seen = false;
        for asked in selection::of(ground, &[kind.to_owned()], Beside::default()).await? {
            for object in self.read(ground, &asked).await? {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                if name.starts_with(prefix) {
                    seen = true;
                    let events = self.show_events.unwrap_or(false);
                    let text = description(ground, &asked.resource, &object, events).await?;
                    console.say(&text)?;
                }
            }
        }
        if seen { Ok(()) } else { Failure::of(failures) }
    }
}

/// One object.
async fn description(
    ground: &Ground,
    resource: &ApiResource,
    object: &Value,
    events: bool,
) -> Result<String, Failure> {
    let object = &selection::filled(object.clone(), resource);
    let mut into = Description::default();
    let mut about = vec![About::of(object)];
    let kind = (resource.group.as_ref(), resource.kind.as_ref());
    match kind {
        ("", "Pod") => about = vec![pod::about(object)],
        // A kubelet tells of its node by its name in place of the uid.
        ("", "Node") => about.push(About { uid: about[0].name.clone(), ..about[0].clone() }),
        _ if UNTOLD.contains(&kind) => about.clear(),
        _ => {}
    }
    match kind {
        ("", "Namespace") => namespace::describe(ground, object, &mut into).await?,
        ("", "Node") => node::describe(ground, object, &mut into).await?,
        ("", "PersistentVolumeClaim") => {
            persistent_volume_claim::describe(ground, object, &mut into).await?;
        }
        ("", "ReplicationController") => replica_set::describe(ground, object, &mut into).await,
        ("", "Service") => service::describe(ground, object, &mut into).await,
        ("apps", "Deployment") => deployment::describe(ground, object, &mut into).await,
        ("apps", "ReplicaSet") => replica_set::describe(ground, object, &mut into).await,
        ("apps", "StatefulSet") => stateful_set::describe(ground, object, &mut into).await?,
        ("apps", "DaemonSet") => daemon_set::describe(ground, object, &mut into).await?,
        ("autoscaling", "HorizontalPodAutoscaler") => {
            autoscaler::describe(ground, object, &mut into).await?;
        }
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            signing_request::describe(object, &mut into)?;
        }
        ("networking.k8s.io", "Ingress") => ingress::describe(ground, object, &mut into).await,
        kind => by_itself(kind)(object, &mut into),
    }
    if events && !about.is_empty() {
        let mut told = Vec::new();
        for about in &about {
            told.extend(about.read(ground).await);
        }
        events::describe(told, &mut into);
    }
    Ok(into.aligned())
}

/// How a kind is described that nothing else has to be read for.
fn by_itself(kind: (&str, &str)) -> fn(&Value, &mut Description) {
    match kind {
        ("", "ConfigMap") => config_map::describe,
        ("", "Endpoints") => endpoints::describe,
        ("", "LimitRange") => limit_range::describe,
        ("", "PersistentVolume") => persistent_volume::describe,
        ("", "Pod") => pod::describe,
        ("", "ResourceQuota") => resource_quota::describe,
        ("", "Secret") => secret::describe,
        ("", "ServiceAccount") => service_account::describe,
        ("batch", "CronJob") => cron_job::describe,
        ("batch", "Job") => job::describe,
        ("discovery.k8s.io", "EndpointSlice") => endpoints::describe_slice,
        ("networking.k8s.io", "IPAddress") => addresses::describe,
        ("networking.k8s.io", "IngressClass") => ingress::describe_class,
        ("networking.k8s.io", "NetworkPolicy") => network_policy::describe,
        ("networking.k8s.io", "ServiceCIDR") => addresses::describe_range,
        ("policy", "PodDisruptionBudget") => disruption_budget::describe,
        ("rbac.authorization.k8s.io", "ClusterRole" | "Role") => role::describe,
        ("rbac.authorization.k8s.io", "ClusterRoleBinding" | "RoleBinding") => {
            role_binding::describe
        }
        ("scheduling.k8s.io", "PriorityClass") => priority_class::describe,
        ("storage.k8s.io", "CSINode") => drivers::describe_node,
        ("storage.k8s.io", "StorageClass") => storage_class::describe,
        ("storage.k8s.io", "VolumeAttributesClass") => drivers::describe_attributes,
        _ => generic::describe,
    }
}

/// What a text stands for that bytes are written as.
fn bytes_of(value: &Value) -> Vec<u8> {
    ByteString::deserialize(value).map(|bytes| bytes.0).unwrap_or_default()
}
