//! How a kind is listed and watched: a plan in, a stream of decoded parts out.

use std::fmt::Debug;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use kube_core::Result;
use kube_core::wire::{ListHead, Malformed, RawObject, WatchEvent};

use crate::flow::Key;

/// One page of a list, to be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListPlan {
    /// Nothing older than this; `None` asks for the newest state.
    pub not_older_than: Option<String>,
    /// At most this many objects; `None` is all.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub continue_token: Option<String>,
}

/// A watch, to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchPlan {
    /// Everything after this version; with `initial`, nothing older than it.
    pub resource_version: Option<String>,
    /// Whether the state comes first, as a streaming list.
    pub initial: bool,
    /// After which time the server ends it.
    pub timeout: Duration,
}

/// A part of a list.
#[derive(Debug)]
#[non_exhaustive]
pub enum Listed {
    /// An object.
    Item(RawObject),
    /// An object that cannot be read.
    Malformed(Malformed),
    /// What the list says about itself; the last part.
    End(ListHead),
}

/// The parts of a list as they are decoded.
pub type Listing = BoxStream<'static, Result<Listed>>;

/// The events of a watch as they are decoded; its end is the server's.
pub type Watching = BoxStream<'static, Result<WatchEvent>>;

/// Somebody who can list and watch one kind in one place under one selector.
pub trait ListWatch: Debug + Send + Sync + 'static {
    /// Asks for a page of a list.
    fn list(&self, plan: ListPlan) -> BoxFuture<'_, Result<Listing>>;
    /// Asks for a watch.
    fn watch(&self, plan: WatchPlan) -> BoxFuture<'_, Result<Watching>>;
    /// Asks for one object as it is now.
    fn get(&self, key: Key) -> BoxFuture<'_, Result<Option<RawObject>>>;
}
