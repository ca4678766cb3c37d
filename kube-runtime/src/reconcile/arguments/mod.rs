//! What a reconcile function may ask for, by type; one file for each.

mod client;
mod cx;
mod lister;
mod object;
mod owned;
mod previous;
mod recorder;
mod state;
mod trigger;

use kube_core::Resource;

use super::request::Request;
use super::wiring::Wiring;
use crate::error::Result;

pub use cx::Cx;
pub use object::Object;
pub use owned::Owned;
pub use previous::Previous;
pub use state::State;

/// A type that a reconcile function of `K` can have as an argument.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a reconcile function of `{K}`",
    label = "not an argument of a reconcile function",
    note = "an argument is one of `Object<{K}>`, `Cx<{K}>`, `State<T>`, `Lister<T>`, `Owned<T>`, `Trigger<T>`, `Client`, `Recorder`, `Previous<{K}>`"
)]
pub trait Argument<K: Resource>: Sized + Send {
    /// Says what must be there before the first reconcile: an informer, a permission, a state.
    fn wire(wiring: &mut Wiring);

    /// Takes the argument from a request.
    ///
    /// # Errors
    /// That reconcile fails with the error, and is tried again.
    fn extract(request: &Request<K>) -> Result<Self>;
}

/// Fails to compile, on the argument's own tokens, when `A` cannot be an argument of a reconcile function of `K`.
pub const fn argument<K: Resource, A: Argument<K>>() {}
