//! From a key to what should be: a plain async function, called with arguments that it asks for by type.
//!
//! ```
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube_runtime::controller::Controller;
//! use kube_runtime::error::Result;
//! use kube_runtime::flow::Action;
//! use kube_runtime::reconcile::{Cx, Object};
//!
//! async fn stamp(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
//!     println!("{} at {}", cx.key(), cx.now());
//!     Ok(Action::done())
//! }
//!
//! let controller = Controller::of("stamp", stamp);
//! assert_eq!(controller.name(), "stamp");
//! ```

pub(crate) mod apply_set;
mod arguments;
pub(crate) mod context;
mod difference;
pub(crate) mod guard;
pub(crate) mod handler;
pub(crate) mod listers;
pub(crate) mod outcome;
pub(crate) mod malformed;
pub(crate) mod memory;
pub(crate) mod paused;
mod permissions;
pub(crate) mod plan;
pub(crate) mod reconciler;
mod request;
mod states;
pub(crate) mod trigger;
pub(crate) mod wiring;

pub use apply_set::ApplySet;
pub use arguments::Argument;
pub use arguments::Cx;
pub use arguments::Object;
pub use arguments::Owned;
pub use arguments::Previous;
pub use arguments::State;
pub use arguments::argument;
pub use difference::Changed;
pub use handler::Handler;
pub use handler::is_send;
pub use handler::reconciles;
pub use permissions::Permissions;
pub use permissions::Rule;
pub use request::Request;
pub use states::States;
pub use trigger::Trigger;
pub use trigger::Triggered;
pub use wiring::Changes;
pub use wiring::Wiring;
