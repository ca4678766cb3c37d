//! Deleting an object.

use std::future::IntoFuture;
use std::marker::PhantomData;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::object::Allows;
use crate::object::Name;
use crate::object::Resource;
use crate::object::verb;
use crate::request::DeleteOptions;
use crate::request::Propagation;
use crate::request::Request;
use crate::status::Status;

use super::Api;
use super::Objects;
use super::debug_as_place;
use super::decode::decode_written;
use super::place::Named;
use super::place::Place;
use super::place::named;

/// Deletes an object, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct Delete<K> {
    client: Client,
    place: Place,
    name: Named,
    options: DeleteOptions,
    kind: PhantomData<fn() -> K>,
}

/// What a server says of a deletion that it took.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a server answers with one of these two")]
pub enum Deletion<K> {
    /// The object as it was last, or as it is while finalizers or its end hold it.
    Object(Box<K>),
    /// It is gone.
    Done(Box<Status>),
}

debug_as_place!(Delete<K>);

impl<K, P> Api<K, P> {
    /// Deletes the object of this name.
    pub fn delete<N>(&self, name: N) -> Delete<K>
    where
        K: Allows<verb::Delete>,
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.deleting(name)
    }

    /// The same of what may be read as any type.
    pub(super) fn deleting<N>(&self, name: N) -> Delete<K>
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        let (client, place) = (self.client.clone(), self.place.clone());
        let options = DeleteOptions::default();
        Delete { client, place, name: named(name), options, kind: PhantomData }
    }
}

impl<P> Objects<P> {
    /// Deletes the object of this kind and name.
    pub fn delete<K: Resource + Allows<verb::Delete>>(
        &self,
        name: impl TryInto<Name, Error: Into<Error>>,
    ) -> Delete<K> {
        self.api().delete(name)
    }
}

impl<K> Delete<K> {
    /// What becomes of the objects that it owns.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.options = self.options.propagation(propagation);
        self
    }

    /// Only if it is this very object, not a later one of its name.
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.options = self.options.uid(uid);
        self
    }

    /// Only if nobody changed it since.
    pub fn resource_version(mut self, resource_version: impl Into<String>) -> Self {
        self.options = self.options.resource_version(resource_version);
        self
    }

    /// How long it may take to end, in seconds; 0 is at once.
    pub fn grace_period_seconds(mut self, seconds: u32) -> Self {
        self.options = self.options.grace_period_seconds(seconds);
        self
    }

    /// Does everything but deleting it.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.options = self.options.dry_run(dry_run);
        self
    }
}

impl<K: DeserializeOwned + 'static> IntoFuture for Delete<K> {
    type Output = Result<Deletion<K>>;
    type IntoFuture = BoxFuture<'static, Result<Deletion<K>>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let target = self.place.object(self.name).await?;
            let request = Request::delete(&target, &self.options)?;
            let failed = request.failed();
            let answer = self.client.call(&target, request, self.options.dry_run).await?;
            match Status::from_json(&answer) {
                Some(status) if status.is_failure() => Err(Error::from_status(status, failed)),
                Some(status) => Ok(Deletion::Done(Box::new(status))),
                None => {
                    decode_written(&answer, || failed.clone()).map(Box::new).map(Deletion::Object)
                }
            }
        }
        .boxed()
    }
}
