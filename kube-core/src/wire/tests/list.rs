//! The promises of lists.

use super::*;

#[test]
fn one_bad_item_harms_itself_only() {
    for (bad, named) in poison() {
        let shown = String::from_utf8_lossy(&bad).chars().take(120).collect::<String>();
        let mut json = br#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"70"},"items":["#.to_vec();
        for index in 0..100 {
            if index == 41 {
                json.extend_from_slice(&bad);
            } else {
                json.extend_from_slice(
                    format!(r#"{{"metadata":{{"name":"good-{index}"}},"data":{{"a":"}}]"}}}}"#)
                        .as_bytes(),
                );
            }
            json.push(if index == 99 { b']' } else { b',' });
        }
        json.push(b'}');
        let (items, head) = list_of(&json);
        assert_eq!(head.unwrap().resource_version, "70", "{shown}");
        assert_eq!(items.len(), 100, "{shown}");
        for (index, item) in items.iter().enumerate() {
            let typed =
                item.as_ref().map_err(Clone::clone).and_then(RawObject::decode::<ConfigMap>);
            if index != 41 {
                assert_eq!(typed.unwrap().name(), format!("good-{index}"));
                continue;
            }
            let malformed = typed.expect_err(&shown);
            assert_eq!(malformed.name.as_deref(), named.then_some("bad"), "{shown}");
            assert_eq!(malformed.resource_version.as_deref(), named.then_some("66"), "{shown}");
            assert!(
                !malformed.reason.is_empty() && malformed.to_string().len() < 600,
                "{malformed}"
            );
            assert!(!malformed.bytes.is_empty());
        }
    }
}

#[test]
fn a_list_says_where_it_is_and_how_it_goes_on() {
    let (items, head) = list_of(
        br#" {"kind":"PodList","extra":{"a":[1,"}"]},"apiVersion":"v1","metadata":{"selfLink":"","resourceVersion":"12","continue":"abc","remainingItemCount":7} , "items" : [ {"metadata":{"name":"a"}} , {"metadata":{"name":"b"}} ] } "#,
    );
    let names: Vec<_> = items.into_iter().map(|item| item.unwrap().meta.name).collect();
    assert_eq!(names.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
    let head = head.unwrap();
    assert_eq!((head.kind.as_str(), head.api_version.as_str()), ("PodList", "v1"));
    assert_eq!(
        (head.resource_version.as_str(), head.continue_token.as_deref()),
        ("12", Some("abc"))
    );
    assert_eq!(head.remaining, Some(7));
    for empty in [
        r#"{"items":[],"metadata":{"continue":""}}"#,
        r#"{"items":null,"metadata":null}"#,
        r#"{"metadata":{"remainingItemCount":-1},"items":[]}"#,
    ] {
        let (items, head) = list_of(empty.as_bytes());
        assert!(items.is_empty());
        assert_eq!(head.unwrap(), ListHead::default(), "{empty}");
    }
}

#[test]
fn what_is_no_list_is_never_taken_for_an_empty_one() {
    let failed = |json: &str| {
        let error = list_of(json.as_bytes()).1.unwrap_err();
        (error.kind(), error.to_string())
    };
    for (json, kind, text) in [
        (
            "",
            ErrorKind::Connection,
            "the list ends in its middle, after 0 items: the connection was cut",
        ),
        ("<html>\x1b", ErrorKind::Decode, "the answer is no list but begins with `<html>\\u{1b}`"),
        (
            "[{\"a\":1}]",
            ErrorKind::Decode,
            "the answer is no list but begins with `a value that is no object`",
        ),
        ("{}", ErrorKind::Decode, "the answer is an object of kind ``, which has no items"),
        (
            r#"{"kind":"Pod","metadata":{}}"#,
            ErrorKind::Decode,
            "the answer is an object of kind `Pod`, which has no items",
        ),
        (
            r#"{"items":{}}"#,
            ErrorKind::Decode,
            "the list is broken after 0 items: its items are no list",
        ),
        (
            r#"{"items":[{},]}"#,
            ErrorKind::Decode,
            "the list is broken after 1 items: a comma stands where an item should",
        ),
        (
            r#"{"items":[],"items":[]}"#,
            ErrorKind::Decode,
            "the list is broken after 0 items: it has items twice",
        ),
        (
            r#"{"items":[],"metadata":[]}"#,
            ErrorKind::Decode,
            "the list is broken after 0 items: its metadata cannot be read",
        ),
        (
            r#"{"items":[{} {}]}"#,
            ErrorKind::Decode,
            "the list is broken after 1 items: it is not JSON",
        ),
        (r#"{"items" []}"#, ErrorKind::Decode, "the list is broken after 0 items: it is not JSON"),
        (
            r#"{"items":[]}{"items":[]}"#,
            ErrorKind::Decode,
            "the list is broken after 0 items: something follows it",
        ),
        (r#"{"items":[],}"#, ErrorKind::Decode, "the list is broken after 0 items: it is not JSON"),
        (
            r#"{"items":[{}],"metadata":{"resourceVersion":"7"}"#,
            ErrorKind::Connection,
            "the list ends in its middle, after 1 items: the connection was cut",
        ),
        (
            r#"{"items":[{},{"metadata":{"name":"a"}"#,
            ErrorKind::Connection,
            "the list ends in its middle, after 1 items: the connection was cut",
        ),
    ] {
        assert_eq!(failed(json), (kind, text.to_owned()), "{json}");
    }
    let long = format!(r#"{{"metadata":{{"continue":"{}"}},"items":[]}}"#, "x".repeat(70_000));
    assert!(list_of(long.as_bytes()).1.is_ok(), "it came at once: nothing more was held");
    let (_, list) =
        read_list(&[&long.as_bytes()[..69_000], &long.as_bytes()[69_000..]], Limits::default());
    assert!(list.finish().unwrap_err().to_string().contains("its head is longer"));
}

#[test]
fn an_item_that_is_too_large_is_named_and_skipped() {
    let large = format!(
        r#"{{"metadata":{{"name":"large","resourceVersion":"5"}},"data":{{"a":"{}]"}}}}"#,
        "x}".repeat(4000)
    );
    let json = format!(
        r#"{{"items":[{{"metadata":{{"name":"a"}}}},{large},{{"metadata":{{"name":"b"}}}}]}}"#
    );
    for size in [1, 7, 1000, 100_000] {
        let chunks: Vec<&[u8]> = json.as_bytes().chunks(size).collect();
        let (items, list) = read_list(&chunks, Limits::default().object(1000));
        list.finish().unwrap();
        let [Ok(a), Err(bad), Ok(b)] = &items[..] else { panic!("{items:?}") };
        assert_eq!((&*a.meta.name, &*b.meta.name), ("a", "b"));
        assert_eq!(
            bad.to_string(),
            "object `large` at revision 5 cannot be read: it is larger than the limit of 1000 bytes"
        );
    }
    let exact = Limits::default().object(large.len());
    assert!(read_list(&[json.as_bytes()], exact).0.iter().all(Result::is_ok));
    let less = Limits::default().object(large.len() - 1);
    assert!(read_list(&[json.as_bytes()], less).0[1].is_err());
}
