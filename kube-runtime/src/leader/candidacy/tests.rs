//! The promises of a candidacy, a test each, without a runtime.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn stamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn candidacy() -> Candidacy {
    Candidacy::new(nomination(), s(10))
}

fn nomination() -> Nomination {
    Nomination {
        namespace: "prod".to_owned(),
        name: "me".to_owned(),
        lease: "shop".to_owned(),
        labels: BTreeMap::new(),
        versions: Versions::new("1.2.0", Some("1.1.0")).unwrap(),
    }
}

/// What is to be written now.
#[track_caller]
fn write(candidacy: &mut Candidacy, now: Instant, seconds: i64) -> LeaseCandidate {
    match candidacy.next(now, stamp(seconds)) {
        Act::Create(candidate) | Act::Replace(candidate) => *candidate,
        other => panic!("{other:?}"),
    }
}

/// One that was made at `t`, and what the server has of it.
fn made(t: Instant) -> (Candidacy, LeaseCandidate) {
    let mut candidacy = candidacy();
    assert_eq!(candidacy.next(t, stamp(0)), Act::Read, "at once");
    candidacy.read(t, stamp(0), None);
    // By the whole second of the server's clock that is over.
    let candidate = on_server(write(&mut candidacy, t, 0), -1);
    candidacy.written((t, t), stamp(0), candidate.clone());
    (candidacy, candidate)
}

/// As the server has it, which made it at this second of its clock.
fn on_server(mut candidate: LeaseCandidate, seconds: i64) -> LeaseCandidate {
    candidate.metadata.creation_timestamp = Some(Time(stamp(seconds)));
    candidate
}

fn asked(candidate: &LeaseCandidate, seconds: i64) -> LeaseCandidate {
    let ping_time = Some(MicroTime(stamp(seconds)));
    let spec = LeaseCandidateSpec { ping_time, ..candidate.spec.clone() };
    LeaseCandidate { spec, ..candidate.clone() }
}

#[test]
fn a_candidate_says_which_program_it_is_and_which_lease_it_would_hold() {
    let (_, candidate) = made(Instant::now());
    let spec = candidate.spec;
    assert_eq!(
        (spec.lease_name.as_str(), spec.strategy.as_str()),
        ("shop", "OldestEmulationVersion")
    );
    let versions = (spec.binary_version.as_str(), spec.emulation_version.as_deref());
    assert_eq!(versions, ("1.2.0", Some("1.1.0")));
    assert_eq!(spec.renew_time, Some(MicroTime(stamp(0))));
}

#[test]
fn a_candidate_has_its_name_and_the_labels_that_the_lease_has() {
    let labels = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
    for (labels, expected) in [(labels.clone(), Some(labels)), (BTreeMap::new(), None)] {
        let (t, nomination) = (Instant::now(), Nomination { labels, ..nomination() });
        let mut candidacy = Candidacy::new(nomination, s(10));
        candidacy.read(t, stamp(0), None);
        let metadata = write(&mut candidacy, t, 0).metadata;
        let place = (metadata.namespace.as_deref(), metadata.name.as_deref());
        assert_eq!((place, metadata.labels), ((Some("prod"), Some("me")), expected));
    }
}

#[test]
fn who_is_asked_answers_within_a_look() {
    let t = Instant::now();
    let (mut candidacy, candidate) = made(t);
    assert_eq!(candidacy.next(t, stamp(0)), Act::Wait(t + s(2)), "the retry period is longer");
    assert_eq!(candidacy.next(t + s(2), stamp(2)), Act::Read);
    candidacy.read(t + s(2), stamp(2), Some(candidate.clone()));
    assert_eq!(candidacy.next(t + s(2), stamp(2)), Act::Wait(t + s(4)), "nobody asks");
    candidacy.read(t + s(4), stamp(4), Some(asked(&candidate, 3)));
    let answer = write(&mut candidacy, t + s(4), 4);
    // It was asked between two looks: the server's clock shows 5 at the most.
    assert_eq!(answer.spec.renew_time, Some(MicroTime(stamp(5))));
    assert_eq!(answer.spec.ping_time, Some(MicroTime(stamp(3))), "the question stays");
    candidacy.written((t + s(4), t + s(4)), stamp(4), answer.clone());
    candidacy.read(t + s(6), stamp(6), Some(answer));
    assert_eq!(candidacy.next(t + s(6), stamp(6)), Act::Wait(t + s(8)), "once");
}

