//! What happened to one key, in order, as far as nobody has read it yet.

use kube_core::wire::{Malformed, RawObject};

/// One step of one key, or a border in the stream: delta_fifo → indexer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Delta {
    /// The state of an object is now this.
    Updated(RawObject),
    /// The state of an object is this, says a list.
    Listed(RawObject),
    /// The object is gone; this was its last state.
    Deleted(RawObject),
    /// The object cannot be read.
    Malformed(Malformed),
    /// A list begins.
    ListBegun {
        /// Versions of before say nothing any more.
        new_history: bool,
    },
    /// The list is complete; what it did not name has vanished.
    ListEnded {
        /// The version of the whole list.
        resource_version: String,
    },
    /// Everything up to this version has been handed over.
    Reached {
        /// The version that is now reached.
        resource_version: String,
    },
}
