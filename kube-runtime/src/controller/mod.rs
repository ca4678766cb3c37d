//! A reconcile function with what it needs to run: kind, triggers, workers. `#[controller]` writes the calls that stand here.
//!
//! ```
//! use k8s_openapi::api::apps::v1::Deployment;
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube_runtime::controller::Controller;
//! use kube_runtime::error::Result;
//! use kube_runtime::flow::Action;
//! use kube_runtime::reconcile::{Cx, Object};
//!
//! async fn mirror(_map: Object<ConfigMap>, _cx: Cx<ConfigMap>) -> Result<Action> {
//!     Ok(Action::done())
//! }
//!
//! let controller = Controller::of("mirror", mirror).wired(|wiring| {
//!     wiring.owns::<Deployment>();
//!     wiring.workers(2);
//! });
//! let resources: Vec<_> = controller.permissions().rules().into_iter().map(|rule| rule.resource).collect();
//! assert!(resources.contains(&"deployments".to_owned()));
//! ```

mod run;
mod worker;

use std::fmt;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::Resource;

use crate::clock::sum;
use crate::handler::Condition;
use crate::reconcile::Handler;
use crate::reconcile::Permissions;
use crate::reconcile::Wiring;
use crate::reconcile::handler::Call;
use crate::reconcile::handler::erase;
use crate::reconcile::wiring::Gate;

pub(crate) use run::Environment;
pub(crate) use run::Named;
pub(crate) use run::Part;
pub(crate) use run::Runnable;

/// The name of a controller is the second part of its finalizers and a value of its labels: the API takes no longer one there.
pub(crate) const LONGEST_NAME: usize = 63;

/// A reconcile function of kind `K`, and what it needs.
pub struct Controller<K> {
    name: String,
    reconcile: Call<K>,
    cleanup: Option<Call<K>>,
    wiring: Wiring,
    version: Option<&'static str>,
}

impl<K: Resource> Controller<K> {
    /// A controller that calls `handler` for each object of `K` that changed. Its name is its field manager, and what events and logs call it.
    #[must_use]
    pub fn of<A, H: Handler<K, A>>(name: impl Into<String>, handler: H) -> Self {
        let mut wiring = Wiring::of::<K>();
        H::wire(&mut wiring);
        Self { name: name.into(), reconcile: erase(handler), cleanup: None, wiring, version: None }
    }

    /// The version of the crate that it is part of, if that is known; `#[controller]` says it.
    #[must_use]
    pub fn version(mut self, version: Option<&'static str>) -> Self {
        self.version = version;
        self
    }

    /// Calls `handler` when an object is to be deleted, and holds the object until it says [`done`](crate::flow::Action::done).
    ///
    /// The finalizer that holds it is there before the reconcile function runs for the first time.
    #[must_use]
    pub fn cleanup<A, H: Handler<K, A>>(mut self, handler: H) -> Self {
        H::wire(&mut self.wiring);
        self.wiring.holds::<K>();
        self.cleanup = Some(erase(handler));
        self
    }

    /// Which changes of its objects lead to a reconcile; all, when nothing is said. Of owned and watched kinds it is said where those are:
    /// `wiring.owns::<Deployment>().predicate(..)`.
    ///
    /// What holds whatever the condition says: an object that this controller's finalizer holds is cleaned up after, and what a reconcile
    /// asked for itself (`Action::after`, a retry) comes.
    ///
    /// ```
    /// use k8s_openapi::api::core::v1::ConfigMap;
    /// use kube_runtime::controller::Controller;
    /// use kube_runtime::flow::{Action, Notice};
    /// use kube_runtime::handler::PredicateExt;
    /// use kube_runtime::handler::predicate::{generation_changed, labels_changed};
    /// use kube_runtime::reconcile::Object;
    ///
    /// async fn mirror(_map: Object<ConfigMap>) -> kube_runtime::Result<Action> {
    ///     Ok(Action::done())
    /// }
    ///
    /// let mirror = || Controller::of("mirror", mirror);
    /// let by_what_happened = mirror().predicate(generation_changed.or(labels_changed));
    /// let by_ones_own_rule = mirror().predicate(|notice: &Notice| !notice.is_initial());
    /// let by_the_object = mirror().predicate(|map: &ConfigMap| map.immutable != Some(true));
    /// # _ = (by_what_happened, by_ones_own_rule, by_the_object);
    /// ```
    #[must_use]
    pub fn predicate<Form>(mut self, condition: impl Condition<K, Form>) -> Self {
        self.wiring.gate = Gate::of(condition);
        self
    }

