//! The attributes of a controller: one file each, which reads it and says what it does.

mod cleanup;
mod owns;
mod permissions;
mod timeout;
mod watches;
mod workers;

use super::input::{Given, Input};

pub(super) use permissions::Permission;
pub(super) use watches::Watch;

/// An attribute that a controller knows.
pub(super) struct Attribute {
    pub(super) name: &'static str,
    /// How it is written, for messages.
    pub(super) usage: &'static str,
    /// Whether it may be given more than once.
    pub(super) repeats: bool,
    pub(super) read: fn(Given, &mut Input) -> syn::Result<()>,
}

/// All of them.
pub(super) const ATTRIBUTES: [Attribute; 6] = [
    owns::ATTRIBUTE,
    watches::ATTRIBUTE,
    permissions::ATTRIBUTE,
    cleanup::ATTRIBUTE,
    workers::ATTRIBUTE,
    timeout::ATTRIBUTE,
];
