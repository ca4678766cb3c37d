//! A whole operator: keeps one Deployment per Website, and its name in the DNS.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Mutex;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_runtime::prelude::*;

/// A static site, served by a Deployment.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Website", namespaced)]
#[resource(status = WebsiteStatus, short_name = "ws", print_column(name = "Ready", path = ".status.ready"))]
pub struct WebsiteSpec {
    /// The container image that serves the site.
    pub image: String,
    /// How many Pods serve it.
    #[resource(default = 1, minimum = 0, maximum = 10)]
    pub replicas: i32,
}

#[derive(Schema, Clone, Debug, Default)]
pub struct WebsiteStatus {
    /// How many Pods are ready.
    pub ready: i32,
}

/// The names that are announced: state outside of the cluster, that a deleted Website must give back.
#[derive(Debug, Default)]
pub struct Dns(Mutex<BTreeSet<Key>>);

/// Keeps one Deployment per Website.
#[controller(owns(Deployment), cleanup = release_dns, workers = 4)]
async fn website(site: Object<Website>, cx: Cx<Website>, dns: State<Dns>) -> Result<Action> {
    dns.0.lock().expect("nobody panics holding it").insert(cx.key().clone());
    let live = cx.apply(deployment(&site)).await?;
    if cx.status(|status| status.ready = ready(&live)).await? {
        cx.event(Normal, "Scaled", format!("{} of {} ready", ready(&live), site.spec.replicas));
    }
    Ok(Action::done())
}

async fn release_dns(_: Object<Website>, cx: Cx<Website>, dns: State<Dns>) -> Result<Action> {
    dns.0.lock().expect("nobody panics holding it").remove(cx.key());
    cx.event(Normal, "Released", "the name is free again");
    Ok(Action::done())
}

fn ready(live: &Deployment) -> i32 {
    live.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or(0)
}

fn deployment(site: &Website) -> Deployment {
    let labels = Some(BTreeMap::from([("site".to_owned(), site.name().to_owned())]));
    let image = Some(site.spec.image.clone());
    let container = Container { name: "web".to_owned(), image, ..Default::default() };
    let pod = PodSpec { containers: vec![container], ..Default::default() };
    let selector = LabelSelector { match_labels: labels.clone(), ..Default::default() };
    let metadata = Some(ObjectMeta { labels, ..Default::default() });
    let template = PodTemplateSpec { metadata, spec: Some(pod) };
    let replicas = Some(site.spec.replicas);
    let spec = DeploymentSpec { replicas, selector, template, ..Default::default() };
    let metadata = ObjectMeta { name: site.metadata.name.clone(), ..Default::default() };
    Deployment { metadata, spec, ..Default::default() }
}

pub fn operator() -> Operator {
    Operator::new("website").state(Dns::default()).controller(website)
}

#[tokio::main]
pub async fn main() -> ExitCode {
    operator().main().await
}
