//! A part of an object to apply: what is set in, that and nothing else out.

use std::fmt;
use std::marker::PhantomData;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use kube_core::PartOf;
use kube_core::Wanted;
use serde::Serialize;
use serde::Serializer;
use serde_json::Map;
use serde_json::Value;

use crate::fields::Fields;

/// A `T` to apply: a field that is not set stays as it is.
#[must_use = "it changes nothing until it is applied"]
pub struct PartApply<T> {
    pub(crate) fields: Fields,
    of: PhantomData<fn() -> T>,
}

impl<T> PartApply<T> {
    /// Nothing is set yet.
    pub fn new() -> Self {
        Self { fields: Fields::default(), of: PhantomData }
    }

    /// What was set.
    #[must_use]
    pub fn as_json(&self) -> &Map<String, Value> {
        self.fields.as_json()
    }
}

impl<T> PartOf<T> for PartApply<T> {
    fn wanted(self) -> Wanted<T> {
        Wanted::of(&self)
    }
}

/// A schema where there may be one, or something else.
macro_rules! schema_as {
    ($($whole:ty),*) => { $(
        impl PartOf<$whole> for PartApply<apiextensions::JSONSchemaProps> {
            fn wanted(self) -> Wanted<$whole> {
                Wanted::of(&self)
            }
        }
    )* };
}

schema_as! {
    apiextensions::JSONSchemaPropsOrArray,
    apiextensions::JSONSchemaPropsOrBool,
    apiextensions::JSONSchemaPropsOrStringArray
}

impl<T> Serialize for PartApply<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields.serialize(serializer)
    }
}

impl<T> Default for PartApply<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for PartApply<T> {
    fn clone(&self) -> Self {
        Self { fields: self.fields.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for PartApply<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.fmt(formatter)
    }
}
