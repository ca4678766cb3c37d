//! Broken JSON of an object in, as much of its key as can still be read out.

use super::extent::Extent;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) namespace: Option<Box<str>>,
    pub(super) name: Option<Box<str>>,
    pub(super) resource_version: Option<Box<str>>,
}

/// The longest part of a key that is believed.
const LONGEST: usize = 1024;

/// Looks into `metadata` of the object that stands below these members.
pub(super) fn key(json: &[u8], below: &[&str]) -> Key {
    let mut found = Key::default();
    let mut inside = json;
    for wanted in below.iter().copied().chain(["metadata"]) {
        match member(inside, wanted) {
            Some(value) => inside = value,
            None => return found,
        }
    }
    found.namespace = text(inside, "namespace");
    found.name = text(inside, "name");
    found.resource_version = text(inside, "resourceVersion");
    found
}

/// A member that is a text, and not an empty one.
pub(super) fn text(json: &[u8], wanted: &str) -> Option<Box<str>> {
    let value = member(json, wanted).filter(|value| value.len() <= LONGEST)?;
    serde_json::from_slice::<Box<str>>(value).ok().filter(|text| !text.is_empty())
}

/// The first member of this name; of an object that is cut off, what is there of it.
fn member<'a>(json: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let mut rest = json.trim_ascii_start().strip_prefix(b"{")?;
    loop {
        let key = value(&mut rest)?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        rest = rest.trim_ascii_start().strip_prefix(b":")?;
        let value = value(&mut rest)?;
        if key == wanted.as_bytes() {
            return Some(value);
        }
        rest = rest.trim_ascii_start().strip_prefix(b",")?;
    }
}

/// Takes one value off the front; all that is left if it does not end.
fn value<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let bytes = rest.trim_ascii_start();
    let end = Extent::default().advance(bytes).unwrap_or(bytes.len());
    let (value, after) = bytes.split_at(end);
    *rest = after;
    Some(value).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str) -> (Option<String>, Option<String>) {
        let key = key(json.as_bytes(), &[]);
        (key.name.map(Into::into), key.resource_version.map(Into::into))
    }

    #[test]
    fn a_key_is_read_out_of_broken_json() {
        let whole = (Some("a".to_owned()), Some("7".to_owned()));
        for json in [
            r#"{"metadata":{"name":"a","resourceVersion":"7"},"spec":NaN}"#,
            r#"{"spec":{"x":+-1},"metadata":{"name":"a","resourceVersion":"7"}}"#,
            r#"{"metadata":{"labels":{"x":nope},"name":"a","resourceVersion":"7"},"spec":{"#,
            r#" { "spec" : "\x" , "metadata" : { "name" : "a" , "resourceVersion" : "7" "#,
            r#"{"metadata":{"name":"a","resourceVersion":"7"},"metadata":{"name":"b"}}"#,
        ] {
            assert_eq!(found(json), whole, "{json}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for json in [
            "",
            "{",
            "null",
            "[]",
            r#"{"metadata":"#,
            r#"{"metadata":3}"#,
            r#"{"metadata":{"name":"a"#,
            r#"{"metadata":{"name":7}}"#,
            r#"{"metadata":{"name":""}}"#,
            r#"{"metadata" {"name":"a"}}"#,
            r#"{metadata:{"name":"a"}}"#,
        ] {
            assert_eq!(found(json), (None, None), "{json}");
        }
        let long = format!(r#"{{"metadata":{{"name":"{}"}}}}"#, "x".repeat(2000));
        assert_eq!(found(&long), (None, None));
        assert_eq!(key(b"{\"metadata\":{\"name\":\"\xff\",\"namespace\":\"u\"}}", &[]).name, None);
        assert_eq!(
            key(b"{\"metadata\":{\"name\":\"\xff\",\"namespace\":\"u\"}}", &[]).namespace,
            Some("u".into())
        );
    }

    #[test]
    fn the_object_of_an_event_stands_below_a_member() {
        let json = br#"{"type":"ADDED","object":{"metadata":{"name":"a","namespace":"n"},"x":?}}"#;
        let key = key(json, &["object"]);
        assert_eq!((key.namespace, key.name), (Some("n".into()), Some("a".into())));
        assert_eq!(text(json, "type").as_deref(), Some("ADDED"));
    }
}
