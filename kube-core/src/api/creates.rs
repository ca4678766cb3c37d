//! Where objects are as far as the compiler knows: a place and a kind in, whether a new object of that kind can go there out.

use crate::object::ClusterScoped;

/// In a namespace that was named, or in a place that is known at run time only.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Placed;

/// In all namespaces, or in the cluster: where an object of a kind with namespaces cannot be created.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Everywhere;

/// A place in which objects of the kind `K` can be created: [`Placed`] for every kind, [`Everywhere`] for those without namespaces.
#[diagnostic::on_unimplemented(
    message = "`{K}` lives in a namespace, and none was named for the new object",
    label = "in which namespace?",
    note = "name it: `client.namespace(\"..\").create(&object)`, or `.namespace(\"..\")` behind `all()`",
    note = "where only the program knows the place: `client.api(K::RESOURCE, object.namespace())`"
)]
pub trait Creates<K>: Sized {}

impl<K> Creates<K> for Placed {}

#[diagnostic::do_not_recommend]
impl<K: ClusterScoped> Creates<K> for Everywhere {}
