//! The promises of the machine, played without a runtime.

mod asking;
mod pump;

use std::time::Duration;

use kube_core::wire::{Limits, ListDecoder, ListHead, RawObject, WatchEvent};
use kube_core::{Error, Status};
use tokio::time::Instant;

use super::*;
use crate::flow::Change;
use crate::flow::sample::object;

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
        Change::ListBegun { new_history } => if *new_history { "![" } else { "[" }.to_owned(),
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
    let now = Instant::now();
    assert_eq!(machine.patience(now) - now, Duration::from_secs(60));
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
fn a_server_that_went_back_in_time_is_followed_when_its_newest_state_says_so() {
    for streaming in [false, true] {
        let mut machine = machine(streaming);
        let (again, anew) = match streaming {
            true => ("stream >=", ["wait", "![", "stream >="]),
            false => ("list 500", ["wait", "![", "list 500"]),
        };
        let complete = |machine: &mut Reflector, version: &str| match streaming {
            true => hear(machine, bookmark(version, true)).0,
            false => machine.page_ended(head(version, None)).as_ref().map(told),
        };
        asks(&mut machine, &["[", again]);
        assert_eq!(complete(&mut machine, "99").as_deref(), Some("]99"));
        hear(&mut machine, bookmark("100", false));
        machine.failed(&Failure::Gone);
        asks(&mut machine, &["[", if streaming { "stream >=100" } else { "list >=100" }]);
        machine.failed(&Failure::TooLarge);
        asks(&mut machine, &["[", again]);
        assert_eq!(complete(&mut machine, "5"), None);
        asks(&mut machine, &anew);
        machine.failed(&Failure::Busy { retry_after: None });
        asks(&mut machine, &anew);
        assert_eq!(complete(&mut machine, "6").as_deref(), Some("]6"));
        asks(&mut machine, &["watch 6"]);
        machine.failed(&Failure::Gone);
        asks(&mut machine, &["wait", "["]);
    }
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
    assert_eq!(machine.patience(start) - start, Duration::from_secs(115), "none has come yet");
    for (at, version) in [(60, "11"), (120, "12")] {
        machine.heard(start + Duration::from_secs(at), bookmark(version, false));
    }
    let dead = machine.patience(start) - start;
    assert_eq!(dead, Duration::from_secs(120 + 120));
}

#[test]
fn a_watch_is_given_up_five_seconds_after_the_end_that_was_asked_for_at_the_latest() {
    let mut machine = watching();
    machine.ended(Instant::now() + Duration::from_secs(300));
    let Ask::Watch(plan) = machine.ask() else { panic!("no watch") };
    let start = Instant::now();
    machine.started(start);
    for heard in [plan.timeout - Duration::from_secs(60), plan.timeout] {
        machine.heard(start + heard, WatchEvent::Modified(object("x", 20)));
        assert_eq!(machine.patience(start) - start, plan.timeout + Duration::from_secs(5));
    }
}

#[test]
fn a_watch_that_lived_for_a_second_without_an_event_has_not_failed() {
    for (lived, asked) in [(999, "wait"), (1000, "watch 10"), (600_000, "watch 10")] {
        let mut machine = watching();
        let start = Instant::now();
        machine.started(start);
        machine.ended(start + Duration::from_millis(lived));
        asks(&mut machine, &[asked]);
        assert_eq!(machine.failures(), u32::from(asked == "wait"), "{lived} ms");
    }
}

#[test]
fn failures_are_counted_until_there_is_a_proof_of_life() {
    let mut machine = watching();
    for failures in 1..4 {
        machine.failed(&Failure::Other { retry_after: None });
        assert_eq!(machine.failures(), failures);
        asks(&mut machine, &["wait", "watch 10"]);
    }
    hear(&mut machine, bookmark("11", false));
    assert_eq!(machine.failures(), 0);
}

#[test]
fn a_malformed_object_of_a_streaming_list_is_handed_on() {
    let mut machine = machine(true);
    asks(&mut machine, &["[", "stream >="]);
    machine.started(Instant::now());
    let malformed = RawObject::parse(r#"{"metadata":{"name":"x"},"spec":}"#.into(), false);
    let event = WatchEvent::Malformed(malformed.unwrap_err());
    assert_eq!(hear(&mut machine, event), (Some("?x".to_owned()), false));
}

#[test]
fn an_answer_that_is_no_object_is_told_by_what_it_means() {
    let other = Failure::Other { retry_after: None };
    for (code, reason, failure) in [
        (410, "Expired", Failure::Gone),
        (410, "Gone", Failure::Gone),
        (429, "TooManyRequests", Failure::Busy { retry_after: None }),
        (400, "BadRequest", Failure::Refused),
        (405, "MethodNotAllowed", Failure::Refused),
        (406, "NotAcceptable", Failure::Refused),
        (415, "UnsupportedMediaType", Failure::Refused),
        (422, "Invalid", Failure::Refused),
        (401, "Unauthorized", other.clone()),
        (403, "Forbidden", other.clone()),
        (404, "NotFound", other.clone()),
        (500, "InternalError", other.clone()),
        (503, "ServiceUnavailable", other.clone()),
    ] {
        assert_eq!(Failure::from(&status(code, reason)), failure, "{code} {reason}");
        let error = Error::from_status(status(code, reason), "failed to list");
        assert_eq!(Failure::from(&error), failure, "{code} {reason}");
    }
}
