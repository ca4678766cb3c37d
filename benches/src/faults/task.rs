//! What the reconcile function and the handlers of both sides do: the same closure for each.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

/// A reconcile: the object's name in, when it is to be reconciled again by itself out.
#[derive(Clone)]
pub struct Task(pub Arc<dyn Fn(String) -> BoxFuture<'static, Option<Duration>> + Send + Sync>);

/// A handler: its number, the object's name and version in; the next is handed to it when it has ended.
#[derive(Clone)]
pub struct Listening(pub Arc<dyn Fn(usize, String, u64) -> BoxFuture<'static, ()> + Send + Sync>);

/// So many reconciles run at once, on both sides.
pub const WORKERS: u16 = 2;
