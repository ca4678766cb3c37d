//! One object's JSON, written once: a value in; bytes out, with the places of what is spliced later.

use bytes::Bytes;
use serde_json::{Map, Value};
use std::ops::Range;

/// An object's JSON without its resourceVersion, and where that goes.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    bytes: Vec<u8>,
    /// Where the digits of the resourceVersion go.
    at: usize,
    marks: Marks,
}

/// Places in the bytes of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// What a list of built-in kinds leaves out: `"kind":..,"apiVersion":..,` after the brace.
    pub(super) types: Range<usize>,
    pub(super) metadata: Range<usize>,
    pub(super) revision: Range<usize>,
}

const MEMBER: &str = "\"resourceVersion\":\"\"";

impl Encoded {
    /// Writes `object`; a resourceVersion in it is ignored. The types come first, so that a list
    /// can leave them out without parsing anything.
    pub(crate) fn new(object: &Value) -> Self {
        Self::write(object, true)
    }

    /// Writes `object` as an answer that was never stored: without any resourceVersion.
    pub(crate) fn unstored(object: &Value) -> Bytes {
        Bytes::from(Self::write(object, false).bytes)
    }

    fn write(object: &Value, revision: bool) -> Self {
        let empty = Map::new();
        let root = object.as_object().unwrap_or(&empty);
        let mut out = Vec::with_capacity(1024);
        let mut marks = Marks::default();
        let mut at = 0;
        out.push(b'{');
        let types = out.len();
        for name in ["kind", "apiVersion"] {
            if let Some(value) = root.get(name) {
                member(&mut out, name, value);
                out.push(b',');
            }
        }
        marks.types = types..out.len();
        out.extend_from_slice(b"\"metadata\":");
        let start = out.len();
        out.push(b'{');
        let metadata = root.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
        let mut comma = false;
        for (name, value) in metadata {
            if name == "resourceVersion" {
                continue;
            }
            if comma {
                out.push(b',');
            }
            comma = true;
            member(&mut out, name, value);
        }
        if revision {
            if comma {
                out.push(b',');
            }
            out.extend_from_slice(MEMBER.as_bytes());
            at = out.len() - 1;
        }
        out.push(b'}');
        marks.metadata = start..out.len();
        for (name, value) in root {
            if !matches!(name.as_str(), "kind" | "apiVersion" | "metadata") {
                out.push(b',');
                member(&mut out, name, value);
            }
        }
        out.push(b'}');
        Self { bytes: out, at, marks }
    }

    /// Whether `bytes` hold the same object, whatever their resourceVersion.
    pub(super) fn same(&self, bytes: &[u8], marks: &Marks) -> bool {
        let revision = &marks.revision;
        revision.start == self.at
            && bytes.len() - revision.len() == self.bytes.len()
            && bytes[..revision.start] == self.bytes[..self.at]
            && bytes[revision.end..] == self.bytes[self.at..]
    }

    /// The finished bytes at `revision`.
    pub(super) fn finish(self, revision: u64) -> (Bytes, Marks) {
        splice(&self.bytes, &(self.at..self.at), &self.marks, revision)
    }
}

/// `bytes` with `revision` in the place `hole`.
pub(super) fn splice(
    bytes: &[u8],
    hole: &Range<usize>,
    marks: &Marks,
    revision: u64,
) -> (Bytes, Marks) {
    let digits = revision.to_string();
    let mut out = Vec::with_capacity(bytes.len() + digits.len() - hole.len());
    out.extend_from_slice(&bytes[..hole.start]);
    out.extend_from_slice(digits.as_bytes());
    out.extend_from_slice(&bytes[hole.end..]);
    let marks = Marks {
        types: marks.types.clone(),
        metadata: marks.metadata.start..marks.metadata.end + digits.len() - hole.len(),
        revision: hole.start..hole.start + digits.len(),
    };
    (Bytes::from(out), marks)
}

fn member(out: &mut Vec<u8>, name: &str, value: &Value) {
    // Writing JSON into memory cannot fail: map keys are strings.
    let _ = serde_json::to_writer(&mut *out, name);
    out.push(b':');
    let _ = serde_json::to_writer(&mut *out, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_revision_is_spliced_and_ignored_in_comparison() {
        let object = json!({"kind": "ConfigMap", "apiVersion": "v1", "data": {"a": "b"},
            "metadata": {"name": "x", "resourceVersion": "old", "uid": "u"}});
        let (bytes, marks) = Encoded::new(&object).finish(7);
        let back: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(back["metadata"]["resourceVersion"], "7");
        assert!(Encoded::new(&object).same(&bytes, &marks));
        let (later, marks) = splice(&bytes, &marks.revision, &marks, 12_345);
        assert!(Encoded::new(&object).same(&later, &marks));
        let metadata: Value = serde_json::from_slice(&later[marks.metadata.clone()]).unwrap();
        assert_eq!(metadata["resourceVersion"], "12345");
        assert!(!Encoded::new(&json!({"metadata": {"name": "y"}})).same(&later, &marks));
    }
}
