//! The cache of one kind: a [`Delta`](crate::flow::Delta) in, a [`Notice`](crate::flow::Notice) out, and objects for whoever reads.
//!
//! Promises:
//! - A notice is made after the store has what it tells.
//! - An object never goes back in time, whatever a lagging server says.
//! - A list turns objects that it does not name into deletions whose final state is unknown; an
//!   object that did not change is no notice.
//! - A malformed object keeps its last good state, is reported once per version, and disturbs no other.
//! - A reader sees what this process wrote, also before the watch brings it.
//! - Readers wait for microseconds, never for a list: what is costly happens before the lock.
//!
//! Mirrors: client-go tools/cache/{store,thread_safe_store,index,listers,mutation_cache}.go
//! Differs: objects are kept as compressed bytes and decoded when read; indices are functions.

mod by_label;
mod decoded;
mod expiring;
mod index;
mod lister;
mod machine;
mod own;
mod packed;
mod reported;
mod store;
mod table;
mod transform;
#[cfg(test)]
mod tests;
mod written;

pub use expiring::Expiring;
pub use lister::{Lister, NamespaceLister, Selected};
pub use machine::Cache;
pub use store::Store;
pub(crate) use transform::Transform;
