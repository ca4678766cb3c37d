//! States that are made at start: a function in, a value by its type out.

use std::any::TypeId;
use std::fmt;
use std::future::Future;

use futures::future::BoxFuture;
use kube_core::Client;

use crate::error::Error;
use crate::error::Result;
use crate::reconcile::States;

/// What a state can be made from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Start {
    /// The client that the operator was started with. It may do what no controller declared; with leader election it writes only while this
    /// process leads, as everybody else, so making a state reads and does not write.
    pub client: Client,
}

type Make = Box<dyn FnOnce(Start) -> BoxFuture<'static, Result<Insert>> + Send>;
type Insert = Box<dyn FnOnce(&mut States) + Send>;

/// A state in the making.
pub(super) struct Made {
    id: TypeId,
    name: &'static str,
    make: Make,
}

impl Made {
    pub(super) fn new<T, F, Fut, E>(make: F) -> Self
    where
        T: Send + Sync + 'static,
        F: FnOnce(Start) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        E: Into<Error>,
    {
        let make: Make = Box::new(move |start| {
            Box::pin(async move {
                let value = make(start).await.map_err(Into::into)?;
                Ok(Box::new(move |states: &mut States| states.insert(value)) as Insert)
            })
        });
        Self { id: TypeId::of::<T>(), name: std::any::type_name::<T>(), make }
    }

    pub(super) fn id(&self) -> TypeId {
        self.id
    }

    pub(super) async fn insert(self, start: Start, states: &mut States) -> Result<()> {
        let name = self.name;
        let made = (self.make)(start).await;
        let insert =
            made.map_err(|error| error.context(format!("failed to make the state `{name}`")))?;
        insert(states);
        Ok(())
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Made<{}>", self.name)
    }
}
