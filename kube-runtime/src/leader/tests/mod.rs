//! The promises of one candidate, a test each, without a runtime: the clock is an argument and the server is the test.

mod coordinated;
mod simulation;
mod take_over;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube_core::Error;
use kube_core::ErrorKind;
use kube_core::Status;
use serde_json::json;
use tokio::time::Instant;

use super::Place;
use super::lease;
use super::machine::Election;
use super::machine::Loss;
use super::machine::Step;
use super::timing::Timing;
use crate::clock::Seed;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn stamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn place(identity: &str) -> Place {
    let labels = BTreeMap::from([("team".to_owned(), "blue".to_owned())]);
    let (namespace, name) = ("prod".to_owned(), "shop".to_owned());
    Place { namespace, name, identity: identity.to_owned(), labels }
}

fn election(identity: &str) -> Election {
    Election::new(Timing::default(), place(identity), Seed::new(7).stream(identity))
}

/// A lease as the server has it.
fn held(holder: &str, version: u32) -> Lease {
    serde_json::from_value(json!({
        "metadata": { "name": "shop", "namespace": "prod", "uid": "u", "resourceVersion": version.to_string() },
        "spec": {
            "holderIdentity": holder, "leaseDurationSeconds": 15, "leaseTransitions": 3,
            "acquireTime": "2001-01-01T00:00:00.000000Z",
            "renewTime": format!("2001-01-01T00:00:{version:02}.000000Z"),
        },
    }))
    .unwrap()
}

fn refused(code: u16, reason: &str) -> Error {
    Error::from_status(Status::failure(code, reason, "no"), "failed to write")
}

fn lost_answer() -> Error {
    Error::new(ErrorKind::Connection, "reset").with_unknown_outcome()
}

/// What is to be written now.
#[track_caller]
fn write(election: &mut Election, now: Instant, seconds: i64) -> Lease {
    match election.next(now, stamp(seconds)) {
        Step::Create(lease) | Step::Replace(lease) => *lease,
        other => panic!("{other:?}"),
    }
}

/// A candidate that was made leader by a write that was sent at `t`.
fn leader(t: Instant) -> Election {
    let mut election = election("me");
    assert_eq!(election.next(t, stamp(0)), Step::Read);
    election.read(t, None);
    let lease = write(&mut election, t, 0);
    election.written(t, t, stamp(0), lease);
    election
}

fn leads(election: &Election, now: Instant) -> bool {
    election.leading().is_some_and(|leading| now < leading.until)
}

#[test]
fn a_lease_that_is_not_there_is_made_and_its_maker_leads() {
    let t = Instant::now();
    let mut election = election("me");
    assert_eq!(election.next(t, stamp(0)), Step::Read, "at once");
    election.read(t, None);
    let Step::Create(lease) = election.next(t, stamp(0)) else { panic!("it is made") };
    assert!(!leads(&election, t), "not before the server has it");
    let spec = lease.spec.clone().unwrap();
    assert_eq!((spec.lease_transitions, spec.lease_duration_seconds), (Some(0), Some(15)));
    assert_eq!((spec.acquire_time.clone(), lease::holder(&lease)), (spec.renew_time, Some("me")));
    assert_eq!(lease.metadata.labels.as_ref().unwrap()["team"], "blue");
    election.written(t, t + s(1), stamp(1), *lease);
    assert!(leads(&election, t + s(1)));
}

#[test]
fn a_term_is_counted_from_when_the_renewal_was_sent_and_not_from_its_answer() {
    let t = Instant::now();
    let mut election = leader(t);
    let lease = write(&mut election, t + s(2), 2);
    assert_eq!(election.patience(t + s(2)), t + s(7), "half of the renew deadline");
    election.written(t + s(2), t + s(6), stamp(6), lease);
    assert_eq!(election.leading().unwrap().until, t + s(12));
    // An answer that comes after the end of what it says makes no leader.
    let mut late = self::election("late");
    late.read(t, None);
    let lease = write(&mut late, t, 0);
    late.written(t, t + s(10), stamp(10), lease);
    assert!(late.leading().is_none());
    assert_eq!(late.next(t + s(10), stamp(10)), Step::Read);
}

#[test]
fn a_leader_renews_every_retry_period_without_reading_and_keeps_its_term() {
    let t = Instant::now();
    let mut election = leader(t);
    assert_eq!(election.next(t + s(1), stamp(1)), Step::Wait(t + s(2)));
    let Step::Replace(lease) = election.next(t + s(2), stamp(2)) else { panic!("it is renewed") };
    let spec = lease.spec.unwrap();
    assert_eq!(spec.acquire_time.unwrap().0, stamp(0));
    assert_eq!((spec.renew_time.unwrap().0, spec.lease_transitions), (stamp(2), Some(0)));
}

