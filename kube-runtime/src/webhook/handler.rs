//! A plain async function as a webhook: its arguments are taken from the call by their types.

use std::future::Future;
use std::future::ready;
use std::sync::Arc;

use futures::future::BoxFuture;
use kube_core::Resource;

use super::argument::Argument;
use super::call::Call;
use super::needs::Needs;
use super::verdict::IntoVerdict;
use super::verdict::Verdict;
use crate::error::Result;

/// What judges changes of objects of kind `K`.
///
/// It is implemented for async functions of up to six arguments, each an [`Argument`], that return a [`Verdict`] in one of the forms of
/// [`IntoVerdict`].
#[diagnostic::on_unimplemented(
    message = "this function cannot judge changes of `{K}`",
    note = "it must be `async fn(..) -> Verdict` with at most six arguments, each one of `Change<{K}>`, `State<T>`, `Lister<T>`, `Client`; what it holds while it waits is `Send`"
)]
pub trait Validator<K: Resource, Arguments>: Clone + Send + Sync + 'static {
    /// Says what the arguments need.
    fn wire(needs: &mut Needs);

    /// Judges one change.
    fn call(&self, call: &Call<K>) -> BoxFuture<'static, Result<Verdict>>;
}

/// What may change an object before it is stored, and may deny it: `#[webhook(mutate)]` makes one of an async function that takes `&mut K`.
pub type Mutator<K> = for<'a> fn(&'a mut K, &'a Call<K>) -> BoxFuture<'a, Result<Verdict>>;

/// A validator whose arguments are forgotten.
pub(super) type Judge<K> =
    Arc<dyn Fn(&Call<K>) -> BoxFuture<'static, Result<Verdict>> + Send + Sync>;

/// Forgets the arguments of a validator.
pub(super) fn erase<K: Resource, A, V: Validator<K, A>>(validator: V) -> Judge<K> {
    Arc::new(move |call| validator.call(call))
}

macro_rules! validator {
    ($($argument:ident)*) => {
        impl<K, F, Fut, $($argument,)*> Validator<K, ($($argument,)*)> for F
        where
            K: Resource,
            F: Fn($($argument),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output: IntoVerdict> + Send + 'static,
            $($argument: Argument<K>,)*
        {
            fn wire(needs: &mut Needs) {
                let _ = &needs;
                $($argument::wire(needs);)*
            }

            #[allow(non_snake_case, reason = "a value is named as its type parameter; without arguments there is none")]
            fn call(&self, call: &Call<K>) -> BoxFuture<'static, Result<Verdict>> {
                let _ = call;
                $(let $argument = match $argument::extract(call) {
                    Ok(value) => value,
                    Err(error) => return Box::pin(ready(Err(error))),
                };)*
                let future = self($($argument),*);
                Box::pin(async move { future.await.into_verdict() })
            }
        }
    };
}

validator!();
validator!(A);
validator!(A B);
validator!(A B C);
validator!(A B C D);
validator!(A B C D G);
validator!(A B C D G H);
