//! What a reconcile makes for its object: sets that are pruned, an order of coming and going, timers, and what was different the last time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::events::v1::Event;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_runtime::reconcile::Previous;
use kube_runtime::writeback::event::Recorder;
use kube_testing::Cluster;
use serde_json::json;

/// A book with a ConfigMap for each chapter.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Book", namespaced)]
struct BookSpec {
    chapters: Vec<String>,
}

fn book(name: &str, chapters: &[&str]) -> Book {
    let chapters = chapters.iter().map(|&chapter| chapter.into()).collect();
    Book::new(name, BookSpec { chapters })
}

fn map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}

/// What a test writes down.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.0.lock().unwrap().push(note.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn maps(cluster: &Cluster) -> BTreeSet<String> {
    let maps = cluster.list::<ConfigMap>().await.into_iter();
    maps.map(|map| map.name().to_owned()).filter(|name| !name.starts_with("kube-")).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// A cover outside of the set; a Secret that has the name of a chapter.
#[controller(owns(ConfigMap, Secret), permissions(ConfigMap: delete, Secret: delete))]
async fn print(book: Object<Book>, cx: Cx<Book>, notes: State<Notes>) -> Result<Action> {
    cx.apply(map(&format!("{}-cover", book.name()))).await?;
    let mut set = cx.apply_set();
    for chapter in &book.spec.chapters {
        match chapter.strip_prefix("secret-") {
            Some(name) => {
                let metadata = ObjectMeta { name: Some(name.to_owned()), ..Default::default() };
                set.apply(Secret { metadata, ..Secret::default() }).await?;
            }
            None => _ = set.apply(map(chapter)).await?,
        }
    }
    let pruned = set.prune().await?;
    if pruned > 0 {
        notes.add(format!("{pruned} pruned"));
    }
    Ok(Action::done())
}

/// Another controller of the same kind, with a set of its own.
#[controller(owns(ConfigMap), permissions(ConfigMap: delete))]
async fn index(book: Object<Book>, cx: Cx<Book>) -> Result<Action> {
    let mut set = cx.apply_set();
    set.apply(map(&format!("{}-index", book.name()))).await?;
    set.prune().await?;
    Ok(Action::done())
}

#[kube_testing::test]
async fn what_a_reconcile_asks_for_no_longer_is_pruned_and_nothing_else(cluster: Cluster) {
    let notes = Notes::default();
    let operator = Operator::new("press").state(notes.clone());
    cluster.run(operator.controller(print).controller(index)).await;
    cluster.create(&map("nobodys")).await;
    cluster.create(&book("a", &["one", "two", "secret-two"])).await;
    cluster.create(&book("b", &["three"])).await;
    cluster.settled().await;
    let others = ["a-cover", "a-index", "b-cover", "b-index", "nobodys", "three"];
    let with = |more: &[&str]| set(&[&others[..], more].concat());
    assert_eq!(maps(&cluster).await, with(&["one", "two"]));
    assert_eq!(notes.take(), [""; 0]);

    cluster.patch::<Book>("a", json!({ "spec": { "chapters": ["one", "secret-two"] } })).await;
    cluster.settled().await;
    assert_eq!(maps(&cluster).await, with(&["one"]));
    assert!(cluster.find::<Secret>("two").await.is_some(), "of another kind");
    cluster.patch::<Book>("a", json!({ "spec": { "chapters": [] } })).await;
    cluster.settled().await;
    assert_eq!(maps(&cluster).await, with(&[]));
    assert!(cluster.find::<Secret>("two").await.is_none());
    assert_eq!(notes.take(), ["1 pruned", "2 pruned"]);
}

#[kube_testing::test]
async fn a_set_that_could_not_be_applied_whole_prunes_nothing(cluster: Cluster) {
    let notes = Notes::default();
    cluster.run(Operator::new("press").state(notes.clone()).controller(print)).await;
    cluster.create(&book("a", &["one", "two"])).await;
    cluster.settled().await;
    cluster.faults().inject(Fault::refuse(500).on("patch", "configmaps").times(1));
    cluster.patch::<Book>("a", json!({ "spec": { "chapters": ["three"] } })).await;
    cluster.settled().await;
    assert_eq!(maps(&cluster).await, set(&["a-cover", "one", "two"]));
    cluster.advance("1m").await;
    assert_eq!(maps(&cluster).await, set(&["a-cover", "three"]), "it was tried again");
}

