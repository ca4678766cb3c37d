//! The queue's promises, one test each.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio::time::timeout;

use super::WorkQueue;
use super::limiter::Exponential;
use crate::flow::Priority;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The next key and how long it took to come.
async fn next(queue: &WorkQueue<&'static str>) -> (&'static str, Duration) {
    let asked = Instant::now();
    let key = timeout(Duration::from_secs(3600), queue.get()).await;
    (key.expect("a key comes").expect("the queue is open"), asked.elapsed())
}

/// Whether a worker that asks now would have to wait.
async fn has_nothing(queue: &WorkQueue<&'static str>) -> bool {
    timeout(Duration::ZERO, queue.get()).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_added_thrice_comes_out_once() {
    let queue = WorkQueue::new();
    for _ in 0..3 {
        queue.add("a");
    }
    assert_eq!(next(&queue).await.0, "a");
    assert!(has_nothing(&queue).await);
}

#[tokio::test(start_paused = true)]
async fn a_key_added_while_it_is_out_comes_back_when_it_is_done() {
    let queue = WorkQueue::new();
    queue.add("a");
    next(&queue).await;
    queue.add("a");
    queue.add("a");
    assert!(has_nothing(&queue).await, "it is out");
    queue.done(&"a");
    assert_eq!(next(&queue).await.0, "a");
    queue.done(&"a");
    assert!(has_nothing(&queue).await, "it came back once");
}

#[test]
fn a_key_is_never_processed_twice_at_once() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(4).enable_time().build().unwrap();
    let (handled, twice) = runtime.block_on(async {
        let queue = WorkQueue::new();
        let out = Arc::new(Mutex::new(HashSet::new()));
        let handled = Arc::new(AtomicUsize::new(0));
        let twice = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for _ in 0..10 {
            let (queue, out, handled) = (queue.clone(), Arc::clone(&out), Arc::clone(&handled));
            let twice = Arc::clone(&twice);
            workers.spawn(async move {
                while let Some(key) = queue.get().await {
                    let alone = out.lock().insert(key);
                    twice.fetch_add(usize::from(!alone), Ordering::Relaxed);
                    tokio::task::yield_now().await;
                    handled.fetch_add(1, Ordering::Relaxed);
                    out.lock().remove(&key);
                    queue.done(&key);
                }
            });
        }
        let mut producers = JoinSet::new();
        for producer in 0..50_u32 {
            let queue = queue.clone();
            producers.spawn(async move {
                for turn in 0..40 {
                    queue.add((producer + turn) % 20);
                    tokio::task::yield_now().await;
                }
            });
        }
        while let Some(producer) = producers.join_next().await {
            producer.unwrap();
        }
        let drained = timeout(Duration::from_secs(20), queue.shut_down_with_drain());
        drained.await.expect("every key comes back");
        while let Some(worker) = workers.join_next().await {
            worker.unwrap();
        }
        (handled.load(Ordering::Relaxed), twice.load(Ordering::Relaxed))
    });
    assert_eq!(twice, 0, "keys were out twice");
    assert!(handled >= 20, "{handled} keys were handled");
}

