//! What a webhook function may ask for, by type.

use anyhow::Context as _;
use kube_core::Client;
use kube_core::Resource;

use super::call::Call;
use super::change::Change;
use super::needs::Needs;
use crate::error::Result;
use crate::indexer::Lister;
use crate::reconcile::State;

/// A type that a webhook function about `K` can have as an argument.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a webhook function about `{K}`",
    label = "not an argument of a webhook function",
    note = "an argument is one of `Change<{K}>`, `State<T>`, `Lister<T>`, `Client`; one that changes the object begins with `&mut {K}`"
)]
pub trait Argument<K: Resource>: Sized + Send {
    /// Says what must be there before the first question: a cache, a permission, a state.
    fn wire(needs: &mut Needs);

    /// Takes the argument from a call.
    ///
    /// # Errors
    /// The call fails, and the failure policy decides.
    fn extract(call: &Call<K>) -> Result<Self>;
}

/// Fails to compile, on the argument's own tokens, when `A` cannot be an argument of a webhook function about `K`.
pub const fn argument<K: Resource, A: Argument<K>>() {}

impl<K: Resource> Argument<K> for Change<K> {
    fn wire(_needs: &mut Needs) {}

    fn extract(call: &Call<K>) -> Result<Self> {
        Ok(call.change().clone())
    }
}

impl<K: Resource> Argument<K> for Client {
    fn wire(_needs: &mut Needs) {}

    fn extract(call: &Call<K>) -> Result<Self> {
        Ok(call.around().client.clone())
    }
}

impl<K: Resource, T: Send + Sync + 'static> Argument<K> for State<T> {
    fn wire(needs: &mut Needs) {
        needs.needs_state::<T>();
    }

    fn extract(call: &Call<K>) -> Result<Self> {
        let value = call.around().states.get().context("a state vanished after the start")?;
        Ok(Self::of(value))
    }
}

impl<K: Resource, T: Resource> Argument<K> for Lister<T> {
    fn wire(needs: &mut Needs) {
        needs.lists::<T>();
    }

    fn extract(call: &Call<K>) -> Result<Self> {
        let lister = call.around().listers.get::<T>();
        lister.cloned().with_context(|| format!("no cache of {} was opened", T::RESOURCE))
    }
}
