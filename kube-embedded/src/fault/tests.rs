//! Faults hit what they should, as often as they should, and say so.

use super::*;

fn asked<'a>(verb: &'a str, name: &'a str) -> Asked<'a> {
    let path = "/api/v1/namespaces/a/pods";
    Asked { verb, path, resource: "pods", sub: "", namespace: "a", name, user: "me" }
}

#[test]
fn a_fault_hits_the_nth_matching_request_and_is_noted() {
    let faults = Faults::new(1);
    faults.inject(Fault::refuse(503).on("update", "pods").named("web*").after(1));
    assert!(faults.hit(&asked("get", "web-1")).is_none());
    assert!(faults.hit(&asked("update", "web-1")).is_none());
    assert!(faults.hit(&asked("update", "other")).is_none());
    let (_, step) = faults.hit(&asked("update", "web-1")).unwrap();
    assert!(matches!(step, Step::Refuse(failure) if failure.code() == 503));
    assert!(faults.hit(&asked("update", "web-1")).is_none());
    assert_eq!((faults.hits().len(), faults.waiting()), (1, 0));
    assert_eq!(faults.hits()[0].fault, "refuse");
}

#[test]
fn a_delay_is_the_same_for_the_same_seed() {
    let wait = |seed| {
        let faults = Faults::new(seed);
        let (least, most) = (Duration::from_secs(1), Duration::from_secs(9));
        faults.inject(Fault::delay_between(least, most));
        match faults.hit(&asked("get", "x")).unwrap().1 {
            Step::Wait(time) => time,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wait(7), wait(7));
    assert_ne!(wait(7), wait(8));
}
