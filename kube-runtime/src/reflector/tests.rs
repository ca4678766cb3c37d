//! The promises of the machine, played without a runtime, and of its pump, against a scripted server.

use std::collections::VecDeque;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use kube_core::wire::{Limits, ListDecoder, ListHead, RawObject, WatchEvent};
use kube_core::{Error, Result, Status};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::list_watch::Listed;
use super::*;
use crate::flow::sample::object;
use crate::flow::{Change, Key};

fn head(version: &str, token: Option<&str>) -> ListHead {
    let json = format!(
        r#"{{"kind":"PodList","metadata":{{"resourceVersion":"{version}","continue":"{}"}},"items":[]}}"#,
        token.unwrap_or_default()
    );
    let mut decoder = ListDecoder::new(Limits::default());
    decoder.push(json.as_bytes());
    assert!(decoder.next().is_none());
    decoder.finish().unwrap()
}

fn status(code: u16, reason: &str) -> Status {
    Status::failure(code, reason, "told so")
}

fn bookmark(version: &str, initial_events_end: bool) -> WatchEvent {
    WatchEvent::Bookmark { resource_version: version.to_owned(), initial_events_end }
}

fn machine(streaming: bool) -> Reflector {
    let settings = Settings { streaming, ..Settings::default() };
    Reflector::new(settings, fastrand::Rng::with_seed(1))
}

/// What the machine asks for, in short.
fn ask(machine: &mut Reflector) -> String {
    match machine.ask() {
        Ask::Tell(change) => told(&change),
        Ask::Wait(_) => "wait".to_owned(),
        Ask::List(plan) => {
            let mut text = "list".to_owned();
            let since = plan.not_older_than.map(|version| format!(" >={version}"));
            let limit = plan.limit.map(|limit| format!(" {limit}"));
            let token = plan.continue_token.map(|token| format!(" from {token}"));
            [since, limit, token].into_iter().flatten().for_each(|part| text += &part);
            text
        }
        Ask::Watch(plan) => {
            assert!((300..=600).contains(&plan.timeout.as_secs()), "{:?}", plan.timeout);
            let version = plan.resource_version.unwrap_or_default();
            if plan.initial { format!("stream >={version}") } else { format!("watch {version}") }
        }
    }
}

fn told(change: &Change) -> String {
    match change {
        Change::ListBegun => "[".to_owned(),
        Change::Item(object) => format!("={}", object.meta.name),
        Change::ListEnded { resource_version } => format!("]{resource_version}"),
        Change::Added(object) => format!("+{}", object.meta.name),
        Change::Modified(object) => format!("~{}", object.meta.name),
        Change::Deleted(object) => format!("-{}", object.meta.name),
        Change::Bookmark { resource_version } => format!("^{resource_version}"),
        Change::Malformed(malformed) => format!("?{}", malformed.name.as_deref().unwrap_or("")),
    }
}

fn asks(machine: &mut Reflector, expected: &[&str]) {
    let asked: Vec<_> = expected.iter().map(|_| ask(machine)).collect();
    assert_eq!(asked, expected);
}

fn hear(machine: &mut Reflector, event: WatchEvent) -> (Option<String>, bool) {
    let heard = machine.heard(Instant::now(), event);
    (heard.change.as_ref().map(told), heard.over)
}

/// A machine that has listed at version 10 and watches.
fn watching() -> Reflector {
    let mut machine = machine(false);
    asks(&mut machine, &["[", "list 500"]);
    assert_eq!(machine.page_ended(head("10", None)).as_ref().map(told).as_deref(), Some("]10"));
    asks(&mut machine, &["watch 10"]);
    machine.started(Instant::now());
    machine
}

#[test]
fn a_list_is_read_page_by_page_and_then_watched() {
    let mut machine = machine(false);
    asks(&mut machine, &["[", "list 500"]);
    assert!(machine.page_ended(head("10", Some("t1"))).is_none());
    asks(&mut machine, &["list 500 from t1"]);
    assert!(machine.page_ended(head("10", None)).is_some());
    asks(&mut machine, &["watch 10"]);
}

#[test]
fn a_watch_that_ends_resumes_from_the_last_version_without_a_list() {
    let mut machine = watching();
    hear(&mut machine, WatchEvent::Modified(object("x", 12)));
    machine.ended(Instant::now());
    asks(&mut machine, &["watch 12"]);
    machine.started(Instant::now());
    hear(&mut machine, bookmark("15", false));
    machine.ended(Instant::now());
    asks(&mut machine, &["watch 15"]);
    machine.silent();
    asks(&mut machine, &["watch 15"]);
}

#[test]
fn the_version_advances_with_everything_that_is_heard_and_never_back() {
    let mut machine = watching();
    for (event, version) in [
        (WatchEvent::Added(object("x", 11)), "11"),
        (WatchEvent::Modified(object("x", 12)), "12"),
        (WatchEvent::Deleted(object("x", 13)), "13"),
        (bookmark("20", false), "20"),
        (bookmark("19", false), "20"),
        (WatchEvent::Modified(object("y", 18)), "20"),
    ] {
        hear(&mut machine, event);
        assert_eq!(machine.version(), Some(version));
    }
}

