//! Deleting all objects of a collection, or those that selectors choose.

use std::future::IntoFuture;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::object::Allows;
use crate::object::verb;
use crate::request::DeleteOptions;
use crate::request::ListOptions;
use crate::request::Propagation;
use crate::request::Request;
use crate::selector::FieldSelector;
use crate::selector::LabelSelector;
use crate::status::Status;

use super::Api;
use super::debug_as_place;
use super::place::Place;

/// Deletes a collection, once it is awaited. Objects with finalizers stay until these are gone.
#[must_use = "nothing is sent before it is awaited"]
pub struct DeleteCollection {
    client: Client,
    place: Place,
    which: Result<ListOptions>,
    options: DeleteOptions,
}

debug_as_place!(DeleteCollection);

impl<K, P> Api<K, P> {
    /// Deletes all objects of the collection, or those that selectors choose.
    pub fn delete_collection(&self) -> DeleteCollection
    where
        K: Allows<verb::DeleteCollection>,
    {
        DeleteCollection {
            client: self.client.clone(),
            place: self.place.clone(),
            which: Ok(ListOptions::default()),
            options: DeleteOptions::default(),
        }
    }
}

impl DeleteCollection {
    /// Only those with these labels.
    pub fn labels(mut self, labels: impl TryInto<LabelSelector, Error: Into<Error>>) -> Self {
        let chosen =
            self.which.and_then(|which| Ok((which, labels.try_into().map_err(Into::into)?)));
        self.which = chosen.map(|(which, labels)| which.labels(labels));
        self
    }

    /// Only those with these fields.
    pub fn fields(mut self, fields: impl TryInto<FieldSelector, Error: Into<Error>>) -> Self {
        let chosen =
            self.which.and_then(|which| Ok((which, fields.try_into().map_err(Into::into)?)));
        self.which = chosen.map(|(which, fields)| which.fields(fields));
        self
    }

    /// What becomes of the objects that they own.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.options = self.options.propagation(propagation);
        self
    }

    /// How long each may take to end, in seconds; 0 is at once.
    pub fn grace_period_seconds(mut self, seconds: u32) -> Self {
        self.options = self.options.grace_period_seconds(seconds);
        self
    }

    /// Does everything but deleting them.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.options = self.options.dry_run(dry_run);
        self
    }
}

impl IntoFuture for DeleteCollection {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let which = self.which?;
            let target = self.place.target().await?;
            let request = Request::delete_collection(&target, &self.options, &which)?;
            let failed = request.failed();
            let answer = self.client.call(&target, request, self.options.dry_run).await?;
            match Status::from_json(&answer) {
                Some(status) if status.is_failure() => Err(Error::from_status(status, failed)),
                _ => Ok(()),
            }
        }
        .boxed()
    }
}
