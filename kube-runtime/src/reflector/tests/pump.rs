//! The promises of the pump, against a scripted server.

use std::collections::VecDeque;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use kube_core::Result;
use parking_lot::Mutex;

use super::*;
use crate::flow::Key;
use crate::reflector::list_watch::Listed;

/// Answers in the order in which they are written down.
#[derive(Debug, Default)]
struct Script {
    lists: Mutex<VecDeque<Result<Vec<Listed>>>>,
    watches: Mutex<VecDeque<Result<Vec<WatchEvent>>>>,
    asked: Mutex<Vec<String>>,
    /// Watches go on in silence after their events, and do not end.
    quiet: bool,
}

impl ListWatch for Script {
    fn list(&self, plan: ListPlan) -> BoxFuture<'_, Result<Listing>> {
        self.asked.lock().push(format!("list {:?}", plan.not_older_than));
        let answer = self.lists.lock().pop_front();
        match answer {
            Some(answer) => {
                let parts = answer.map(|parts| {
                    let whole = matches!(parts.last(), Some(Listed::End(_)));
                    let parts = stream::iter(parts).map(Ok);
                    // A list without an end stalls.
                    if whole { parts.boxed() } else { parts.chain(stream::pending()).boxed() }
                });
                futures::future::ready(parts).boxed()
            }
            None => futures::future::pending().boxed(),
        }
    }

    fn watch(&self, plan: WatchPlan) -> BoxFuture<'_, Result<Watching>> {
        self.asked.lock().push(format!("watch {:?}", plan.resource_version));
        let answer = self.watches.lock().pop_front();
        match answer {
            Some(answer) => {
                let events = answer.map(|events| {
                    let events = stream::iter(events).map(Ok);
                    if self.quiet {
                        events.chain(stream::pending()).boxed()
                    } else {
                        events.boxed()
                    }
                });
                futures::future::ready(events).boxed()
            }
            None => futures::future::ready(Ok(stream::pending().boxed())).boxed(),
        }
    }

    fn get(&self, _key: Key) -> BoxFuture<'_, Result<Option<RawObject>>> {
        futures::future::ready(Ok(None)).boxed()
    }
}

#[derive(Default)]
struct Heap {
    told: Vec<String>,
    errors: Vec<String>,
    phases: Vec<Phase>,
}

impl Sink for Heap {
    async fn room(&mut self) {}
    fn push(&mut self, change: Change) {
        self.told.push(told(&change));
    }
    fn failed(&mut self, error: &Error, _reflector: &Reflector) {
        self.errors.push(error.chain());
    }
    fn progressed(&mut self, reflector: &Reflector) {
        self.phases.push(reflector.phase());
    }
}

#[tokio::test(start_paused = true)]
async fn the_pump_lists_watches_resumes_and_relists_and_hands_on_every_change_in_order() {
    let listed = |name: &str, version: u64, whole: &str| {
        Ok(vec![Listed::Item(object(name, version)), Listed::End(head(whole, None))])
    };
    let script = Script::default();
    *script.lists.lock() = [
        Err(Error::from_status(status(503, "ServiceUnavailable"), "failed to list")),
        listed("x", 3, "10"),
        listed("x", 20, "25"),
    ]
    .into();
    *script.watches.lock() = [
        Ok(vec![WatchEvent::Modified(object("x", 12))]),
        Ok(vec![WatchEvent::Modified(object("x", 20)), WatchEvent::Error(status(410, "Expired"))]),
    ]
    .into();
    let mut heap = Heap::default();
    let settings = Settings { streaming: false, ..Settings::default() };
    let machine = Reflector::new(settings, fastrand::Rng::with_seed(1));
    let run = run(&script, machine, &mut heap);
    assert!(tokio::time::timeout(Duration::from_secs(60), run).await.is_err());
    assert_eq!(heap.told, ["[", "[", "=x", "]10", "~x", "~x", "[", "=x", "]25"]);
    let asked = script.asked.lock().clone();
    let expected = [
        "list None",
        "list None",
        "watch Some(\"10\")",
        "watch Some(\"12\")",
        "list Some(\"20\")",
        "watch Some(\"25\")",
    ];
    assert_eq!(asked, expected);
    assert_eq!(heap.errors.len(), 2, "{:?}", heap.errors);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_asked_again() {
    let script = Script::default();
    let mut heap = Heap::default();
    let settings = Settings { streaming: false, ..Settings::default() };
    let run = run(&script, Reflector::new(settings, fastrand::Rng::with_seed(1)), &mut heap);
    assert!(tokio::time::timeout(Duration::from_secs(200), run).await.is_err());
    assert!(script.asked.lock().len() >= 3);
    assert!(heap.errors[0].contains("silent"), "{:?}", heap.errors);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_watch_is_asked_for_again_and_a_failure_only_where_bookmarks_come() {
    for (bookmarks, failures) in [(false, 0), (true, 5)] {
        let script = Script { quiet: true, ..Script::default() };
        *script.lists.lock() = [Ok(vec![Listed::End(head("10", None))])].into();
        if bookmarks {
            script.watches.lock().push_back(Ok(vec![bookmark("12", false)]));
        }
        let mut heap = Heap::default();
        let settings = Settings { streaming: false, ..Settings::default() };
        let run = run(&script, Reflector::new(settings, fastrand::Rng::with_seed(1)), &mut heap);
        assert!(tokio::time::timeout(Duration::from_secs(600), run).await.is_err());
        let asked = script.asked.lock().clone();
        let version = if bookmarks { "12" } else { "10" };
        assert_eq!(asked.len(), 7, "a list, and a watch each 115 s: {asked:?}");
        assert!(asked[2..].iter().all(|asked| *asked == format!("watch Some({version:?})")));
        assert_eq!(heap.errors.len(), failures, "{:?}", heap.errors);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stalls_is_asked_for_again() {
    let script = Script::default();
    let item = || Listed::Item(object("x", 3));
    *script.lists.lock() =
        [Ok(vec![item()]), Ok(vec![item(), Listed::End(head("10", None))])].into();
    let mut heap = Heap::default();
    let settings = Settings { streaming: false, ..Settings::default() };
    let run = run(&script, Reflector::new(settings, fastrand::Rng::with_seed(1)), &mut heap);
    assert!(tokio::time::timeout(Duration::from_secs(200), run).await.is_err());
    assert_eq!(heap.told, ["[", "=x", "[", "=x", "]10"]);
}

#[tokio::test(start_paused = true)]
async fn a_streaming_list_is_told_to_be_over_while_its_stream_goes_on() {
    #[derive(Debug)]
    struct Streams;
    impl ListWatch for Streams {
        fn list(&self, _plan: ListPlan) -> BoxFuture<'_, Result<Listing>> {
            futures::future::pending().boxed()
        }

        fn watch(&self, _plan: WatchPlan) -> BoxFuture<'_, Result<Watching>> {
            let events = stream::iter([bookmark("5", false), bookmark("7", true)]).map(Ok);
            futures::future::ready(Ok(events.chain(stream::pending()).boxed())).boxed()
        }

        fn get(&self, _key: Key) -> BoxFuture<'_, Result<Option<RawObject>>> {
            futures::future::ready(Ok(None)).boxed()
        }
    }
    let mut heap = Heap::default();
    let run = run(&Streams, machine(true), &mut heap);
    assert!(tokio::time::timeout(Duration::from_secs(30), run).await.is_err());
    assert_eq!(heap.told, ["[", "]7"]);
    assert_eq!(heap.phases, [Phase::Streaming, Phase::Watching]);
}
