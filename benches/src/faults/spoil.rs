//! Objects as no client expects them: the bytes of a list or of watch events in, the same with broken objects in it out.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::Value;

/// A list or complete events, with these bytes in place of the objects of these names.
pub fn spoil(piece: &[u8], spoiled: &HashMap<String, Bytes>) -> Bytes {
    match serde_json::from_slice::<Value>(piece) {
        Ok(list) if list["items"].is_array() => list_of(list, spoiled),
        _ => piece.split_inclusive(|byte| *byte == b'\n').fold(Vec::new(), |mut out, line| {
            match event_of(line, spoiled) {
                Some(event) => out.extend_from_slice(&event),
                None => out.extend_from_slice(line),
            }
            out
        }),
    }
    .into()
}

fn list_of(mut list: Value, spoiled: &HashMap<String, Bytes>) -> Vec<u8> {
    let items = list["items"].take();
    let items = items.as_array().into_iter().flatten().map(|item| {
        let bytes = item["metadata"]["name"].as_str().and_then(|name| spoiled.get(name));
        bytes.map_or_else(|| item.to_string().into_bytes(), |bytes| bytes.to_vec())
    });
    let items = items.collect::<Vec<Vec<u8>>>().join(&b',');
    let (kind, version) = (&list["kind"], &list["apiVersion"]);
    let head = format!(
        r#"{{"kind":{kind},"apiVersion":{version},"metadata":{},"items":["#,
        list["metadata"]
    );
    [head.as_bytes(), &items, b"]}"].concat()
}

fn event_of(line: &[u8], spoiled: &HashMap<String, Bytes>) -> Option<Vec<u8>> {
    let event: Value = serde_json::from_slice(line).ok()?;
    let bytes = spoiled.get(event["object"]["metadata"]["name"].as_str()?)?;
    let head = format!(r#"{{"type":{},"object":"#, event["type"]);
    Some([head.as_bytes(), bytes, b"}\n"].concat())
}

/// The ways in which a ConfigMap can be broken. Where it can have a name and a version it has these.
pub fn ways(name: &str, version: &str) -> Vec<Bytes> {
    let fields =
        format!(r#""name":"{name}","namespace":"default","uid":"u","resourceVersion":"{version}""#);
    let data = |data: &str| format!(r#"{{"metadata":{{{fields}}},"data":{data}}}"#).into_bytes();
    let metadata = |more: &str| format!(r#"{{"metadata":{{{fields},{more}}}}}"#).into_bytes();
    let bare = |text: &str| text.as_bytes().to_vec();
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(200), close.repeat(200));
    let not_utf8 = [&data(r#"{"a":""#)[..data(r#"{"a":""#).len() - 1], b"\xff\xfe\"}}"].concat();
    let ways = [
        data("7"),
        data("[]"),
        data(r#"{"a":7}"#),
        data(r#"{"a":["x"]}"#),
        data(r#"{"a":NaN}"#),
        data(r#"{"a":01}"#),
        data(r#"{"a":tru}"#),
        data(r#"{"a":"\x"}"#),
        data(r#"{"a":1,}"#),
        data(r#"{a:1}"#),
        data(&deep(r#"{"x":"#, "}")),
        data(&deep("[", "]")),
        data(&format!(r#"{{"a":"{}"}}"#, "x".repeat(20 << 20))),
        not_utf8,
        metadata(r#""generation":"seven""#),
        metadata(r#""finalizers":{"a":1}"#),
        metadata(r#""labels":[1]"#),
        metadata(r#""creationTimestamp":"yesterday""#),
        metadata(r#""name":"again""#),
        bare(r#"{"metadata":null}"#),
        bare(r#"{"metadata":{"namespace":"default"}}"#),
        bare("{}"),
        bare("null"),
        bare("[]"),
        bare("12"),
    ];
    ways.into_iter().map(Bytes::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_objects_of_these_names_are_replaced_in_lists_and_in_events() {
        let spoiled = HashMap::from([("b".to_owned(), Bytes::from_static(b"NaN"))]);
        let object = |name: &str| format!(r#"{{"metadata":{{"name":"{name}"}}}}"#);
        let list = |items: &str| {
            format!(
                r#"{{"kind":"L","apiVersion":"v1","metadata":{{"continue":"c"}},"items":[{items}]}}"#
            )
        };
        let before = list(&[object("a"), object("b"), object("c")].join(","));
        let after = list(&[object("a"), "NaN".to_owned(), object("c")].join(","));
        assert_eq!(spoil(before.as_bytes(), &spoiled), after);
        let event = |object: &str| format!("{{\"type\":\"ADDED\",\"object\":{object}}}\n");
        let before = event(&object("a")) + &event(&object("b"));
        assert_eq!(spoil(before.as_bytes(), &spoiled), event(&object("a")) + &event("NaN"));
    }

    #[test]
    fn there_are_25_ways_and_none_of_them_is_another() {
        let ways = ways("bad", "66");
        let different: std::collections::HashSet<_> = ways.iter().collect();
        assert_eq!((ways.len(), different.len()), (25, 25));
    }
}
