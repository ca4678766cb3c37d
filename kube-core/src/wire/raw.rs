//! One object as the server sent it: its JSON in, the same JSON without `managedFields` and its head out.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::head;
use super::head::Object;
use super::head::ObjectHead;
use super::malformed::Malformed;
use super::reason;

/// One object's JSON, and what the pipeline has to know of it. The typed object is decoded when somebody asks.
///
/// ```
/// # use kube_core::wire::RawObject;
/// # use k8s_openapi::api::core::v1::ConfigMap;
/// let json = r#"{"metadata":{"name":"a","resourceVersion":"7","managedFields":[{"manager":"me"}]},"data":{"k":"v"}}"#;
/// let object = RawObject::parse(json.into(), false).unwrap();
/// assert_eq!((&*object.meta.name, &*object.meta.resource_version), ("a", "7"));
/// assert_eq!(object.bytes, r#"{"metadata":{"name":"a","resourceVersion":"7","managedFields":[]},"data":{"k":"v"}}"#);
/// let map: ConfigMap = object.decode().unwrap();
/// assert_eq!(map.data.unwrap()["k"], "v");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawObject {
    /// The JSON; `managedFields` are an empty list unless they were asked for. Items of a list may have no
    /// `apiVersion` and `kind`.
    pub bytes: Bytes,
    /// What every stage needs of it.
    pub meta: ObjectHead,
}

impl RawObject {
    /// Reads the head. The bytes are kept as they are, or copied once if something is cut out of them.
    ///
    /// # Errors
    ///
    /// They are no JSON object with a name in its metadata.
    pub fn parse(bytes: Bytes, keep_managed_fields: bool) -> Result<Self, Malformed> {
        match parts(&bytes, keep_managed_fields) {
            Ok((meta, None)) => Ok(Self { bytes, meta }),
            Ok((meta, Some(range))) => Ok(Self { bytes: without(&bytes, range), meta }),
            Err(reason) => Err(Malformed::salvaged(bytes, &[], reason)),
        }
    }

    /// The same of a part of a larger buffer, which is not kept alive by it.
    ///
    /// # Errors
    ///
    /// They are no JSON object with a name in its metadata.
    pub fn copied_from(bytes: &[u8], keep_managed_fields: bool) -> Result<Self, Malformed> {
        match parts(bytes, keep_managed_fields) {
            Ok((meta, None)) => Ok(Self { bytes: Bytes::copy_from_slice(bytes), meta }),
            Ok((meta, Some(range))) => Ok(Self { bytes: without(bytes, range), meta }),
            Err(reason) => Err(Malformed::salvaged(Bytes::copy_from_slice(bytes), &[], reason)),
        }
    }

    /// The object at the front of a buffer, and where it ends. None if it is not whole, or anything is wrong with it.
    pub(super) fn first_of(bytes: &[u8], keep_managed_fields: bool) -> Option<(Self, usize)> {
        let (meta, range, end) = head::read_first(bytes)?;
        let bytes = match range.filter(|_| !keep_managed_fields) {
            None => Bytes::copy_from_slice(&bytes[..end]),
            Some(range) => without(&bytes[..end], range),
        };
        Some((Self { bytes, meta }, end))
    }

    /// The typed object.
    ///
    /// # Errors
    ///
    /// It does not fit the type. The error says in which field, never what stands there.
    pub fn decode<K: DeserializeOwned>(&self) -> Result<K, Malformed> {
        super::decode(&self.bytes).map_err(|reason| Malformed::of(self, reason))
    }

    /// Its labels.
    ///
    /// # Errors
    ///
    /// They are no map from text to text.
    pub fn labels(&self) -> Result<BTreeMap<String, String>, Malformed> {
        self.decode::<Object<Tagged>>()
            .map(|Object(tagged)| tagged.metadata.labels.unwrap_or_default())
    }

    /// Its annotations.
    ///
    /// # Errors
    ///
    /// They are no map from text to text.
    pub fn annotations(&self) -> Result<BTreeMap<String, String>, Malformed> {
        self.decode::<Object<Tagged>>()
            .map(|Object(tagged)| tagged.metadata.annotations.unwrap_or_default())
    }
}

#[derive(Deserialize)]
struct Tagged {
    metadata: Tags,
}

#[derive(Deserialize)]
struct Tags {
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
}

type Parts = (ObjectHead, Option<Range<usize>>);

fn parts(bytes: &[u8], keep_managed_fields: bool) -> Result<Parts, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| reason::NOT_UTF8.to_owned())?;
    let (meta, range) = head::read(text).map_err(|unreadable| match unreadable {
        head::Unreadable::Json(error) => reason::of(&error, bytes),
        head::Unreadable::Missing(what) => what.to_owned(),
    })?;
    Ok((meta, range.filter(|_| !keep_managed_fields)))
}

fn without(bytes: &[u8], range: Range<usize>) -> Bytes {
    let mut rest = Vec::with_capacity(bytes.len() - range.len() + 2);
    rest.extend_from_slice(&bytes[..range.start]);
    rest.extend_from_slice(b"[]");
    rest.extend_from_slice(&bytes[range.end..]);
    rest.into()
}

/// Which object it is; not what is in it, as it may be a Secret.
impl fmt::Debug for RawObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawObject")
            .field("bytes", &format_args!("{} bytes", self.bytes.len()))
            .field("meta", &self.meta)
            .finish()
    }
}
