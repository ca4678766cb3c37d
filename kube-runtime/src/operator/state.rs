//! States that are made at start: a function in, a value by its type out.

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;
use kube_core::Client;

use crate::error::Error;
use crate::error::Result;
use crate::reconcile::States;

/// What a state can be made from.
#[non_exhaustive]
pub struct Start<A = ()> {
    /// The client that the operator was started with. It may do what no controller declared; with leader election it writes only while this
    /// process leads, as everybody else, so making a state reads and does not write.
    pub client: Client,
    /// The program's own flags, as [`Operator::args`](super::Operator::args) says.
    pub args: Arc<A>,
}

type Make<A> = Box<dyn FnOnce(Start<A>) -> BoxFuture<'static, Result<Insert>> + Send>;
type Insert = Box<dyn FnOnce(&mut States) + Send>;

/// A state in the making.
pub(super) struct Made<A> {
    id: TypeId,
    name: &'static str,
    make: Make<A>,
}

impl<A: 'static> Made<A> {
    pub(super) fn new<T, F, Fut, E>(make: F) -> Self
    where
        T: Send + Sync + 'static,
        F: FnOnce(Start<A>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        E: Into<Error>,
    {
        let make: Make<A> = Box::new(move |start| {
            let made = make(start);
            Box::pin(async move {
                let value = made.await.map_err(Into::into)?;
                Ok(Box::new(move |states: &mut States| states.insert(value)) as Insert)
            })
        });
        Self { id: TypeId::of::<T>(), name: std::any::type_name::<T>(), make }
    }

    /// The same where other flags are known at start: `args` makes of those the ones that this is made from.
    pub(super) fn after<B: 'static>(
        self,
        args: impl FnOnce(Arc<B>) -> Arc<A> + Send + 'static,
    ) -> Made<B> {
        let Self { id, name, make } = self;
        let make: Make<B> =
            Box::new(move |start| make(Start { client: start.client, args: args(start.args) }));
        Made { id, name, make }
    }

    /// The same where the flags that it is made from are not known: known by its name, and not to be made.
    pub(super) fn unmade<B>(self) -> Made<B> {
        let Self { id, name, .. } = self;
        let unread = || Error::msg("the flags of this program were not read");
        Made { id, name, make: Box::new(move |_| Box::pin(async move { Err(unread()) })) }
    }

    pub(super) fn id(&self) -> TypeId {
        self.id
    }

    pub(super) async fn insert(self, start: Start<A>, states: &mut States) -> Result<()> {
        let name = self.name;
        let made = (self.make)(start).await;
        let insert =
            made.map_err(|error| error.context(format!("failed to make the state `{name}`")))?;
        insert(states);
        Ok(())
    }
}

impl<A> Clone for Start<A> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), args: Arc::clone(&self.args) }
    }
}

/// Never shows the flags: one may be a secret.
impl<A> fmt::Debug for Start<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Start").field("client", &self.client).finish_non_exhaustive()
    }
}

impl<A> fmt::Debug for Made<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Made<{}>", self.name)
    }
}
