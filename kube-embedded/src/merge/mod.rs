//! Patches: an object and a patch's bytes in, the patched object out. JSON patch, merge patch, strategic merge patch.

mod error;
mod json_patch;
mod merge_patch;
mod strategic;
mod order;

pub use error::PatchError;
pub use json_patch::json_patch;
pub use merge_patch::merge_patch;
pub use strategic::strategic;
