//! From a watch event to a reconcile: the six stages, in the order an object travels.

pub mod shutdown;
pub mod clock;
pub mod flow;
pub mod workqueue;
