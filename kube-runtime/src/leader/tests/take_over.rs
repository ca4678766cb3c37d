//! A candidate that asks the leader to make room, and the others meanwhile: what each sees and when in, what it does out.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use tokio::time::Instant;

use super::election;
use super::held;
use super::leader;
use super::leads;
use super::refused;
use super::s;
use super::stamp;
use super::write;
use crate::leader::lease;
use crate::leader::machine::Election;
use crate::leader::machine::Loss;
use crate::leader::machine::Step;

fn laptop() -> Election {
    election("laptop").taking_over()
}

/// What the laptop writes when it sees this lease.
#[track_caller]
fn asked(laptop: &mut Election, now: Instant, seconds: i64, found: Lease) -> Lease {
    laptop.read(now, Some(found));
    let Step::Ask(lease) = laptop.next(now, stamp(seconds)) else { panic!("it asks at once") };
    *lease
}

/// A lease that is free, and that the laptop asks for.
fn free_and_wanted(version: u32, seconds: i64) -> Lease {
    let mut lease = held("", version);
    lease::ask(&mut lease, "laptop", stamp(seconds));
    lease
}

fn waits(election: &mut Election, now: Instant) -> bool {
    matches!(election.next(now, stamp(0)), Step::Wait(_))
}

#[test]
fn whoever_takes_over_asks_the_holder_and_repeats_it_without_becoming_a_leader() {
    let t = Instant::now();
    let mut laptop = laptop();
    let found = held("me", 1);
    let lease = asked(&mut laptop, t, 0, found.clone());
    assert_eq!(lease.spec, found.spec, "who holds it, and since when, stays");
    assert_eq!(lease::preferred(&lease), Some("laptop"));
    laptop.asked(t, lease.clone());
    assert!(laptop.leading().is_none());
    let Step::Wait(until) = laptop.next(t, stamp(0)) else { panic!("not at once") };
    assert!(until >= t + s(2) && until < t + Duration::from_millis(4400));
    assert_eq!(laptop.next(until, stamp(4)), Step::Read);
    let again = asked(&mut laptop, until, 4, lease.clone());
    assert!(!lease::same_wish(&lease, &again), "others see that it is still asked for");
    laptop.failed(until, until, &refused(409, "Conflict"));
    assert!(waits(&mut laptop, until) && laptop.leading().is_none());
}

#[test]
fn a_leader_that_is_asked_works_on_under_its_lease_until_it_gives_that_up() {
    let t = Instant::now();
    let (mut leader, mut laptop) = (leader(t), laptop());
    let wanted = asked(&mut laptop, t + s(1), 1, held("me", 1));
    write(&mut leader, t + s(2), 2);
    leader.failed(t + s(2), t + s(2), &refused(409, "Conflict"));
    leader.read(t + s(2), Some(wanted.clone()));
    assert_eq!(leader.wanted_by(t + s(2)), Some("laptop"), "what was quicker was the wish");
    let renewed = write(&mut leader, t + s(2), 2);
    assert!(lease::same_wish(&renewed, &wanted), "a renewal leaves it there");
    leader.written(t + s(2), t + s(2), stamp(2), renewed.clone());
    assert!(leads(&leader, t + s(11)));
    laptop.read(t + s(3), Some(renewed));
    assert!(laptop.leading().is_none() && laptop.wanted_by(t + s(3)).is_none());
    let released = leader.resign(stamp(4)).unwrap();
    assert_eq!((lease::holder(&released), lease::preferred(&released)), (None, Some("laptop")));
    laptop.read(t + s(4), Some(released));
    let taken = write(&mut laptop, t + s(4), 4);
    assert_eq!((lease::holder(&taken), lease::preferred(&taken)), (Some("laptop"), None));
    laptop.written(t + s(4), t + s(4), stamp(4), taken);
    assert!(leads(&laptop, t + s(4)));
}

#[test]
fn a_lease_that_somebody_asks_for_is_taken_by_nobody_else_while_that_is_repeated() {
    let t = Instant::now();
    // Also one who held it before, and is started again under the same name.
    let mut own = free_and_wanted(1, 0);
    own.spec.as_mut().unwrap().holder_identity = Some("other".to_owned());
    for first in [free_and_wanted(1, 0), own] {
        let mut other = election("other");
        other.read(t, Some(first));
        assert!(waits(&mut other, t));
        other.read(t + s(14), Some(free_and_wanted(2, 14)));
        other.read(t + s(28), Some(free_and_wanted(2, 14)));
        assert!(waits(&mut other, t + s(28)), "it was repeated");
        other.read(t + s(29), Some(free_and_wanted(2, 14)));
        let taken = write(&mut other, t + s(29), 29);
        assert_eq!(lease::preferred(&taken), None, "nobody need wait for it any more");
    }
}

#[test]
fn a_second_who_takes_over_waits_until_the_first_has_it_and_asks_that_one_then() {
    let t = Instant::now();
    let mut second = election("second").taking_over();
    let mut wanted = held("me", 1);
    lease::ask(&mut wanted, "laptop", stamp(0));
    second.read(t, Some(wanted));
    assert!(waits(&mut second, t), "one wish at a time");
    let lease = asked(&mut second, t + s(5), 5, held("laptop", 2));
    assert_eq!(lease::preferred(&lease), Some("second"));
}

#[test]
fn who_stops_asking_says_so_and_leaves_the_lease_to_its_holder() {
    let t = Instant::now();
    let mut laptop = laptop();
    let found = held("me", 1);
    let lease = asked(&mut laptop, t, 0, found.clone());
    laptop.asked(t, lease);
    let withdrawn = laptop.resign(stamp(1)).unwrap();
    assert_eq!((lease::preferred(&withdrawn), &withdrawn.spec), (None, &found.spec));
}

#[test]
fn a_lease_that_is_not_there_is_not_taken_over() {
    let t = Instant::now();
    let mut laptop = laptop();
    laptop.read(t, None);
    assert_eq!(laptop.next(t, stamp(0)), Step::Lost(Loss::NotThere));
}
