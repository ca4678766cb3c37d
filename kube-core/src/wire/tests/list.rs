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
            assert!(!malformed.bytes.is_empty() && !malformed.removed, "{shown}");
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
    let other = long.replace("metadata", "other");
    let (_, list) =
        read_list(&other.as_bytes().chunks(1000).collect::<Vec<_>>(), Limits::default());
    assert!(list.finish().is_ok(), "what nobody asked for is not held");
    let (items, _) = list_of(br#"{"items":[[]]}"#);
    let reason = &items[0].as_ref().unwrap_err().reason;
    assert!(reason.ends_with("expected an object"), "{reason}");
}

#[test]
fn no_more_is_held_than_one_object_may_have_and_nothing_of_it_is_shown() {
    let limits = Limits::default().object(2000);
    let mut list = ListDecoder::new(limits);
    let mut watch = WatchDecoder::new(limits);
    list.push(br#"{"items":["#);
    for begin in
        [&br#"{"metadata":{"name":"canary"#[..], br#"{"type":"ADDED","object":{"a":"canary"#]
    {
        list.push(begin);
        watch.push(Bytes::copy_from_slice(begin));
        assert_eq!((list.next().is_some(), watch.next()), (false, None));
        let shown = format!("{list:?} {watch:?}");
        assert!(!shown.contains("canary") && shown.contains(" bytes held"), "{shown}");
        assert!(list.held() >= begin.len() && watch.held() >= begin.len(), "{shown}");
    }
    for _ in 0..100 {
        list.push(&[b'x'; 1000]);
        watch.push(vec![b'x'; 1000].into());
        assert_eq!((list.next().is_some(), watch.next()), (false, None));
        assert!(list.held() <= 3100 && watch.held() <= 3100, "{list:?} {watch:?}");
    }
    assert!(list.held() > 2000 && watch.held() > 2000, "the beginning is kept, for its name");
    let mut broken = ListDecoder::new(limits);
    broken.push(br#"{"items":[{}}"#);
    while broken.next().is_some() {}
    broken.push(&[b'x'; 1000]);
    assert_eq!((broken.next().is_some(), broken.held()), (false, 0), "{broken:?}");
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
    for size in [1, 1000, 100_000] {
        let chunks: Vec<&[u8]> = json.as_bytes().chunks(size).collect();
        assert!(read_list(&chunks, exact).0.iter().all(Result::is_ok), "in pieces of {size}");
    }
    let less = Limits::default().object(large.len() - 1);
    assert!(read_list(&[json.as_bytes()], less).0[1].is_err());
}

#[test]
fn a_typed_object_is_what_the_raw_one_would_be_decoded_to() {
    let item = |number: usize| {
        let text = "ü\\u00e4\\\"".repeat(number % 7);
        format!(
            r#" {{"metadata":{{"name":"n{number}","managedFields":[{{"manager":"]}}{text}"}}],"labels":{{"a":"b"}}}},"data":{{"a":"{text}"}}}}"#
        )
    };
    let mut written: Vec<String> = (0..50).map(item).collect();
    written.insert(20, r#"{"data":{"late":"metadata"},"metadata":{"name":"late"}}"#.to_owned());
    written.insert(30, item(3).replace("managedFields", r"managed\u0046ields"));
    let json = format!(r#"{{"metadata":{{}},"items":[{}]}}"#, written.join(","));
    for keep in [false, true] {
        let limits = Limits::default().keep_managed_fields(keep);
        for size in [1, 100, 150, 1000, 100_000] {
            let chunks: Vec<&[u8]> = json.as_bytes().chunks(size).collect();
            let raw = read_list(&chunks, limits).0.into_iter();
            let decoded: Vec<Result<ConfigMap, _>> =
                raw.map(|item| item.and_then(|object| object.decode())).collect();
            let typed = read_typed(&chunks, limits);
            assert_eq!(typed, decoded, "cut each {size} bytes");
            let kept = |map: &ConfigMap| {
                map.metadata.managed_fields.as_ref().is_some_and(|fields| !fields.is_empty())
            };
            let with_fields = typed.iter().filter(|item| item.as_ref().is_ok_and(kept)).count();
            assert_eq!(with_fields, if keep { 51 } else { 0 });
        }
    }
}

#[test]
fn a_typed_object_is_too_large_with_the_managed_fields_that_came_with_it() {
    let fields = r#"{"manager":"me"},"#.repeat(100);
    let large = format!(r#"{{"metadata":{{"name":"large","managedFields":[{fields}{{}}]}}}}"#);
    let usual = r#"{"metadata":{"name":"usual"},"data":{"a":"a"}}"#;
    let json = format!(r#"{{"items":[{usual},{large},{usual},{large}]}}"#);
    for size in [7, 100_000] {
        let chunks: Vec<&[u8]> = json.as_bytes().chunks(size).collect();
        let items = read_typed(&chunks, Limits::default().object(1000));
        let told: Vec<_> =
            items.iter().map(|item| item.as_ref().map_err(|bad| bad.name.clone())).collect();
        assert!(matches!(told[..], [Ok(_), Err(Some(_)), Ok(_), Err(Some(_))]), "{told:?}");
        let allowed = read_typed(&chunks, Limits::default().object(large.len()));
        assert!(allowed.iter().all(Result::is_ok), "{allowed:?}");
    }
}
