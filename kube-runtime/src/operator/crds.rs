//! The custom kinds that an operator needs: whether the cluster serves them, and how it learns them.

use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::Client;
use kube_core::ResourceExt;
use kube_core::request::Method;
use kube_core::request::Request;
use serde::Deserialize;
use tokio::time::Instant;

use crate::error::Error;
use crate::error::Result;

use super::apply::apply;

/// How long a cluster may take to serve a kind that it was just taught.
const SERVED_WITHIN: Duration = Duration::from_secs(30);
/// More than any group's list of resources needs.
const LARGEST: usize = 4 << 20;

/// What the server says it serves of one version of a group.
#[derive(Deserialize)]
struct Served {
    #[serde(default)]
    resources: Vec<ServedResource>,
}

#[derive(Deserialize)]
struct ServedResource {
    name: String,
}

/// Makes sure that the cluster serves every kind.
///
/// It asks discovery, which everybody may: an operator's own role does not reach the definitions.
pub(super) async fn verify(
    client: &Client,
    definitions: &[CustomResourceDefinition],
) -> Result<()> {
    for definition in definitions {
        for version in served_versions(definition) {
            if !is_served(client, definition, &version).await? {
                let name = definition.name();
                let server = client.describe();
                return Err(Error::msg(format!(
                    "{server} does not serve {name} in version {version}: start with `--install-crds`, or apply what the command `crds` prints"
                )));
            }
        }
    }
    Ok(())
}

/// Teaches the cluster every kind and waits until it serves them.
pub(super) async fn install(
    client: &Client,
    manager: &str,
    definitions: &[CustomResourceDefinition],
) -> Result<()> {
    for definition in definitions {
        apply(client, manager, definition).await?;
        tracing::info!(definition = definition.name(), "installed");
    }
    for definition in definitions {
        for version in served_versions(definition) {
            wait_until_served(client, definition, &version).await?;
        }
    }
    Ok(())
}

async fn wait_until_served(
    client: &Client,
    definition: &CustomResourceDefinition,
    version: &str,
) -> Result<()> {
    let asked = Instant::now();
    let mut pause = Duration::from_millis(20);
    while !is_served(client, definition, version).await? {
        if asked.elapsed() >= SERVED_WITHIN {
            return Err(Error::msg(format!(
                "the cluster took the definition {} and does not serve {version} after {}s: see its conditions, `kubectl describe crd {}`",
                definition.name(),
                SERVED_WITHIN.as_secs(),
                definition.name()
            )));
        }
        tokio::time::sleep_until(Instant::now() + pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
    Ok(())
}

async fn is_served(
    client: &Client,
    definition: &CustomResourceDefinition,
    version: &str,
) -> Result<bool> {
    let path = format!("/apis/{}/{version}", definition.spec.group);
    let answer = match client.send(Request::raw(Method::Get, &path)?).await {
        Ok(answer) => answer,
        Err(error) if error.is_not_found() => return Ok(false),
        Err(error) if error.is_forbidden() => {
            // Whoever hides what is served from this account need not hide the objects: the caches will tell.
            tracing::debug!(error = error.chain(), "whether a kind is served is not to be known");
            return Ok(true);
        }
        Err(error) => return Err(error.into()),
    };
    let body = answer.body.collect(LARGEST).await?;
    let served: Served = serde_json::from_slice(&body).map_err(|error| {
        Error::from(error).context(format!("failed to read what the server lists at `{path}`"))
    })?;
    Ok(served.resources.iter().any(|resource| resource.name == definition.spec.names.plural))
}

fn served_versions(definition: &CustomResourceDefinition) -> Vec<String> {
    let versions = definition.spec.versions.iter().filter(|version| version.served);
    versions.map(|version| version.name.clone()).collect()
}
