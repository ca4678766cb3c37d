//! Server-side apply of what an operator is installed with: an object of any kind in, the same on the server.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube_core::ApiResource;
use kube_core::Client;
use kube_core::DynamicObject;
use kube_core::Resource;
use serde_json::Value;

use crate::error::Result;

/// Applies an object as this manager, whoever has it now.
pub(super) fn apply<'a, K: Resource>(
    client: &'a Client,
    manager: &'a str,
    object: &K,
) -> BoxFuture<'a, Result<()>> {
    let json = serde_json::to_value(object);
    async move { send(client, manager, K::RESOURCE, json?).await }.boxed()
}

/// All kinds share the code that sends an object and reads the answer: none of them has to be read as its type.
async fn send(client: &Client, manager: &str, resource: ApiResource, json: Value) -> Result<()> {
    let object: DynamicObject = serde_json::from_value(json)?;
    let api = client.api::<DynamicObject>(resource, None);
    api.apply(&object).field_manager(manager).force(true).await?;
    Ok(())
}
