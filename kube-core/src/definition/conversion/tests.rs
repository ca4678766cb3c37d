//! What converting promises, with three versions in a row of which the middle one is stored.

use serde_json::Value;
use serde_json::json;

use super::kept::same;
use super::lost_between_versions;
use crate::definition::problems;
use crate::object::CustomResource;
use crate::object::Resource;

/// A bakery, as it began.
#[derive(kube_derive::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1alpha1", kind = "Bakery", served = false)]
#[resource(status = BakeryStatus, deprecated, crates(core = "crate"))]
struct BakeryV1alpha1Spec {
    bread: String,
}

/// A bakery.
#[derive(kube_derive::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1beta1", kind = "Bakery", storage)]
#[resource(converts_from(BakeryV1alpha1, Bakery), short_name = "bk", status = BakeryStatus, crates(core = "crate"))]
struct BakeryV1beta1Spec {
    bread: String,
    #[resource(default = 1, print_column(name = "Ovens"))]
    ovens: u32,
    /// As `rye:3`.
    flours: Option<String>,
}

/// A bakery with room.
#[derive(kube_derive::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Bakery", served)]
#[resource(status = BakeryStatus, crates(core = "crate"))]
struct BakerySpec {
    breads: Vec<String>,
    #[resource(minimum = 1)]
    ovens: u32,
    #[resource(list_type(map = "name"))]
    #[serde(default)]
    flours: Vec<Flour>,
    owner: Option<Owner>,
}

#[derive(kube_derive::Schema, Clone, Debug)]
#[resource(crates(core = "crate"))]
struct Flour {
    name: String,
    kilos: Option<u32>,
    organic: Option<bool>,
}

#[derive(kube_derive::Schema, Clone, Debug)]
#[resource(crates(core = "crate"))]
struct Owner {
    name: String,
    phone: Option<String>,
}

#[derive(kube_derive::Schema, Clone, Debug, Default)]
#[resource(crates(core = "crate"))]
struct BakeryStatus {
    baked: i32,
}

impl From<BakeryV1alpha1Spec> for BakeryV1beta1Spec {
    fn from(old: BakeryV1alpha1Spec) -> Self {
        Self { bread: old.bread, ovens: 1, flours: None }
    }
}

impl From<BakeryV1beta1Spec> for BakeryV1alpha1Spec {
    fn from(new: BakeryV1beta1Spec) -> Self {
        Self { bread: new.bread }
    }
}

impl TryFrom<BakeryV1beta1Spec> for BakerySpec {
    type Error = String;

    fn try_from(old: BakeryV1beta1Spec) -> Result<Self, String> {
        if old.ovens == 0 {
            return Err("ovens: a bakery has one".to_owned());
        }
        let flour = |text: &str| match text.split_once(':') {
            Some((name, kilos)) => {
                Flour { name: name.to_owned(), kilos: kilos.parse().ok(), organic: None }
            }
            None => Flour { name: text.to_owned(), kilos: None, organic: None },
        };
        let flours = old.flours.iter().flat_map(|text| text.split(',')).map(flour).collect();
        Ok(Self { breads: vec![old.bread], ovens: old.ovens, flours, owner: None })
    }
}

impl From<BakerySpec> for BakeryV1beta1Spec {
    fn from(new: BakerySpec) -> Self {
        let flour = |flour: Flour| match flour.kilos {
            Some(kilos) => format!("{}:{kilos}", flour.name),
            None => flour.name,
        };
        let flours: Vec<_> = new.flours.into_iter().map(flour).collect();
        let bread = new.breads.into_iter().next().unwrap_or_default();
        Self { bread, ovens: new.ovens, flours: (!flours.is_empty()).then(|| flours.join(",")) }
    }
}

fn bakery(version: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": format!("demo.example.com/{version}"),
        "kind": "Bakery",
        "metadata": { "name": "corner", "namespace": "prod", "annotations": { "mine": "yes" } },
        "spec": spec,
        "status": { "baked": 7 },
    })
}

fn convert(object: &Value, to: &str) -> Value {
    BakeryV1beta1::versions().unwrap().convert(object, to).unwrap()
}

fn rich() -> Value {
    bakery(
        "v1",
        &json!({
            "breads": ["rye", "bun"], "ovens": 2,
            "flours": [{ "name": "rye", "kilos": 3, "organic": true }, { "name": "spelt", "organic": false }],
            "owner": { "name": "Ada", "phone": "7" },
        }),
    )
}

#[test]
fn one_definition_has_all_versions_each_with_its_own() {
    let definition = BakeryV1beta1::definition();
    assert_eq!(problems(&definition), Vec::<String>::new());
    let said: Vec<_> = definition
        .spec
        .versions
        .iter()
        .map(|version| {
            let columns = version.additional_printer_columns.iter().flatten().count();
            let name = version.name.as_str();
            (name, version.served, version.storage, version.deprecated == Some(true), columns)
        })
        .collect();
    let expected = [
        ("v1beta1", true, true, false, 1),
        ("v1alpha1", false, false, true, 0),
        ("v1", true, false, false, 0),
    ];
    assert_eq!(said, expected);
    assert_eq!(definition.spec.names.kind, "Bakery");
    assert_eq!(BakeryV1beta1::VERSIONS, 3);
}

#[test]
fn the_way_between_two_versions_leads_through_their_neighbours() {
    let least = convert(&rich(), "v1alpha1");
    assert_eq!(least["spec"], json!({ "bread": "rye" }));
    assert_eq!(least["apiVersion"], "demo.example.com/v1alpha1");
    assert_eq!(least["status"], json!({ "baked": 7 }));
    assert_eq!(convert(&least, "v1"), rich(), "and nothing is lost on it, nor left behind");
}

