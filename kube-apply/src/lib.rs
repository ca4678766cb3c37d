//! Kubernetes' own kinds for server-side apply: every field may be left out, and only what was set is sent.
//!
//! For each kind and each part of one there is a type that is called as it is with `Apply` behind: `core::v1::PodSpecApply` of a `PodSpec`.
//! A whole `PodSpec` sends what it requires too, as an empty `containers`, and takes it away from whoever set it; this does not. A setter
//! replaces a value, adds to a list and puts into a map; an item of a list that its server knows by a key, as a container by its name, takes the
//! place of the one with that key.
//!
//! One feature per API group, none by default. They are of Kubernetes 1.36: choose `v1_36` or a later version of k8s-openapi. Older servers are
//! served as well, as long as what they do not know is not set.
//!
//! ```
//! # #[cfg(feature = "apps")] {
//! use kube_apply::apps::v1::{DeploymentApply, DeploymentSpecApply};
//!
//! let three = DeploymentApply::named("shop").spec(DeploymentSpecApply::new().replicas(3));
//! assert_eq!(
//!     serde_json::to_value(&three).unwrap(),
//!     serde_json::json!({
//!         "apiVersion": "apps/v1",
//!         "kind": "Deployment",
//!         "metadata": { "name": "shop" },
//!         "spec": { "replicas": 3 },
//!     }),
//! );
//! # }
//! ```
//!
//! Whatever takes something to apply takes it: `client.namespace("prod").apply(&three)`, and `cx.apply(..)` in a reconcile function. So does a
//! setter of a derived kind, for a field that is one of Kubernetes' own types.

k8s_openapi::k8s_if_le_1_35! {
    compile_error!("kube-apply is of Kubernetes 1.36: choose the feature `v1_36`, or a later one, of k8s-openapi");
}

#[cfg_attr(not(feature = "all"), allow(dead_code, reason = "no group has fields of every form"))]
mod fields;
mod object;
mod part;
#[cfg(feature = "meta")]
#[macro_use]
mod table;
#[cfg(feature = "admissionregistration")]
pub mod admissionregistration;
#[cfg(feature = "apiextensions")]
pub mod apiextensions;
#[cfg(feature = "apiregistration")]
pub mod apiregistration;
#[cfg(feature = "apps")]
pub mod apps;
#[cfg(feature = "autoscaling")]
pub mod autoscaling;
#[cfg(feature = "batch")]
pub mod batch;
#[cfg(feature = "certificates")]
pub mod certificates;
#[cfg(feature = "coordination")]
pub mod coordination;
#[cfg(feature = "core")]
pub mod core;
#[cfg(feature = "discovery")]
pub mod discovery;
#[cfg(feature = "events")]
pub mod events;
#[cfg(feature = "flowcontrol")]
pub mod flowcontrol;
#[cfg(feature = "meta")]
pub mod meta;
#[cfg(feature = "networking")]
pub mod networking;
#[cfg(feature = "node")]
pub mod node;
#[cfg(feature = "policy")]
pub mod policy;
#[cfg(feature = "rbac")]
pub mod rbac;
#[cfg(feature = "resource")]
pub mod resource;
#[cfg(feature = "scheduling")]
pub mod scheduling;
#[cfg(feature = "storage")]
pub mod storage;

pub use object::ObjectApply;
pub use part::PartApply;
