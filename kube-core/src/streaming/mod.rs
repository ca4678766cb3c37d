//! What a Pod's containers say and hear: bytes of a log in, lines out.

mod lines;

pub use lines::Line;
pub(crate) use lines::Lines;
