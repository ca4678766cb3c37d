//! What can be seen from outside: spans of reconciles, and numbers in the words that Prometheus reads.
//!
//! The numbers are kept by whoever does the work, as plain values; nothing here knows a queue or a cache.

mod exposition;
mod failures;
mod histogram;
mod questions;
mod reconciles;
mod requests;
mod span;

pub(crate) use exposition::Exposition;
pub(crate) use exposition::Kind;
pub(crate) use failures::Failed;
pub use histogram::Histogram;
pub(crate) use questions::Questions;
pub(crate) use reconciles::Ended;
pub(crate) use reconciles::Reconciles;
pub(crate) use requests::Requests;
pub use span::ReconcileId;
pub(crate) use span::ReconcileIds;
pub(crate) use span::reconcile_span;
