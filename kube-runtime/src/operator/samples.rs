//! Objects to begin with: an operator's custom kinds in, a small one of each out.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::definition::sample;
use serde_json::Value;

use super::Operator;

impl<A: Send + Sync + 'static> Operator<A> {
    /// A small object of each of its custom kinds, `KIND-sample`, in the version that is stored: its required fields, as the default or the example
    /// of each says, else the least that its schema takes. Where rules (CEL) want more, `#[resource(example = ..)]` on the field says it.
    ///
    /// ```
    /// use kube_runtime::prelude::*;
    ///
    /// #[derive(Resource, Clone, Debug)]
    /// #[resource(group = "demo.example.com", version = "v1", namespaced)]
    /// struct ShopSpec {
    ///     #[resource(example = "Main Street")]
    ///     street: String,
    ///     #[resource(minimum = 1)]
    ///     staff: i32,
    /// }
    ///
    /// #[controller]
    /// async fn open(shop: Object<Shop>) -> Result<Action> { Ok(Action::done()) }
    ///
    /// let samples = Operator::new("mall").controller(open).samples();
    /// assert_eq!(samples[0]["metadata"]["name"], "shop-sample");
    /// assert_eq!(samples[0]["spec"], serde_json::json!({ "staff": 1, "street": "Main Street" }));
    /// ```
    #[must_use]
    pub fn samples(&self) -> Vec<Value> {
        self.samples_in(None)
    }

    /// The same, those of namespaces in this one.
    pub(super) fn samples_in(&self, namespace: Option<&str>) -> Vec<Value> {
        let of = |definition: CustomResourceDefinition| {
            let versions = &definition.spec.versions;
            let stored = versions.iter().find(|version| version.storage && version.served);
            let version = stored.or_else(|| versions.iter().find(|version| version.served))?;
            let mut object = sample(&definition, &version.name)?;
            if let Some(namespace) = namespace.filter(|_| definition.spec.scope == "Namespaced") {
                object["metadata"]["namespace"] = namespace.into();
            }
            Some(object)
        };
        self.crds().into_iter().filter_map(of).collect()
    }
}
