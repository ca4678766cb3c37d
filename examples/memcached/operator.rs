//! The Memcached operator of kubebuilder's tutorial, whole: a size in, a Deployment that is scaled to it and conditions that say how it is out.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::core::v1::Capabilities;
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::api::core::v1::ContainerPort;
use k8s_openapi::api::core::v1::PodSecurityContext;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::api::core::v1::SeccompProfile;
use k8s_openapi::api::core::v1::SecurityContext;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_runtime::prelude::*;

/// A number of memcached servers.
#[derive(Resource, Clone, Debug)]
#[resource(group = "cache.example.com", version = "v1alpha1", kind = "Memcached", namespaced)]
#[resource(status = MemcachedStatus, scale(spec = ".spec.size", status = ".status.ready"))]
pub struct MemcachedSpec {
    /// How many there are.
    #[resource(default = 1, minimum = 1, maximum = 5)]
    pub size: i32,
    /// Where they listen.
    #[resource(default = 11211, minimum = 1, maximum = 65535)]
    pub container_port: i32,
}

#[derive(Schema, Clone, Debug, Default)]
pub struct MemcachedStatus {
    /// How many of them are ready.
    pub ready: i32,
    /// `Available`: all are ready. `Degraded`: it is being taken down.
    pub conditions: Vec<Condition>,
}

/// What the tutorial's operator takes from the environment.
#[derive(clap::Args)]
pub struct Flags {
    /// The image of the servers.
    #[arg(
        long = "memcached-image",
        env = "MEMCACHED_IMAGE",
        default_value = "memcached:1.6-alpine"
    )]
    pub image: String,
}

/// Keeps one Deployment per Memcached.
#[controller(owns(Deployment), cleanup = say_goodbye)]
async fn memcached(
    cache: Object<Memcached>,
    cx: Cx<Memcached>,
    flags: State<Flags>,
) -> Result<Action> {
    let live = cx.apply(deployment(&cache, &flags.image)).await?;
    let (size, ready) = (cache.spec.size, ready(&live));
    let note = format!("{ready} of {size} ready");
    let available = cx.condition("Available", ready == size, "Reconciled", &note);
    let changed = cx.status(|status| {
        status.ready = ready;
        status.conditions.set(available.clone());
    });
    if changed.await? {
        cx.event(Normal, "Scaled", note);
    }
    Ok(Action::done())
}

async fn say_goodbye(_: Object<Memcached>, cx: Cx<Memcached>) -> Result<Action> {
    let note = format!("{} is being deleted", cx.key());
    let degraded = cx.condition("Degraded", true, "Finalizing", &note);
    cx.status(|status| _ = status.conditions.set(degraded.clone())).await?;
    cx.event(Warning, "Deleting", note);
    Ok(Action::done())
}

fn ready(live: &Deployment) -> i32 {
    live.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or(0)
}

fn deployment(cache: &Memcached, image: &str) -> Deployment {
    let labels = BTreeMap::from([
        ("app.kubernetes.io/name".to_owned(), "memcached".to_owned()),
        ("app.kubernetes.io/instance".to_owned(), cache.name().to_owned()),
    ]);
    let capabilities = Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Default::default() };
    let security_context = SecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(1001),
        allow_privilege_escalation: Some(false),
        capabilities: Some(capabilities),
        ..Default::default()
    };
    let container_port = cache.spec.container_port;
    let name = Some("memcached".to_owned());
    let command = ["memcached", "--memory-limit=64", "-p", &container_port.to_string(), "-v"];
    let container = Container {
        name: "memcached".to_owned(),
        image: Some(image.to_owned()),
        command: Some(command.map(str::to_owned).into()),
        ports: Some(vec![ContainerPort { container_port, name, ..Default::default() }]),
        security_context: Some(security_context),
        ..Default::default()
    };
    let seccomp = SeccompProfile { type_: "RuntimeDefault".to_owned(), ..Default::default() };
    let pod_security = PodSecurityContext { seccomp_profile: Some(seccomp), ..Default::default() };
    let pod = PodSpec {
        containers: vec![container],
        security_context: Some(pod_security),
        ..Default::default()
    };
    let selector = LabelSelector { match_labels: Some(labels.clone()), ..Default::default() };
    let metadata = Some(ObjectMeta { labels: Some(labels), ..Default::default() });
    let template = PodTemplateSpec { metadata, spec: Some(pod) };
    let replicas = Some(cache.spec.size);
    let spec = DeploymentSpec { replicas, selector, template, ..Default::default() };
    let metadata = ObjectMeta { name: cache.metadata.name.clone(), ..Default::default() };
    Deployment { metadata, spec, ..Default::default() }
}

pub fn operator() -> Operator<Flags> {
    Operator::new("memcached").args::<Flags>().controller(memcached)
}

#[tokio::main]
pub async fn main() -> ExitCode {
    operator().main().await
}
