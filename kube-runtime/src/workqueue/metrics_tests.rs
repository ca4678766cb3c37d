//! The seven numbers of a queue at exact values, on a clock that only the test moves.

use std::time::Duration;

use tokio::time::advance;
use tokio::time::timeout;

use super::Metrics;
use super::WorkQueue;
use crate::observe::Exposition;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn metrics(queue: &WorkQueue<&'static str>) -> Metrics {
    queue.metrics().expect("it is metered")
}

async fn take(queue: &WorkQueue<&'static str>, expected: &str) {
    let key = timeout(Duration::from_secs(3600), queue.get()).await;
    assert_eq!(key.expect("a key comes"), Some(expected));
}

#[tokio::test(start_paused = true)]
async fn depth_counts_what_waits_and_what_was_added_while_it_is_out() {
    let queue = WorkQueue::metered();
    queue.add("a");
    queue.add("b");
    queue.add("b");
    assert_eq!(metrics(&queue).depth.iter().sum::<u64>(), 2);
    take(&queue, "a").await;
    assert_eq!(metrics(&queue).depth.iter().sum::<u64>(), 1);
    queue.add("a");
    queue.add("a");
    assert_eq!(metrics(&queue).depth.iter().sum::<u64>(), 2, "a is to come again");
    queue.done(&"a");
    assert_eq!(metrics(&queue).depth.iter().sum::<u64>(), 2, "it waits");
    queue.add_after("c", ms(10));
    assert_eq!(metrics(&queue).depth.iter().sum::<u64>(), 2, "c does not wait for a worker yet");
    advance(ms(10)).await;
    assert_eq!(metrics(&queue).depth.iter().sum::<u64>(), 3);
}

#[tokio::test(start_paused = true)]
async fn adds_count_each_key_once_until_it_is_taken() {
    let queue = WorkQueue::metered();
    for key in ["a", "a", "b"] {
        queue.add(key);
    }
    assert_eq!(metrics(&queue).adds, 2);
    take(&queue, "a").await;
    queue.add("a");
    queue.add("a");
    assert_eq!(metrics(&queue).adds, 3, "while it is out it is added once");
    queue.done(&"a");
    assert_eq!(metrics(&queue).adds, 3, "coming back is no add");
    queue.add_after("c", ms(10));
    assert_eq!(metrics(&queue).adds, 3);
    advance(ms(10)).await;
    assert_eq!(metrics(&queue).adds, 4, "a delay that has passed is one");
    queue.shut_down();
    queue.add("d");
    assert_eq!(metrics(&queue).adds, 4);
}

#[tokio::test(start_paused = true)]
async fn retries_count_every_key_that_is_added_with_a_delay() {
    let queue = WorkQueue::metered();
    queue.add_after("a", ms(1000));
    queue.add_after("a", ms(2000));
    queue.add_after("b", Duration::ZERO);
    assert_eq!(metrics(&queue).retries, 3);
    take(&queue, "b").await;
    queue.add_rate_limited("b");
    queue.done(&"b");
    assert_eq!(metrics(&queue).retries, 4);
    take(&queue, "b").await;
    queue.finish(&"b", Some(ms(5)));
    assert_eq!(metrics(&queue).retries, 5, "one that wants to run again");
    take(&queue, "b").await;
    queue.finish(&"b", None);
    queue.reschedule("a", None);
    queue.add("c");
    assert_eq!(metrics(&queue).retries, 5);
    queue.shut_down();
    queue.add_after("d", ms(10));
    queue.add_after("d", Duration::ZERO);
    assert_eq!(metrics(&queue).retries, 5);
}

#[tokio::test(start_paused = true)]
async fn the_queue_duration_is_the_time_from_the_add_to_the_worker() {
    let queue = WorkQueue::metered();
    queue.add("a");
    advance(ms(30)).await;
    queue.add("a");
    advance(ms(10)).await;
    take(&queue, "a").await;
    let waited = metrics(&queue).queue_duration;
    assert_eq!((waited.count(), waited.sum()), (1, ms(40)));
    queue.add("a");
    advance(ms(5)).await;
    queue.done(&"a");
    advance(ms(2)).await;
    take(&queue, "a").await;
    let waited = metrics(&queue).queue_duration;
    assert_eq!((waited.count(), waited.sum()), (2, ms(47)), "it waited also while it was out");
}

