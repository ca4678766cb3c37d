//! The promises of selectors.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn selector(text: &str) -> LabelSelector {
    text.parse().unwrap()
}

#[test]
fn each_operator_matches_what_the_server_matches() {
    let none = labels(&[]);
    let web = labels(&[("app", "web"), ("rank", "7")]);
    let empty = labels(&[("app", ""), ("rank", "x")]);
    for (text, on_none, on_web, on_empty) in [
        ("", true, true, true),
        ("app", false, true, true),
        ("!app", true, false, false),
        ("app=web", false, true, false),
        ("app==web", false, true, false),
        ("app!=web", true, false, true),
        ("app=", false, false, true),
        ("app in (web,db)", false, true, false),
        ("app in ()", false, false, true),
        ("app notin (web,db)", true, false, true),
        ("rank>6", false, true, false),
        ("rank>7", false, false, false),
        ("rank<8", false, true, false),
        ("rank<7", false, false, false),
        ("app=web,rank=7", false, true, false),
        ("app=web,rank=8", false, false, false),
    ] {
        let selector = selector(text);
        assert_eq!(selector.matches(&none), on_none, "{text} on nothing");
        assert_eq!(selector.matches(&web), on_web, "{text} on web");
        assert_eq!(selector.matches(&empty), on_empty, "{text} on empty values");
        assert_eq!(selector.is_everything(), text.is_empty());
    }
}

#[test]
fn selectors_print_in_one_canonical_form() {
    for (text, printed) in [
        ("  ", ""),
        (" b = c ,a", "a,b=c"),
        ("x notin (c, a ,b)", "x notin (a,b,c)"),
        ("a==b", "a=b"),
        ("a=b,a=b", "a=b"),
        ("!example.com/old", "!example.com/old"),
        ("n > 1, n<-3", "n>1,n<-3"),
        ("a in (x,)", "a in (,x)"),
        ("a in (in,notin)", "a in (in,notin)"),
    ] {
        assert_eq!(selector(text).to_string(), printed);
        assert_eq!(selector(printed), selector(text));
    }
    let built = LabelSelector::everything()
        .and(Requirement::equals("b", "c").unwrap())
        .and(Requirement::exists("a").unwrap());
    assert_eq!(built, selector("a,b=c"));
    assert_eq!(built.requirements()[0].key(), "a");
}

#[test]
fn what_is_no_selector_is_refused_with_the_reason() {
    for (text, why) in [
        (",", "a label's key should stand where `,` is"),
        ("a,", "a label's key should stand where its end is"),
        ("a b", "`b` is no operator"),
        ("a in", "`(` should stand where its end is"),
        ("a in (b", "a comma or `)` should stand where its end is"),
        ("a=b c", "a comma should stand where `c` is"),
        ("a>b", "compare with a whole number"),
        ("a=b/c", "a label's value"),
        ("-a", "a label's key is"),
        ("a/b/c", "a label's key is"),
        ("Ex.com/a", "a label's key is"),
        ("ex..com/a", "a label's key is"),
        ("/a", "a label's key is"),
        ("ex_am.com/a", "a label's key is"),
        ("-ex.com/a", "a label's key is"),
        ("ex-.com/a", "a label's key is"),
        ("!", "a label's key is"),
        ("in=a", "takes this word for an operator"),
        ("a=b&limit=1", "a label's value"),
        ("a=ä", "a label's value"),
    ] {
        let error = LabelSelector::try_from(text).unwrap_err();
        assert!(error.to_string().contains(why), "{text}: {error}");
        assert_eq!(error.kind(), ErrorKind::Input);
    }
    assert!(Requirement::exists("an-example.com/a").is_ok());
    assert!(Requirement::exists(&format!("{}/a", "d".repeat(253))).is_ok());
    assert!(Requirement::exists(&format!("{}/a", "d".repeat(254))).is_err());
    assert!(Requirement::equals(&"k".repeat(63), &"v".repeat(63)).is_ok());
    assert!(Requirement::equals(&"k".repeat(64), "").is_err());
    assert!(Requirement::equals("k", &"v".repeat(64)).is_err());
    assert!(Requirement::exists(&format!("{}/k", "d".repeat(253))).is_ok());
    assert!(Requirement::exists(&format!("{}/k", "d".repeat(254))).is_err());
    assert!(Requirement::one_of("k", []).is_err());
}

#[test]
fn the_selector_of_a_workload_means_the_same() {
    let workload: v1::LabelSelector = serde_json::from_value(json!({
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "a", "operator": "In", "values": ["x", "y"]},
            {"key": "b", "operator": "NotIn", "values": ["z"]},
            {"key": "c", "operator": "Exists"},
            {"key": "d", "operator": "DoesNotExist"},
        ],
    }))
    .unwrap();
    let printed = LabelSelector::try_from(&workload).unwrap().to_string();
    assert_eq!(printed, "a in (x,y),app=web,b notin (z),c,!d");
    let wrong: v1::LabelSelector =
        serde_json::from_value(json!({"matchExpressions": [{"key": "a", "operator": "Gt"}]}))
            .unwrap();
    assert!(LabelSelector::try_from(&wrong).unwrap_err().to_string().contains("`a Gt`"));
    assert_eq!(LabelSelector::try_from(&labels(&[("a", "b")])).unwrap().to_string(), "a=b");
}

