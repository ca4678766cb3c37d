//! Server-side apply by two managers of one Deployment: each sends the fields that it wants and owns those; a conflict, who takes a field by force,
//! what one applied, had again and changed, and a field that is given up.

#[path = "../ground.rs"]
mod ground;

use k8s_openapi::api::apps::v1::Deployment;
use kube_apply::apps::v1::DeploymentApply;
use kube_apply::apps::v1::DeploymentSpecApply;
use kube_apply::core::v1::ContainerApply;
use kube_apply::core::v1::PodSpecApply;
use kube_apply::core::v1::PodTemplateSpecApply;
use kube_apply::meta::v1::LabelSelectorApply;
use kube_apply::meta::v1::ObjectMetaApply;
use kube_runtime::core::Error;
use kube_runtime::core::Extract as _;
use tracing::info;

use crate::ground::Ground;

/// Who says what runs.
const TEAM: &str = "team";
/// Who says how often.
const SCALER: &str = "scaler";

fn replicas(deployment: &Deployment) -> Option<i32> {
    deployment.spec.replicas
}

/// A Deployment with everything that one must have.
fn whole() -> DeploymentApply {
    let app = [("app", "shop")];
    let container = ContainerApply::new().name("shop").image("shop:1");
    let pod = PodTemplateSpecApply::new()
        .metadata(ObjectMetaApply::new().labels(app))
        .spec(PodSpecApply::new().containers([container]));
    DeploymentApply::named("shop").spec(
        DeploymentSpecApply::new()
            .replicas(2)
            .selector(LabelSelectorApply::new().match_labels(app))
            .template(pod),
    )
}

/// Which fields somebody else has, as the server says.
fn conflicts(error: &Error) -> Vec<&str> {
    let causes = error.status().map(|status| status.details.causes.as_slice()).unwrap_or_default();
    causes.iter().map(|cause| cause.field.as_str()).collect()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("apply").await?;
    let deployments = ground.client.namespace(&*ground.namespace).api::<Deployment>();
    let live = deployments.apply(&whole()).field_manager(TEAM).await?;
    anyhow::ensure!(replicas(&live) == Some(2), "{live:?}");
    info!("`{TEAM}` applies the whole Deployment: 2 replicas");

    let three = DeploymentApply::named("shop").spec(DeploymentSpecApply::new().replicas(3));
    let Err(refused) = deployments.apply(&three).field_manager(SCALER).await else {
        anyhow::bail!("`{SCALER}` was given a field of `{TEAM}`")
    };
    anyhow::ensure!(refused.is_conflict() && conflicts(&refused) == [".spec.replicas"]);
    info!("`{SCALER}` wants 3 and is refused: {:?} has another manager", conflicts(&refused));
    let live = deployments.apply(&three).field_manager(SCALER).force(true).await?;
    anyhow::ensure!(replicas(&live) == Some(3), "{live:?}");
    info!("`{SCALER}` takes that field, and no other, by force: 3 replicas");

    let mut ours = DeploymentApply::extract(&live, TEAM)?;
    anyhow::ensure!(ours.as_json()["spec"].get("replicas").is_none(), "{ours:?}");
    info!("`{TEAM}` has what it applied again: the number is not among it any more");
    let template = &mut ours.as_json_mut()["spec"]["template"];
    template["spec"]["containers"][0]["image"] = "shop:2".into();
    let live = deployments.apply(&ours).field_manager(TEAM).await?;
    anyhow::ensure!(replicas(&live) == Some(3), "only the image has changed: {live:?}");
    info!("`{TEAM}` applies another image: still 3 replicas");

    let nothing = DeploymentApply::named("shop");
    let live = deployments.apply(&nothing).field_manager(SCALER).await?;
    anyhow::ensure!(replicas(&live) == Some(1), "the default: {live:?}");
    anyhow::ensure!(DeploymentApply::extract(&live, SCALER)?.as_json().is_empty());
    info!("`{SCALER}` gives its field up: nobody wants a number, and there is 1");
    ground.leave().await
}
