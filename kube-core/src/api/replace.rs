//! Replacing an object.

use std::future::IntoFuture;
use std::marker::PhantomData;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Result;
use crate::object::Allows;
use crate::object::HasMetadata;
use crate::object::Resource;
use crate::object::verb;
use crate::request::FieldValidation;
use crate::request::ReplaceOptions;
use crate::request::Request;

use super::Api;
use super::Objects;
use super::debug_as_place;
use super::decode::decode_written;
use super::place::Place;
use super::place::Written;

/// Replaces an object, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct Replace<K> {
    client: Client,
    place: Place,
    object: Written,
    options: ReplaceOptions,
    kind: PhantomData<fn() -> K>,
}

debug_as_place!(Replace<K>);

impl<K: HasMetadata + Serialize, P> Api<K, P> {
    /// Replaces the object of this name by this one. With a resource version in it, only if nobody changed it since.
    pub fn replace(&self, object: &K) -> Replace<K>
    where
        K: Allows<verb::Update>,
    {
        self.replacing(object)
    }

    /// The same where it was asked before whether `K` allows it.
    pub(super) fn replacing(&self, object: &K) -> Replace<K> {
        Replace {
            client: self.client.clone(),
            place: self.place.clone(),
            object: Written::of(object, object.object_meta()),
            options: ReplaceOptions::default(),
            kind: PhantomData,
        }
    }
}

impl<P> Objects<P> {
    /// Replaces the object of this name by this one.
    pub fn replace<K: Resource + Allows<verb::Update>>(&self, object: &K) -> Replace<K> {
        self.api().replace(object)
    }
}

impl<K> Replace<K> {
    /// Who writes.
    pub fn field_manager(mut self, manager: impl Into<String>) -> Self {
        self.options = self.options.field_manager(manager);
        self
    }

    /// Does everything but storing it.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.options = self.options.dry_run(dry_run);
        self
    }

    /// What the server does with fields it does not know.
    pub fn field_validation(mut self, validation: FieldValidation) -> Self {
        self.options = self.options.field_validation(validation);
        self
    }
}

impl<K: DeserializeOwned + 'static> IntoFuture for Replace<K> {
    type Output = Result<K>;
    type IntoFuture = BoxFuture<'static, Result<K>>;

    fn into_future(mut self) -> Self::IntoFuture {
        async move {
            let target = self.place.object_of(&self.object).await?;
            self.client.sign(&mut self.options.field_manager);
            let json = self.object.json_as(&target.resource)?;
            let request = Request::replace(&target, &json, &self.options)?;
            let failed = request.failed();
            let answer = self.client.call(&target, request, self.options.dry_run).await?;
            decode_written(&answer, || failed.clone())
        }
        .boxed()
    }
}
