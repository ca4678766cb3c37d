//! A candidate where the server says who leads: what it names and when in, what the candidate does out.

use k8s_openapi::api::coordination::v1::Lease;
use serde_json::json;
use tokio::time::Instant;

use super::election;
use super::held;
use super::leads;
use super::refused;
use super::s;
use super::stamp;
use super::write;
use crate::leader::lease;
use crate::leader::machine::Election;
use crate::leader::machine::Loss;
use crate::leader::machine::Step;

fn candidate() -> Election {
    election("me").coordinated()
}

/// A lease as the server writes it when it names somebody, at this second of its clock.
fn named(holder: &str, version: u32, seconds: i64) -> Lease {
    serde_json::from_value(json!({
        "metadata": { "name": "shop", "namespace": "prod", "uid": "u", "resourceVersion": version.to_string() },
        "spec": {
            "holderIdentity": holder, "leaseDurationSeconds": 5, "strategy": "OldestEmulationVersion",
            "renewTime": format!("{:.6}", stamp(seconds)),
        },
    }))
    .unwrap()
}

/// The same lease, of which the server says that another one suits better.
fn preferring(mut lease: Lease, preferred: &str, version: u32) -> Lease {
    lease.spec.as_mut().unwrap().preferred_holder = Some(preferred.to_owned());
    lease.metadata.resource_version = Some(version.to_string());
    lease
}

/// One that was named and has renewed at `t`, and the lease after that.
fn leader(t: Instant) -> (Election, Lease) {
    let mut election = candidate();
    election.read(t, Some(named("me", 1, 0)));
    let lease = write(&mut election, t, 0);
    election.written(t, t, stamp(0), lease.clone());
    (election, lease)
}

fn waits(election: &mut Election, now: Instant) -> bool {
    matches!(election.next(now, stamp(0)), Step::Wait(_))
}

#[test]
fn no_lease_is_made_or_taken_only_the_one_that_names_this_candidate_is_renewed() {
    let t = Instant::now();
    let mut election = candidate();
    let free = named("", 1, 0);
    let expired = held("other", 1);
    for (second, found) in [None, Some(free), Some(expired.clone())].into_iter().enumerate() {
        let now = t + s(2 * second as u64);
        election.read(now, found);
        assert!(waits(&mut election, now), "it is not made, nor taken");
    }
    election.read(t + s(600), Some(expired));
    assert!(waits(&mut election, t + s(600)), "also when its holder is dead");
    let named = named("me", 5, 602);
    election.read(t + s(602), Some(named.clone()));
    let Step::Replace(lease) = election.next(t + s(602), stamp(602)) else {
        panic!("it is its own")
    };
    let (before, after) = (named.spec.unwrap(), lease.spec.clone().unwrap());
    assert_eq!((after.strategy, after.holder_identity), (before.strategy, before.holder_identity));
    assert_eq!((after.lease_duration_seconds, after.lease_transitions), (Some(15), Some(0)));
    assert_eq!(lease.metadata.resource_version.as_deref(), Some("5"), "only if it still names it");
    assert!(election.leading().is_none(), "not before the server has it");
    election.written(t + s(602), t + s(603), stamp(603), *lease);
    assert!(leads(&election, t + s(611)) && !leads(&election, t + s(612)));
}

#[test]
fn a_leader_that_is_not_preferred_any_more_does_not_renew_and_has_the_rest_of_its_term() {
    let t = Instant::now();
    let (mut leader, lease) = leader(t);
    write(&mut leader, t + s(2), 2);
    // The server was quicker, so that the renewal is refused.
    leader.failed(t + s(2), t + s(2), &refused(409, "Conflict"));
    assert_eq!(leader.next(t + s(2), stamp(2)), Step::Read, "at once");
    leader.read(t + s(2), Some(preferring(lease, "old", 3)));
    assert_eq!(leader.wanted_by(t + s(2)), Some("old"));
    assert!(leads(&leader, t + s(9)));
    for second in 2..10 {
        assert_eq!(leader.next(t + s(second), stamp(2)), Step::Wait(t + s(10)));
    }
    let mut patient = leader;
    assert_eq!(patient.next(t + s(10), stamp(10)), Step::Lost(Loss::Replaced("old".to_owned())));
}

