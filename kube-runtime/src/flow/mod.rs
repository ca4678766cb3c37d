//! The values that travel from stage to stage: a name in, and what happened to it; no stage, no I/O.

mod action;
mod cached;
mod change;
mod delta;
mod key;
mod notice;
mod priority;
mod resource_version;
#[cfg(test)]
pub(crate) mod sample;

pub use action::Action;
pub(crate) use cached::{Body, Held};
pub use cached::{Cached, Entry, Undecodable};
pub use change::Change;
pub use delta::Delta;
pub use key::{InvalidKey, Key};
pub use notice::{Deletion, Notice};
pub use priority::Priority;
pub use resource_version::{is_newer, order};
