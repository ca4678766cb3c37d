//! What is applied of a nested value, at whatever depth: what was set, and nothing else; the rest is not owned, and not required.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use std::collections::BTreeMap;
use std::collections::HashMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube_core::Client;
use kube_core::CustomResource as _;
use kube_core::DynamicObject;
use kube_core::Extract as _;
use kube_core::PartOf as _;
use kube_core::Resource as _;
use kube_core::api::Objects;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use super::served::define;
use crate::real::RealCluster;

/// A house, of which every part has parts.
#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "House", namespaced)]
#[resource(status = HouseStatus)]
struct HouseSpec {
    street: String,
    roof: Roof,
    #[resource(list_type(map = "name"))]
    rooms: Vec<Room>,
    garden: Option<Box<Roof>>,
    by_floor: Option<HashMap<String, Vec<Room>>>,
    size: Option<Quantity>,
    weight: Option<f32>,
    #[serde(flatten)]
    more: More,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Roof {
    tiles: u32,
    gutter: Gutter,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Gutter {
    material: Material,
    length_in_meters: f32,
    new: Option<bool>,
}

#[derive(kube_core::Schema, Clone, Debug)]
enum Material {
    Copper,
    Zinc,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Room {
    name: String,
    windows: i32,
    lamps: BTreeMap<String, Lamp>,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Lamp {
    watts: i32,
    warm: bool,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct More {
    owner: Option<String>,
    built: Option<i32>,
}

#[derive(kube_core::Schema, Clone, Debug, Default)]
struct HouseStatus {
    inhabited: Option<bool>,
    people: Option<i32>,
}

/// Of any kind.
#[derive(kube_core::Schema, Clone, Debug)]
struct Pair<T> {
    left: T,
    right: Option<Vec<T>>,
}

fn house() -> House {
    let gutter = Gutter { material: Material::Zinc, length_in_meters: 0.1, new: None };
    let lamp = Lamp { watts: 7, warm: true };
    House::new(
        "ours",
        HouseSpec {
            street: "Elm".into(),
            roof: Roof { tiles: 900, gutter },
            rooms: ["kitchen", "bath"]
                .map(|name| Room {
                    name: name.into(),
                    windows: 1,
                    lamps: [("top".to_owned(), lamp.clone())].into(),
                })
                .into(),
            garden: None,
            by_floor: None,
            size: None,
            weight: None,
            more: More { owner: None, built: None },
        },
    )
}

#[test]
fn a_part_says_what_was_set_and_nothing_else() {
    let spec = |apply: &HouseApply| serde_json::to_value(apply).unwrap()["spec"].clone();
    for (apply, expected) in [
        (House::named("a"), json!({})),
        (House::named("a").roof(RoofApply::new()), json!({ "roof": {} })),
        (
            House::named("a")
                .roof(RoofApply::new().gutter(GutterApply::default().length_in_meters(0.1))),
            json!({ "roof": { "gutter": { "lengthInMeters": 0.1 } } }),
        ),
        (
            House::named("a").garden(house().spec.roof),
            json!({ "garden": { "tiles": 900, "gutter": { "material": "Zinc", "lengthInMeters": 0.1 } } }),
        ),
        (
            House::named("a").rooms([RoomApply::new()
                .name("bath")
                .lamps([("top".to_owned(), LampApply::new().warm(false))])]),
            json!({ "rooms": [{ "name": "bath", "lamps": { "top": { "warm": false } } }] }),
        ),
        (
            House::named("a").by_floor([("1".to_owned(), [RoomApply::new().windows(3)])]),
            json!({ "byFloor": { "1": [{ "windows": 3 }] } }),
        ),
        (House::named("a").more(MoreApply::new().built(1900)), json!({ "built": 1900 })),
        (House::named("a").size(Quantity("3Gi".into())), json!({ "size": "3Gi" })),
    ] {
        assert_eq!(spec(&apply), expected);
    }
    let whole: kube_core::Wanted<Pair<i32>> = PairApply::new().right(vec![1, 2]).wanted();
    assert_eq!(whole.json(), Some(&json!({ "right": [1, 2] })));
}

fn managed(object: &DynamicObject, manager: &str, subresource: Option<&str>) -> Value {
    let entries = object.metadata.managed_fields.as_deref().unwrap_or_default();
    let entry = entries.iter().find(|entry| {
        entry.manager.as_deref() == Some(manager) && entry.subresource.as_deref() == subresource
    });
    serde_json::to_value(&entry.unwrap().fields_v1).unwrap()
}

/// What a manager applied, as it is sent again.
fn extracted(house: &House, manager: &str, subresource: &str) -> Value {
    let apply = HouseApply::extract_subresource(house, manager, subresource).unwrap();
    let mut sent = serde_json::to_value(apply).unwrap();
    assert_eq!(sent["metadata"], json!({ "name": "ours", "namespace": "default" }));
    let members = sent.as_object_mut().unwrap();
    members.retain(|member, _| member == "spec" || member == "status");
    sent
}

/// Whoever applies one field at some depth owns that field; its required neighbours stay those of others.
async fn one_field_is_owned(client: Client) {
    define(&client, House::definition()).await;
    let here = client.namespace("default");
    let raw = client.api::<DynamicObject>(House::RESOURCE, Some("default"));
    let mut created = here.create(&house()).field_manager("builder").await;
    while created.as_ref().is_err_and(kube_core::Error::is_not_found) {
        created = here.create(&house()).field_manager("builder").await;
    }
    created.unwrap();

    let gutter = GutterApply::default().length_in_meters(12.1);
    let apply = House::named("ours").roof(RoofApply::new().gutter(gutter));
    here.apply(&apply).field_manager("plumber").force(true).await.unwrap();
    let lamp = [("top".to_owned(), LampApply::new().warm(false))];
    let apply = House::named("ours").rooms([RoomApply::new().name("bath").lamps(lamp)]);
    here.apply(&apply).field_manager("electrician").force(true).await.unwrap();
    let apply = House::named("ours").status(HouseStatusApply::new().people(2));
    here.api::<House>().status().apply(&apply).field_manager("census").await.unwrap();

    let object = raw.get("ours").await.unwrap();
    let gutter = json!({ "f:spec": { "f:roof": { "f:gutter": { "f:lengthInMeters": {} } } } });
    assert_eq!(managed(&object, "plumber", None), gutter);
    let lamp = json!({ ".": {}, "f:lamps": { "f:top": { ".": {}, "f:warm": {} } }, "f:name": {} });
    let bath = json!({ "f:spec": { "f:rooms": { "k:{\"name\":\"bath\"}": lamp } } });
    assert_eq!(managed(&object, "electrician", None), bath);
    let people = json!({ "f:status": { "f:people": {} } });
    assert_eq!(managed(&object, "census", Some("status")), people);
    let house: House = here.get("ours").await.unwrap();
    assert_eq!((house.spec.roof.tiles, house.spec.roof.gutter.length_in_meters), (900, 12.1));
    assert_eq!(house.spec.rooms[1].lamps["top"].watts, 7);
    assert!(!house.spec.rooms[1].lamps["top"].warm);
    assert_eq!(house.status.as_ref().unwrap().people, Some(2));
    what_was_applied_is_had_again_and_a_field_is_given_up(&here, &house).await;
}

async fn what_was_applied_is_had_again_and_a_field_is_given_up(here: &Objects, house: &House) {
    let gutter = json!({ "gutter": { "lengthInMeters": 12.1 } });
    assert_eq!(extracted(house, "plumber", ""), json!({ "spec": { "roof": gutter } }));
    let bath = json!([{ "name": "bath", "lamps": { "top": { "warm": false } } }]);
    assert_eq!(extracted(house, "electrician", ""), json!({ "spec": { "rooms": bath } }));
    let people = json!({ "spec": {}, "status": { "people": 2 } });
    assert_eq!(extracted(house, "census", "status"), people);
    assert_eq!(extracted(house, "census", ""), json!({ "spec": {} }));

    let more = HouseApply::extract(house, "plumber").unwrap();
    assert!(more.spec.street.is_none() && more.spec.roof.is_some());
    let more = more.street("Oak").more(MoreApply::new().built(1900));
    let house = here.apply(&more).field_manager("plumber").force(true).await.unwrap();
    let all = json!({ "spec": { "roof": gutter, "street": "Oak", "built": 1900 } });
    assert_eq!(extracted(&house, "plumber", ""), all);
    let mut less = HouseApply::extract(&house, "plumber").unwrap();
    assert_eq!(less.spec.street.as_deref(), Some("Oak"));
    less.spec.more = None;
    let house = here.apply(&less).field_manager("plumber").await.unwrap();
    assert_eq!(house.spec.more.built, None, "nobody wants it any more");
    assert_eq!(house.spec.rooms[1].lamps["top"].watts, 7);
}

#[kube_testing::test]
async fn one_nested_field_is_owned_alone_on_the_embedded_server(cluster: Cluster) {
    one_field_is_owned(cluster.client().clone()).await;
}

#[tokio::test]
async fn one_nested_field_is_owned_alone_on_a_real_server() {
    if let Some(cluster) = RealCluster::start() {
        one_field_is_owned(cluster.client()).await;
    }
}