#[tokio::test(start_paused = true)]
async fn keys_come_out_in_the_order_they_first_went_in() {
    let queue = WorkQueue::new();
    for key in ["c", "a", "b", "c"] {
        queue.add(key);
    }
    let order = [next(&queue).await.0, next(&queue).await.0, next(&queue).await.0];
    assert_eq!(order, ["c", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_delays_the_earlier_counts() {
    for (first, second, expected) in [(50, 70, 50), (50, 30, 30)] {
        let queue = WorkQueue::new();
        queue.add_after("a", ms(first));
        queue.add_after("a", ms(second));
        assert_eq!(next(&queue).await, ("a", ms(expected)), "{first} then {second}");
        queue.done(&"a");
        tokio::time::advance(ms(1000)).await;
        assert!(has_nothing(&queue).await, "once only");
    }
}

#[tokio::test(start_paused = true)]
async fn delayed_keys_come_in_the_order_of_their_times() {
    let queue = WorkQueue::new();
    queue.add_after("late", ms(80));
    queue.add_after("early", ms(20));
    queue.add_after("now", ms(0));
    assert_eq!(next(&queue).await, ("now", ms(0)));
    assert_eq!(next(&queue).await, ("early", ms(20)));
    assert_eq!(next(&queue).await, ("late", ms(60)));
}

#[tokio::test(start_paused = true)]
async fn an_event_does_not_wait_for_a_delay() {
    let queue = WorkQueue::new();
    queue.add_after("a", ms(600));
    queue.add("a");
    assert_eq!(next(&queue).await, ("a", ms(0)));
    queue.done(&"a");
    assert_eq!(next(&queue).await, ("a", ms(600)), "the delay stands");
}

#[tokio::test(start_paused = true)]
async fn rescheduling_replaces_the_delay_and_can_take_it_away() {
    let queue = WorkQueue::new();
    queue.add_after("a", ms(20));
    queue.reschedule("a", Some(ms(50)));
    assert_eq!(queue.delay_of(&"a"), Some(ms(50)));
    assert_eq!(next(&queue).await, ("a", ms(50)));
    queue.add_after("a", ms(20));
    queue.reschedule("a", None);
    queue.done(&"a");
    tokio::time::advance(ms(100)).await;
    assert!(has_nothing(&queue).await);
    assert_eq!(queue.depth().delayed, 0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_key_is_retried_with_growing_delay_and_an_event_does_not_shorten_it() {
    let queue = WorkQueue::with_limiter(Exponential::new(ms(10), ms(1000)));
    queue.add("a");
    next(&queue).await;
    for expected in [10, 20, 40] {
        queue.add("a"); // an event during the attempt
        assert_eq!(queue.add_rate_limited("a"), ms(expected));
        queue.done(&"a");
        queue.add("a"); // and one after it
        queue.add_after("a", ms(1));
        assert_eq!(next(&queue).await, ("a", ms(expected)));
    }
    assert_eq!(queue.requeues(&"a"), 3);
    queue.forget(&"a");
    queue.done(&"a");
    queue.add("a");
    assert_eq!(next(&queue).await, ("a", ms(0)), "the wait was served");
    assert_eq!(queue.add_rate_limited("a"), ms(10), "forgotten");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_went_well_is_forgotten_and_comes_again_when_it_said() {
    let queue = WorkQueue::with_limiter(Exponential::new(ms(10), ms(1000)));
    queue.add_rate_limited("a");
    next(&queue).await;
    queue.add_after("a", ms(20));
    queue.finish(&"a", Some(ms(50)));
    assert_eq!(queue.requeues(&"a"), 0);
    assert_eq!(next(&queue).await, ("a", ms(50)));
    queue.add("a");
    queue.finish(&"a", None);
    assert_eq!(next(&queue).await, ("a", ms(0)), "it was added meanwhile");
    queue.finish(&"a", None);
    tokio::time::advance(ms(1000)).await;
    assert!(has_nothing(&queue).await);
    assert_eq!(queue.depth(), super::Depth::default());
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_at_least_as_long_as_the_server_said() {
    let queue = WorkQueue::with_limiter(Exponential::new(ms(10), ms(1000)));
    assert_eq!(queue.retry("a", ms(500)), ms(500));
    assert_eq!(next(&queue).await, ("a", ms(500)));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_starts_none_and_lets_the_running_finish() {
    let queue = WorkQueue::new();
    queue.add("running");
    queue.add("queued");
    next(&queue).await;
    queue.shut_down();
    assert_eq!(queue.get().await, None);
    queue.done(&"running");
    queue.add("late");
    assert_eq!(queue.get().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_drain_hands_out_what_is_queued_and_waits_for_it() {
    let queue = WorkQueue::new();
    queue.add("a");
    queue.add("b");
    next(&queue).await;
    queue.add("a"); // comes back when it is done
    let mut drain = draining(queue.clone());
    assert!(timeout(ms(5), &mut drain).await.is_err(), "two keys are not done");
    queue.add("late");
    assert_eq!(next(&queue).await.0, "b");
    queue.done(&"a");
    assert_eq!(next(&queue).await.0, "a");
    queue.done(&"a");
    assert!(timeout(ms(5), &mut drain).await.is_err(), "b is not done");
    queue.done(&"b");
    timeout(ms(5), drain).await.expect("all is done").unwrap();
    assert_eq!(queue.get().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_what_nobody_has_taken_yet() {
    let queue = WorkQueue::new();
    queue.add("a");
    let mut drain = draining(queue.clone());
    assert!(timeout(ms(5), &mut drain).await.is_err(), "a is queued");
    queue.done(&next(&queue).await.0);
    timeout(ms(5), drain).await.expect("all is done").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_plain_shutdown_ends_a_drain() {
    let queue = WorkQueue::new();
    queue.add("a");
    next(&queue).await;
    let mut drain = draining(queue.clone());
    assert!(timeout(ms(5), &mut drain).await.is_err());
    queue.shut_down();
    timeout(ms(5), drain).await.expect("it waits no longer").unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_waiting_worker_gets_a_key_when_there_is_one_for_each() {
    let queue = WorkQueue::new();
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        let queue = queue.clone();
        workers.spawn(async move { queue.get().await });
    }
    tokio::task::yield_now().await;
    for key in ["a", "b", "c", "d"] {
        queue.add_after(key, ms(5));
    }
    let all = timeout(ms(10), workers.join_all()).await.expect("all four are woken");
    assert_eq!(all.into_iter().flatten().collect::<HashSet<_>>().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_gives_up_leaves_the_next_delay_to_another() {
    let queue = WorkQueue::new();
    let mut impatient = Box::pin(queue.get());
    let mut patient = Box::pin(queue.get());
    assert!(timeout(ms(1), &mut impatient).await.is_err());
    assert!(timeout(ms(1), &mut patient).await.is_err());
    queue.add_after("a", ms(10));
    assert!(timeout(ms(1), &mut impatient).await.is_err(), "it knows of the delay now");
    drop(impatient);
    assert_eq!(timeout(ms(20), patient).await, Ok(Some("a")));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_rescheduled_all_the_time_costs_no_memory() {
    let mut machine = super::machine::Machine::new();
    let now = Instant::now();
    for turn in 0..10_000 {
        // Each wait ends before the one it overtakes, so that this one is never met at the front.
        machine.reschedule(turn % 40, Some(now + ms(20_000 - turn)));
    }
    assert!(machine.waits_kept() <= 64 + 2 * 40, "{} waits are kept", machine.waits_kept());
    assert_eq!(machine.depth().delayed, 40);
}

#[test]
fn a_key_that_is_done_costs_no_memory() {
    let mut machine = super::machine::Machine::new();
    for key in 0..10_000 {
        machine.add(key, Priority::Normal);
        assert_eq!(machine.get(), Some(key));
        machine.done(&key);
    }
    assert_eq!(machine.slots_kept(), 1);
}

#[tokio::test(start_paused = true)]
async fn in_a_drain_a_worker_waits_for_a_key_that_comes_back() {
    let queue = WorkQueue::new();
    queue.add("a");
    next(&queue).await;
    queue.add("a");
    let mut drain = draining(queue.clone());
    assert!(timeout(ms(5), &mut drain).await.is_err(), "a is not done");
    let mut worker = Box::pin(queue.get());
    assert!(timeout(ms(5), &mut worker).await.is_err(), "a is out and was added again");
    queue.done(&"a");
    assert_eq!(timeout(ms(5), worker).await, Ok(Some("a")));
    queue.done(&"a");
    timeout(ms(5), drain).await.expect("all is done").unwrap();
}

#[tokio::test(start_paused = true)]
async fn keys_due_at_the_same_time_come_in_the_order_in_which_they_were_delayed() {
    let queue = WorkQueue::new();
    queue.add_after("a", ms(5));
    queue.add_after("b", ms(10));
    queue.reschedule("a", Some(ms(10)));
    assert_eq!(next(&queue).await, ("b", ms(10)));
    assert_eq!(next(&queue).await, ("a", ms(0)));
}

#[tokio::test(start_paused = true)]
async fn in_a_drain_a_worker_ends_when_nothing_can_come_back() {
    let queue = WorkQueue::new();
    queue.add("a");
    next(&queue).await;
    let mut drain = draining(queue.clone());
    assert!(timeout(ms(5), &mut drain).await.is_err(), "a is not done");
    assert_eq!(timeout(ms(5), queue.get()).await, Ok(None), "a is out and nobody added it");
    queue.done(&"a");
    timeout(ms(5), drain).await.expect("all is done").unwrap();
}

#[tokio::test(start_paused = true)]
async fn taking_a_delay_away_takes_no_key_away() {
    let queue = WorkQueue::new();
    queue.add("a");
    queue.reschedule("a", None);
    assert_eq!(next(&queue).await.0, "a", "it was queued");
    queue.reschedule("a", None);
    queue.add("a");
    assert!(has_nothing(&queue).await, "it is out");
    queue.done(&"a");
    assert_eq!(next(&queue).await.0, "a");
}

#[tokio::test(start_paused = true)]
async fn a_long_delay_is_kept_and_one_without_end_is_no_mistake() {
    let (queue, year) = (WorkQueue::new(), Duration::from_secs(365 * 24 * 3600));
    queue.add_after("a", year);
    queue.add_after("b", Duration::MAX);
    assert_eq!(queue.delay_of(&"a"), Some(year));
    assert!(queue.delay_of(&"b").is_some_and(|delay| delay > 20 * year));
}

#[tokio::test(start_paused = true)]
async fn an_added_key_wakes_a_worker_that_waits() {
    let queue = WorkQueue::new();
    let mut worker = Box::pin(queue.get());
    assert!(timeout(ms(1), &mut worker).await.is_err(), "there is none yet");
    queue.add("a");
    assert_eq!(timeout(ms(5), worker).await, Ok(Some("a")));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_comes_back_when_it_is_done_wakes_a_worker_that_waits() {
    let queue = WorkQueue::new();
    for finish in [false, true] {
        queue.add("a");
        next(&queue).await;
        let mut worker = Box::pin(queue.get());
        assert!(timeout(ms(1), &mut worker).await.is_err(), "it is out");
        queue.add("a");
        match finish {
            false => queue.done(&"a"),
            true => queue.finish(&"a", None),
        }
        assert_eq!(timeout(ms(5), worker).await, Ok(Some("a")));
        queue.done(&"a");
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_counted_while_it_waits_and_no_longer() {
    let queue = WorkQueue::new();
    let mut served = Box::pin(queue.get());
    let mut impatient = Box::pin(queue.get());
    assert!(timeout(ms(1), &mut served).await.is_err());
    assert!(timeout(ms(1), &mut impatient).await.is_err());
    assert_eq!(queue.waiting(), 2);
    drop(impatient);
    assert_eq!(queue.waiting(), 1);
    queue.add("a");
    assert_eq!(timeout(ms(5), served).await, Ok(Some("a")));
    assert_eq!(queue.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_queue_says_how_many_keys_are_where() {
    let queue = WorkQueue::new();
    assert!(queue.is_empty());
    for key in ["a", "b", "c"] {
        queue.add(key);
    }
    queue.add_after("d", ms(10));
    next(&queue).await;
    assert!(!queue.is_empty() && queue.len() == 2);
    let depth = queue.depth();
    assert_eq!((depth.queued, depth.processing, depth.delayed), (2, 1, 1));
    assert_eq!(depth.next_due, Some(Instant::now() + ms(10)));
    tokio::time::advance(ms(10)).await;
    let depth = queue.depth();
    assert_eq!((depth.queued, depth.delayed, depth.next_due), (3, 0, None));
}

/// A drain that goes on by itself.
#[expect(clippy::disallowed_methods, reason = "the test's own task")]
fn draining(queue: WorkQueue<&'static str>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move { queue.shut_down_with_drain().await })
}
