//! How events are written: all of them, again where that helps, and not for ever.

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::events::v1::Event;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::json;

fn map(name: &str) -> ConfigMap {
    let map = json!({ "metadata": { "name": name, "labels": { "tell": "it" } } });
    serde_json::from_value(map).unwrap()
}

/// Tells of each of the test's own objects once, under a reason of its own.
#[controller]
async fn tell(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
    if map.labels().contains_key("tell") {
        cx.event(Normal, format!("Seen{}", map.name()), "it is there");
    }
    Ok(Action::done())
}

async fn reasons(cluster: &Cluster) -> Vec<String> {
    let events = cluster.list::<Event>().await;
    let mut reasons: Vec<_> = events.into_iter().filter_map(|event| event.reason).collect();
    reasons.sort();
    reasons
}

#[kube_testing::test]
async fn a_thousand_events_of_as_many_reasons_and_objects_are_all_written(cluster: Cluster) {
    let names: Vec<_> = (0..1000).map(|number| format!("n{number:04}")).collect();
    for name in &names {
        cluster.create(&map(name)).await;
    }
    cluster.run(tell).await;
    cluster.settled().await;
    let expected: Vec<_> = names.iter().map(|name| format!("Seen{name}")).collect();
    assert_eq!(reasons(&cluster).await, expected);
    let events = cluster.list::<Event>().await;
    assert!(events.iter().all(|event| event.series.is_none()), "each of them once");
}

#[kube_testing::test]
async fn an_event_is_tried_again_while_the_server_cannot_be_reached_and_not_when_it_was_refused(
    cluster: Cluster,
) {
    cluster.run(tell).await;
    let mut hits = 0;
    for (name, fault, attempts, written) in [
        ("once", Fault::cut().times(1), 1, true),
        ("never", Fault::cut().always(), 6, false),
        ("refused", Fault::refuse(403).always(), 1, false),
        ("invalid", Fault::refuse(422).always(), 1, false),
    ] {
        cluster.faults().inject(fault.on("create", "events"));
        cluster.create(&map(name)).await;
        cluster.advance("10m").await;
        let all = cluster.faults().hits().len();
        assert_eq!(all - hits, attempts, "`{name}`");
        hits = all;
        cluster.faults().clear();
        assert_eq!(reasons(&cluster).await.contains(&format!("Seen{name}")), written, "`{name}`");
    }
}

#[kube_testing::test]
async fn a_shutdown_leaves_an_event_that_fails_one_more_attempt_at_most(cluster: Cluster) {
    cluster.run(tell).await;
    cluster.faults().inject(Fault::cut().on("create", "events").always());
    cluster.create(&map("late")).await;
    cluster.advance("1s").await;
    let before = cluster.faults().hits().len();
    assert!(before >= 1, "it was tried");
    cluster.stop().await;
    let after = cluster.faults().hits().len();
    assert!(after <= before + 1, "{before} attempts, and {after} in the end");
}

#[kube_testing::test]
async fn an_event_about_what_has_no_namespace_is_in_default(cluster: Cluster) {
    #[controller]
    async fn look(namespace: Object<Namespace>, cx: Cx<Namespace>) -> Result<Action> {
        if namespace.name() == "shop" {
            cx.event(Warning, "Seen", "it is there");
        }
        Ok(Action::done())
    }
    cluster.run(look).await;
    let shop = json!({ "metadata": { "name": "shop" } });
    cluster.create(&serde_json::from_value::<Namespace>(shop).unwrap()).await;
    cluster.settled().await;
    let events = cluster.client().all::<Event>().list().await.unwrap().items;
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.namespace(), Some("default"));
    let regarding = event.regarding.as_ref().unwrap();
    assert_eq!(regarding.api_version.as_deref(), Some("v1"));
    assert!(regarding.uid.is_some() && regarding.resource_version.is_some());
    assert_eq!(
        (regarding.kind.as_deref(), regarding.name.as_deref()),
        (Some("Namespace"), Some("shop"))
    );
}

#[kube_testing::test]
async fn an_event_whose_name_is_taken_gets_another_one(cluster: Cluster) {
    #[controller]
    async fn count(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
        if !map.labels().contains_key("tell") {
            return Ok(Action::done());
        }
        cx.event(Normal, "Seen", format!("at {}", cx.now()));
        Ok(Action::after(std::time::Duration::from_secs(600)))
    }
    cluster.run(count).await;
    cluster.create(&map("x")).await;
    cluster.settled().await;
    let [first] = &cluster.list::<Event>().await[..] else { panic!("one event") };
    // Names are made of the time, which stands still but for the test.
    let stamp = i128::from_str_radix(first.name().trim_start_matches("x."), 16).unwrap();
    // A timer rings within the millisecond after its time.
    for millisecond in 0..3 {
        let mut taken = first.clone();
        taken.metadata = ObjectMeta::default();
        taken.metadata.name = Some(format!("x.{:x}", stamp + (600_000 + millisecond) * 1_000_000));
        taken.note = Some("somebody else's".to_owned());
        cluster.create(&taken).await;
    }
    cluster.advance("11m").await;
    assert!(cluster.journal().iter().any(|entry| entry.status == 409), "the name was taken");
    let events = cluster.list::<Event>().await;
    let others = events.iter().filter(|event| event.note.as_deref() == Some("somebody else's"));
    assert_eq!((events.len(), others.count()), (5, 3), "{events:?}");
}

#[kube_testing::test]
async fn an_event_whose_answer_was_lost_is_found_out_and_not_written_twice(cluster: Cluster) {
    cluster.run(tell).await;
    cluster.faults().inject(Fault::lose_answer().on("create", "events"));
    cluster.create(&map("lost")).await;
    cluster.advance("1m").await;
    assert_eq!(cluster.faults().hits().len(), 1, "an answer was lost");
    assert!(cluster.journal().iter().any(|entry| entry.status == 409), "it was tried again");
    assert_eq!(reasons(&cluster).await, ["Seenlost"]);
}
