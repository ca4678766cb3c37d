//! The type of a field in; that it can stand in an object, or what it misses, out.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What can be the value of a field of a kind.
///
/// That it has all three traits is what it is about; what is missing is told at once, and with the derive that gives all of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in an object of Kubernetes",
    label = "add `#[derive(Schema)]` to this type",
    note = "`#[derive(Schema)]` on `{Self}` makes it a part of a kind; a type of another crate needs serde's `Serialize` and `Deserialize` and schemars' `JsonSchema`, or `#[serde(with = \"..\")]` and `#[schemars(with = \"..\")]` on its field"
)]
pub trait Stored {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + JsonSchema> Stored for T {}

/// Compiles for what can be stored.
pub const fn stored<T: Stored>() {}
