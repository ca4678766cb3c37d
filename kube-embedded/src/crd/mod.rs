//! Custom resource definitions: a definition in, the kinds it makes out; and the rules of the definition itself.
//!
//! Mirrors: kubernetes apiextensions-apiserver pkg/apiserver, pkg/controller/status

mod condition;
mod custom;
mod definition;
mod kinds;
mod names;
mod validate;

pub(crate) use condition::{condition, put_condition, set_condition};
pub(crate) use definition::{CLEANUP, definition_kind};
pub(crate) use kinds::kinds_of;
pub(crate) use names::{accept_names, establish};

#[cfg(test)]
mod tests;
