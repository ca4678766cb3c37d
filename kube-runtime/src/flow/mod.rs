//! The values that travel from stage to stage: a name in, and what happened to it; no stage, no I/O.

mod key;
mod resource_version;

pub use key::{InvalidKey, Key};
pub use resource_version::{is_newer, order};
