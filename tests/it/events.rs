//! Events: what a reconcile records, as it stands in the cluster and as other sinks are told.

use k8s_openapi::api::core::v1::Event as CoreEvent;
use k8s_openapi::api::events::v1::Event;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_runtime::writeback::event::EventApi;
use kube_runtime::writeback::event::Events;
use kube_runtime::writeback::event::KeptEvents;
use kube_runtime::writeback::event::LogSink;
use kube_runtime::writeback::event::Occurrence;
use kube_testing::Cluster;

/// Something that says many things.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Parrot", namespaced)]
struct ParrotSpec {
    words: Vec<String>,
}

#[controller]
async fn talk(parrot: Object<Parrot>, cx: Cx<Parrot>) -> Result<Action> {
    for word in &parrot.spec.words {
        cx.event(Normal, "Said", word.as_str());
    }
    Ok(Action::done())
}

fn parrot(name: &str, words: impl IntoIterator<Item = String>) -> Parrot {
    Parrot::new(name, ParrotSpec { words: words.into_iter().collect() })
}

fn numbered(many: usize) -> Vec<String> {
    (1..=many).map(|number| format!("word {number}")).collect()
}

async fn notes(cluster: &Cluster) -> Vec<String> {
    let mut events = cluster.list::<Event>().await;
    events.sort_by_key(|event| event.metadata.name.clone());
    events.into_iter().filter_map(|event| event.note).collect()
}

/// What the operator's metrics say of events that were dropped.
fn dropped(metrics: &str, sink: &str, reason: &str) -> u64 {
    let labels = format!("sink=\"{sink}\",reason=\"{reason}\"");
    let line = metrics.lines().find(|line| {
        line.starts_with("kube_runtime_events_dropped_total{") && line.contains(&labels)
    });
    line.and_then(|line| line.rsplit(' ').next()).unwrap().parse().unwrap()
}

#[kube_testing::test]
async fn every_sink_is_told_of_every_event_uncounted_and_one_that_panics_misses_that_one(
    cluster: Cluster,
) {
    let (kept, some) = (KeptEvents::last(100), KeptEvents::last(100));
    let picky = {
        let some = some.clone();
        move |event: &Occurrence| {
            assert_ne!(event.note, "word 2", "not this one");
            kube_runtime::writeback::event::EventSink::event(&some, event);
        }
    };
    let events = Events::new().sink(kept.clone()).sink(picky).sink(LogSink);
    cluster.run(Operator::new("cage").events(events).controller(talk)).await;
    let twice = ["word 1", "word 2", "word 1"].map(str::to_owned);
    cluster.create(&parrot("polly", twice)).await;
    cluster.settled().await;
    let told = |kept: &KeptEvents| -> Vec<String> {
        kept.take().into_iter().map(|event| event.note).collect()
    };
    assert_eq!(told(&kept), ["word 1", "word 2", "word 1"]);
    assert_eq!(told(&some), ["word 1", "word 1"]);
    assert_eq!(notes(&cluster).await, ["word 1", "word 2"], "the API counts");
}

#[kube_testing::test]
async fn kept_events_are_the_last_ones(cluster: Cluster) {
    let kept = KeptEvents::last(2);
    let events = Events::new().sink(kept.clone());
    cluster.run(Operator::new("cage").events(events).controller(talk)).await;
    cluster.create(&parrot("polly", numbered(5))).await;
    cluster.settled().await;
    let last: Vec<_> = kept.take().iter().map(|event| event.note.clone()).collect();
    assert_eq!(last, ["word 4", "word 5"]);
    assert_eq!(kept.take().len(), 0);
}

#[kube_testing::test]
async fn many_that_are_alike_are_one_from_the_tenth_on(cluster: Cluster) {
    cluster.run(talk).await;
    cluster.create(&parrot("polly", numbered(15))).await;
    cluster.settled().await;
    let notes = notes(&cluster).await;
    assert_eq!(notes.len(), 10, "{notes:?}");
    assert_eq!(notes[8], "word 9");
    assert_eq!(notes[9], "(combined from similar events): word 10");
}

