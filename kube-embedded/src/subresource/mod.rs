//! The parts of objects that have a path of their own and a kind of their own, one file each.

mod scale;
mod token;

pub(crate) use scale::{change_scale, read_scale};
pub(crate) use token::create_token;
