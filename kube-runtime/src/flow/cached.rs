//! One object as the cache keeps it: the few fields that the pipeline asks for, and its bytes.
//!
//! Differs from client-go: an object is kept as the bytes that it came in, mostly compressed, and
//! decoded when somebody reads it. Nobody can change it.

use std::any::{Any, type_name};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use kube_core::wire::{OwnerHead, RawObject};
use kube_core::{Error, ErrorKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::key::Key;

/// A cached state, shared by the cache, the notices about it and whoever read it.
#[derive(Clone)]
pub struct Cached(Arc<Entry>);

/// One state of one object.
pub struct Entry {
    key: Key,
    uid: Box<str>,
    resource_version: Box<str>,
    generation: Option<i64>,
    deletion: bool,
    owners: Arc<[OwnerHead]>,
    finalizers: Box<[Box<str>]>,
    serial: u64,
    body: Body,
}

/// The bytes of a state.
pub(crate) enum Body {
    /// As they came.
    Raw(Box<[u8]>),
    /// Compressed against a dictionary.
    Packed {
        /// An LZ4 block.
        bytes: Box<[u8]>,
        /// How many bytes it unpacks to.
        size: u32,
        /// What it was compressed against.
        dictionary: Option<Arc<[u8]>>,
    },
    /// As they came, and what somebody read them as.
    Typed {
        /// The JSON.
        bytes: Box<[u8]>,
        /// Stays as long as this state does.
        object: OnceLock<Held>,
    },
}

/// A decoded object of some type.
pub(crate) type Held = Arc<dyn Any + Send + Sync>;

impl Body {
    /// Writes the JSON of a packed body into a buffer of its size.
    fn unpack(&self, unpacked: &mut [u8]) {
        if let Self::Packed { bytes, dictionary, .. } = self {
            let dictionary = dictionary.as_deref().unwrap_or_default();
            lz4_flex::block::decompress_into_with_dict(bytes, unpacked, dictionary)
                .expect("this process packed the block against this very dictionary");
        }
    }
}

/// A cached object that is not what its type says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to read `{key}` as {target} at resource version {resource_version}: {reason}")]
pub struct Undecodable {
    /// Which object.
    pub key: Key,
    /// At which version.
    pub resource_version: String,
    /// The type it was read as.
    pub target: &'static str,
    /// Why it could not be read; never contains the object.
    pub reason: String,
}

/// A read from the cache fails with the same error as a request, so that a user's own error needs one conversion.
impl From<Undecodable> for Error {
    fn from(undecodable: Undecodable) -> Self {
        Self::new(ErrorKind::Decode, undecodable)
    }
}

/// The longest buffer that a thread keeps between two reads.
const SPARE: usize = 1 << 20;

thread_local! {
    /// What an object is unpacked into when it is only read: allocating and zeroing it anew for each read
    /// would cost half as much as unpacking.
    static UNPACKED: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Tells states apart for as long as the process lives; never part of an ordering or an output.
static SERIAL: AtomicU64 = AtomicU64::new(0);

impl Cached {
    /// Keeps an object with its bytes as they are.
    #[must_use]
    pub fn raw(object: &RawObject) -> Self {
        let body = Body::Raw(Box::from(&object.bytes[..]));
        Self::assemble(Key::of_head(&object.meta), Arc::from(&object.meta.owners[..]), object, body)
    }

    /// Keeps an object whose parts others may share.
    pub(crate) fn assemble(
        key: Key,
        owners: Arc<[OwnerHead]>,
        object: &RawObject,
        body: Body,
    ) -> Self {
        let head = &object.meta;
        Self(Arc::new(Entry {
            key,
            uid: head.uid.clone(),
            resource_version: head.resource_version.clone(),
            generation: head.generation,
            deletion: head.deletion,
            owners,
            finalizers: head.finalizers.clone(),
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            body,
        }))
    }

    /// Whether both are the same value in memory.
    #[must_use]
    pub fn ptr_eq(left: &Self, right: &Self) -> bool {
        Arc::ptr_eq(&left.0, &right.0)
    }
}

impl Entry {
    /// Its name.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Its identity: another object of the same name has another one.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Its version.
    #[must_use]
    pub fn resource_version(&self) -> &str {
        &self.resource_version
    }

    /// The version of its spec, where the server counts it.
    #[must_use]
    pub fn generation(&self) -> Option<i64> {
        self.generation
    }

    /// Whether its deletion has been asked for and waits for finalizers or a grace period.
    #[must_use]
    pub fn is_being_deleted(&self) -> bool {
        self.deletion
    }

    /// Its owner references.
    #[must_use]
    pub fn owners(&self) -> &[OwnerHead] {
        &self.owners
    }

    pub(crate) fn shared_owners(&self) -> &Arc<[OwnerHead]> {
        &self.owners
    }

    /// Its finalizers.
    #[must_use]
    pub fn finalizers(&self) -> &[Box<str>] {
        &self.finalizers
    }

    /// A number that no other state in this process has.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Its JSON, unpacked where it is packed.
    #[must_use]
    pub fn json(&self) -> Cow<'_, [u8]> {
        match &self.body {
            Body::Raw(bytes) | Body::Typed { bytes, .. } => Cow::Borrowed(bytes),
            Body::Packed { size, .. } => {
                let mut unpacked = vec![0; *size as usize];
                self.body.unpack(&mut unpacked);
                Cow::Owned(unpacked)
            }
        }
    }

    /// Lends its JSON, without allocating where that can be avoided.
    pub(crate) fn with_json<T>(&self, read: impl FnOnce(&[u8]) -> T) -> T {
        match &self.body {
            Body::Raw(bytes) | Body::Typed { bytes, .. } => read(bytes),
            Body::Packed { size, .. } => {
                let size = *size as usize;
                // Taken, not borrowed: `read` may read another object.
                let mut buffer = UNPACKED.take();
                if buffer.len() < size {
                    buffer.resize(size, 0);
                }
                self.body.unpack(&mut buffer[..size]);
                let result = read(&buffer[..size]);
                if buffer.len() <= SPARE {
                    UNPACKED.set(buffer);
                }
                result
            }
        }
    }

    /// How many bytes are kept for its body, a shared dictionary not counted.
    #[must_use]
    pub fn kept(&self) -> usize {
        match &self.body {
            Body::Raw(bytes) | Body::Packed { bytes, .. } | Body::Typed { bytes, .. } => {
                bytes.len()
            }
        }
    }

    /// Reads it as a type.
    ///
    /// # Errors
    /// When it is not what the type says.
    pub fn decode<K: DeserializeOwned>(&self) -> Result<K, Undecodable> {
        self.with_json(|json| {
            // From text, as that is faster than from bytes; checking for UTF-8 costs nearly nothing.
            let text = std::str::from_utf8(json).ok();
            match text.map(serde_json::from_str).and_then(Result::ok) {
                Some(object) => Ok(object),
                None => Err(self.undecodable::<K>(json)),
            }
        })
    }

    /// Whether both were packed against the same dictionary, and so pay for it once.
    #[cfg(test)]
    pub(crate) fn shares_a_dictionary_with(&self, other: &Self) -> bool {
        let dictionary = |entry: &Self| match &entry.body {
            Body::Packed { dictionary, .. } => dictionary.as_ref().map(Arc::as_ptr),
            Body::Raw(_) | Body::Typed { .. } => None,
        };
        dictionary(self).is_some() && dictionary(self) == dictionary(other)
    }

    /// Where the decoded object is kept, if it is.
    pub(crate) fn held(&self) -> Option<&OnceLock<Held>> {
        match &self.body {
            Body::Typed { object, .. } => Some(object),
            Body::Raw(_) | Body::Packed { .. } => None,
        }
    }

    /// Its labels, read from its bytes.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        self.maps().labels.unwrap_or_default()
    }

    /// Its annotations, read from its bytes.
    #[must_use]
    pub fn annotations(&self) -> BTreeMap<String, String> {
        self.maps().annotations.unwrap_or_default()
    }

    fn maps(&self) -> Maps {
        #[derive(Deserialize)]
        struct Metadata {
            metadata: Maps,
        }
        // The head of this object was read, so only odd labels can fail; odd labels select nothing.
        self.with_json(|json| serde_json::from_slice::<Metadata>(json))
            .map_or_else(|_| Maps::default(), |whole| whole.metadata)
    }

    /// Reads it once more, the slow way that says what is wrong without showing what stands there.
    fn undecodable<K: DeserializeOwned>(&self, json: &[u8]) -> Undecodable {
        let reason = RawObject::copied_from(json, true).and_then(|object| object.decode::<K>());
        Undecodable {
            key: self.key.clone(),
            resource_version: self.resource_version.to_string(),
            target: short(type_name::<K>()),
            reason: reason.err().map_or_else(String::new, |malformed| malformed.reason),
        }
    }
}

#[derive(Deserialize, Default)]
struct Maps {
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
}

fn short(path: &'static str) -> &'static str {
    path.rsplit("::").next().unwrap_or(path)
}

impl Deref for Cached {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.0
    }
}

/// Never shows the object itself: it may be a secret.
impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Entry")
            .field("key", &self.key)
            .field("uid", &self.uid)
            .field("resource_version", &self.resource_version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}
