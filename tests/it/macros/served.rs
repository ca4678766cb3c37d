//! A definition in, a server that serves it as it stands out: embedded or a real one.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinitionCondition;
use kube_core::Client;
use kube_core::DynamicObject;
use kube_core::Resource;
use serde_json::Value;

use crate::catching_up::until;

/// Creates the definition, and checks that the server gives back what it was given.
pub(super) async fn define(client: &Client, definition: CustomResourceDefinition) {
    client.cluster().create(&definition).await.unwrap_or_else(|error| panic!("{}", error.chain()));
    let name = definition.metadata.name.as_deref().unwrap();
    let stored = until(async || {
        let stored = client.cluster().get::<CustomResourceDefinition>(name).await.unwrap();
        let conditions = stored.status.as_ref().and_then(|status| status.conditions.clone());
        let established = |one: &CustomResourceDefinitionCondition| {
            one.type_ == "Established" && one.status == "True"
        };
        conditions.unwrap_or_default().iter().any(established).then_some(stored)
    })
    .await;
    let mut given_back = serde_json::to_value(stored.spec).unwrap();
    given_back.as_object_mut().unwrap().remove("conversion");
    assert_eq!(given_back, serde_json::to_value(definition.spec).unwrap());
}

/// Creates the first object of a kind that is new.
pub(super) async fn first<K: Resource>(
    client: &Client,
    namespace: Option<&str>,
    object: Value,
) -> DynamicObject {
    let api = client.api::<DynamicObject>(K::RESOURCE, namespace);
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    until(async || match api.create(&object).await {
        Ok(created) => Some(created),
        // Established comes a little before the path does.
        Err(error) if error.is_not_found() => None,
        Err(error) => panic!("{}", error.chain()),
    })
    .await
}
