//! Following a collection as tables of one row.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::Request;
use crate::request::WatchOptions;
use crate::selector::FieldSelector;
use crate::selector::LabelSelector;
use crate::status::Status;
use crate::transport::Body;
use crate::wire::Limits;
use crate::wire::WatchDecoder;

use super::super::Event;
use super::super::debug_as_place;
use super::super::place::Place;
use super::super::watch::MARGIN;
use super::super::watch::TIMEOUT;
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
    body: Option<Body>,
    decoder: WatchDecoder,
    deadline: Instant,
    failed: String,
}

debug_as_place!(WatchTable);

impl TableApi {
    /// Follows the objects, all of them or those that selectors choose.
    pub fn watch(&self) -> WatchTable {
        let (client, place) = (self.client.clone(), self.place.clone());
        WatchTable { client, place, options: Ok(WatchOptions::default()), include: self.include }
    }
}

impl WatchTable {
    fn set(mut self, set: impl FnOnce(WatchOptions) -> Result<WatchOptions>) -> Self {
        self.options = self.options.and_then(set);
        self
    }

    /// Only those with these labels, as `app=web,tier!=db`.
    pub fn labels(self, labels: impl TryInto<LabelSelector, Error: Into<Error>>) -> Self {
        self.set(|options| Ok(options.labels(labels.try_into().map_err(Into::into)?)))
    }

    /// Only those with these fields, as `spec.nodeName=a`.
    pub fn fields(self, fields: impl TryInto<FieldSelector, Error: Into<Error>>) -> Self {
        self.set(|options| Ok(options.fields(fields.try_into().map_err(Into::into)?)))
    }

    /// What happened after this revision. Without it, the objects that are there come first.
    pub fn resource_version(self, resource_version: impl Into<String>) -> Self {
        self.set(|options| Ok(options.resource_version(resource_version)))
    }

    /// After which time the server ends it; five minutes if not said.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set(|options| Ok(options.timeout(timeout)))
    }

    /// All options at once, in place of those set before.
    pub fn options(mut self, options: WatchOptions) -> Self {
        self.options = Ok(options);
        self
    }
}

impl IntoFuture for WatchTable {
    type Output = Result<TableWatch>;
    type IntoFuture = BoxFuture<'static, Result<TableWatch>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let mut options = self.options?;
            let timeout = *options.timeout.get_or_insert(TIMEOUT);
            let target = self.place.target().await?;
            let request = self.include.push(Request::watch(&target, &options)?);
            let failed = request.failed();
            let deadline = Client::after(timeout.saturating_add(MARGIN));
            let response = self.client.open(&target, request, false).await?;
            let decoder = WatchDecoder::new(Limits::default());
            Ok(TableWatch { body: Some(response.body), decoder, deadline, failed })
        }
        .boxed()
    }
}

impl TableWatch {
    /// The next event, as a table of one row; `None` when the server ended the watch, as it does after some minutes. The first
    /// one tells the columns. The revision to go on from is the one of the table's metadata.
    ///
    /// # Errors
    /// The server ended it with an error ([`is_gone`](Error::is_gone): list again), or the connection broke.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<Event<Table>>> {
        loop {
            while let Some(frame) = self.decoder.next_frame() {
                let (type_, object) = match frame {
                    Ok(frame) => frame,
                    Err(malformed) => return Ok(Some(Event::Malformed(malformed))),
                };
                if let Some(event) = self.event(&type_, &object)? {
                    return Ok(Some(event));
                }
            }
            let Some(body) = &mut self.body else { return Ok(None) };
            match tokio::time::timeout_at(self.deadline, body.next()).await {
                Ok(Some(Ok(piece))) => self.decoder.push(piece),
                Ok(Some(Err(error))) => {
                    self.body = None;
                    return Err(error.context(self.failed.clone()));
                }
                Ok(None) => {
                    self.body = None;
                    self.decoder.finish().map_err(|error| error.context(self.failed.clone()))?;
                }
                Err(_) => {
                    self.body = None;
                    let why = "the server's time for the watch is over and it did not end it";
                    return Err(Error::new(ErrorKind::Timeout, why).context(self.failed.clone()));
                }
            }
        }
    }

    /// None for a sort of event that servers learned after us.
    fn event(&mut self, type_: &str, object: &Bytes) -> Result<Option<Event<Table>>> {
        let ends = |watch: &mut Self, error| {
            watch.body = None;
            Err(error)
        };
        if type_ == "ERROR" {
            let status = Status::from_json(object).unwrap_or_else(|| {
                let message = "the watch failed, and the server's account of it cannot be read";
                Status::failure(500, "InternalError", message)
            });
            let error = Error::from_status(status, self.failed.clone());
            return ends(self, error);
        }
        let failed = self.failed.clone();
        // One event that is no table means that none will be.
        let table = match decode(object, || failed.clone()) {
            Ok(table) => table,
            Err(error) => return ends(self, error),
        };
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
        f.debug_struct("TableWatch").field("open", &self.body.is_some()).finish_non_exhaustive()
    }
}
