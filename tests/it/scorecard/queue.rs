//! A queue that never runs empty: how long a key waits for its turn.

use std::time::Duration;

use kube_runtime::workqueue::WorkQueue;
use tokio::time::Instant;

use super::seeds;

const KEYS: usize = 10_000;

/// Two workers take turns; every key is there again the moment it is done, and others come meanwhile. A turn takes a millisecond.
#[tokio::test(start_paused = true)]
async fn of_ten_thousand_keys_that_are_always_due_none_waits_longer_than_three_times_the_mean() {
    for seed in seeds(2) {
        let mut random = fastrand::Rng::with_seed(seed);
        let queue = WorkQueue::new();
        let begun = Instant::now();
        let mut added = vec![begun; KEYS];
        let mut turns = vec![0_u32; KEYS];
        (0..KEYS).for_each(|key| queue.add(key));
        let (mut longest, mut total, mut count) = (Duration::ZERO, Duration::ZERO, 0);
        for _ in 0..100_000 {
            let out = [queue.get().await.unwrap(), queue.get().await.unwrap()];
            tokio::time::advance(Duration::from_millis(1)).await;
            // Changes of whatever they are about, also of what is out.
            (0..random.usize(0..4)).for_each(|_| queue.add(random.usize(0..KEYS)));
            let now = Instant::now();
            for key in out {
                let waited = now - added[key];
                (longest, total, count) = (longest.max(waited), total + waited, count + 1);
                (added[key], turns[key]) = (now, turns[key] + 1);
                queue.add(key);
                queue.done(&key);
            }
        }
        let mean = total / count;
        assert!(longest <= 3 * mean, "seed {seed}: {longest:?}, and {mean:?} in the mean");
        let (fewest, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
        assert!(most - fewest <= 1, "seed {seed}: {fewest} turns for one, {most} for another");
    }
}
