//! The promises of wire: whatever the boundaries of the bytes, and whatever is broken in them.

mod boundaries;
mod golden;
mod list;
mod object;
mod watch;

use bytes::Bytes;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Pod;
use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;
use crate::object::DynamicObject;
use crate::object::ResourceExt;

fn read_list(chunks: &[&[u8]], limits: Limits) -> (Vec<Result<RawObject, Malformed>>, ListDecoder) {
    let mut list = ListDecoder::new(limits);
    let mut items = Vec::new();
    for chunk in chunks {
        list.push(chunk);
        while let Some(item) = list.next() {
            items.push(item);
        }
    }
    (items, list)
}

fn read_typed(chunks: &[&[u8]], limits: Limits) -> Vec<Result<ConfigMap, Malformed>> {
    let mut list = ListDecoder::new(limits);
    let mut items = Vec::new();
    for chunk in chunks {
        list.push(chunk);
        while let Some(item) = list.next_typed() {
            items.push(item);
        }
    }
    items
}

fn list_of(json: &[u8]) -> (Vec<Result<RawObject, Malformed>>, crate::error::Result<ListHead>) {
    let (items, list) = read_list(&[json], Limits::default());
    (items, list.finish())
}

fn read_watch(chunks: &[&[u8]], limits: Limits) -> (Vec<WatchEvent>, WatchDecoder) {
    let mut watch = WatchDecoder::new(limits);
    let mut events = Vec::new();
    for chunk in chunks {
        watch.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = watch.next() {
            events.push(event);
        }
    }
    (events, watch)
}

fn events_of(json: &str) -> Vec<WatchEvent> {
    let (events, watch) = read_watch(&[json.as_bytes()], Limits::default());
    watch.finish().unwrap();
    events
}

fn object(json: &str) -> RawObject {
    RawObject::copied_from(json.as_bytes(), false).unwrap()
}

/// Twenty-five ways to break an object (reliability.md, scorecard 13); whether its name can still be read.
fn poison() -> Vec<(Vec<u8>, bool)> {
    let head = r#""metadata":{"name":"bad","namespace":"n","resourceVersion":"66"}"#;
    let with = |member: &str| (format!("{{{head},{member}}}").into_bytes(), true);
    let meta = |member: &str| {
        let meta = r#""name":"bad","namespace":"n","resourceVersion":"66""#;
        (format!("{{\"metadata\":{{{meta},{member}}}}}").into_bytes(), true)
    };
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(200), close.repeat(200));
    let mut bad_text = format!("{{{head},\"data\":{{\"a\":\"").into_bytes();
    bad_text.extend_from_slice(b"\xff\xfe\"}}");
    let mut bad_name = b"{\"metadata\":{\"name\":\"\xc3\x28\"}}".to_vec();
    bad_name.extend_from_slice(b"");
    vec![
        with(r#""data":{"a":NaN}"#),
        with(r#""data":{"a":Infinity}"#),
        with(r#""data":{"a":1.}"#),
        with(r#""data":{"a":01}"#),
        with(r#""data":{"a":tru}"#),
        with(r#""data":{"a":"\x"}"#),
        with(r#""data":{"a":"\ud800\u0041"#.to_owned().as_str().trim_end()).0.pipe(|mut broken| {
            broken.truncate(broken.len() - 1);
            broken.extend_from_slice(b"\"}}");
            (broken, true)
        }),
        with("\"data\":{\"a\":\"b\u{1}\"}"),
        with(r#""data":{"a":1,}"#),
        with(r#""data":{"a" 1}"#),
        with(r#""data":{a:1}"#),
        with(r#""data":[1,2"#.replace("[1,2", "[1 2]").as_str()),
        with(r#""data":7"#),
        with(r#""data":{"a":7}"#),
        with(r#""data":{"a":["x"]}"#),
        with(&format!("\"data\":{}", deep("{\"x\":", "}"))),
        with(&format!("\"data\":{}", deep("[", "]"))),
        with(head),
        meta(r#""generation":"seven""#),
        meta(r#""finalizers":{"a":1}"#),
        meta(r#""ownerReferences":[{"kind":"A"}]"#),
        meta(r#""name":"again""#),
        (bad_text, true),
        (bad_name, false),
        (b"{\"metadata\":null}".to_vec(), false),
        (b"{\"metadata\":{\"namespace\":\"n\"}}".to_vec(), false),
        (b"{}".to_vec(), false),
        (b"null".to_vec(), false),
        (b"[]".to_vec(), false),
        (b"[{\"name\":\"bad\"}]".to_vec(), false),
        (b"\"text\"".to_vec(), false),
        (b"12".to_vec(), false),
    ]
}

trait Pipe: Sized {
    fn pipe<T>(self, then: impl FnOnce(Self) -> T) -> T {
        then(self)
    }
}

impl Pipe for Vec<u8> {}
