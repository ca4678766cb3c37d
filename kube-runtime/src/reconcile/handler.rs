//! A plain async function as a reconcile: its arguments are taken from the request by their types.

use std::future::Future;
use std::future::ready;
use std::sync::Arc;

use futures::future::BoxFuture;
use kube_core::Resource;

use super::arguments::Argument;
use super::request::Request;
use super::wiring::Wiring;
use crate::error::Error;
use crate::error::Result;
use crate::flow::Action;

/// What reconciles objects of kind `K`.
///
/// It is implemented for async functions of up to eight arguments, each an [`Argument`], that return `Result<Action, E>` with any error type;
/// that is all a user needs to know. It is called at most once at a time for a key.
#[diagnostic::on_unimplemented(
    message = "this function cannot reconcile `{K}`",
    note = "it must be `async fn(..) -> Result<Action>` with at most eight arguments, each one of `Object<{K}>`, `Cx<{K}>`, `State<T>`, `Lister<T>`, `Owned<T>`, `Trigger<T>`, `Client`, `Recorder`, `Previous<{K}>`; what it holds while it waits is `Send`, and its error is a `std::error::Error`"
)]
pub trait Handler<K: Resource, Arguments>: Clone + Send + Sync + 'static {
    /// Says what the arguments need.
    fn wire(wiring: &mut Wiring);

    /// Reconciles one object.
    fn call(&self, request: &Request<K>) -> BoxFuture<'static, Result<Action>>;
}

/// Compiles for what an async function gives back that can reconcile: of one that cannot, the compiler says why.
pub fn reconciles<E: Into<Error>>(_: impl Future<Output = Result<Action, E>> + Send) {}

/// Compiles for what can be sent between threads.
pub fn is_send(_: impl Send) {}

/// A handler whose arguments are forgotten.
pub(crate) type Call<K> =
    Arc<dyn Fn(&Request<K>) -> BoxFuture<'static, Result<Action>> + Send + Sync>;

/// Forgets the arguments of a handler.
pub(crate) fn erase<K: Resource, Arguments, H: Handler<K, Arguments>>(handler: H) -> Call<K> {
    Arc::new(move |request| handler.call(request))
}

macro_rules! handler {
    ($($argument:ident)*) => {
        impl<K, F, Fut, E, $($argument,)*> Handler<K, ($($argument,)*)> for F
        where
            K: Resource,
            F: Fn($($argument),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Result<Action, E>> + Send + 'static,
            E: Into<Error>,
            $($argument: Argument<K>,)*
        {
            fn wire(wiring: &mut Wiring) {
                let _ = &wiring;
                $($argument::wire(wiring);)*
            }

            #[allow(non_snake_case, reason = "a value is named as its type parameter; without arguments there is none")]
            fn call(&self, request: &Request<K>) -> BoxFuture<'static, Result<Action>> {
                let _ = request;
                $(let $argument = match $argument::extract(request) {
                    Ok(value) => value,
                    Err(error) => return Box::pin(ready(Err(error))),
                };)*
                let future = self($($argument),*);
                Box::pin(async move { future.await.map_err(Into::into) })
            }
        }
    };
}

handler!();
handler!(A);
handler!(A B);
handler!(A B C);
handler!(A B C D);
handler!(A B C D G);
handler!(A B C D G H);
handler!(A B C D G H I);
handler!(A B C D G H I J);