#[test]
fn a_leader_that_has_ended_its_work_gives_up_to_nobody_and_keeps_the_strategy() {
    let t = Instant::now();
    let (mut leader, lease) = leader(t);
    leader.read(t + s(2), Some(preferring(lease, "old", 3)));
    let spec = leader.resign(stamp(3)).unwrap().spec.unwrap();
    assert_eq!((spec.holder_identity.as_deref(), spec.preferred_holder), (Some(""), None));
    assert_eq!(spec.strategy.as_deref(), Some("OldestEmulationVersion"));
    assert!(leader.leading().is_none());
}

#[test]
fn a_leader_whose_term_has_ended_renews_no_more_and_one_that_was_named_long_ago_does() {
    let t = Instant::now();
    let (mut leader, _) = leader(t);
    assert_eq!(leader.next(t + s(10), stamp(10)), Step::Lost(Loss::NotRenewed));
    // The server does not name again whom the expired lease names already.
    let mut late = candidate();
    late.read(t, Some(named("me", 1, 0)));
    late.read(t + s(60), Some(named("me", 1, 0)));
    write(&mut late, t + s(60), 60);
}

#[test]
fn whoever_is_named_and_then_not_preferred_before_it_led_does_not_begin() {
    let t = Instant::now();
    let mut election = candidate();
    election.read(t, Some(preferring(named("me", 1, 0), "old", 2)));
    assert!(waits(&mut election, t));
    let mut preferred = candidate();
    preferred.read(t, Some(preferring(named("me", 1, 0), "me", 2)));
    assert!(!waits(&mut preferred, t), "it is itself");
}

#[test]
fn a_lease_whose_holder_the_server_names_is_not_taken_over() {
    let t = Instant::now();
    let mut laptop = election("laptop").taking_over();
    laptop.read(t, Some(named("me", 1, 0)));
    assert_eq!(laptop.next(t, stamp(0)), Step::Lost(Loss::NotOurs));
}

#[test]
fn each_leader_has_a_greater_number_than_the_one_before() {
    let t = Instant::now();
    let (first, lease) = leader(t);
    assert_eq!(first.leading().unwrap().transitions, 0);
    let mut next = lease;
    next.spec.as_mut().unwrap().holder_identity = Some("next".to_owned());
    next.spec.as_mut().unwrap().acquire_time = None;
    let mut second = election("next").coordinated();
    second.read(t, Some(next));
    let taken = write(&mut second, t, 1);
    assert_eq!(lease::transitions(&taken), 1);
    second.written(t, t, stamp(1), taken);
    let renewed = write(&mut second, t + s(2), 3);
    assert_eq!(lease::transitions(&renewed), 1, "once");
}

#[test]
fn a_lease_that_was_deleted_by_hand_is_not_taken_before_that_of_its_holder_would_have_expired() {
    let t = Instant::now();
    let mut other = election("other").coordinated();
    let (mut leader, lease) = leader(t);
    other.read(t, Some(lease));
    let mut anew = named("other", 9, 2);
    anew.metadata.uid = Some("v".to_owned());
    other.read(t + s(2), None);
    other.read(t + s(2), Some(anew.clone()));
    other.read(t + s(14), Some(anew.clone()));
    assert!(waits(&mut other, t + s(14)), "its holder may not know yet");
    other.read(t + s(15), Some(anew.clone()));
    write(&mut other, t + s(15), 15);
    leader.read(t + s(2), None);
    assert!(waits(&mut leader, t + s(2)) && leads(&leader, t + s(2)), "it makes none");
    leader.read(t + s(4), Some(anew));
    assert_eq!(leader.next(t + s(4), stamp(4)), Step::Lost(Loss::TakenBy("other".to_owned())));
}