#[test]
fn a_leader_that_cannot_renew_stops_before_another_may_begin() {
    let t = Instant::now();
    let (mut leader, mut other) = (leader(t), election("other"));
    other.read(t, Some(held("me", 1)));
    for second in (2..10).step_by(2) {
        let now = t + s(second);
        assert!(matches!(leader.next(now, stamp(0)), Step::Replace(_) | Step::Read));
        leader.failed(now, now, &lost_answer());
        assert!(leads(&leader, now));
    }
    assert_eq!(leader.next(t + s(9), stamp(9)), Step::Wait(t + s(10)), "it wakes for its end");
    assert!(!leads(&leader, t + s(10)));
    assert_eq!(leader.next(t + s(10), stamp(10)), Step::Lost(Loss::NotRenewed));
    other.read(t + s(14), Some(held("me", 1)));
    assert!(matches!(other.next(t + s(14), stamp(14)), Step::Wait(_)), "it holds for 15 s");
    other.read(t + s(15), Some(held("me", 1)));
    assert!(matches!(other.next(t + s(15), stamp(15)), Step::Replace(_)));
    assert_eq!(leader.next(t + s(60), stamp(60)), Step::Lost(Loss::NotRenewed), "for good");
}

#[test]
fn a_request_may_take_no_longer_than_what_is_left_of_the_term() {
    let t = Instant::now();
    assert_eq!(leader(t).patience(t + s(8)), t + s(10));
    assert_eq!(election("me").patience(t), t + s(5));
}

#[test]
fn someone_elses_lease_is_respected_until_it_expired_as_observed() {
    let t = Instant::now();
    let mut election = election("me");
    // Its stamps are decades old: they are another machine's.
    election.read(t, Some(held("other", 1)));
    election.read(t + s(14), Some(held("other", 2)));
    election.read(t + s(24), Some(held("other", 2)));
    let Step::Wait(until) = election.next(t + s(24), stamp(24)) else { panic!("it was renewed") };
    assert!(until >= t + s(26) && until < t + s(24) + s(2).mul_f64(1.9), "{until:?}");
    election.read(t + s(28), Some(held("other", 2)));
    let until = Step::Wait(t + s(29));
    assert_eq!(election.next(t + s(28), stamp(28)), until, "its end is waited for, and no longer");
    election.read(t + s(29), Some(held("other", 2)));
    let Step::Replace(lease) = election.next(t + s(29), stamp(29)) else { panic!("it expired") };
    let spec = lease.spec.unwrap();
    assert_eq!((spec.lease_transitions, spec.acquire_time.unwrap().0), (Some(4), stamp(29)));
    assert_eq!(lease.metadata.resource_version.as_deref(), Some("2"), "only if it is still so");
}

#[test]
fn a_lease_that_is_taken_over_keeps_its_labels_and_gets_ours() {
    let t = Instant::now();
    for labels in [json!(null), json!({}), json!({ "by": "hand", "team": "red" })] {
        let mut free = held("", 1);
        free.metadata.labels = serde_json::from_value(labels.clone()).unwrap();
        let mut election = election("me");
        election.read(t, Some(free));
        let taken = write(&mut election, t, 0).metadata.labels.unwrap();
        assert_eq!(taken["team"], "blue");
        assert_eq!(taken.get("by").map(String::as_str), labels["by"].as_str());
    }
}

#[test]
fn a_lease_lasts_as_long_as_its_holder_says() {
    let t = Instant::now();
    let mut long = held("other", 1);
    long.spec.as_mut().unwrap().lease_duration_seconds = Some(i32::MAX);
    let mut election = election("me");
    election.read(t, Some(long.clone()));
    election.read(t + s(3600), Some(long));
    assert!(matches!(election.next(t + s(3600), stamp(0)), Step::Wait(_)));
}

#[test]
fn a_conflict_is_no_leadership_and_is_tried_again_later() {
    let t = Instant::now();
    for error in [refused(409, "Conflict"), refused(409, "AlreadyExists"), lost_answer()] {
        let mut election = election("me");
        election.read(t, Some(held("", 1)));
        write(&mut election, t, 0);
        election.failed(t, t, &error);
        assert!(election.leading().is_none());
        let Step::Wait(until) = election.next(t, stamp(0)) else { panic!("not at once") };
        assert!(until >= t + s(2));
        assert_eq!(election.next(until, stamp(2)), Step::Read);
    }
}

#[test]
fn a_leader_looks_at_once_what_was_quicker_and_does_not_hurry_for_ever() {
    let t = Instant::now();
    let mut election = leader(t);
    let now = t + s(2);
    write(&mut election, now, 2);
    election.failed(now, now, &refused(409, "Conflict"));
    assert_eq!(election.next(now, stamp(2)), Step::Read);
    election.read(now, Some(held("me", 2)));
    write(&mut election, now, 2);
    election.failed(now, now, &refused(409, "Conflict"));
    assert_eq!(election.next(now, stamp(2)), Step::Wait(now + s(2)));
    election.read(now + s(2), Some(held("other", 3)));
    assert!(!leads(&election, now + s(2)));
    assert_eq!(election.next(now + s(2), stamp(4)), Step::Lost(Loss::TakenBy("other".to_owned())));
}

