//! Storing a new object.

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
use crate::request::CreateOptions;
use crate::request::FieldValidation;
use crate::request::Request;

use super::Api;
use super::Creates;
use super::Objects;
use super::debug_as_place;
use super::decode::decode_written;
use super::place::Place;
use super::place::Written;

/// Stores a new object, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct Create<K> {
    client: Client,
    place: Place,
    object: Written,
    options: CreateOptions,
    kind: PhantomData<fn() -> K>,
}

debug_as_place!(Create<K>);

impl<K: HasMetadata + Serialize, P> Api<K, P> {
    /// Stores this object, in the namespace that was named, else in its own.
    pub fn create(&self, object: &K) -> Create<K>
    where
        K: Allows<verb::Create>,
        P: Creates<K>,
    {
        Create {
            client: self.client.clone(),
            place: self.place.clone(),
            object: Written::of(object, object.object_meta()),
            options: CreateOptions::default(),
            kind: PhantomData,
        }
    }
}

impl<P> Objects<P> {
    /// Stores this object.
    pub fn create<K: Resource + Allows<verb::Create>>(&self, object: &K) -> Create<K>
    where
        P: Creates<K>,
    {
        self.api().create(object)
    }
}

impl<K> Create<K> {
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

impl<K: DeserializeOwned + 'static> IntoFuture for Create<K> {
    type Output = Result<K>;
    type IntoFuture = BoxFuture<'static, Result<K>>;

    fn into_future(mut self) -> Self::IntoFuture {
        async move {
            let target = self.place.collection_of(&self.object).await?;
            self.client.sign(&mut self.options.field_manager);
            let shown = self.place.object_of(&self.object).await?;
            let json = self.object.json_as(&target.resource)?;
            let mut request = Request::create(&target, &json, &self.options)?;
            // The path of a creation has no name, a message should.
            request.purpose = format!("{} {shown}", request.verb);
            let failed = request.failed();
            let answer = self.client.call(&shown, request, self.options.dry_run).await?;
            decode_written(&answer, || failed.clone())
        }
        .boxed()
    }
}
