//! Posting to a part of an object, or replacing it: a body in, the server's answer out.

use std::future::IntoFuture;
use std::marker::PhantomData;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::CreateOptions;
use crate::request::FieldValidation;
use crate::request::ReplaceOptions;
use crate::request::Request;
use crate::request::Verb;

use super::super::Api;
use super::super::debug_as_place;
use super::super::decode::decode_written;
use super::super::place::Named;
use super::super::place::Place;

/// Writes to a part of an object, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct WriteSubresource<A> {
    client: Client,
    place: Place,
    name: Named,
    body: Result<Box<RawValue>>,
    verb: Verb,
    options: CreateOptions,
    answer: PhantomData<fn() -> A>,
}

debug_as_place!(WriteSubresource<A>);

impl<A> WriteSubresource<A> {
    pub(super) fn new<K>(api: &Api<K>, name: Named, body: &impl Serialize, verb: Verb) -> Self {
        let unwritable =
            |_| Error::new(ErrorKind::Input, "what is to be sent cannot be written as JSON");
        Self {
            client: api.client.clone(),
            place: api.place.clone(),
            name,
            body: serde_json::value::to_raw_value(body).map_err(unwritable),
            verb,
            options: CreateOptions::default(),
            answer: PhantomData,
        }
    }

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

impl<A: DeserializeOwned + 'static> IntoFuture for WriteSubresource<A> {
    type Output = Result<A>;
    type IntoFuture = BoxFuture<'static, Result<A>>;

    fn into_future(mut self) -> Self::IntoFuture {
        async move {
            let target = self.place.object(self.name).await?;
            self.client.sign(&mut self.options.field_manager);
            let body = self.body?;
            let request = match self.verb {
                Verb::Create => Request::create(&target, &body, &self.options)?,
                _ => {
                    let mut options = ReplaceOptions::default();
                    options.field_manager.clone_from(&self.options.field_manager);
                    options.dry_run = self.options.dry_run;
                    options.field_validation = self.options.field_validation;
                    Request::replace(&target, &body, &options)?
                }
            };
            let failed = request.failed();
            let answer = self.client.call(&target, request, self.options.dry_run).await?;
            decode_written(&answer, || failed.clone())
        }
        .boxed()
    }
}