#[test]
fn giving_up_lets_another_in_at_once() {
    let t = Instant::now();
    let (mut leader, mut other) = (leader(t), election("other"));
    other.read(t, Some(held("me", 1)));
    let released = leader.resign(stamp(5)).unwrap();
    assert!(leader.leading().is_none());
    let spec = released.spec.clone().unwrap();
    assert_eq!((spec.holder_identity.as_deref(), spec.lease_duration_seconds), (Some(""), Some(1)));
    assert_eq!(spec.lease_transitions, Some(0));
    assert_eq!(leader.resign(stamp(5)), None, "once");
    other.read(t + s(5), Some(released));
    let Step::Replace(lease) = other.next(t + s(5), stamp(5)) else { panic!("at once") };
    assert_eq!(lease::transitions(&lease), 1);
}

#[test]
fn a_successors_lease_is_not_given_up() {
    let election = election("me");
    assert_eq!(election.release(held("other", 9), stamp(0)), None);
    assert_eq!(election.release(held("", 9), stamp(0)), None);
    let mine = election.release(held("me", 9), stamp(0)).unwrap();
    assert_eq!(mine.metadata.resource_version.as_deref(), Some("9"));
    assert_eq!(self::election("idle").resign(stamp(0)), None, "it never led");
}

#[test]
fn an_own_stale_lease_is_taken_again_at_once_but_only_its_renewal_makes_a_leader() {
    let t = Instant::now();
    let mut election = election("me");
    election.read(t, Some(held("me", 1)));
    assert!(election.leading().is_none());
    let lease = write(&mut election, t, 0);
    let spec = lease.spec.as_ref().unwrap();
    assert_eq!(spec.lease_transitions, Some(3));
    assert_eq!(spec.acquire_time, held("me", 1).spec.unwrap().acquire_time);
    election.written(t, t, stamp(0), lease);
    assert!(leads(&election, t));
}

#[test]
fn a_lease_that_was_deleted_by_hand_is_made_anew_by_its_holder_and_waited_for_by_others() {
    let t = Instant::now();
    let (mut leader, mut other) = (leader(t), election("other"));
    other.read(t, Some(held("me", 1)));
    let now = t + s(2);
    other.read(now, None);
    assert!(matches!(other.next(now, stamp(2)), Step::Wait(_)), "its holder does not know yet");
    write(&mut leader, now, 2);
    leader.failed(now, now, &refused(404, "NotFound"));
    leader.read(now, None);
    assert!(leads(&leader, now));
    let Step::Create(lease) = leader.next(now, stamp(2)) else { panic!("it is made anew") };
    assert_eq!((lease.metadata.uid.clone(), lease.metadata.resource_version.clone()), (None, None));
    assert_eq!(lease.spec.unwrap().acquire_time.unwrap().0, stamp(0), "the same term");
    other.read(t + s(15), None);
    let Step::Create(lease) = other.next(t + s(15), stamp(15)) else { panic!("it never came") };
    assert_eq!(lease::transitions(&lease), 4, "a later leader has a greater number");
}

#[test]
fn a_lease_that_says_too_little_harms_nobody() {
    let t = Instant::now();
    let lease = |spec: serde_json::Value| -> Lease {
        let metadata = json!({ "name": "shop", "uid": "u", "resourceVersion": "1" });
        serde_json::from_value(json!({ "metadata": metadata, "spec": spec })).unwrap()
    };
    for free in
        [json!(null), json!({}), json!({ "holderIdentity": "", "leaseDurationSeconds": 15 })]
    {
        let mut election = election("me");
        election.read(t, Some(lease(free.clone())));
        assert!(matches!(election.next(t, stamp(0)), Step::Replace(_)), "nobody holds {free}");
    }
    for duration in [json!(null), json!(0), json!(-5)] {
        let bare = lease(json!({ "holderIdentity": "other", "leaseDurationSeconds": duration }));
        let mut election = election("me");
        election.read(t, Some(bare.clone()));
        election.read(t + s(14), Some(bare.clone()));
        assert!(matches!(election.next(t + s(14), stamp(0)), Step::Wait(_)), "held: {duration}");
        election.read(t + s(15), Some(bare));
        assert!(matches!(election.next(t + s(15), stamp(0)), Step::Replace(_)), "{duration}");
    }
}

#[test]
fn candidates_do_not_come_all_at_once() {
    let t = Instant::now();
    let mut pauses: Vec<Duration> = (0..20)
        .map(|number| {
            let mut election = election(&format!("candidate {number}"));
            election.read(t, Some(held("other", 1)));
            let Step::Wait(until) = election.next(t, stamp(0)) else { panic!("it is held") };
            until - t
        })
        .collect();
    pauses.sort();
    assert!(pauses[0] >= s(2) && pauses[19] < Duration::from_millis(4400), "{pauses:?}");
    assert!(pauses[19] - pauses[0] > s(1), "{pauses:?}");
}
