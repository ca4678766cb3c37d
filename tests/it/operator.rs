//! What an operator does in a cluster: events, watches of other kinds, lost answers, refused writes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::events::v1::Event;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::json;

/// A greeting, kept in a ConfigMap of its name.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Greeting", namespaced)]
#[resource(status = GreetingStatus)]
struct GreetingSpec {
    text: String,
    /// A ConfigMap that changes the greeting.
    mood: Option<String>,
}

#[derive(Schema, Clone, Debug, Default)]
struct GreetingStatus {
    said: String,
}

/// How often something was done outside of the cluster.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn greeting(text: &str) -> Greeting {
    Greeting::new("hello", GreetingSpec { text: text.to_owned(), mood: Some("mood".to_owned()) })
}

fn map(name: &str, key: &str, value: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let data = Some(BTreeMap::from([(key.to_owned(), value.to_owned())]));
    ConfigMap { metadata, data, ..ConfigMap::default() }
}

fn greetings_in_that_mood(mood: &ConfigMap, greetings: &Lister<Greeting>) -> Vec<Key> {
    let all = greetings.list();
    let ours = all.iter().filter(|greeting| greeting.spec.mood.as_deref() == Some(mood.name()));
    ours.map(|greeting| Key::of(greeting.as_ref())).collect()
}

#[controller(owns(ConfigMap), watches(ConfigMap, by = greetings_in_that_mood))]
async fn say(
    greeting: Object<Greeting>,
    cx: Cx<Greeting>,
    maps: Lister<ConfigMap>,
    owned: Owned<ConfigMap>,
    count: State<Count>,
) -> Result<Action> {
    count.add();
    let mood = maps.get(greeting.namespace(), greeting.spec.mood.as_deref().unwrap_or_default())?;
    let mood = mood.and_then(|mood| mood.data.clone()?.remove("mood"));
    let text = format!("{}{}", greeting.spec.text, mood.unwrap_or_default());
    cx.apply(map(greeting.name(), "text", &text)).await?;
    let seen = owned.get(greeting.name()).and_then(|map| map.data.clone()?.remove("text"));
    assert_eq!(seen.as_ref(), Some(&text), "the cache shows what was just applied");
    if cx.status(|status| status.said.clone_from(&text)).await? {
        cx.event(Normal, "Said", text);
    }
    Ok(Action::done())
}

fn operator(count: &Count) -> Operator {
    Operator::new("greeter").state(count.clone()).controller(say)
}

async fn said(cluster: &Cluster) -> String {
    cluster.get::<Greeting>("hello").await.status.map(|status| status.said).unwrap_or_default()
}

#[kube_testing::test]
async fn a_change_of_a_watched_kind_reaches_those_that_it_is_mapped_to(cluster: Cluster) {
    cluster.run(operator(&Count::default())).await;
    cluster.create(&greeting("hello")).await;
    cluster.settled().await;
    assert_eq!(said(&cluster).await, "hello");
    cluster.create(&map("mood", "mood", "!")).await;
    cluster.settled().await;
    assert_eq!(said(&cluster).await, "hello!");
    cluster.delete::<ConfigMap>("mood").await;
    cluster.settled().await;
    assert_eq!(said(&cluster).await, "hello", "it is asked about the object that went");
}

#[kube_testing::test]
async fn an_apply_whose_answer_is_lost_is_found_out_and_not_done_twice(cluster: Cluster) {
    cluster.run(operator(&Count::default())).await;
    cluster.faults().inject(Fault::lose_answer().on("patch", "configmaps").times(1));
    let created = cluster.create(&greeting("hello")).await;
    cluster.advance("1s").await;
    assert_eq!(said(&cluster).await, "hello");
    let map = cluster.get::<ConfigMap>("hello").await;
    assert_eq!(map.owner_references()[0].uid, created.uid().unwrap());
    assert_eq!(cluster.faults().hits().len(), 1);
}

#[kube_testing::test]
async fn a_server_that_refuses_writes_for_a_while_is_asked_less_and_less(cluster: Cluster) {
    let count = Count::default();
    cluster.run(operator(&count)).await;
    cluster.faults().inject(Fault::refuse(500).on("patch", "configmaps").times(8));
    cluster.create(&greeting("hello")).await;
    cluster.settled().await;
    let at_once = count.get();
    assert!(at_once < 4, "{at_once} attempts at one instant");
    cluster.advance("1m").await;
    assert_eq!(said(&cluster).await, "hello");
}

#[kube_testing::test]
async fn an_event_that_happens_again_is_one_with_a_count_and_made_anew_when_it_is_gone(
    cluster: Cluster,
) {
    #[controller]
    async fn tell(cx: Cx<Greeting>, greeting: Object<Greeting>) -> Result<Action> {
        cx.event(Warning, "Heard", "somebody is there");
        let _ = greeting;
        Ok(Action::after(std::time::Duration::from_secs(60)))
    }
    cluster.run(tell).await;
    cluster.create(&greeting("hello")).await;
    cluster.settled().await;
    let [first] = &cluster.list::<Event>().await[..] else { panic!("one event") };
    assert_eq!((first.series.is_none(), first.type_.as_deref()), (true, Some("Warning")));
    cluster.advance("1m").await;
    let [again] = &cluster.list::<Event>().await[..] else { panic!("still one event") };
    assert_eq!(again.series.as_ref().map(|series| series.count), Some(2));
    assert_eq!(again.event_time, first.event_time, "when it first happened");
    cluster.delete::<Event>(again.name()).await;
    cluster.advance("40m").await;
    let [anew] = &cluster.list::<Event>().await[..] else { panic!("one event again") };
    assert_ne!(anew.name(), again.name());
}