#[kube_testing::test]
async fn an_object_that_says_too_much_is_heard_again_after_a_while(cluster: Cluster) {
    let events = Events::new().similar(1000);
    cluster.run(Operator::new("cage").events(events).controller(talk)).await;
    cluster.create(&parrot("polly", numbered(40))).await;
    cluster.create(&parrot("jack", ["hello".to_owned()])).await;
    cluster.settled().await;
    let said = notes(&cluster).await;
    assert_eq!(said.len(), 26, "25 of one and one of the other: {said:?}");
    assert_eq!(dropped(&cluster.metrics(), "api", "spam"), 15);
    cluster.advance("5m").await;
    let more = serde_json::json!({ "spec": { "words": ["later", "too late"] } });
    cluster.patch::<Parrot>("polly", more).await;
    cluster.settled().await;
    let said = notes(&cluster).await;
    assert!(said.contains(&"later".to_owned()), "{said:?}");
    assert!(!said.contains(&"too late".to_owned()), "{said:?}");
}

#[kube_testing::test]
async fn one_event_that_cannot_be_written_holds_up_no_other(cluster: Cluster) {
    cluster.faults().inject(Fault::refuse(503).on("create", "events").times(1));
    cluster.run(talk).await;
    cluster.create(&parrot("polly", numbered(3))).await;
    cluster.settled().await;
    assert_eq!(notes(&cluster).await, ["word 2", "word 3"]);
    cluster.advance("3s").await;
    assert_eq!(notes(&cluster).await.len(), 3, "it was tried again");
}

#[kube_testing::test]
async fn an_event_that_the_server_refuses_is_counted_and_not_tried_again(cluster: Cluster) {
    cluster.faults().inject(Fault::refuse(422).on("create", "events").times(1));
    cluster.run(talk).await;
    cluster.create(&parrot("polly", numbered(2))).await;
    cluster.settled().await;
    cluster.advance("10m").await;
    assert_eq!(notes(&cluster).await.len(), 1);
    assert_eq!(dropped(&cluster.metrics(), "api", "undelivered"), 1);
}

#[kube_testing::test]
async fn a_full_queue_drops_what_comes_last_for_that_sink_and_counts_it(cluster: Cluster) {
    let events = Events::new().queued(4);
    cluster.run(Operator::new("cage").events(events).controller(talk)).await;
    cluster.create(&parrot("polly", numbered(9))).await;
    cluster.settled().await;
    assert_eq!(notes(&cluster).await, numbered(4));
    assert_eq!(dropped(&cluster.metrics(), "api", "queue_full"), 5);
}

#[kube_testing::test]
async fn events_of_the_core_api_have_a_count_and_the_role_says_so(cluster: Cluster) {
    #[controller]
    async fn repeat(cx: Cx<Parrot>) -> Result<Action> {
        cx.event(Warning, "Said", "hello");
        Ok(Action::after(std::time::Duration::from_secs(60)))
    }
    let events = Events::new().api(EventApi::Core);
    cluster.run(Operator::new("cage").events(events).controller(repeat)).await;
    cluster.create(&parrot("polly", [])).await;
    cluster.settled().await;
    cluster.advance("1m").await;
    let [event] = &cluster.list::<CoreEvent>().await[..] else { panic!("one event") };
    assert_eq!((event.count, event.type_.as_deref()), (Some(2), Some("Warning")));
    assert_eq!(event.involved_object.name.as_deref(), Some("polly"));
    let (first, last) = (event.first_timestamp.clone(), event.last_timestamp.clone());
    let (first, last) = (first.unwrap().0, last.unwrap().0);
    assert_eq!(last.duration_since(first).as_secs(), 60);
    let asked = cluster.journal();
    assert!(asked.iter().all(|entry| entry.status != 403), "it may do what it does: {asked:?}");
}
