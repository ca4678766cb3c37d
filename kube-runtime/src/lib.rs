//! From a watch event to a reconcile: the six stages, in the order an object travels.

#[cfg(test)]
mod one_object;
pub mod error;
pub mod shutdown;
pub mod clock;
pub mod observe;
pub mod flow;
pub mod reflector;
pub mod delta_fifo;
pub mod indexer;
pub mod handler;
pub mod informer;
pub mod workqueue;
pub mod writeback;
