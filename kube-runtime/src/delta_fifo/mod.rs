//! Orders what was heard per key, and merges what nobody has read yet: a [`Change`](crate::flow::Change) in, [`Delta`](crate::flow::Delta)s out.
//!
//! Promises:
//! - Keys come out in the order in which they first went in.
//! - What happened to one key comes out together, oldest first.
//! - A reader that keeps up sees everything. For one that is behind, what waits is merged per key:
//!   it sees the last state, and a deletion with the last known object.
//! - Two deletions in a row are one, the later.
//! - Nothing crosses the begin or the end of a list.
//! - A version is reported as reached when everything before it has been read.
//!
//! Mirrors: client-go tools/cache/delta_fifo.go, the_real_fifo.go
//! Differs: bounded by keys, not by events; a list streams through instead of being one value.

mod handle;
mod machine;
#[cfg(test)]
mod tests;

pub use handle::Fifo;
pub use machine::DeltaFifo;
