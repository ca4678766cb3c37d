//! The promises of single objects.

use super::*;

#[test]
fn a_head_is_all_that_the_pipeline_needs() {
    let object = object(
        r#"{"apiVersion":"v1","metadata":{"name":"w\u0065b","namespace":"prod","uid":"u","resourceVersion":"7","generation":3,
        "deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["a","b"],"labels":{"app":"web"},"annotations":{"n":"x"},
        "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"r","uid":"1","controller":true},
        {"apiVersion":"v1","kind":"Node","name":"n","uid":"2","blockOwnerDeletion":true}]}}"#,
    );
    let head = &object.meta;
    assert_eq!((head.namespace.as_deref(), &*head.name, &*head.uid), (Some("prod"), "web", "u"));
    assert_eq!((&*head.resource_version, head.generation, head.deletion), ("7", Some(3), true));
    assert_eq!(head.finalizers.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
    let owner = |group: &str, kind: &str, name: &str, uid: &str, controller| OwnerHead {
        group: group.into(),
        kind: kind.into(),
        name: name.into(),
        uid: uid.into(),
        controller,
    };
    let owners = [owner("apps", "ReplicaSet", "r", "1", true), owner("", "Node", "n", "2", false)];
    assert_eq!(*head.owners, owners);
    assert_eq!(head.controller(), Some(&owners[0]));
    assert_eq!(object.labels().unwrap()["app"], "web");
    assert_eq!(object.annotations().unwrap()["n"], "x");
}

#[test]
fn nulls_and_absent_members_are_the_same() {
    let nulls = object(
        r#"{"metadata":{"name":"a","namespace":null,"uid":null,"resourceVersion":null,"generation":null,"deletionTimestamp":null,
        "ownerReferences":null,"finalizers":null,"managedFields":null,"labels":null}}"#,
    );
    let absent = object(r#"{"metadata":{"name":"a"}}"#);
    assert_eq!(nulls.meta, absent.meta);
    assert_eq!(object(r#"{"metadata":{"name":"a","namespace":""}}"#).meta, absent.meta);
    assert_eq!((&*absent.meta.uid, &*absent.meta.resource_version), ("", ""));
    assert!(!absent.meta.deletion && absent.meta.controller().is_none());
    assert!(nulls.labels().unwrap().is_empty() && absent.annotations().unwrap().is_empty());
    let wrong = object(r#"{"metadata":{"name":"a","labels":{"x":7}}}"#).labels().unwrap_err();
    assert_eq!(wrong.reason, ".metadata.labels.x: invalid type: integer, expected a string");
}

#[test]
fn managed_fields_are_cut_out_and_nothing_else_is_touched() {
    let before = r#"{ "spec": {"managedFields":[1,2]},"x":"\"managedFields\":[3]", "metadata":{"name":"a" , "managedFields" :"#;
    let after = r#","z":"ä\u00e4"},"status":{"managedFields":[4]}, "e":1.0e3 }"#;
    for (value, left) in [
        (r#"[{"manager":"m","fieldsV1":{"f:a":{"]":"}"}}}]"#, "[]"),
        (r#"[ { } ]"#, "[]"),
        ("[]", "[]"),
        ("null", "null"),
    ] {
        let json = format!("{before}{value}{after}");
        let cut = RawObject::parse(json.clone().into(), false).unwrap();
        let kept = RawObject::parse(json.clone().into(), true).unwrap();
        // A value of four bytes or less is not worth a copy.
        assert_eq!(cut.bytes, format!("{before}{left}{after}"), "{value}");
        assert_eq!(kept.bytes, json);
        assert_eq!(cut.meta, kept.meta);
        assert_eq!(RawObject::copied_from(json.as_bytes(), false).unwrap(), cut);
        assert_eq!(RawObject::copied_from(json.as_bytes(), true).unwrap(), kept);
        cut.decode::<DynamicObject>().unwrap();
    }
}

#[test]
fn an_object_that_does_not_fit_its_type_is_named() {
    let pod = object(
        r#"{"metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7"},"spec":{"containers":"canary"}}"#,
    );
    let malformed = pod.decode::<Pod>().unwrap_err();
    assert_eq!(
        malformed.to_string(),
        "object `n/a` at revision 7 cannot be read: .spec.containers: invalid type: string, expected a sequence"
    );
    assert_eq!(malformed.bytes, pod.bytes);
    assert!(!malformed.removed);
    let error = crate::Error::from(malformed.clone());
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Decode, malformed.to_string()));
    let nameless = RawObject::copied_from(b"{\"metadata\":{}}", false).unwrap_err();
    assert_eq!(nameless.to_string(), "object of unknown name cannot be read: it has no name");
    let bare = RawObject::copied_from(b"{\"metadata\":{\"name\":\"a\"},}", false).unwrap_err();
    assert!(bare.to_string().starts_with("object `a` cannot be read: "), "{bare}");
}

#[test]
fn nothing_printed_shows_content() {
    let secret = r#"{"metadata":{"name":"s","resourceVersion":"1"},"data":{"token":"canary"}}"#;
    let good = object(secret);
    let bad = RawObject::copied_from(secret.replace("}}", "}").as_bytes(), false).unwrap_err();
    let event = &events_of(&format!("{{\"type\":\"ADDED\",\"object\":{secret}}}\n"))[0];
    let mut list = ListDecoder::new(Limits::default());
    list.push(b"{\"items\":[");
    assert!(list.next().is_none());
    let misfit =
        good.decode::<Pod>().map_or_else(|malformed| format!("{malformed:?}"), |_| String::new());
    for printed in [format!("{good:?}"), format!("{bad:?} {bad}"), format!("{event:?}"), misfit] {
        assert!(!printed.contains("canary"), "{printed}");
    }
}
