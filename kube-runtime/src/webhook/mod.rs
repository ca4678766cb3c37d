//! What the API server asks an operator before it stores an object: a change in, a verdict or a smaller or greater change out.
//!
//! ```
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube_runtime::webhook::{Change, Verdict, Webhook};
//!
//! async fn keep_the_settings(change: Change<ConfigMap>) -> Verdict {
//!     match change.new_object() {
//!         None if change.name() == "settings" => Verdict::deny("the settings stay; empty them instead"),
//!         _ => Verdict::allow(),
//!     }
//! }
//!
//! let webhook = Webhook::validate("keep_the_settings", keep_the_settings);
//! assert_eq!(webhook.name(), "keep_the_settings");
//! ```
//!
//! Promises:
//! - A function that panics, fails or takes too long is a webhook that cannot tell: the API server's failure policy decides, and no other
//!   call is harmed.
//! - A patch has what the function changed and nothing else; what its type does not know stays.
//! - Every replica answers, whoever leads; bodies, connections and times are bounded.
//! - The certificate is renewed before it expires, and at no time does a replica serve one that the API server was not told to trust.
//! - No message has the contents of an object.
//!
//! Mirrors: controller-runtime pkg/webhook, pkg/webhook/admission, pkg/certwatcher
//! Differs: a failure of the function is HTTP 500, so that `failurePolicy: Ignore` ignores it; the operator makes its own certificate, and says
//! itself what the API server is to ask.

mod argument;
mod call;
pub(crate) mod certificate;
mod change;
mod conversion;
mod dispatch;
mod handler;
mod hook;
mod needs;
mod patch;
mod policy;
mod registration;
mod review;
mod server;
mod verdict;

use std::fmt;
use std::time::Duration;

use kube_core::Resource;

use handler::erase;
use hook::Does;

pub use argument::Argument;
pub use argument::argument;
pub(crate) use call::Around;
pub use call::Call;
pub use change::Change;
pub use change::Operation;
pub use change::User;
pub(crate) use conversion::path as conversion_path;
pub use dispatch::Answered;
pub(crate) use dispatch::Asked;
pub use dispatch::Webhooks;
pub use handler::Mutator;
pub use handler::Validator;
pub(crate) use hook::Hook;
pub use needs::Needs;
pub use policy::IntoPolicy;
pub use policy::Policy;
pub use policy::PolicyRule;
#[doc(hidden)]
pub use policy::check_policy;
pub(crate) use registration::Configurations;
pub use registration::On;
pub(crate) use registration::Reach;
pub(crate) use registration::Registration;
pub use server::WebhookServer;
pub use verdict::Denied;
pub use verdict::IntoVerdict;
pub use verdict::Verdict;

/// A function that is asked about changes of objects of kind `K`, and when. `#[webhook]` writes the calls that stand here.
pub struct Webhook<K> {
    name: String,
    does: Does<K>,
    needs: Needs,
    registration: Registration,
}

impl<K: Resource> Webhook<K> {
    /// A webhook that lets changes through or denies them. Its name is that of its path and, with `-` for `_`, of what the API server calls it.
    #[must_use]
    pub fn validate<A, V: Validator<K, A>>(name: impl Into<String>, validator: V) -> Self {
        let mut needs = Needs::default();
        V::wire(&mut needs);
        let (does, registration) = (Does::Judges(erase(validator)), Registration::default());
        Self { name: name.into(), does, needs, registration }
    }

    /// A webhook that changes objects before they are stored. What its arguments need is said with [`wired`](Self::wired).
    #[must_use]
    pub fn mutate(name: impl Into<String>, mutator: Mutator<K>) -> Self {
        let (does, registration) = (Does::Changes(mutator), Registration::default());
        Self { name: name.into(), does, needs: Needs::default(), registration }
    }

    /// When it is asked; when an object is made or changed, if nothing is said.
    #[must_use]
    pub fn on(mut self, operations: impl IntoIterator<Item = On>) -> Self {
        self.registration.on = operations.into_iter().collect();
        self
    }

    /// It is asked about this subresource instead of the object itself, as `status`.
    #[must_use]
    pub fn subresource(mut self, name: impl Into<String>) -> Self {
        self.registration.subresource = Some(name.into());
        self
    }

    /// What it cannot tell is let through; otherwise it is denied.
    #[must_use]
    pub fn ignores_failure(mut self) -> Self {
        self.registration.ignores_failure = true;
        self
    }

    /// How long the API server waits for it, and how long the function runs at most: 1 to 30 whole seconds; 10 s if nothing is said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.registration.timeout(timeout);
        self
    }

    /// Only objects with these labels, before or after the change: `"app=web"`.
    #[must_use]
    pub fn labels(mut self, selector: &str) -> Self {
        self.registration.objects = self.registration.selector(selector);
        self
    }

    /// Only objects in namespaces with these labels.
    #[must_use]
    pub fn namespaces(mut self, selector: &str) -> Self {
        self.registration.namespaces = self.registration.selector(selector);
        self
    }

    /// Only changes for which this CEL expression is true; one more `matchConditions`.
    #[must_use]
    pub fn condition(mut self, name: impl Into<String>, cel: impl Into<String>) -> Self {
        self.registration.conditions.push((name.into(), cel.into()));
        self
    }

    /// One that changes objects is asked again when another one changed the object after it.
    #[must_use]
    pub fn reinvoked(mut self) -> Self {
        self.registration.reinvoked = true;
        self
    }

    /// It does more than answering, and leaves that when [`Change::is_dry_run`] says so. Without this the API server takes it that it does not.
    #[must_use]
    pub fn side_effects(mut self) -> Self {
        self.registration.side_effects = true;
        self
    }

    /// Says what else it needs.
    #[must_use]
    pub fn wired(mut self, wire: impl FnOnce(&mut Needs)) -> Self {
        wire(&mut self.needs);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<K> fmt::Debug for Webhook<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Webhook")
            .field("name", &self.name)
            .field("needs", &self.needs)
            .field("registration", &self.registration)
            .finish_non_exhaustive()
    }
}

/// What can be given to an operator as a webhook: a [`Webhook`], or a function that makes one, as `#[webhook]` leaves it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a webhook",
    note = "a webhook is `Webhook::validate(..)`, or an async function with `#[webhook(validate)]` or `#[webhook(mutate)]` above it"
)]
pub trait IntoWebhook {
    /// The kind that it is asked about.
    type Kind: Resource;

    /// The webhook.
    fn into_webhook(self) -> Webhook<Self::Kind>;
}

impl<K: Resource> IntoWebhook for Webhook<K> {
    type Kind = K;

    fn into_webhook(self) -> Self {
        self
    }
}

impl<K: Resource, F: FnOnce() -> Webhook<K>> IntoWebhook for F {
    type Kind = K;

    fn into_webhook(self) -> Webhook<K> {
        self()
    }
}
