//! What a server has: its groups and kinds, the kind that a word means, and what the server says of a kind's fields.

#[path = "../ground.rs"]
mod ground;

use anyhow::Context as _;
use anyhow::ensure;
use tracing::info;

use crate::ground::Ground;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("discovery").await?;
    let client = &ground.client;
    let version = client.server_version().await?;
    ensure!(version.is_at_least(1, 30), "the server is of {version}");

    // The server is asked once; what it could not say of some groups takes nothing from the others.
    let discovery = client.discovery();
    let kinds = discovery.kinds().await?;
    let (groups, known) = (kinds.groups.len(), kinds.preferred().count());
    info!("{version} has {groups} groups and {known} kinds, {} unknown", kinds.unknown.len());
    ensure!(kinds.serves("apps/v1"), "there is no apps/v1");

    for (word, expected) in [
        ("po", "pods"),
        ("deploy", "deployments.apps"),
        ("Job", "jobs.batch"),
        ("leases.v1.coordination.k8s.io", "leases.coordination.k8s.io"),
    ] {
        let resource = discovery.resolve(word).await?;
        info!("`{word}` means {resource}, in {}", resource.api_version());
        ensure!(resource.to_string() == expected, "`{word}` means {resource}");
    }
    let error = discovery.resolve("gizmo").await.err().context("there is no gizmo")?;
    info!("`gizmo`: {error}");

    let deployments = kinds.find("apps", "v1", "Deployment").context("there are no Deployments")?;
    let parts: Vec<&str> = deployments.subresources.iter().map(|part| part.name.as_str()).collect();
    info!("Deployments: verbs {:?}, subresources {parts:?}", deployments.verbs);
    ensure!(deployments.can("watch") && deployments.has("scale"), "{deployments:?}");
    let all = discovery.category("all").await?;
    info!("`all` is {}", all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    ensure!(all.contains(&deployments.resource), "`all` has no Deployments");

    // A document a group and version, read again when it has changed only.
    let documents = client.open_api();
    info!("{} OpenAPI documents", documents.group_versions().await?.len());
    let schema = documents.schema(&deployments.resource).await?;
    let kinds = &schema["x-kubernetes-group-version-kind"];
    info!("a schema of {kinds}, {} bytes", schema.to_string().len());
    ensure!(kinds[0]["kind"] == "Deployment", "it is of {kinds}");
    ground.leave().await
}
