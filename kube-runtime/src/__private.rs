//! What the expansions of our macros name; nobody else may.

pub use futures::future::BoxFuture;
/// Stands where a kind should and was not told.
pub use k8s_openapi::api::core::v1::ConfigMap as AnyKind;
pub use kube_core::__private::*;
pub use kube_core::request::Verb;

pub use crate::controller::Controller;
pub use crate::controller::IntoController;
pub use crate::controller::name_of;
pub use crate::controller::state;
pub use crate::reconcile::Wiring;
pub use crate::reconcile::argument;
pub use crate::reconcile::is_send;
pub use crate::reconcile::reconciles;
pub use crate::webhook::Argument as WebhookArgument;
pub use crate::webhook::Call;
pub use crate::webhook::IntoPolicy;
pub use crate::webhook::IntoVerdict;
pub use crate::webhook::On;
pub use crate::webhook::Policy;
pub use crate::webhook::PolicyRule;
pub use crate::webhook::Verdict;
pub use crate::webhook::Webhook;
pub use crate::webhook::argument as webhook_argument;
pub use crate::webhook::check_policy;
pub use crate::workqueue::limiter;
