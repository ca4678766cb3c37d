//! The parts of objects that have a path of their own and a kind of their own, one file each.

mod binding;
mod eviction;
mod scale;
mod token;

pub(crate) use binding::bind;
pub(crate) use eviction::{covers, evict, is_ready};
pub(crate) use scale::{change_scale, read_scale};
pub(crate) use token::create_token;