#[test]
fn an_answer_is_never_older_than_the_question_whatever_this_clock_shows() {
    let t = Instant::now();
    // This machine's clock is an hour behind, then an hour ahead.
    for off in [-3_600, 3_600] {
        let mut candidacy = candidacy();
        candidacy.read(t, stamp(off), None);
        let mut candidate = write(&mut candidacy, t, off);
        candidate.metadata.creation_timestamp = Some(Time(stamp(0)));
        candidacy.written((t, t + s(1)), stamp(off + 1), candidate.clone());
        candidacy.read(t + s(3), stamp(off + 3), Some(candidate.clone()));
        let right = write(&mut candidacy, t + s(3), off + 3);
        assert_eq!(
            right.spec.renew_time,
            Some(MicroTime(stamp(4))),
            "not behind, and hardly ahead"
        );
        candidacy.written((t + s(3), t + s(3)), stamp(off + 3), right.clone());
        candidacy.read(t + s(5), stamp(off + 5), Some(asked(&right, 2_000)));
        let answer = write(&mut candidacy, t + s(5), off + 5);
        assert!(answer.spec.renew_time >= Some(MicroTime(stamp(2_000))));
    }
}

#[test]
fn an_answer_of_the_same_instant_as_the_question_is_one() {
    let t = Instant::now();
    let (mut candidacy, candidate) = made(t);
    candidacy.read(t + s(2), stamp(2), Some(asked(&candidate, 2_000)));
    let answer = LeaseCandidate {
        spec: LeaseCandidateSpec {
            renew_time: Some(MicroTime(stamp(2_000))),
            ..asked(&candidate, 2_000).spec
        },
        ..candidate
    };
    candidacy.written((t + s(2), t + s(2)), stamp(2), answer.clone());
    candidacy.read(t + s(4), stamp(4), Some(answer));
    assert_eq!(candidacy.next(t + s(4), stamp(4)), Act::Wait(t + s(6)));
}

#[test]
fn a_candidate_renews_every_five_minutes_unasked() {
    let t = Instant::now();
    let (mut candidacy, candidate) = made(t);
    candidacy.read(t + s(299), stamp(299), Some(candidate.clone()));
    assert!(matches!(candidacy.next(t + s(299), stamp(299)), Act::Wait(_)));
    candidacy.read(t + s(300), stamp(300), Some(candidate));
    let renewed = write(&mut candidacy, t + s(300), 300);
    candidacy.written((t + s(300), t + s(300)), stamp(300), renewed.clone());
    candidacy.read(t + s(599), stamp(599), Some(renewed));
    assert!(matches!(candidacy.next(t + s(599), stamp(599)), Act::Wait(_)));
}

#[test]
fn what_another_process_of_this_name_left_is_made_anew_and_what_is_gone_too() {
    let t = Instant::now();
    let (_, left) = made(t);
    let mut candidacy = candidacy();
    candidacy.read(t, stamp(0), Some(left));
    assert_eq!(candidacy.next(t, stamp(0)), Act::Delete);
    candidacy.deleted(t);
    let anew = write(&mut candidacy, t, 0);
    candidacy.written((t, t), stamp(0), on_server(anew, 0));
    candidacy.read(t + s(2), stamp(2), None);
    assert!(matches!(candidacy.next(t + s(2), stamp(2)), Act::Create(_)));
    candidacy.failed(t + s(2));
    assert_eq!(candidacy.next(t + s(2), stamp(2)), Act::Wait(t + s(4)), "not at once");
    assert_eq!(candidacy.next(t + s(4), stamp(4)), Act::Read);
}

#[test]
fn what_somebody_changed_by_hand_is_put_right() {
    let t = Instant::now();
    let (mut candidacy, mut candidate) = made(t);
    candidate.spec.binary_version = "0.9.0".to_owned();
    candidate.metadata.resource_version = Some("7".to_owned());
    candidacy.read(t + s(2), stamp(2), Some(candidate));
    let Act::Replace(right) = candidacy.next(t + s(2), stamp(2)) else { panic!("it is put right") };
    assert_eq!(right.spec.binary_version, "1.2.0");
    assert_eq!(right.metadata.resource_version.as_deref(), Some("7"), "only if it is still so");
}
