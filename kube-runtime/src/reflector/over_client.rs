//! A client in; lists and watches of one kind, in one place, under one selector, out.

use std::fmt::{self, Formatter};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use kube_core::request::{ListOptions, ResourceVersionMatch, WatchOptions};
use kube_core::selector::{FieldSelector, LabelSelector};
use kube_core::wire::{Limits, RawObject};
use kube_core::{Api, ApiResource, Client, Error, ErrorKind, Result};
use serde_json::value::RawValue;

use super::list_watch::{ListPlan, ListWatch, Listed, Listing, WatchPlan, Watching};
use crate::flow::Key;

/// What a client can list and watch.
pub struct OverClient {
    client: Client,
    resource: ApiResource,
    namespace: Option<String>,
    labels: LabelSelector,
    fields: FieldSelector,
    metadata_only: bool,
}

impl OverClient {
    /// All objects of a kind.
    #[must_use]
    pub fn new(client: Client, resource: ApiResource) -> Self {
        Self {
            client,
            resource,
            namespace: None,
            labels: LabelSelector::everything(),
            fields: FieldSelector::everything(),
            metadata_only: false,
        }
    }

    /// Only those of one namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: Option<&str>) -> Self {
        self.namespace = namespace.map(str::to_owned);
        self
    }

    /// Only those with these labels.
    #[must_use]
    pub fn labels(mut self, labels: LabelSelector) -> Self {
        self.labels = labels;
        self
    }

    /// Only those with these fields.
    #[must_use]
    pub fn fields(mut self, fields: FieldSelector) -> Self {
        self.fields = fields;
        self
    }

    /// Only their metadata.
    #[must_use]
    pub fn metadata_only(mut self, metadata_only: bool) -> Self {
        self.metadata_only = metadata_only;
        self
    }

    async fn list(&self, plan: ListPlan) -> Result<Listing> {
        let mut options =
            ListOptions::default().labels(self.labels.clone()).fields(self.fields.clone());
        if let Some(version) = plan.not_older_than {
            options = options
                .resource_version(version)
                .resource_version_match(ResourceVersionMatch::NotOlderThan);
        }
        options.limit = plan.limit;
        options.continue_token = plan.continue_token;
        let api = self.api::<Box<RawValue>>(self.namespace.as_deref());
        let raw = if self.metadata_only {
            api.metadata_only().list().options(options).raw().await?
        } else {
            api.list().options(options).raw().await?
        };
        let parts = stream::unfold(Some(raw), async |raw| {
            let mut raw = raw?;
            match raw.next().await {
                Ok(Some(Ok(object))) => Some((Ok(Listed::Item(object)), Some(raw))),
                Ok(Some(Err(malformed))) => Some((Ok(Listed::Malformed(malformed)), Some(raw))),
                Ok(None) => {
                    let head = raw.head().cloned().unwrap_or_default();
                    Some((Ok(Listed::End(head)), None))
                }
                Err(error) => Some((Err(error), None)),
            }
        });
        Ok(parts.boxed())
    }

    async fn watch(&self, plan: WatchPlan) -> Result<Watching> {
        let mut options =
            WatchOptions::default().labels(self.labels.clone()).fields(self.fields.clone());
        options.resource_version = plan.resource_version;
        options.send_initial_events = plan.initial;
        options.timeout = Some(plan.timeout);
        let api = self.api::<Box<RawValue>>(self.namespace.as_deref());
        let raw = if self.metadata_only {
            api.metadata_only().watch().options(options).raw().await?
        } else {
            api.watch().options(options).raw().await?
        };
        let events = stream::unfold(Some(raw), async |raw| {
            let mut raw = raw?;
            match raw.next().await {
                Ok(Some(event)) => Some((Ok(event), Some(raw))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        Ok(events.boxed())
    }

    async fn get(&self, key: Key) -> Result<Option<RawObject>> {
        let api = self.api::<Box<RawValue>>(key.namespace());
        if !self.fields.is_everything() {
            // Whether it is selected is the server's to say.
            let fields = self.fields.clone().equals("metadata.name", key.name())?;
            let options = ListOptions::default().labels(self.labels.clone()).fields(fields);
            let mut raw = api.list().options(options).raw().await?;
            return match raw.next().await? {
                Some(object) => {
                    object.map(Some).map_err(|malformed| Error::new(ErrorKind::Decode, malformed))
                }
                None => Ok(None),
            };
        }
        let Some(json) = api.get(key.name()).optional().await? else { return Ok(None) };
        let json: Box<[u8]> = Box::from(Box::<str>::from(json));
        let object = RawObject::parse(json.into(), Limits::default().keep_managed_fields);
        object.map(Some).map_err(|malformed| Error::new(ErrorKind::Decode, malformed))
    }

    fn api<K>(&self, namespace: Option<&str>) -> Api<K> {
        self.client.api(self.resource.clone(), namespace)
    }
}

impl ListWatch for OverClient {
    fn list(&self, plan: ListPlan) -> BoxFuture<'_, Result<Listing>> {
        self.list(plan).boxed()
    }

    fn watch(&self, plan: WatchPlan) -> BoxFuture<'_, Result<Watching>> {
        self.watch(plan).boxed()
    }

    fn get(&self, key: Key) -> BoxFuture<'_, Result<Option<RawObject>>> {
        self.get(key).boxed()
    }
}

impl fmt::Debug for OverClient {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {:?}", self.resource, self.namespace)
    }
}
