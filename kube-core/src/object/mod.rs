//! What a Kubernetes object is: kinds known at compile time ([`Resource`]), kinds known only at run
//! time ([`DynamicObject`]), and objects of which only the metadata matters ([`PartialObjectMetadata`]).

mod allows;
mod api_resource;
mod builtin;
mod cluster_scoped;
mod duration;
mod dynamic;
mod ext;
mod managed;
mod name;
mod partial;
mod versions;
pub(crate) mod view;
mod visit;
mod wanted;
mod yaml;

pub use allows::Allows;
pub use allows::verb;
pub use api_resource::ApiResource;
pub(crate) use api_resource::ENCODED;
pub use api_resource::Scope;
pub(crate) use api_resource::group_of;
pub use builtin::ResourceIn;
pub use cluster_scoped::ClusterScoped;
pub use duration::Duration;
pub use duration::DurationError;
pub use dynamic::DynamicObject;
pub use ext::ResourceExt;
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
pub use managed::Extract;
pub use managed::ManagedFieldsOperation;
pub use managed::ManagedFieldsUpgrade;
pub use managed::find_fields_owners;
pub use name::Name;
pub use name::Namespace;
pub use partial::PartialObjectMetadata;
pub(crate) use versions::Neighbours;
pub(crate) use versions::Step;
pub use versions::Versions;
pub(crate) use versions::Way;
pub use wanted::PartOf;
pub use wanted::Wanted;
pub use yaml::to_yaml;

use std::fmt::Debug;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind that is known at compile time.
///
/// Every kind of `k8s_openapi` that has metadata and a path of its own is one; `#[derive(Resource)]` makes one of a
/// spec.
///
/// ```
/// # use k8s_openapi::api::core::v1::Pod;
/// # use kube_core::{Resource, Scope};
/// assert_eq!(Pod::RESOURCE.plural, "pods");
/// assert_eq!(Pod::RESOURCE.scope, Scope::Namespaced);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Kubernetes object with a path of its own",
    label = "not a `Resource`",
    note = "a kind of k8s_openapi (`Pod`, not `PodSpec`), or a spec with `#[derive(Resource)]`: then use the kind it makes (`Shop`, not `ShopSpec`)"
)]
pub trait Resource: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Group, version, kind, plural and scope.
    const RESOURCE: ApiResource;

    /// The verbs that a program uses on its objects, as RBAC names them, where they are not all: what `#[resource(read_only)]` and
    /// `#[resource(only_verbs(..))]` say. The compiler is told by [`Allows`].
    const ONLY_VERBS: Option<&'static [&'static str]> = None;

    /// The object's metadata.
    fn metadata(&self) -> &ObjectMeta;

    /// The object's metadata, to change.
    fn metadata_mut(&mut self) -> &mut ObjectMeta;

    /// What teaches the cluster this kind, when it is a custom one: [`CustomResource::definition`] for whoever does not know that it is.
    #[must_use]
    fn custom_definition() -> Option<CustomResourceDefinition> {
        None
    }

    /// What tells the versions of this kind, when it is a custom one that says that it is one of several. Whether there is any is known when a program
    /// is compiled: one without links nothing that converts.
    const CONVERTS: Option<fn() -> Versions> = None;

    /// The versions of this kind, when there are several: what [`CONVERTS`](Self::CONVERTS) tells.
    #[must_use]
    fn versions() -> Option<Versions> {
        Self::CONVERTS.map(|versions| versions())
    }

    /// The status of an object that has none yet, as it is written, where there is one apart from the spec: the default of
    /// [`HasStatus::Status`] for whoever does not know that it has one.
    #[must_use]
    fn first_status() -> Option<serde_json::Value> {
        None
    }
}

/// Anything with an object's metadata: every [`Resource`], [`DynamicObject`], [`PartialObjectMetadata`].
pub trait HasMetadata {
    /// The object's metadata.
    fn object_meta(&self) -> &ObjectMeta;

    /// The object's metadata, to change.
    fn object_meta_mut(&mut self) -> &mut ObjectMeta;

    /// Fills in `apiVersion` and `kind` where the server left them out, as it does in the items of a list. Types that are of
    /// one kind keep neither, and do nothing.
    fn fill_kind(&mut self, resource: &ApiResource) {
        let _ = resource;
    }
}

impl<K: Resource> HasMetadata for K {
    fn object_meta(&self) -> &ObjectMeta {
        self.metadata()
    }

    fn object_meta_mut(&mut self) -> &mut ObjectMeta {
        self.metadata_mut()
    }
}

/// A kind with a status that is written apart from the spec.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no status",
    note = "name it: `#[resource(status = ..)]` beside `#[derive(Resource)]`"
)]
pub trait HasStatus: Resource {
    /// The type of the status.
    type Status: Clone + Default + Serialize + DeserializeOwned;

    /// The status, if there is one yet.
    fn status(&self) -> Option<&Self::Status>;

    /// The status, to change.
    fn status_mut(&mut self) -> &mut Option<Self::Status>;
}

/// A kind that the cluster learns from a CustomResourceDefinition.
pub trait CustomResource: Resource {
    /// The type of the spec.
    type Spec;

    /// Whether objects are stored in this version: one version of a kind is.
    const STORED: bool = true;

    /// How many versions it knows: itself, and those that it converts from.
    const VERSIONS: usize = 1;

    /// What teaches the cluster this kind: all versions that it knows.
    fn definition() -> CustomResourceDefinition;

    /// The same as a YAML document, as `kubectl apply -f` takes it.
    #[must_use]
    fn definition_yaml() -> String {
        to_yaml(&Self::definition()).expect("a definition is plain data, all of which YAML can say")
    }
}

/// What server-side apply takes: a whole object, or the derived type in which every field may be left out.
pub trait Apply: Serialize + Send + Sync {
    /// The kind that is applied.
    type Kind: Resource;

    /// The metadata that is applied.
    fn metadata(&self) -> &ObjectMeta;

    /// The metadata that is applied, to change.
    fn metadata_mut(&mut self) -> &mut ObjectMeta;
}

impl<K: Resource> Apply for K {
    type Kind = Self;

    fn metadata(&self) -> &ObjectMeta {
        Resource::metadata(self)
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        Resource::metadata_mut(self)
    }
}

#[cfg(test)]
mod tests;