#[test]
fn gone_relists_once_in_every_form() {
    let by_event = |machine: &mut Reflector| {
        assert!(hear(machine, WatchEvent::Error(status(410, "Expired"))).1);
    };
    let by_event_without_reason = |machine: &mut Reflector| {
        assert!(hear(machine, WatchEvent::Error(status(410, ""))).1);
    };
    let by_request = |machine: &mut Reflector| machine.failed(&Failure::Gone);
    let forms: [&dyn Fn(&mut Reflector); 3] = [&by_event, &by_event_without_reason, &by_request];
    for form in forms {
        let mut machine = watching();
        hear(&mut machine, WatchEvent::Modified(object("x", 12)));
        form(&mut machine);
        asks(&mut machine, &["[", "list >=12"]);
        assert!(machine.page_ended(head("30", None)).is_some());
        asks(&mut machine, &["watch 30"]);
    }
}

#[test]
fn a_version_that_is_gone_at_once_after_a_list_is_not_asked_for_in_a_hot_loop() {
    let mut machine = watching();
    machine.failed(&Failure::Gone);
    asks(&mut machine, &["[", "list >=10"]);
    assert!(machine.page_ended(head("11", None)).is_some());
    asks(&mut machine, &["watch 11"]);
    machine.failed(&Failure::Gone);
    asks(&mut machine, &["wait", "[", "list >=11"]);
}

#[test]
fn a_list_whose_version_the_server_does_not_have_asks_for_the_newest_state_at_once() {
    for failure in [Failure::Gone, Failure::TooLarge] {
        let mut machine = watching();
        hear(&mut machine, WatchEvent::Error(status(410, "Expired")));
        asks(&mut machine, &["[", "list >=10"]);
        machine.failed(&failure);
        asks(&mut machine, &["[", "list 500"]);
        machine.failed(&failure);
        asks(&mut machine, &["wait", "[", "list 500"]);
        assert!(machine.page_ended(head("40", None)).is_some());
        asks(&mut machine, &["watch 40"]);
        // The next one names its version again.
        machine.failed(&Failure::Gone);
        asks(&mut machine, &["wait", "[", "list >=40"]);
    }
}

#[test]
fn an_expired_continue_token_costs_one_full_list() {
    let mut machine = machine(false);
    asks(&mut machine, &["[", "list 500"]);
    assert!(machine.page_ended(head("10", Some("t1"))).is_none());
    asks(&mut machine, &["list 500 from t1"]);
    machine.failed(&Failure::Gone);
    asks(&mut machine, &["[", "list"]);
    assert!(machine.page_ended(head("12", None)).is_some());
    asks(&mut machine, &["watch 12"]);
}

#[test]
fn a_page_that_fails_is_asked_for_again_and_a_first_page_begins_the_list_anew() {
    let mut machine = machine(false);
    asks(&mut machine, &["[", "list 500"]);
    machine.failed(&Failure::Other { retry_after: None });
    asks(&mut machine, &["wait", "[", "list 500"]);
    assert!(machine.page_ended(head("10", Some("t1"))).is_none());
    asks(&mut machine, &["list 500 from t1"]);
    machine.failed(&Failure::Other { retry_after: None });
    asks(&mut machine, &["wait", "list 500 from t1"]);
}

#[test]
fn a_list_that_is_older_than_what_was_seen_is_not_believed() {
    let mut machine = watching();
    hear(&mut machine, bookmark("99", false));
    machine.failed(&Failure::Gone);
    asks(&mut machine, &["[", "list >=99"]);
    assert!(machine.page_ended(head("40", None)).is_none());
    asks(&mut machine, &["wait", "[", "list 500"]);
    assert!(machine.page_ended(head("100", None)).is_some());
}

#[test]
fn a_busy_server_is_given_the_time_it_asks_for_and_no_list() {
    let mut machine = watching();
    for _ in 0..20 {
        machine.failed(&Failure::Busy { retry_after: Some(Duration::from_secs(70)) });
        let Ask::Wait(wait) = machine.ask() else { panic!("no wait") };
        assert!(wait >= Duration::from_secs(70));
        asks(&mut machine, &["watch 10"]);
    }
    assert!(hear(&mut machine, WatchEvent::Error(status(429, "TooManyRequests"))).1);
    asks(&mut machine, &["wait", "watch 10"]);
}

#[test]
fn a_watch_that_cannot_begin_is_tried_again_five_times_before_a_list() {
    let mut machine = watching();
    for _ in 0..4 {
        machine.failed(&Failure::Other { retry_after: None });
        asks(&mut machine, &["wait", "watch 10"]);
    }
    machine.failed(&Failure::Other { retry_after: None });
    asks(&mut machine, &["wait", "[", "list >=10"]);
}

#[test]
fn an_unknown_error_in_the_stream_leads_to_a_list_after_a_wait() {
    let mut machine = watching();
    assert!(hear(&mut machine, WatchEvent::Error(status(500, "InternalError"))).1);
    asks(&mut machine, &["wait", "[", "list >=10"]);
}

