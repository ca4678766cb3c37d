//! Reading one object.

use std::future::IntoFuture;
use std::marker::PhantomData;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::object::Name;
use crate::object::Resource;
use crate::request::GetOptions;
use crate::request::Request;

use super::Api;
use super::Objects;
use super::debug_as_place;
use super::decode::decode;
use super::place::Named;
use super::place::Place;
use super::place::named;

/// Reads one object, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct Get<K> {
    client: Client,
    place: Place,
    name: Named,
    options: GetOptions,
    kind: PhantomData<fn() -> K>,
}

/// Reads one object that may not be there, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct GetOptional<K> {
    place: Place,
    get: Get<K>,
}

debug_as_place!(Get<K>, GetOptional<K>);

impl<K, P> Api<K, P> {
    /// Reads the object of this name.
    pub fn get<N>(&self, name: N) -> Get<K>
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        let (client, place) = (self.client.clone(), self.place.clone());
        Get { client, place, name: named(name), options: GetOptions::default(), kind: PhantomData }
    }
}

impl<P> Objects<P> {
    /// Reads the object of this kind and name.
    pub fn get<K: Resource>(&self, name: impl TryInto<Name, Error: Into<Error>>) -> Get<K> {
        self.api().get(name)
    }
}

impl<K> Get<K> {
    /// Accepts a state from the server's memory that is not older than this; `0` for any.
    pub fn resource_version(mut self, resource_version: impl Into<String>) -> Self {
        self.options = self.options.resource_version(resource_version);
        self
    }

    /// Gives `None` if there is no such object.
    pub fn optional(self) -> GetOptional<K> {
        GetOptional { place: self.place.clone(), get: self }
    }
}

impl<K: DeserializeOwned + 'static> IntoFuture for Get<K> {
    type Output = Result<K>;
    type IntoFuture = BoxFuture<'static, Result<K>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let target = self.place.object(self.name).await?;
            let request = Request::get(&target, &self.options)?;
            let failed = request.failed();
            let answer = self.client.call(&target, request, false).await?;
            decode(&answer, || failed.clone())
        }
        .boxed()
    }
}

impl<K: DeserializeOwned + 'static> IntoFuture for GetOptional<K> {
    type Output = Result<Option<K>>;
    type IntoFuture = BoxFuture<'static, Result<Option<K>>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            match self.get.await {
                Ok(object) => Ok(Some(object)),
                // A kind that the server does not have is a mistake, not an object that is missing.
                Err(error)
                    if error.status().is_some_and(|status| {
                        status.code == 404 && !status.details.name.is_empty()
                    }) =>
                {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}
