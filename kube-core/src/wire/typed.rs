//! An object's JSON in, the typed object without its `managedFields` out, in one pass over all but the metadata.

use serde::de::DeserializeOwned;

use super::front;

/// Reads objects at the front of a buffer. What it cannot read in its way is no mistake yet: another reads that with more care.
#[derive(Default)]
pub(super) struct Typed {
    /// One object without its `managedFields`.
    without: Vec<u8>,
}

impl Typed {
    /// The object at the front of these bytes, and where it ends.
    pub(super) fn first_of<K: DeserializeOwned>(
        &mut self,
        json: &[u8],
        keep_managed_fields: bool,
    ) -> Option<(K, usize)> {
        let managed_fields = front::managed_fields(json)?.filter(|_| !keep_managed_fields);
        let Some(cut) = managed_fields else { return read(json) };
        self.without.clear();
        self.without.extend_from_slice(&json[..cut.start]);
        self.without.extend_from_slice(b"[]");
        self.without.extend_from_slice(&json[cut.end..]);
        let (object, end) = read(&self.without)?;
        Some((object, end + cut.len() - 2))
    }
}

fn read<K: DeserializeOwned>(json: &[u8]) -> Option<(K, usize)> {
    let text = match std::str::from_utf8(json) {
        Ok(text) => text,
        // The end of the bytes may stand in the middle of a character.
        Err(cut) => std::str::from_utf8(&json[..cut.valid_up_to()]).ok()?,
    };
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let object = values.next()?.ok()?;
    Some((object, values.byte_offset()))
}
