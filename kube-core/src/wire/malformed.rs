//! An object that cannot be read: what is left of it in, a value that can be reported, stored and deleted out.

use std::fmt;

use bytes::Bytes;

use super::raw::RawObject;
use super::salvage;
use crate::error::Error;
use crate::error::ErrorKind;

/// An object that could not be read, or does not fit its type.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// Where it is, if that could be read.
    pub namespace: Option<Box<str>>,
    /// Its name, if that could be read.
    pub name: Option<Box<str>>,
    /// Its revision, if that could be read: a watch goes on after it.
    pub resource_version: Option<Box<str>>,
    /// Whether a watch said that this object is gone.
    pub removed: bool,
    /// Where and why; without any content of the object.
    pub reason: String,
    /// The JSON; only its beginning if it was larger than the limit.
    pub bytes: Bytes,
}

impl Malformed {
    /// A known object that does not fit its type.
    pub(super) fn of(object: &RawObject, reason: String) -> Self {
        let known = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Into::into);
        Self {
            namespace: object.meta.namespace.clone(),
            name: known(&object.meta.name),
            resource_version: known(&object.meta.resource_version),
            removed: false,
            reason,
            bytes: object.bytes.clone(),
        }
    }

    /// What can still be read of broken JSON, in which the object stands below these members.
    pub(super) fn salvaged(bytes: Bytes, below: &[&str], reason: String) -> Self {
        let key = salvage::key(&bytes, below);
        Self {
            namespace: key.namespace,
            name: key.name,
            resource_version: key.resource_version,
            removed: false,
            reason,
            bytes,
        }
    }

    pub(super) fn removed(mut self, removed: bool) -> Self {
        self.removed = removed;
        self
    }
}

/// ``object `prod/web` at revision 7 cannot be read: .spec.replicas: invalid type: string, expected i32``
impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| crate::status::excerpt(text.as_bytes(), 253);
        f.write_str("object ")?;
        match (&self.namespace, &self.name) {
            (Some(namespace), Some(name)) => write!(f, "`{}/{}`", shown(namespace), shown(name))?,
            (None, Some(name)) => write!(f, "`{}`", shown(name))?,
            (_, None) => f.write_str("of unknown name")?,
        }
        if let Some(version) = &self.resource_version {
            write!(f, " at revision {}", shown(version))?;
        }
        write!(f, " cannot be read: {}", self.reason)
    }
}

/// As it is printed: the bytes may be those of a Secret.
impl fmt::Debug for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Malformed({self}; {} bytes)", self.bytes.len())
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::new(ErrorKind::Decode, malformed)
    }
}
