//! Wires the stages: one reflector, one delta_fifo and one indexer for each kind, and any number of handlers that are told.
//!
//! Promises:
//! - Handlers see a change after the cache has it.
//! - A handler that keeps up sees every event. One that is behind sees the first old and the last
//!   new state; a deletion always carries the last known object, and may be the only notice about
//!   an object that came and went meanwhile.
//! - A slow handler harms only itself.
//! - Who waits for a cache to be synced is woken, however many wait and whenever they began.
//! - One failing kind delays no other.
//! - A handler that joins late is told what the cache holds, without a gap and without a repetition.
//!
//! Nothing is spawned: [`Informers::run`] is a future that somebody owns.
//!
//! Mirrors: client-go tools/cache/shared_informer.go, informers/factory.go
//! Differs: buffers are bounded by keys; sync is waited for per handler, without polling.

mod buffer;
mod caching;
mod handle;
mod listener;
mod pipeline;
mod check;
mod registry;
#[cfg(test)]
mod tests;

pub use caching::CacheOptions;
pub use check::Difference;
pub use handle::{Gone, InformerHandle};
pub use listener::{Notices, Registration};
pub(crate) use pipeline::Traffic;
pub use pipeline::{Health, Informer};
pub use registry::Informers;
