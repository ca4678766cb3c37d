//! From a watch event to a reconcile: the six stages, in the order an object travels.

#[cfg(test)]
mod shops;
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
pub mod reconcile;
pub mod controller;
pub mod leader;
pub(crate) mod tls;
pub mod webhook;
pub mod endpoint;
pub mod manager;
pub mod operator;
pub mod prelude;
#[doc(hidden)]
pub mod __private;

pub use error::Error;
pub use error::Result;
pub use kube_core as core;
