//! Following a collection as tables of one row.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::client::Client;
use crate::error::Result;
use crate::request::WatchOptions;
use crate::wire;
use crate::wire::Limits;
use crate::wire::WatchDecoder;

use super::super::Event;
use super::super::RawWatch;
use super::super::debug_as_place;
use super::super::place::Place;
use super::super::selects;
use super::Include;
use super::Table;
use super::TableApi;
use super::decode;

/// Follows a collection, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct WatchTable {
    client: Client,
    place: Place,
    options: Result<WatchOptions>,
    include: Include,
}

/// A watch that is open.
pub struct TableWatch {
    raw: RawWatch,
}

debug_as_place!(WatchTable);
selects!(WatchTable, WatchOptions);

impl TableApi {
    /// Follows the objects, all of them or those that selectors choose.
    pub fn watch(&self) -> WatchTable {
        let (client, place) = (self.client.clone(), self.place.clone());
        WatchTable { client, place, options: Ok(WatchOptions::default()), include: self.include }
    }
}

impl WatchTable {
    /// What happened after this revision. Without it, the objects that are there come first.
    pub fn resource_version(self, resource_version: impl Into<String>) -> Self {
        self.set(|options| Ok(options.resource_version(resource_version)))
    }

    /// After which time the server ends it; five minutes if not said.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set(|options| Ok(options.timeout(timeout)))
    }
}

impl IntoFuture for WatchTable {
    type Output = Result<TableWatch>;
    type IntoFuture = BoxFuture<'static, Result<TableWatch>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let Self { client, place, options, include } = self;
            let (options, limits) = (options?, Limits::default());
            let finish = |request| include.push(request);
            Ok(TableWatch { raw: RawWatch::open(&client, &place, options, limits, finish).await? })
        }
        .boxed()
    }
}

impl TableWatch {
    /// The next event, as a table of one row; `None` when the server ended the watch, as it does after some minutes. The first
    /// one tells the columns. The revision to go on from is the one of the table's metadata.
    ///
    /// # Errors
    /// The server ended it with an error ([`is_gone`](crate::Error::is_gone): list again), or the connection broke.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<Event<Table>>> {
        while let Some(frame) = self.raw.next_of(WatchDecoder::next_frame).await? {
            let (type_, object) = match frame {
                Ok(frame) => frame,
                Err(malformed) => return Ok(Some(Event::Malformed(malformed))),
            };
            if let Some(event) = self.event(&type_, &object)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// None for a sort of event that servers learned after us.
    fn event(&mut self, type_: &str, object: &Bytes) -> Result<Option<Event<Table>>> {
        if type_ == "ERROR" {
            return Err(self.raw.ended_by(wire::why_it_ended(object)));
        }
        // One event that is no table means that none will be.
        let table = decode(object, || self.raw.failed.clone()).inspect_err(|_| self.raw.end())?;
        Ok(Some(match type_ {
            "ADDED" => Event::Added(table),
            "MODIFIED" => Event::Modified(table),
            "DELETED" => Event::Deleted(table),
            "BOOKMARK" => {
                let annotation = |row: &super::TableRow| {
                    let annotations = row.object.as_ref()?.metadata.annotations.as_ref()?;
                    Some(annotations.get("k8s.io/initial-events-end")? == "true")
                };
                let initial_events_end = table.rows.first().and_then(annotation) == Some(true);
                let resource_version = table.metadata.resource_version;
                Event::Bookmark { resource_version, initial_events_end }
            }
            _ => return Ok(None),
        }))
    }
}

impl fmt::Debug for TableWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWatch").field("raw", &self.raw).finish()
    }
}