#[kube_testing::test]
async fn what_could_not_be_pruned_fails_the_reconcile_after_the_rest_was(cluster: Cluster) {
    let notes = Notes::default();
    cluster.run(Operator::new("press").state(notes.clone()).controller(print)).await;
    cluster.create(&book("a", &["one", "two"])).await;
    cluster.settled().await;
    cluster.faults().inject(Fault::refuse(500).on("delete", "configmaps").times(1));
    cluster.patch::<Book>("a", json!({ "spec": { "chapters": [] } })).await;
    cluster.settled().await;
    assert_eq!(maps(&cluster).await.len(), 2, "the cover, and the one that was refused");
    cluster.advance("1m").await;
    assert_eq!(maps(&cluster).await, set(&["a-cover"]));
}

#[kube_testing::test]
async fn a_member_that_is_gone_meanwhile_or_is_another_one_now_fails_nothing(cluster: Cluster) {
    let notes = Notes::default();
    cluster.run(Operator::new("press").state(notes.clone()).controller(print)).await;
    cluster.create(&book("a", &["one", "two"])).await;
    cluster.settled().await;
    cluster.faults().inject(Fault::refuse(404).on("delete", "configmaps").times(1));
    cluster.faults().inject(Fault::refuse(409).on("delete", "configmaps").times(1));
    cluster.patch::<Book>("a", json!({ "spec": { "chapters": [] } })).await;
    cluster.advance("1m").await;
    assert_eq!(maps(&cluster).await, set(&["a-cover", "one", "two"]), "nothing is tried again");
    assert_eq!(notes.take(), [""; 0], "and neither was pruned by us");
}

/// Its two ConfigMaps go one after the other, the last first.
#[controller(owns(ConfigMap), permissions(ConfigMap: delete), cleanup = tear_down)]
async fn bind(_book: Object<Book>, cx: Cx<Book>) -> Result<Action> {
    for name in ["first", "second"] {
        cx.apply(map(name)).await?;
    }
    Ok(Action::done())
}

async fn tear_down(cx: Cx<Book>, notes: State<Notes>) -> Result<Action> {
    for name in ["second", "first", "nobodys", "never was"] {
        if !cx.gone::<ConfigMap>(name).await? {
            notes.add(format!("{name} goes"));
            return Ok(Action::wait());
        }
    }
    notes.add("all gone");
    Ok(Action::done())
}

#[kube_testing::test]
async fn dependents_go_in_order_and_each_is_gone_before_the_next_is_asked_to_go(cluster: Cluster) {
    let notes = Notes::default();
    cluster.run(Operator::new("press").state(notes.clone()).controller(bind)).await;
    cluster.create(&map("nobodys")).await;
    cluster.create(&book("a", &[])).await;
    cluster.settled().await;
    let held = json!({ "metadata": { "finalizers": ["test.example.com/held"] } });
    cluster.patch::<ConfigMap>("second", held).await;
    cluster.delete::<Book>("a").await;
    cluster.settled().await;
    assert_eq!(maps(&cluster).await, set(&["first", "nobodys", "second"]));
    assert!(cluster.get::<ConfigMap>("second").await.is_deleted());
    assert!(!cluster.get::<ConfigMap>("first").await.is_deleted(), "its turn has not come");
    assert!(cluster.find::<Book>("a").await.is_some(), "a cleanup that waits keeps it");

    let free = json!({ "metadata": { "finalizers": null } });
    cluster.patch::<ConfigMap>("second", free).await;
    // In the foreground: the garbage collector lets it go.
    cluster.advance("1m").await;
    assert_eq!(maps(&cluster).await, set(&["nobodys"]));
    assert!(cluster.find::<Book>("a").await.is_none());
    let told = notes.take();
    assert_eq!(told.first().map(String::as_str), Some("second goes"));
    assert_eq!(told.last().map(String::as_str), Some("all gone"));
    let first = told.iter().position(|note| note == "first goes");
    assert!(told.iter().rposition(|note| note == "second goes") < first, "{told:?}");
}

#[kube_testing::test]
async fn the_earliest_of_many_timers_brings_the_object_back(cluster: Cluster) {
    async fn tick(cx: Cx<Book>, notes: State<Notes>) -> Result<Action> {
        notes.add("tick");
        cx.wake_after(Duration::from_secs(30));
        cx.wake_after(Duration::from_secs(10));
        cx.wake_after(Duration::from_secs(20));
        Ok(Action::after(Duration::from_secs(40)))
    }
    let notes = Notes::default();
    let controller = Controller::of("ticker", tick);
    cluster.run(Operator::new("ticker").state(notes.clone()).controller(controller)).await;
    cluster.create(&book("a", &[])).await;
    cluster.settled().await;
    assert_eq!(notes.take().len(), 1);
    cluster.advance("9s").await;
    assert_eq!(notes.take().len(), 0);
    cluster.advance("1s").await;
    assert_eq!(notes.take().len(), 1);
}

