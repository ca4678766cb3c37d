//! The promises of watches.

use super::*;

#[test]
fn one_bad_event_harms_itself_only() {
    for (bad, named) in poison() {
        let shown = String::from_utf8_lossy(&bad).chars().take(120).collect::<String>();
        let good = br#"{"type":"ADDED","object":{"metadata":{"name":"good"}}}"#;
        let json = [good, &b"\n"[..], br#"{"type":"DELETED","object":"#, &bad, b"}\n", good, b"\n"]
            .concat();
        let (events, watch) = read_watch(&[&json], Limits::default());
        watch.finish().unwrap();
        assert_eq!(events.len(), 3, "{shown}: {events:?}");
        assert!(matches!(&events[0], WatchEvent::Added(object) if &*object.meta.name == "good"));
        assert_eq!(events[2], events[0]);
        let malformed = match &events[1] {
            WatchEvent::Malformed(malformed) => {
                assert!(malformed.removed, "{shown}: it was a deletion");
                malformed.clone()
            }
            WatchEvent::Deleted(object) => object.decode::<ConfigMap>().expect_err(&shown),
            other => panic!("{other:?}"),
        };
        assert_eq!(malformed.name.as_deref(), named.then_some("bad"), "{shown}");
        assert_eq!(malformed.resource_version.as_deref(), named.then_some("66"), "{shown}");
    }
}

#[test]
fn every_type_of_event_is_read() {
    let events = events_of(concat!(
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"manager\":\"m\"}]}}}\n",
        "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"b\"}}}\r\n\n",
        " {\"object\":{\"metadata\":{\"name\":\"c\"}}, \"type\":\"DELETED\"} \n",
        "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"12\"}}}\n",
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Expired\",\"code\":410}}\n",
        "{\"type\":\"ERROR\",\"object\":{\"oops\":\"canary\"}}\n",
        "{\"type\":\"NEWS\",\"object\":{}}\n",
    ));
    let names: Vec<_> = events
        .iter()
        .map(|event| match event {
            WatchEvent::Added(object) => format!("added {}", object.meta.name),
            WatchEvent::Modified(object) => format!("modified {}", object.meta.name),
            WatchEvent::Deleted(object) => format!("deleted {}", object.meta.name),
            WatchEvent::Bookmark { resource_version, .. } => format!("bookmark {resource_version}"),
            WatchEvent::Error(status) => format!("error {} {}", status.code, status.reason),
            WatchEvent::Malformed(malformed) => malformed.to_string(),
            WatchEvent::Unknown { type_ } => format!("unknown {type_}"),
        })
        .collect();
    assert_eq!(
        names,
        [
            "added a",
            "modified b",
            "deleted c",
            "bookmark 12",
            "error 410 Expired",
            "error 500 InternalError",
            "unknown NEWS"
        ]
    );
    let WatchEvent::Added(object) = &events[0] else { panic!() };
    assert_eq!(object.bytes, r#"{"metadata":{"name":"a","managedFields":[]}}"#);
    let keep = Limits::default().keep_managed_fields(true);
    let json =
        b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"managedFields\":[{}]}}}\n";
    let (events, _) = read_watch(&[json], keep);
    let WatchEvent::Added(object) = &events[0] else { panic!() };
    assert_eq!(object.bytes, r#"{"metadata":{"name":"a","managedFields":[{}]}}"#);
}

#[test]
fn the_initial_events_end_where_the_annotation_says_exactly_true() {
    for (annotations, expected) in [
        (r#"{"k8s.io/initial-events-end":"true"}"#, true),
        (r#"{"k8s.io/initial-events-end":"false"}"#, false),
        (r#"{"k8s.io/initial-events-end":"True"}"#, false),
        (r#"{"k8s.io/initial-events-end":true}"#, false),
        (r#"{"k8s.io/initial-events-end":""}"#, false),
        (r#"{"x":"true"}"#, false),
        ("null", false),
    ] {
        let json = format!(
            r#"{{"type":"BOOKMARK","object":{{"metadata":{{"resourceVersion":"9","annotations":{annotations}}}}}}}"#
        );
        let [WatchEvent::Bookmark { resource_version, initial_events_end }] = &events_of(&json)[..]
        else {
            panic!("{json}")
        };
        assert_eq!((resource_version.as_str(), *initial_events_end), ("9", expected), "{json}");
    }
    for object in [r#"{"metadata":{"resourceVersion":""}}"#, r#"{"metadata":{}}"#, "{}", "7"] {
        let json = format!("{{\"type\":\"BOOKMARK\",\"object\":{object}}}\n");
        assert!(matches!(&events_of(&json)[..], [WatchEvent::Malformed(_)]), "{json}");
    }
}

#[test]
fn lines_that_are_no_events_are_reported_and_passed_over() {
    let good = r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#;
    for bad in [
        "<html>{}</html>",
        "{",
        "}",
        "[]",
        "\"ADDED\"",
        r#"{"type":"ADDED"}"#,
        r#"{"object":{}}"#,
        r#"{"type":7,"object":{}}"#,
    ] {
        let events = events_of(&format!("{bad}\n{good}\n"));
        let [WatchEvent::Malformed(malformed), WatchEvent::Added(_)] = &events[..] else {
            panic!("{bad}: {events:?}")
        };
        assert!(!malformed.removed && malformed.name.is_none(), "{malformed:?}");
    }
}

#[test]
fn an_event_does_not_wait_for_its_line_to_end() {
    let event =
        |name: &str| format!(r#"{{"type":"ADDED","object":{{"metadata":{{"name":"{name}"}}}}}}"#);
    let joined = event("a") + &event("b") + &event("c");
    for size in 1..joined.len() {
        let chunks: Vec<&[u8]> = joined.as_bytes().chunks(size).collect();
        let (events, watch) = read_watch(&chunks, Limits::default());
        watch.finish().unwrap();
        assert_eq!(events.len(), 3, "chunks of {size}");
    }
}

#[test]
fn a_watch_that_ends_within_an_event_says_so() {
    let json = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n";
    for cut in 0..=json.len() {
        let (events, watch) = read_watch(&[&json.as_bytes()[..cut]], Limits::default());
        let whole = cut >= json.len() - 1;
        assert_eq!(events.len(), usize::from(whole), "{cut}");
        match watch.finish() {
            Ok(()) => assert!(cut == 0 || whole, "{cut}"),
            Err(error) => {
                assert!(cut > 0 && !whole && error.kind() == ErrorKind::Connection, "{cut}")
            }
        }
    }
}

#[test]
fn an_event_that_is_too_large_is_named_and_skipped() {
    let event = |type_: &str, name: &str, data: &str| {
        format!(
            "{{\"type\":\"{type_}\",\"object\":{{\"metadata\":{{\"name\":\"{name}\",\"resourceVersion\":\"5\"}},\"x\":\"{data}\"}}}}\n"
        )
    };
    let json = event("ADDED", "a", "")
        + &event("DELETED", "large", &"x}".repeat(4000))
        + &event("ADDED", "b", "");
    for size in [1, 7, 1000, 100_000] {
        let chunks: Vec<&[u8]> = json.as_bytes().chunks(size).collect();
        let (events, watch) = read_watch(&chunks, Limits::default().object(1000));
        watch.finish().unwrap();
        let [WatchEvent::Added(_), WatchEvent::Malformed(bad), WatchEvent::Added(b)] = &events[..]
        else {
            panic!("{size}: {events:?}")
        };
        assert_eq!(&*b.meta.name, "b");
        assert_eq!(
            bad.to_string(),
            "object `large` at revision 5 cannot be read: it is larger than the limit of 1000 bytes"
        );
        assert!(bad.removed);
    }
    let large = event("ADDED", "a", "x");
    // The object, and what an event puts around it.
    for (limit, read) in [(large.len() - 64, true), (large.len() - 65, false)] {
        let (events, _) = read_watch(&[large.as_bytes()], Limits::default().object(limit));
        assert_eq!(matches!(&events[..], [WatchEvent::Added(_)]), read, "{events:?}");
    }
    let (events, watch) = read_watch(&[&json.as_bytes()[..5000]], Limits::default().object(1000));
    assert_eq!(events.len(), 1);
    assert!(watch.finish().is_err(), "the large one was cut off");
}