    /// Says what else it needs.
    #[must_use]
    pub fn wired(mut self, wire: impl FnOnce(&mut Wiring)) -> Self {
        wire(&mut self.wiring);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it must be allowed to do: no more than what was declared.
    #[must_use]
    pub fn permissions(&self) -> &Permissions {
        &self.wiring.permissions
    }

    /// What teaches the cluster its kind, when that is a custom one.
    #[must_use]
    pub fn definition(&self) -> Option<CustomResourceDefinition> {
        K::custom_definition()
    }
}

impl<K> fmt::Debug for Controller<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Controller")
            .field("name", &self.name)
            .field("cleanup", &self.cleanup.is_some())
            .field("wiring", &self.wiring)
            .finish_non_exhaustive()
    }
}

/// Fails to compile, on the type's own tokens, when reconciles that run at the same time cannot share `S`.
pub const fn state<S: Send + Sync + 'static>() {}

/// What a controller that is written for many kinds is called for one of them: no two of them have one name. `label` is `label_pod` for Pods and
/// `label_deployment_apps` for Deployments; two versions of a kind are the same objects, and have one. One of more than 63 characters is cut, and ends with a sum of the whole.
#[must_use]
pub fn name_of<K: Resource>(name: &str) -> String {
    let (kind, group) = (&K::RESOURCE.kind, &K::RESOURCE.group);
    let whole = match group.is_empty() {
        true => format!("{name}_{kind}"),
        false => format!("{name}_{kind}_{group}"),
    };
    fitting(whole.to_lowercase().replace(['.', '-'], "_"))
}

/// A name that stands in finalizers and labels: of one that is too long the beginning, and a sum of the whole.
fn fitting(name: String) -> String {
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let sum = format!("_{:08x}", sum(&name) >> 32);
    let mut end = LONGEST_NAME - sum.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{sum}", &name[..end])
}

/// What can be given to an operator: a [`Controller`], a function that makes one, or a type with the methods of one, as `#[controller]` leaves them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a controller",
    note = "a controller is `Controller::of(..)`, an async function with `#[controller]` above it, or a value of a type whose `impl` block has that above it"
)]
pub trait IntoController {
    /// The kind that is reconciled.
    type Kind: Resource;

    /// The controller.
    fn into_controller(self) -> Controller<Self::Kind>;
}

impl<K: Resource> IntoController for Controller<K> {
    type Kind = K;

    fn into_controller(self) -> Self {
        self
    }
}

impl<K: Resource, F: FnOnce() -> Controller<K>> IntoController for F {
    type Kind = K;

    fn into_controller(self) -> Controller<K> {
        self()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_name_that_is_too_long_for_a_finalizer_is_cut_and_is_still_that_of_one_controller_only() {
        let short = "label_database_platform_example_com".to_owned();
        assert_eq!(fitting(short.clone()), short);
        let long = |end: &str| format!("label_postgresqlcluster_{}_{end}", "databases_".repeat(4));
        let names: Vec<String> =
            ["example_com", "example_org"].map(|end| fitting(long(end))).into();
        // The same for ever: a name that changes leaves finalizers behind that nobody takes off.
        assert_eq!(names[0], "label_postgresqlcluster_databases_databases_databases__81031796");
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 2, "{names:?}");
        for name in names {
            assert_eq!(name.len(), LONGEST_NAME, "{name}");
            assert!(name.starts_with("label_postgresqlcluster_databases_"), "{name}");
        }
        assert_eq!(fitting("é".repeat(60)).len(), 63);
    }
}
