//! What goes first, and that nothing waits for ever.

use std::time::Duration;

use tokio::time::advance;
use tokio::time::timeout;

use super::WorkQueue;
use crate::flow::Priority;
use Priority::High;
use Priority::Low;

async fn take(queue: &WorkQueue<&'static str>) -> &'static str {
    let key = timeout(Duration::from_secs(3600), queue.get()).await;
    key.expect("a key comes").expect("the queue is open")
}

async fn all(queue: &WorkQueue<&'static str>) -> Vec<&'static str> {
    let mut keys = Vec::new();
    while !queue.is_empty() {
        keys.push(take(queue).await);
    }
    keys
}

#[tokio::test(start_paused = true)]
async fn what_changed_goes_before_what_was_listed_though_it_came_later() {
    let queue = WorkQueue::new();
    queue.add_with_priority("listed", Low);
    queue.add("changed");
    queue.add_with_priority("asked for", High);
    assert_eq!(all(&queue).await, ["asked for", "changed", "listed"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_counts_as_the_most_urgent_of_its_adds_and_stands_behind_its_new_equals() {
    let queue = WorkQueue::new();
    queue.add_with_priority("listed, then changed", Low);
    queue.add("changed");
    queue.add("listed, then changed");
    queue.add_with_priority("changed", Low);
    assert_eq!(all(&queue).await, ["changed", "listed, then changed"]);
}

#[tokio::test(start_paused = true)]
async fn urgency_ends_when_the_key_is_taken() {
    let queue = WorkQueue::new();
    queue.add_with_priority("a", High);
    assert_eq!(take(&queue).await, "a");
    queue.done(&"a");
    queue.add_with_priority("a", Low);
    queue.add("b");
    assert_eq!(all(&queue).await, ["b", "a"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_added_while_it_was_out_comes_back_as_urgent_as_those_adds() {
    let queue = WorkQueue::new();
    queue.add_with_priority("a", High);
    assert_eq!(take(&queue).await, "a");
    queue.add_with_priority("a", Low);
    queue.add("a");
    queue.add_with_priority("a", Low);
    queue.add("b");
    queue.done(&"a");
    queue.add("c");
    assert_eq!(all(&queue).await, ["b", "a", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_as_urgent_as_what_failed_unless_something_urgent_came_meanwhile() {
    let queue = WorkQueue::new();
    for key in ["listed", "listed and changed"] {
        queue.add_with_priority(key, Low);
        assert_eq!(take(&queue).await, key);
        queue.add_rate_limited(key);
        queue.done(&key);
    }
    queue.add("listed and changed");
    assert!(queue.is_empty(), "both wait out their failure");
    advance(Duration::from_secs(1)).await;
    assert_eq!(queue.len(), 2);
    queue.add("changed");
    assert_eq!(all(&queue).await, ["listed and changed", "changed", "listed"]);
}

#[tokio::test(start_paused = true)]
async fn a_start_with_many_objects_does_not_bury_what_changes_meanwhile_nor_starves() {
    let queue = WorkQueue::new();
    (0..1000).for_each(|key| queue.add_with_priority(key, Low));
    let mut listed = 0;
    for change in 1000..1170 {
        queue.add(change);
        let key = queue.get().await.expect("open");
        listed += usize::from(key < 1000);
        queue.done(&key);
    }
    assert_eq!(listed, 10, "one of 17");
    assert_eq!(queue.depth().queued, 1000);
}

#[tokio::test(start_paused = true)]
async fn depth_is_counted_for_each_priority() {
    let queue = WorkQueue::metered();
    queue.add_with_priority("a", Low);
    queue.add_with_priority("b", Low);
    queue.add_with_priority("c", High);
    assert_eq!(queue.metrics().unwrap().depth, [2, 0, 1]);
    assert_eq!(take(&queue).await, "c");
    queue.add("c");
    assert_eq!(queue.metrics().unwrap().depth, [2, 1, 0], "c is to come again, for less");
}
