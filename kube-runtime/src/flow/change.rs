//! What the reflector heard from the server, in the order it heard it.

use kube_core::wire::{Malformed, RawObject};

/// One thing that the server said: reflector → delta_fifo.
///
/// A list is not one value but three kinds of them, so that nobody holds it whole: `ListBegun`, an
/// `Item` for each object, `ListEnded`. A list that fails ends without `ListEnded`; the next one
/// begins anew.
#[derive(Debug)]
#[non_exhaustive]
pub enum Change {
    /// A list begins: what it does not name until `ListEnded` has vanished.
    ListBegun {
        /// The server lost its state or was given back an older one: versions of before say nothing any more.
        new_history: bool,
    },
    /// An object of the list.
    Item(RawObject),
    /// The list is complete.
    ListEnded {
        /// The version of the whole list.
        resource_version: String,
    },
    /// An object appeared.
    Added(RawObject),
    /// An object changed.
    Modified(RawObject),
    /// An object is gone; this was its last state.
    Deleted(RawObject),
    /// Nothing changed up to this version.
    Bookmark {
        /// The version that is now reached.
        resource_version: String,
    },
    /// An object that could not be read: its own problem, and nobody else's.
    Malformed(Malformed),
}