#[test]
fn field_selectors_print_as_the_server_reads_them() {
    for (text, printed) in [
        ("", ""),
        ("b=1,a!=2", "a!=2,b=1"),
        ("a==1", "a=1"),
        ("a=", "a="),
        (r"a=x\,y\=z\\", r"a=x\,y\=z\\"),
        (" a = 1 , b = 2 ", "a=1,b=2"),
        ("a=1,", "a=1"),
    ] {
        let selector = FieldSelector::try_from(text).unwrap();
        assert_eq!(selector.to_string(), printed, "{text}");
        assert_eq!(FieldSelector::try_from(printed).unwrap(), selector);
        assert_eq!(selector.is_everything(), printed.is_empty());
    }
    let built = FieldSelector::named("n").not_equals("x.y", "z").unwrap();
    assert_eq!(built.to_string(), "metadata.name=n,x.y!=z");
    for text in ["a", "a,b=1", "a=b=c", r"a=\x", "a=\\", "=1", "a b=1", "a!1", "!a=1"] {
        assert!(FieldSelector::try_from(text).is_err(), "{text}");
    }
    assert!(FieldSelector::everything().equals("a,b", "c").is_err());
}

proptest! {
    #[test]
    fn any_text_is_a_selector_or_an_error_and_reading_it_again_changes_nothing(text in "[a-z!=,()<> /.-]{0,24}") {
        if let Ok(selector) = LabelSelector::try_from(text.as_str()) {
            prop_assert_eq!(LabelSelector::try_from(selector.to_string()).unwrap(), selector);
        }
        if let Ok(selector) = FieldSelector::try_from(text.as_str()) {
            prop_assert_eq!(FieldSelector::try_from(selector.to_string()).unwrap(), selector);
        }
    }

    #[test]
    fn any_field_value_survives(value in "\\PC{0,12}") {
        let selector = FieldSelector::everything().equals("a.b", value.trim()).unwrap();
        prop_assert_eq!(FieldSelector::try_from(selector.to_string()).unwrap(), selector);
    }
}

#[test]
fn a_selector_is_the_same_in_an_object_and_cannot_compare_numbers_there() {
    let text = "a=b,c!=d,e in (f,g),!h,i notin (j),k";
    let selector = LabelSelector::try_from(text).unwrap();
    let object = v1::LabelSelector::try_from(&selector).unwrap();
    let again = LabelSelector::try_from(&object).unwrap();
    for labels in [labels(&[("a", "b"), ("e", "f"), ("k", "")]), labels(&[("a", "b"), ("c", "d")])]
    {
        assert_eq!(selector.matches(&labels), again.matches(&labels), "{labels:?}");
    }
    let refused = v1::LabelSelector::try_from(&LabelSelector::try_from("a>1").unwrap());
    assert!(refused.unwrap_err().to_string().contains("name the values"));
}

#[test]
fn a_label_is_one_that_an_object_can_have() {
    let check = |key: &str, value: &str| check_labels([(&key.to_owned(), &value.to_owned())]);
    for (key, value) in [("a", ""), ("a.b/c", "d_e"), ("in", "b"), ("notin", "b")] {
        check(key, value).unwrap();
    }
    for (key, value, why) in [("", "b", "`=b`"), ("a b", "c", "`a b=c`"), ("a", "b c", "value")] {
        let error = check(key, value).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_requirement_says_of_which_values_the_label_must_have_one() {
    let values = |requirement: Requirement| {
        requirement.values().map(|values| values.collect::<Vec<_>>().join(","))
    };
    assert_eq!(values(Requirement::equals("a", "x").unwrap()).as_deref(), Some("x"));
    assert_eq!(values(Requirement::one_of("a", ["y", "x"]).unwrap()).as_deref(), Some("x,y"));
    assert_eq!(values(Requirement::exists("a").unwrap()), None);
    assert_eq!(values(Requirement::not_equals("a", "x").unwrap()), None);
}

#[test]
fn a_name_is_selected_as_far_as_the_fields_of_every_kind_tell() {
    for (text, namespace, name, expected) in [
        ("", None, "a", Some(true)),
        ("metadata.name=a", None, "a", Some(true)),
        ("metadata.name=a", None, "b", Some(false)),
        ("metadata.name!=a", None, "a", Some(false)),
        ("metadata.name!=a", None, "b", Some(true)),
        ("metadata.namespace=p", Some("p"), "a", Some(true)),
        ("metadata.namespace=p", Some("q"), "a", Some(false)),
        ("metadata.namespace=p", None, "a", Some(false)),
        ("status.phase=x", None, "a", None),
        ("status.phase=x,metadata.name=a", None, "a", None),
        ("status.phase=x,metadata.name=a", None, "b", Some(false)),
    ] {
        let selector = FieldSelector::try_from(text).unwrap();
        assert_eq!(selector.selects(namespace, name), expected, "{text} {namespace:?} {name}");
    }
}