#[tokio::test(start_paused = true)]
async fn a_delayed_key_waits_for_a_worker_from_when_it_is_due() {
    let queue = WorkQueue::metered();
    queue.add_after("a", ms(100));
    advance(ms(130)).await;
    take(&queue, "a").await;
    assert_eq!(metrics(&queue).queue_duration.sum(), ms(30));
}

#[tokio::test(start_paused = true)]
async fn the_work_duration_is_the_time_that_a_key_is_out() {
    let queue = WorkQueue::metered();
    for (key, time) in [("a", ms(7)), ("b", ms(2000))] {
        queue.add(key);
        advance(ms(1)).await;
        take(&queue, key).await;
        advance(time).await;
        queue.finish(&key, None);
        advance(ms(50)).await;
    }
    queue.done(&"a");
    let worked = metrics(&queue).work_duration;
    assert_eq!((worked.count(), worked.sum()), (2, ms(2007)));
    let at_most = |limit| worked.cumulative().find(|(bound, _)| *bound == limit).unwrap().1;
    assert_eq!(
        (at_most(ms(1)), at_most(ms(10)), at_most(ms(1000)), at_most(ms(10_000))),
        (0, 1, 1, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_unfinished_ages_until_it_is_done() {
    let queue = WorkQueue::metered();
    queue.add("a");
    queue.add("b");
    take(&queue, "a").await;
    advance(ms(400)).await;
    take(&queue, "b").await;
    advance(ms(100)).await;
    let now = metrics(&queue);
    assert_eq!((now.unfinished_work, now.longest_running), (ms(600), ms(500)));
    queue.done(&"a");
    let now = metrics(&queue);
    assert_eq!((now.unfinished_work, now.longest_running), (ms(100), ms(100)));
    queue.done(&"b");
    let now = metrics(&queue);
    assert_eq!((now.unfinished_work, now.longest_running), (Duration::ZERO, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_takes_the_place_of_another_begins_anew() {
    let queue = WorkQueue::metered();
    queue.add("a");
    take(&queue, "a").await;
    queue.done(&"a");
    advance(ms(500)).await;
    queue.add("b");
    advance(ms(3)).await;
    take(&queue, "b").await;
    let now = metrics(&queue);
    assert_eq!((now.queue_duration.sum(), now.longest_running), (ms(3), Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_was_not_made_to_count_has_no_numbers() {
    let queue = WorkQueue::new();
    queue.add("a");
    assert_eq!(queue.metrics(), None);
}

#[tokio::test(start_paused = true)]
async fn the_seven_numbers_have_the_names_and_labels_of_controller_runtime() {
    let queue = WorkQueue::metered();
    queue.add("a");
    take(&queue, "a").await;
    advance(ms(1500)).await;
    queue.add("a");
    let mut page = Exposition::default();
    Metrics::expose(&mut page, &[("shop", metrics(&queue))]);
    let page = page.finish();
    let labels = "name=\"shop\",controller=\"shop\"";
    for line in [
        format!("workqueue_depth{{{labels},priority=\"0\"}} 1"),
        format!("workqueue_depth{{{labels},priority=\"-100\"}} 0"),
        format!("workqueue_adds_total{{{labels}}} 2"),
        format!("workqueue_retries_total{{{labels}}} 0"),
        format!("workqueue_unfinished_work_seconds{{{labels}}} 1.5"),
        format!("workqueue_longest_running_processor_seconds{{{labels}}} 1.5"),
        format!("workqueue_queue_duration_seconds_bucket{{{labels},le=\"1e-08\"}} 1"),
        format!("workqueue_queue_duration_seconds_bucket{{{labels},le=\"1000\"}} 1"),
        format!("workqueue_queue_duration_seconds_count{{{labels}}} 1"),
        format!("workqueue_work_duration_seconds_count{{{labels}}} 0"),
    ] {
        assert!(page.lines().any(|present| present == line), "no `{line}` in\n{page}");
    }
}
