//! What an object may look like: a CRD's schema or a built-in kind's table in, defaults, unknown fields and mistakes out.

mod error;
mod types;
mod builtin;

pub use builtin::builtin;
pub use error::{FieldError, FieldErrorKind, invalid_message};
pub use types::{Field, List, Relation, Scalar, StructMap, Type, TypeId, Types};
