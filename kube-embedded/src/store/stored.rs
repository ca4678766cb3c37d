//! One object at one revision: its bytes, and the few members that are asked for without parsing.

use super::encode::{self, Encoded, Marks};
use bytes::Bytes;
use serde_json::Value;

/// What the store keeps beside the bytes of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) uid: Box<str>,
    /// Sorted by key.
    pub(crate) labels: Box<[(Box<str>, Box<str>)]>,
    /// Values of the kind's selectable fields, in the order of its table.
    pub(crate) fields: Box<[Box<str>]>,
    pub(crate) deleting: bool,
}

impl Facts {
    /// Reads what is kept from `object`.
    pub(crate) fn of(object: &Value, fields: Box<[Box<str>]>) -> Self {
        let metadata = &object["metadata"];
        let labels = metadata["labels"].as_object().map(|labels| {
            labels
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.as_str().unwrap_or("").into()))
                .collect()
        });
        Self {
            uid: metadata["uid"].as_str().unwrap_or("").into(),
            labels: labels.unwrap_or_default(),
            fields,
            deleting: metadata.get("deletionTimestamp").is_some_and(|stamp| !stamp.is_null()),
        }
    }
}

/// One object at one revision.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Empty for cluster-scoped objects.
    pub(crate) namespace: Box<str>,
    pub(crate) name: Box<str>,
    /// Zero when it was never stored (a dry run).
    pub(crate) revision: u64,
    /// The whole object, its resourceVersion included.
    pub(crate) bytes: Bytes,
    pub(crate) facts: Facts,
    marks: Marks,
}

impl Stored {
    pub(super) fn new(
        namespace: &str,
        name: &str,
        encoded: Encoded,
        facts: Facts,
        revision: u64,
    ) -> Self {
        let (bytes, marks) = encoded.finish(revision);
        Self { namespace: namespace.into(), name: name.into(), revision, bytes, facts, marks }
    }

    /// The same in another version of its kind, at the same revision, with the selectable fields of that version.
    pub(crate) fn converted(&self, object: &Value, fields: Box<[Box<str>]>) -> Self {
        Self::imagined(object, Facts { fields, ..self.facts.clone() }, self.revision)
    }

    /// The version of its kind that the bytes are of.
    pub(crate) fn api_version(&self) -> String {
        #[derive(Default, serde::Deserialize)]
        struct Head {
            #[serde(rename = "apiVersion", default)]
            api_version: String,
        }
        serde_json::from_slice::<Head>(&self.bytes).unwrap_or_default().api_version
    }

    /// The answer of a dry run, at the revision it would have replaced (zero: none).
    pub(crate) fn imagined(object: &Value, facts: Facts, revision: u64) -> Self {
        let text = |name: &str| object["metadata"][name].as_str().unwrap_or("").to_owned();
        let (namespace, name) = (text("namespace"), text("name"));
        if revision == 0 {
            let bytes = Encoded::unstored(object);
            let marks = Marks::default();
            return Self {
                namespace: namespace.into(),
                name: name.into(),
                revision,
                bytes,
                facts,
                marks,
            };
        }
        Self::new(&namespace, &name, Encoded::new(object), facts, revision)
    }

    /// The same object as of another revision.
    pub(crate) fn at(&self, revision: u64) -> Self {
        let (bytes, marks) =
            encode::splice(&self.bytes, &self.marks.revision, &self.marks, revision);
        Self {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            revision,
            bytes,
            facts: self.facts.clone(),
            marks,
        }
    }

    /// The object, parsed.
    pub(crate) fn value(&self) -> Value {
        // Only bytes that this server wrote are stored.
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The bytes of `metadata` alone.
    pub(crate) fn metadata(&self) -> Bytes {
        self.bytes.slice(self.marks.metadata.clone())
    }

    /// What follows the brace and the types, as items of a list of a built-in kind are written.
    pub(crate) fn untyped(&self) -> &[u8] {
        &self.bytes[self.marks.types.end..]
    }

    pub(super) fn same(&self, encoded: &Encoded) -> bool {
        encoded.same(&self.bytes, &self.marks)
    }

    /// The value of a label.
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        let labels = &self.facts.labels;
        labels.binary_search_by(|(own, _)| (**own).cmp(key)).ok().map(|at| &*labels[at].1)
    }
}
