//! What the server answers when it will not do something: a reason in, a `Status` with its code out.
//!
//! Mirrors: kubernetes apimachinery pkg/api/errors/errors.go

mod failure;

pub(crate) use failure::{Failure, ResourceName, done, success};
