//! Server-side apply: what one manager wants of an object, and nothing else.

use std::future::IntoFuture;
use std::marker::PhantomData;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::Allows;
use crate::object::Apply;
use crate::object::DynamicObject;
use crate::object::ObjectMeta;
use crate::object::verb;
use crate::request::FieldValidation;
use crate::request::Patch;
use crate::request::PatchOptions;
use crate::request::Request;

use super::Api;
use super::Objects;
use super::debug_as_place;
use super::decode::decode_written;
use super::place::Place;
use super::place::Written;

/// What can be applied to objects that are read as `K`: `K` itself, its derived apply type, a [`DynamicObject`].
pub trait Applies<K>: Serialize {
    /// The metadata that is applied.
    fn applied_metadata(&self) -> &ObjectMeta;
}

impl<A: Apply> Applies<A::Kind> for A {
    fn applied_metadata(&self) -> &ObjectMeta {
        Apply::metadata(self)
    }
}

impl Applies<Self> for DynamicObject {
    fn applied_metadata(&self) -> &ObjectMeta {
        &self.metadata
    }
}

/// Applies an object, once it is awaited. It needs a field manager: here, or the client's.
#[must_use = "nothing is sent before it is awaited"]
pub struct ApplyObject<K> {
    client: Client,
    place: Place,
    object: Written,
    options: PatchOptions,
    kind: PhantomData<fn() -> K>,
}

debug_as_place!(ApplyObject<K>);

impl<K, P> Api<K, P> {
    /// Applies this, to the object of its name in the namespace that was named, else in its own.
    pub fn apply<A: Applies<K>>(&self, object: &A) -> ApplyObject<K>
    where
        K: Allows<verb::Patch>,
    {
        ApplyObject {
            client: self.client.clone(),
            place: self.place.clone(),
            object: Written::of(object, object.applied_metadata()),
            options: PatchOptions::default(),
            kind: PhantomData,
        }
    }
}

impl<P> Objects<P> {
    /// Applies this, to the object of its kind and name.
    pub fn apply<A>(&self, object: &A) -> ApplyObject<A::Kind>
    where
        A: Apply<Kind: Allows<verb::Patch>>,
    {
        self.api::<A::Kind>().apply(object)
    }
}

impl<K> ApplyObject<K> {
    /// Who applies.
    pub fn field_manager(mut self, manager: impl Into<String>) -> Self {
        self.options = self.options.field_manager(manager);
        self
    }

    /// Takes fields away from other managers.
    pub fn force(mut self, force: bool) -> Self {
        self.options = self.options.force(force);
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

impl<K: DeserializeOwned + 'static> IntoFuture for ApplyObject<K> {
    type Output = Result<K>;
    type IntoFuture = BoxFuture<'static, Result<K>>;

    fn into_future(mut self) -> Self::IntoFuture {
        async move {
            let target = self.place.object_of(&self.object).await?;
            self.client.sign(&mut self.options.field_manager);
            let json = self.object.json_as(&target.resource)?;
            let patch = Patch::Apply(applied(json.get())?);
            let request = Request::patch(&target, &patch, &self.options)?;
            let failed = request.failed();
            let answer = self.client.call(&target, request, self.options.dry_run).await?;
            decode_written(&answer, || failed.clone())
        }
        .boxed()
    }
}

/// What was read from a server names its managers, and a server refuses to be told them.
fn applied(json: &str) -> Result<Value> {
    let mut value: Value = serde_json::from_str(json)
        .map_err(|_| Error::new(ErrorKind::Input, "the object cannot be written as JSON"))?;
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    Ok(value)
}