#[kube_testing::test]
async fn who_asks_to_be_tried_again_is_asked_less_and_less_often_and_has_not_failed(
    cluster: Cluster,
) {
    async fn look(cx: Cx<Book>, notes: State<Notes>) -> Result<Action> {
        notes.add("look");
        cx.wake_after(Duration::from_millis(1));
        Ok(Action::retry())
    }
    let notes = Notes::default();
    let controller = Controller::of("looker", look);
    cluster.run(Operator::new("looker").state(notes.clone()).controller(controller)).await;
    cluster.create(&book("a", &[])).await;
    cluster.settled().await;
    // After 5 ms, and each time after twice as long: the eleventh comes after 5.115 s, the next after 10.235 s.
    cluster.advance("10s").await;
    assert_eq!(notes.take().len(), 11);
    let metrics = cluster.metrics();
    for line in ["result=\"requeue\"} 11", "result=\"error\"} 0"] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[kube_testing::test]
async fn a_timer_holds_no_cleanup_that_is_done(cluster: Cluster) {
    async fn nothing() -> Result<Action> {
        Ok(Action::done())
    }
    async fn clean(cx: Cx<Book>) -> Result<Action> {
        cx.wake_after(Duration::from_secs(10));
        Ok(Action::done())
    }
    let controller = Controller::<Book>::of("cleaner", nothing).cleanup(clean);
    cluster.run(Operator::new("cleaner").controller(controller)).await;
    cluster.create(&book("a", &[])).await;
    cluster.settled().await;
    cluster.delete::<Book>("a").await;
    cluster.settled().await;
    assert!(cluster.find::<Book>("a").await.is_none());
}

/// Fails for a book that has a chapter `bad`.
async fn compare(
    book: Object<Book>,
    previous: Previous<Book>,
    recorder: Recorder,
    notes: State<Notes>,
) -> Result<Action> {
    let known = previous.get().is_some();
    let differs = previous.differs(|book| &book.spec.chapters);
    let places: Vec<_> = previous.difference().iter().map(ToString::to_string).collect();
    notes.add(format!("known {known}, differs {differs}: {}", places.join(", ")));
    if book.spec.chapters.iter().any(|chapter| chapter == "bad") {
        return Err(Error::msg("a bad chapter"));
    }
    recorder.record(&*book, Normal, "Compared", "with what it was");
    Ok(Action::done())
}

#[kube_testing::test]
async fn a_reconcile_sees_what_is_different_since_the_last_one_that_ended_well(cluster: Cluster) {
    let notes = Notes::default();
    let controller = Controller::of("reader", compare);
    cluster.run(Operator::new("reader").state(notes.clone()).controller(controller)).await;
    cluster.create(&book("a", &["one", "two"])).await;
    cluster.settled().await;
    assert_eq!(notes.take(), ["known false, differs true: "]);
    cluster.patch::<Book>("a", json!({ "metadata": { "labels": { "x": "y" } } })).await;
    cluster.settled().await;
    assert_eq!(notes.take(), ["known true, differs false: "]);
    cluster.patch::<Book>("a", json!({ "spec": { "chapters": ["one", "bad"] } })).await;
    cluster.settled().await;
    let changed = r#"known true, differs true: /spec/chapters/1: "two" is "bad""#;
    assert_eq!(notes.take().first().map(String::as_str), Some(changed));
    cluster.patch::<Book>("a", json!({ "spec": { "chapters": ["one", "new"] } })).await;
    cluster.settled().await;
    cluster.advance("1m").await;
    let changed = r#"known true, differs true: /spec/chapters/1: "two" is "new""#;
    assert_eq!(notes.take().last().map(String::as_str), Some(changed), "a failure is not kept");

    cluster.delete::<Book>("a").await;
    cluster.settled().await;
    cluster.create(&book("a", &["one"])).await;
    cluster.settled().await;
    assert_eq!(notes.take(), ["known false, differs true: "], "it is another book");
    let events = cluster.list::<Event>().await;
    assert!(events.iter().any(|event| event.reason.as_deref() == Some("Compared")), "{events:?}");
}
