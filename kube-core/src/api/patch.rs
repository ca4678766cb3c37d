//! Changing an object by a patch.

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
use crate::request::FieldValidation;
use crate::request::Patch;
use crate::request::PatchOptions;
use crate::request::Request;

use super::Api;
use super::Objects;
use super::debug_as_place;
use super::decode::decode_written;
use super::place::Named;
use super::place::Place;
use super::place::named;

/// Changes an object, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct PatchObject<K> {
    client: Client,
    place: Place,
    name: Named,
    patch: Result<Patch>,
    options: PatchOptions,
    kind: PhantomData<fn() -> K>,
}

debug_as_place!(PatchObject<K>);

impl<K, P> Api<K, P> {
    /// Changes the object of this name.
    pub fn patch<N>(&self, name: N, patch: Patch) -> PatchObject<K>
    where
        K: Allows<verb::Patch>,
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.patch_whatever_is_allowed(name, patch)
    }

    /// As [`patch`](Self::patch) for code that is generic, and asked its caller what is allowed.
    #[doc(hidden)]
    pub fn patch_whatever_is_allowed<N>(&self, name: N, patch: Patch) -> PatchObject<K>
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.patching(named(name), Ok(patch))
    }

    pub(super) fn patching(&self, name: Named, patch: Result<Patch>) -> PatchObject<K> {
        PatchObject {
            client: self.client.clone(),
            place: self.place.clone(),
            name,
            patch,
            options: PatchOptions::default(),
            kind: PhantomData,
        }
    }
}

impl<P> Objects<P> {
    /// Changes the object of this kind and name.
    pub fn patch<K: Resource + Allows<verb::Patch>>(
        &self,
        name: impl TryInto<Name, Error: Into<Error>>,
        patch: Patch,
    ) -> PatchObject<K> {
        self.api().patch(name, patch)
    }
}

impl<K> PatchObject<K> {
    /// Who writes.
    pub fn field_manager(mut self, manager: impl Into<String>) -> Self {
        self.options = self.options.field_manager(manager);
        self
    }

    /// With [`Patch::Apply`]: takes fields away from other managers.
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

impl<K: DeserializeOwned + 'static> IntoFuture for PatchObject<K> {
    type Output = Result<K>;
    type IntoFuture = BoxFuture<'static, Result<K>>;

    fn into_future(mut self) -> Self::IntoFuture {
        async move {
            let target = self.place.object(self.name).await?;
            self.client.sign(&mut self.options.field_manager);
            let request = Request::patch(&target, &self.patch?, &self.options)?;
            let failed = request.failed();
            let answer = self.client.call(&target, request, self.options.dry_run).await?;
            decode_written(&answer, || failed.clone())
        }
        .boxed()
    }
}