#[test]
fn the_back_off_grows_until_an_event_proves_life_and_a_list_alone_proves_nothing() {
    let mut machine = watching();
    let wait = |machine: &mut Reflector| {
        machine.failed(&Failure::Busy { retry_after: None });
        let Ask::Wait(wait) = machine.ask() else { panic!("no wait") };
        wait.as_secs_f64()
    };
    let first = wait(&mut machine);
    let later: Vec<_> = (0..8).map(|_| wait(&mut machine)).collect();
    assert!(first < 1.6 && later[7] >= 30.0, "{first} {later:?}");
    machine.failed(&Failure::Gone);
    asks(&mut machine, &["[", "list >=10"]);
    assert!(machine.page_ended(head("11", None)).is_some());
    asks(&mut machine, &["watch 11"]);
    assert!(wait(&mut machine) >= 30.0);
    asks(&mut machine, &["watch 11"]);
    hear(&mut machine, bookmark("12", false));
    assert!(wait(&mut machine) < 1.6);
}

#[test]
fn a_watch_that_is_closed_at_once_is_not_reopened_in_a_hot_loop() {
    let mut machine = watching();
    machine.ended(Instant::now());
    asks(&mut machine, &["wait", "watch 10"]);
}

#[test]
fn a_streaming_list_ends_with_its_bookmark_and_the_same_stream_goes_on() {
    let mut machine = machine(true);
    asks(&mut machine, &["[", "stream >="]);
    machine.started(Instant::now());
    let told = [
        WatchEvent::Added(object("x", 3)),
        WatchEvent::Modified(object("x", 4)),
        WatchEvent::Deleted(object("y", 5)),
        bookmark("5", false),
        bookmark("7", true),
        WatchEvent::Added(object("z", 8)),
    ]
    .map(|event| hear(&mut machine, event));
    let expected = [Some("=x"), Some("=x"), Some("-y"), None, Some("]7"), Some("+z")];
    assert_eq!(
        told.map(|(told, over)| (told, over)),
        expected.map(|told| (told.map(str::to_owned), false))
    );
    machine.ended(Instant::now());
    asks(&mut machine, &["watch 8"]);
    machine.failed(&Failure::Gone);
    asks(&mut machine, &["[", "stream >=8"]);
}

#[test]
fn a_streaming_list_that_is_refused_or_silent_falls_back_to_a_list() {
    let refused: &dyn Fn(&mut Reflector) = &|machine| machine.failed(&Failure::Refused);
    let silent: &dyn Fn(&mut Reflector) = &|machine| machine.silent();
    for fall in [refused, silent] {
        let mut machine = machine(true);
        asks(&mut machine, &["[", "stream >="]);
        let now = Instant::now();
        machine.started(now);
        assert_eq!(machine.patience(now) - now, Duration::from_secs(15));
        fall(&mut machine);
        asks(&mut machine, &["[", "list 500"]);
        assert!(machine.page_ended(head("9", None)).is_some());
        asks(&mut machine, &["watch 9"]);
        // Tried again the next time, but not for ever.
        machine.failed(&Failure::Gone);
        asks(&mut machine, &["[", "stream >=9"]);
        fall(&mut machine);
        asks(&mut machine, &["[", "list >=9"]);
        assert!(machine.page_ended(head("10", None)).is_some());
        asks(&mut machine, &["watch 10"]);
        machine.failed(&Failure::Gone);
        asks(&mut machine, &["wait", "[", "list >=10"]);
    }
}

#[test]
fn a_streaming_list_that_breaks_off_counts_for_nothing() {
    let mut machine = machine(true);
    asks(&mut machine, &["[", "stream >="]);
    machine.started(Instant::now());
    hear(&mut machine, WatchEvent::Added(object("x", 3)));
    machine.ended(Instant::now());
    asks(&mut machine, &["wait", "[", "list 500"]);
}

#[test]
fn a_silent_connection_is_given_up_by_what_is_known_of_its_bookmarks() {
    let mut machine = watching();
    let start = Instant::now();
    machine.started(start);
    let end = machine.patience(start) - start;
    assert!((Duration::from_secs(305)..=Duration::from_secs(605)).contains(&end), "{end:?}");
    for (at, version) in [(60, "11"), (120, "12")] {
        machine.heard(start + Duration::from_secs(at), bookmark(version, false));
    }
    let dead = machine.patience(start) - start;
    assert_eq!(dead, Duration::from_secs(120 + 150));
}

// The pump.

/// Answers in the order in which they are written down.
#[derive(Debug, Default)]
struct Script {
    lists: Mutex<VecDeque<Result<Vec<Listed>>>>,
    watches: Mutex<VecDeque<Result<Vec<WatchEvent>>>>,
    asked: Mutex<Vec<String>>,
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
                let events = answer.map(|events| stream::iter(events).map(Ok).boxed());
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
}

impl Sink for Heap {
    async fn room(&mut self) {}
    fn push(&mut self, change: Change) {
        self.told.push(told(&change));
    }
    fn failed(&mut self, error: &Error, _reflector: &Reflector) {
        self.errors.push(error.chain());
    }
    fn progressed(&mut self, _reflector: &Reflector) {}
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