#[test]
fn what_no_type_knows_and_what_is_odd_comes_back_as_it_was() {
    let mut odd = rich();
    odd["spec"]["unheard"] = json!({ "of": [1] });
    odd["spec"]["owner"]["mail"] = "ada@example.com".into();
    odd["status"]["burnt"] = 3.into();
    assert_eq!(convert(&convert(&odd, "v1beta1"), "v1"), odd);
    for annotations in [None, Some(json!({ "mine": "yes" }))] {
        let mut object = rich();
        let metadata = object["metadata"].as_object_mut().unwrap();
        metadata.remove("annotations");
        metadata.extend(annotations.map(|found| ("annotations".to_owned(), found)));
        let kept = convert(&object, "v1beta1");
        assert!(kept["metadata"]["annotations"].get("demo.example.com/other-versions").is_some());
        assert_eq!(convert(&kept, "v1"), object);
    }
    let mut no_map = rich();
    no_map["metadata"]["annotations"] = 7.into();
    assert!(convert(&no_map, "v1beta1")["metadata"]["annotations"].is_object());
}

#[test]
fn a_number_is_the_same_however_it_is_written_and_wherever_it_stands() {
    for (one, other, expected) in [
        (json!([1, 2]), json!([1.0, 2]), true),
        (json!([1, 2]), json!([1, 3]), false),
        (json!([1, 2]), json!([1]), false),
        (json!({ "a": [1] }), json!({ "a": [1.0] }), true),
        (json!({ "a": 1 }), json!({ "b": 1 }), false),
        (json!({ "a": 1 }), json!({ "a": 1, "b": 1 }), false),
        (json!("1"), json!(1), false),
    ] {
        assert_eq!(same(&one, &other), expected, "{one} {other}");
    }
}

#[test]
fn made_up_objects_of_each_version_come_back_from_each_other() {
    assert_eq!(lost_between_versions(&BakeryV1beta1::versions().unwrap()), Vec::<String>::new());
}

#[test]
fn what_an_older_client_changed_goes_before_what_was_kept_and_the_rest_comes_back() {
    let mut old = convert(&rich(), "v1beta1");
    let spec = json!({ "bread": "rye", "ovens": 2, "flours": "rye:3,spelt" });
    assert_eq!(old["spec"], spec);
    old["spec"]["flours"] = "rye:4,spelt,oat".into();
    old["spec"]["ovens"] = 5.into();
    let expected = json!({
        "breads": ["rye", "bun"], "ovens": 5,
        "flours": [{ "name": "rye", "kilos": 4, "organic": true }, { "name": "spelt", "organic": false }, { "name": "oat" }],
        "owner": { "name": "Ada", "phone": "7" },
    });
    let new = convert(&old, "v1");
    assert_eq!(new["spec"], expected);
    assert_eq!(new["metadata"]["annotations"], json!({ "mine": "yes" }));
    old["spec"]["bread"] = "roll".into();
    assert_eq!(convert(&old, "v1")["spec"]["breads"], json!(["roll"]), "the list is one value");
}

#[test]
fn what_is_kept_is_dropped_where_it_is_not_what_the_version_says() {
    let annotation = "demo.example.com/other-versions";
    let mut old = convert(&rich(), "v1beta1");
    for (kept, ovens) in [
        (r#"{"v1":{"was":{"spec":{"ovens":0}},"shown":{"spec":{"ovens":2}}}}"#, 2),
        (r#"{"v1":{"was":{"spec":{"ovens":"x"}},"shown":{"spec":{"ovens":2}}}}"#, 2),
        (r#"{"v1":{"was":{"spec":{"ovens":9}},"shown":{"spec":{"ovens":2}}}}"#, 9),
        ("no JSON", 2),
        (r#"{"v7":{"was":{"spec":{"ovens":9}}}}"#, 2),
    ] {
        old["metadata"]["annotations"][annotation] = kept.into();
        let new = convert(&old, "v1");
        assert_eq!(new["spec"]["ovens"], ovens, "{kept}");
        let keeps = new["metadata"]["annotations"].get(annotation).is_some();
        assert_eq!(keeps, ovens == 9, "only the older version's 2 is another than 9: {kept}");
    }
}

#[test]
fn where_nothing_is_lost_nothing_is_kept() {
    let object = bakery("v1beta1", &json!({ "bread": "rye", "ovens": 3, "flours": "rye:3" }));
    let new = convert(&object, "v1");
    assert_eq!(new["metadata"], object["metadata"]);
    assert_eq!(convert(&new, "v1beta1"), object);
}

#[test]
fn a_failure_says_which_object_from_and_to_what_and_where() {
    let failed = |object: &Value, to: &str| {
        let versions = BakeryV1beta1::versions().unwrap();
        versions.convert(object, to).unwrap_err().to_string()
    };
    let ahead = "failed to convert Bakery `prod/corner` from demo.example.com/";
    for (object, to, expected) in [
        (
            bakery("v1beta1", &json!({ "bread": "rye", "ovens": 0 })),
            "v1",
            "v1beta1 to v1: spec: ovens: a bakery has one",
        ),
        (
            bakery("v1", &json!({ "breads": [], "ovens": "secret" })),
            "v1beta1",
            "v1 to v1beta1: spec.ovens: invalid type: string, expected u32",
        ),
        (bakery("v2", &json!({})), "v1", "v2 to v1: its versions are v1, v1alpha1, v1beta1"),
    ] {
        assert_eq!(failed(&object, to), format!("{ahead}{expected}"));
    }
}
