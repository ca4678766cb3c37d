//! The rate-limited queue alone: many producers, four workers, failures that wait longer each time, and a drain at the end.

use std::time::Duration;

use kube_runtime::workqueue::WorkQueue;
use kube_runtime::workqueue::limiter::Exponential;
use tokio::sync::watch;

/// Fails twice for every tenth picture.
fn shrink(picture: u32, failures: u32) -> Result<(), &'static str> {
    if picture.is_multiple_of(10) && failures < 2 { Err("the disk is busy") } else { Ok(()) }
}

async fn work(worker: u32, queue: &WorkQueue<u32>, all: &watch::Sender<u32>) -> u32 {
    let mut done = 0;
    while let Some(picture) = queue.get().await {
        match shrink(picture, queue.requeues(&picture)) {
            Ok(()) => {
                queue.finish(&picture, None);
                done += 1;
                all.send_modify(|all| *all += 1);
            }
            Err(why) => {
                let delay = queue.add_rate_limited(picture);
                println!("worker {worker}: picture {picture}: {why}; again in {delay:?}");
                queue.done(&picture);
            }
        }
    }
    done
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let limiter = Exponential::new(Duration::from_millis(20), Duration::from_secs(1));
    let queue = WorkQueue::with_limiter(limiter);
    // Each picture is added by three producers, and comes out once.
    for _producer in 0..3 {
        (1..=30).for_each(|picture| queue.add(picture));
    }
    println!("{} pictures wait", queue.len());
    let (all, mut done) = watch::channel(0);
    let end = async {
        // A drain waits for what is queued and out, not for what waits out a failure.
        let last = done.wait_for(|done| *done == 30).await.map(|_| ());
        queue.shut_down_with_drain().await;
        last
    };
    let worker = |number| work(number, &queue, &all);
    let (first, second, third, fourth, ended) =
        tokio::join!(worker(1), worker(2), worker(3), worker(4), end);
    ended?;
    println!("the workers did {first}, {second}, {third} and {fourth}");
    anyhow::ensure!(first + second + third + fourth == 30, "each picture is done once");
    Ok(())
}
