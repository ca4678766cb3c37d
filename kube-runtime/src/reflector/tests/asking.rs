//! How a server is asked that is busy, away or has forgotten, and how long is waited.

use kube_core::ErrorKind;

use super::*;

/// How long the machine wants to wait, after which it asks this.
fn waits(machine: &mut Reflector, asked: &[&str]) -> f64 {
    let Ask::Wait(wait) = machine.ask() else { panic!("no wait") };
    asks(machine, asked);
    wait.as_secs_f64()
}

fn unreachable() -> Failure {
    Failure::from(&Error::new(ErrorKind::Connect, "connection refused"))
}

#[test]
fn a_busy_server_is_asked_for_the_stream_again_and_for_no_list() {
    let mut machine = machine(true);
    asks(&mut machine, &["[", "stream >="]);
    for _ in 0..20 {
        machine.failed(&Failure::Busy { retry_after: Some(Duration::from_secs(61)) });
        assert!(waits(&mut machine, &["[", "stream >="]) >= 61.0);
    }
    machine.started(Instant::now());
    assert_eq!(hear(&mut machine, bookmark("7", true)).0.as_deref(), Some("]7"));
    machine.ended(Instant::now());
    asks(&mut machine, &["watch 7"]);
}

#[test]
fn a_server_that_cannot_be_reached_is_asked_for_the_stream_again_later_and_later() {
    let mut machine = machine(true);
    asks(&mut machine, &["[", "stream >="]);
    let waits: Vec<_> = (0..8)
        .map(|_| {
            machine.failed(&unreachable());
            waits(&mut machine, &["[", "stream >="])
        })
        .collect();
    assert!(waits[0] < 1.6 && waits[3] >= 6.4 && waits[7] >= 30.0, "{waits:?}");
    // It was not refused, so it is still what is asked for first.
    machine.started(Instant::now());
    hear(&mut machine, bookmark("7", true));
    asks(&mut machine, &["watch 7"]);
    machine.started(Instant::now());
    hear(&mut machine, bookmark("8", false));
    machine.failed(&Failure::Gone);
    asks(&mut machine, &["[", "stream >=8"]);
}

#[test]
fn a_watch_that_cannot_connect_waits_longer_each_time_and_is_resumed() {
    let mut machine = watching();
    let waits: Vec<_> = (0..4)
        .map(|_| {
            machine.failed(&unreachable());
            waits(&mut machine, &["watch 10"])
        })
        .collect();
    assert!(waits[0] < 1.6 && waits[3] >= 6.4, "{waits:?}");
    machine.failed(&unreachable());
    asks(&mut machine, &["wait", "[", "list >=10"]);
}

#[test]
fn a_stream_whose_version_has_expired_asks_for_the_newest_state() {
    for failure in [Failure::Gone, Failure::TooLarge] {
        let mut machine = machine(true);
        asks(&mut machine, &["[", "stream >="]);
        machine.started(Instant::now());
        hear(&mut machine, bookmark("7", true));
        hear(&mut machine, bookmark("9", false));
        machine.failed(&Failure::Gone);
        asks(&mut machine, &["[", "stream >=9"]);
        machine.failed(&failure);
        asks(&mut machine, &["[", "stream >="]);
    }
}

#[test]
fn a_watch_is_asked_to_end_after_once_to_twice_the_time_that_was_set() {
    for (least, seed) in
        [60, 300, 600].into_iter().flat_map(|least| (0..50).map(move |seed| (least, seed)))
    {
        let settings = Settings {
            streaming: false,
            watch_timeout: Duration::from_secs(least),
            ..Settings::default()
        };
        let mut machine = Reflector::new(settings, fastrand::Rng::with_seed(seed));
        assert!(matches!(machine.ask(), Ask::Tell(_)) && matches!(machine.ask(), Ask::List(_)));
        assert!(machine.page_ended(head("10", None)).is_some());
        let Ask::Watch(plan) = machine.ask() else { panic!("no watch") };
        assert!((least..2 * least + 1).contains(&plan.timeout.as_secs()), "{:?}", plan.timeout);
    }
}

#[test]
fn waits_follow_the_back_off_that_was_set() {
    let backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(40));
    let settings = Settings { streaming: false, backoff, ..Settings::default() };
    let mut machine = Reflector::new(settings, fastrand::Rng::with_seed(1));
    asks(&mut machine, &["[", "list 500"]);
    for base in [0.01, 0.02, 0.04, 0.04, 0.04] {
        machine.failed(&Failure::Other { retry_after: None });
        let wait = waits(&mut machine, &["[", "list 500"]);
        assert!((base..2.0 * base).contains(&wait), "{wait} for {base}");
    }
}
