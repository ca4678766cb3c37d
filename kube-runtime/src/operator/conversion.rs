//! Kinds with several versions: what the API server is told of their conversion, by whom it is asked and whom to trust, and taken back at the end.

use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceConversion;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::ServiceReference;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::WebhookClientConfig;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::WebhookConversion;
use kube_core::Client;
use kube_core::CustomResource;
use kube_core::DynamicObject;
use kube_core::Patch;
use kube_core::Resource;
use kube_core::ResourceExt as _;
use kube_core::Versions;
use serde_json::Value;
use serde_json::json;

use super::Operator;
use super::port;
use super::trust::trust;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;
use crate::shutdown::Shutdown;
use crate::webhook::Reach;
use crate::webhook::conversion_path;

/// The kinds that are converted; clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversions(Arc<[Versions]>);

impl Conversions {
    /// One more, unless all of its versions are known; whether it was new.
    pub(super) fn learn(&mut self, versions: &Versions) -> bool {
        let same =
            |known: &&Versions| known.resource().to_string() == versions.resource().to_string();
        if self
            .0
            .iter()
            .find(same)
            .is_some_and(|known| known.names().count() >= versions.names().count())
        {
            return false;
        }
        let others = self.0.iter().filter(|known| !same(known)).cloned();
        self.0 = others.chain([versions.clone()]).collect();
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Versions> {
        self.0.iter()
    }

    /// The names of the definitions.
    pub(super) fn definitions(&self) -> Vec<String> {
        self.0.iter().map(|versions| versions.resource().to_string()).collect()
    }

    /// Has a definition say that its objects are converted, and by whom.
    pub(super) fn tell(
        &self,
        definition: &mut CustomResourceDefinition,
        reach: &Reach,
        bundle: Option<&str>,
    ) {
        let name = definition.name();
        if let Some(versions) = self.0.iter().find(|it| it.resource().to_string() == name) {
            definition.spec.conversion = Some(conversion(versions, reach, bundle));
        }
    }

    /// Fills in whom to trust, in definitions that are there.
    pub(super) async fn trust(&self, client: &Client, operator: &str, bundle: &str) -> Result<()> {
        let bundle = ByteString(bundle.as_bytes().to_vec());
        for name in self.definitions() {
            let mut part = DynamicObject::new(&name, &CustomResourceDefinition::RESOURCE);
            let told = json!({ "webhook": { "clientConfig": { "caBundle": bundle } } });
            part.data.insert("spec".to_owned(), json!({ "conversion": told }));
            trust(client, operator, CustomResourceDefinition::RESOURCE, &part, || {
                format!(
                    "the definition {name} does not say that this program converts its objects: start with `--install-crds`, or apply what its `manifests` prints"
                )
            })
            .await?;
        }
        Ok(())
    }

    /// Has the API server ask this process for as long as it runs; what was said before comes back.
    pub(super) async fn lend(&self, client: &Client, url: &str, bundle: &str) -> Result<Lent> {
        let mut lent = Lent { client: client.clone(), before: Vec::new() };
        let api = client.all::<CustomResourceDefinition>();
        for versions in self.iter() {
            let name = versions.resource().to_string();
            let before = api.get(&*name).await?.spec.conversion;
            let own = conversion(versions, &Reach::Url(url.to_owned()), Some(bundle));
            api.patch(&*name, put(Some(&own))?).await?;
            lent.before.push((name, before));
        }
        Ok(lent)
    }
}

/// What definitions said before they were changed.
#[derive(Debug)]
pub(super) struct Lent {
    client: Client,
    before: Vec<(String, Option<CustomResourceConversion>)>,
}

impl Lent {
    /// # Cancel safety
    /// Dropping the future leaves the API server asking this process.
    pub(super) async fn taken_back(self, end: Shutdown) -> Result<()> {
        end.begun().await;
        let api = self.client.all::<CustomResourceDefinition>();
        for (name, before) in &self.before {
            match api.patch(name.as_str(), put(before.as_ref())?).await {
                Ok(_) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => {
                    let why = chain(&error.into());
                    tracing::warn!(
                        "the definition {name} still says that this process converts: {why}"
                    );
                }
            }
        }
        Ok(())
    }
}

fn conversion(
    versions: &Versions,
    reach: &Reach,
    bundle: Option<&str>,
) -> CustomResourceConversion {
    let path = conversion_path(versions);
    let ca_bundle = bundle.map(|pem| ByteString(pem.as_bytes().to_vec()));
    let client_config = match reach {
        Reach::Service { namespace, name } => WebhookClientConfig {
            ca_bundle,
            service: Some(ServiceReference {
                name: name.clone(),
                namespace: namespace.clone(),
                path: Some(path),
                port: Some(443),
            }),
            url: None,
        },
        Reach::Url(url) => WebhookClientConfig {
            ca_bundle,
            service: None,
            url: Some(format!("{}{path}", url.trim_end_matches('/'))),
        },
    };
    CustomResourceConversion {
        strategy: "Webhook".to_owned(),
        webhook: Some(WebhookConversion {
            client_config: Some(client_config),
            conversion_review_versions: vec!["v1".to_owned()],
        }),
    }
}

/// A patch after which a definition says this and no more.
fn put(conversion: Option<&CustomResourceConversion>) -> Result<Patch> {
    let mut told = match conversion {
        Some(conversion) => serde_json::to_value(conversion)?,
        None => json!({ "strategy": "None" }),
    };
    if told["webhook"].is_null() {
        told["webhook"] = Value::Null;
    } else {
        for member in ["caBundle", "service", "url"] {
            // Null takes away what is there.
            let present = told["webhook"]["clientConfig"][member].take();
            told["webhook"]["clientConfig"][member] = present;
        }
    }
    Ok(Patch::Merge(json!({ "spec": { "conversion": told } })))
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// One more custom kind, though no controller reconciles it and no webhook is asked about it: its definition is among [`crds`](Self::crds),
    /// and its objects are converted between its versions.
    pub fn kind<K: CustomResource>(mut self) -> Self {
        self.learn_of::<K>();
        self.kinds.push(K::definition());
        self
    }

    /// Converts objects of this kind, if it has several versions.
    pub(super) fn learn_of<K: Resource>(&mut self) {
        // Known when it is compiled, so that what converts and serves webhooks is linked only into a program that needs it.
        if const { K::CONVERTS.is_some() } {
            self.learn(K::versions());
        }
    }

    pub(super) fn learn(&mut self, versions: Option<Versions>) {
        self.hooks.port = Some(port::open);
        if let Some(versions) = versions.filter(|versions| !versions.is_single())
            && self.hooks.conversions.learn(&versions)
        {
            self.hooks.answers.convert(versions);
        }
    }

    /// Fails when no type of a kind is the one that is stored: then nothing knows the others.
    pub(super) fn check_versions(&self) -> Result<()> {
        for definition in self.crds() {
            let versions = &definition.spec.versions;
            let names: Vec<_> = versions.iter().map(|it| it.name.as_str()).collect();
            let stored: Vec<_> = versions.iter().filter(|it| it.storage).collect();
            let (kind, names) = (&definition.spec.names.kind, names.join(", "));
            match &stored[..] {
                [_] => {}
                [] => {
                    return Err(Error::msg(format!(
                        "operator `{}` knows {kind} in {names} only, and objects are stored in another version: add that one with `.kind::<{kind}>()`",
                        self.name
                    )));
                }
                [one, other, ..] => {
                    return Err(Error::msg(format!(
                        "both `{}` and `{}` of {kind} say `storage`, and objects are stored in one version: take it off one",
                        one.name, other.name
                    )));
                }
            }
        }
        Ok(())
    }
}
