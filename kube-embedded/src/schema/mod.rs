//! What an object may look like: a CRD's schema or a built-in kind's table in, defaults, unknown fields and mistakes out.

mod error;
mod quantity;
mod types;
mod decode;
mod builtin;
mod format;
mod node;
mod fill;
mod number;
mod check;
mod unique;
mod keywords;
mod structural;
mod merging;
mod custom;

pub use builtin::builtin;
pub use custom::Schema;
pub use error::{FieldError, FieldErrorKind, invalid_message};
pub use types::{Field, List, Relation, Scalar, StructMap, Type, TypeId, Types};

#[cfg(test)]
mod tests;
