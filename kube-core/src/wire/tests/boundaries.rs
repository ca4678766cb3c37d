//! Bytes cut anywhere, and bytes of any kind.

use super::*;

/// Text cut at these places, any number of times.
fn cut<'a>(text: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = places.iter().map(|place| place.index(text.len() + 1)).collect();
    at.sort_unstable();
    let ends = at.iter().copied().chain([text.len()]);
    std::iter::once(0)
        .chain(at.iter().copied())
        .zip(ends)
        .map(|(from, to)| &text[from..to])
        .collect()
}

fn messy_list() -> Vec<u8> {
    let mut json = br#"{"other":[{"a":"]}"}],"kind":"L","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":["#.to_vec();
    for (bad, _) in poison() {
        json.extend_from_slice(&bad);
        json.extend_from_slice(br#" , {"metadata":{"name":"good","managedFields":[{"x":"\\\"]}"}]},"spec":{"t":"\\"}},"#);
    }
    json.extend_from_slice(br#"{"metadata":{"name":"last"}}]}"#);
    json
}

fn messy_watch() -> Vec<u8> {
    let mut json = Vec::new();
    for (bad, _) in poison() {
        json.extend_from_slice(b"{\"type\":\"MODIFIED\",\"object\":");
        json.extend_from_slice(&bad);
        json.extend_from_slice(
            b"}\r\n{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"good\"}}}",
        );
        json.extend_from_slice(
            b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"next\"}}}  \n garbage{}\n",
        );
    }
    json
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_list_is_the_same_however_its_bytes_are_cut(places in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let json = messy_list();
        let (whole, head) = list_of(&json);
        let (items, list) = read_list(&cut(&json, &places), Limits::default());
        prop_assert_eq!(items, whole);
        prop_assert_eq!(list.finish().unwrap(), head.unwrap());
    }

    #[test]
    fn a_typed_list_is_the_same_however_its_bytes_are_cut(places in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let json = messy_list();
        let whole = read_typed(&[&json], Limits::default());
        prop_assert_eq!(read_typed(&cut(&json, &places), Limits::default()), whole);
    }

    #[test]
    fn a_watch_is_the_same_however_its_bytes_are_cut(places in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let json = messy_watch();
        let (whole, _) = read_watch(&[&json], Limits::default());
        prop_assert_eq!(whole.len(), poison().len() * 4);
        let (events, watch) = read_watch(&cut(&json, &places), Limits::default());
        prop_assert_eq!(events, whole);
        prop_assert!(watch.finish().is_ok());
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'"'), Just(b'\\'), Just(b','), Just(b':'), Just(b'\n'), Just(b'a'), any::<u8>()], 0..60)) {
        let items = [&b"{\"items\":["[..], &bytes].concat();
        let _ = read_list(&[&items], Limits::default());
        let _ = read_list(&[&bytes], Limits::default());
        let _ = read_typed(&[&items], Limits::default());
        let _ = read_watch(&[&bytes], Limits::default());
        let _ = RawObject::copied_from(&bytes, false);
        let _ = format!("{:?}", crate::Status::from_json(&bytes));
    }
}

#[test]
fn byte_by_byte_is_no_different() {
    let (list, watch) = (messy_list(), messy_watch());
    let bytes: Vec<&[u8]> = list.chunks(1).collect();
    assert_eq!(read_list(&bytes, Limits::default()).0, list_of(&list).0);
    assert_eq!(read_typed(&bytes, Limits::default()), read_typed(&[&list], Limits::default()));
    let bytes: Vec<&[u8]> = watch.chunks(1).collect();
    assert_eq!(read_watch(&bytes, Limits::default()).0, read_watch(&[&watch], Limits::default()).0);
}

#[test]
fn a_million_brackets_do_no_harm() {
    let deep = "[".repeat(1_000_000);
    let closed = format!("{deep}{}", "]".repeat(1_000_000));
    for value in [&deep, &closed] {
        let object = format!(r#"{{"metadata":{{"name":"a"}},"x":{value}}}"#);
        let list = format!(r#"{{"items":[{object}]}}"#);
        let items = list_of(list.as_bytes()).0;
        for item in items {
            assert!(item.unwrap().decode::<DynamicObject>().is_err());
        }
        let watch = format!("{{\"type\":\"ADDED\",\"object\":{object}}}\n");
        let (events, _) = read_watch(&[watch.as_bytes()], Limits::default());
        assert_eq!(events.len(), 1);
        let status = format!(r#"{{"kind":"Status","details":{value}}}"#);
        assert_eq!(crate::Status::from_json(status.as_bytes()), None);
    }
}