#[kube_testing::test]
async fn a_client_may_do_what_was_declared_and_nothing_else(cluster: Cluster) {
    #[controller(permissions(Secret: get))]
    async fn look(_: Object<Greeting>, client: Client, cx: Cx<Greeting>) -> Result<Action> {
        let secrets = client.namespace("default").api::<Secret>();
        let missing = secrets.get("none").await.unwrap_err();
        let refused = secrets.list().await.unwrap_err();
        let note = format!("{}|{}", missing.is_not_found(), refused.chain());
        cx.status(|status| status.said.clone_from(&note)).await?;
        Ok(Action::done())
    }
    cluster.run(look).await;
    cluster.create(&greeting("hello")).await;
    cluster.settled().await;
    let said = said(&cluster).await;
    assert!(said.starts_with("true|failed to list secrets"), "{said}");
    assert!(said.ends_with("add `permissions(Secret: list)` to its attribute"), "{said}");
    let asked = cluster.journal();
    assert!(asked.iter().all(|entry| entry.status != 403), "no such request left: {asked:?}");
}

#[kube_testing::test]
async fn a_conflict_with_another_writer_of_the_status_is_solved_at_once(cluster: Cluster) {
    #[controller]
    async fn say_it(
        greeting: Object<Greeting>,
        cx: Cx<Greeting>,
        cluster: State<Cluster>,
        count: State<Count>,
    ) -> Result<Action> {
        if count.add() == 1 {
            // Somebody is quicker than this reconcile.
            let labels = json!({ "metadata": { "labels": { "quick": "yes" } } });
            cluster.patch::<Greeting>(greeting.name(), labels).await;
        }
        cx.status(|status| status.said.clone_from(&greeting.spec.text)).await?;
        Ok(Action::done())
    }
    let count = Count::default();
    let operator = Operator::new("say").state(cluster.clone()).state(count.clone());
    cluster.run(operator.controller(say_it)).await;
    cluster.create(&greeting("hello")).await;
    cluster.settled().await;
    assert_eq!(said(&cluster).await, "hello");
    assert!(cluster.journal().iter().any(|entry| entry.status == 409), "there was a conflict");
}

/// Greetings as an earlier release had them: their text was a number.
mod earlier {
    use kube_runtime::prelude::*;

    #[derive(Resource, Clone, Debug)]
    #[resource(group = "test.example.com", version = "v1", kind = "Greeting", namespaced)]
    pub(super) struct GreetingSpec {
        pub(super) text: i32,
    }
}

#[kube_testing::test]
async fn an_object_that_cannot_be_read_says_so_once_and_is_reconciled_when_it_is_mended(
    cluster: Cluster,
) {
    cluster.run(Operator::new("earlier").controller(ignore)).await;
    cluster.create(&earlier::Greeting::new("hello", earlier::GreetingSpec { text: 471_147 })).await;
    cluster.stop().await;
    let count = Count::default();
    cluster.run(operator(&count)).await;
    cluster.settled().await;
    let [event] = &cluster.list::<Event>().await[..] else { panic!("one event") };
    let regarding = event.regarding.as_ref().unwrap();
    assert_eq!(
        (event.type_.as_deref(), event.reason.as_deref()),
        (Some("Warning"), Some("Malformed"))
    );
    assert_eq!(
        (regarding.kind.as_deref(), regarding.name.as_deref()),
        (Some("Greeting"), Some("hello"))
    );
    let note = event.note.as_deref().unwrap();
    assert!(note.contains(".spec.text") && !note.contains("471147"), "{note}");
    assert_eq!(count.get(), 0, "it never reached the function");
    // Brings the key again, with the object unchanged.
    let owner = cluster.get::<earlier::Greeting>("hello").await;
    let mut owned = map("owned", "text", "");
    owned.metadata.owner_references = Some(vec![
        serde_json::from_value(json!({
            "apiVersion": "test.example.com/v1", "kind": "Greeting", "name": "hello",
            "uid": owner.uid().unwrap(), "controller": true,
        }))
        .unwrap(),
    ]);
    cluster.create(&owned).await;
    cluster.settled().await;
    let [event] = &cluster.list::<Event>().await[..] else { panic!("still one event") };
    assert!(event.series.is_none(), "it was told twice");
    cluster.patch::<Greeting>("hello", json!({ "spec": { "text": "hello" } })).await;
    cluster.settled().await;
    assert_eq!(said(&cluster).await, "hello");
}

#[controller]
async fn ignore(_: Object<earlier::Greeting>) -> Result<Action> {
    Ok(Action::done())
}
