//! Which verbs a program may use on objects that are read as some type, told to the compiler: a type and a verb in, whether it compiles out.

use super::DynamicObject;
use super::PartialObjectMetadata;

/// The verbs that change something, as types; reading is refused of no type.
pub mod verb {
    /// Storing a new object.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Create;

    /// Replacing an object, `modify` too.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Update;

    /// Changing an object by a patch or by server-side apply, its status too.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Patch;

    /// Deleting an object.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Delete;

    /// Deleting a collection.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct DeleteCollection;
}

/// A type through which objects may be written with `Verb`, one of those in [`verb`].
///
/// Kinds of k8s-openapi, [`DynamicObject`] and derived kinds allow every verb, but for those that `#[resource(read_only)]` and
/// `#[resource(only_verbs(..))]` leave out. A view of an existing kind (`#[resource(existing = "v1/ConfigMap")]`) is never replaced. A type of
/// your own that you read objects as, and write, says so: `impl<V> Allows<V> for Mine {}`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not allow the verb `{Verb}`",
    label = "`{Self}` does not allow `{Verb}`",
    note = "`#[resource(read_only)]` or `#[resource(only_verbs(..))]` beside its derive leaves the verb out",
    note = "a view (`#[resource(existing = \"..\")]`) is never replaced or modified, as what it does not name would be lost: use `apply` or `patch`"
)]
pub trait Allows<Verb> {}

#[diagnostic::do_not_recommend]
impl<K: k8s_openapi::Resource, Verb> Allows<Verb> for K {}
impl<Verb> Allows<Verb> for DynamicObject {}
impl<Verb> Allows<Verb> for PartialObjectMetadata {}
