//! The status of objects, which is written apart from the rest.

use serde::Serialize;

use crate::error::Error;
use crate::object::Allows;
use crate::object::HasMetadata;
use crate::object::Name;
use crate::object::verb;
use crate::request::Patch;

use super::Api;
use super::Applies;
use super::ApplyObject;
use super::Get;
use super::PatchObject;
use super::Replace;

/// The `status` subresource of the objects of one kind. A write changes nothing but the status.
#[derive(Debug)]
pub struct StatusApi<K> {
    api: Api<K>,
}

impl<K, P> Api<K, P> {
    /// The status of these objects.
    #[must_use]
    pub fn status(&self) -> StatusApi<K> {
        let mut place = self.place.clone();
        place.subresource = Some("status".into());
        StatusApi { api: self.as_type(place) }
    }
}

impl<K> StatusApi<K> {
    /// Reads the object of this name, by way of its status.
    pub fn get<N>(&self, name: N) -> Get<K>
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.get(name)
    }

    /// Changes the status of the object of this name.
    pub fn patch<N>(&self, name: N, patch: Patch) -> PatchObject<K>
    where
        K: Allows<verb::Patch>,
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.patch(name, patch)
    }

    /// As [`patch`](Self::patch) for code that is generic, and asked its caller what is allowed.
    #[doc(hidden)]
    pub fn patch_whatever_is_allowed<N>(&self, name: N, patch: Patch) -> PatchObject<K>
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.patch_whatever_is_allowed(name, patch)
    }

    /// Applies the status in this.
    pub fn apply<A: Applies<K>>(&self, object: &A) -> ApplyObject<K>
    where
        K: Allows<verb::Patch>,
    {
        self.api.apply(object)
    }
}

impl<K: HasMetadata + Serialize> StatusApi<K> {
    /// Replaces the status by the one in this object. With a resource version in it, only if nobody changed the
    /// object since.
    pub fn replace(&self, object: &K) -> Replace<K>
    where
        K: Allows<verb::Update>,
    {
        self.api.replace(object)
    }
}

impl<K> Clone for StatusApi<K> {
    fn clone(&self) -> Self {
        Self { api: self.api.clone() }
    }
}
