//! What the expansions of our macros name; nobody else may.

pub use kube_core::__private::*;
pub use kube_core::request::Verb;

pub use crate::controller::Controller;
pub use crate::reconcile::Wiring;
pub use crate::reconcile::argument;
pub use crate::workqueue::limiter;
