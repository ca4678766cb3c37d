//! `State<T>`: a value that the operator was given.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context as _;
use kube_core::Resource;

use super::Argument;
use crate::error::Result;
use crate::reconcile::request::Request;
use crate::reconcile::wiring::Wiring;

/// A value given with `Operator::state`. One that nobody gave is an error at start, before any request.
pub struct State<T>(Arc<T>);

impl<K: Resource, T: Send + Sync + 'static> Argument<K> for State<T> {
    fn wire(wiring: &mut Wiring) {
        wiring.needs_state::<T>();
    }

    fn extract(request: &Request<K>) -> Result<Self> {
        let value = request.context().states().get().context("a state vanished after the start")?;
        Ok(Self(value))
    }
}

impl<T> State<T> {
    pub(crate) fn of(value: Arc<T>) -> Self {
        Self(value)
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Never shows the value: it may hold a secret.
impl<T> fmt::Debug for State<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "State<{}>(..)", std::any::type_name::<T>())
    }
}
