//! Which kinds have no namespaces, told to the compiler: a type in, whether it compiles out.

/// A kind without namespaces. Kinds of k8s-openapi are where they are one, and derived kinds; a [`Resource`](super::Resource) that is written by hand
/// says so: `impl ClusterScoped for Mine {}`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to be without namespaces",
    note = "a kind with namespaces is in one: name it"
)]
pub trait ClusterScoped {}

#[diagnostic::do_not_recommend]
impl<K: k8s_openapi::Resource<Scope = k8s_openapi::ClusterResourceScope>> ClusterScoped for K {}
