//! The workqueue alone: how long one key takes through it, in nanoseconds.

use std::io::Write as _;
use std::time::Duration;

use ours::flow::Key;
use ours::flow::Priority;
use ours::workqueue::WorkQueue;

use crate::measure;

/// So many keys go round, one at a time.
const KEYS: usize = 1_000;
/// So many turns of all of them are one sample.
const TURNS: usize = 200;
const SAMPLES: usize = 15;

/// CPU nanoseconds for add, get and done of one key: the least and the median of the samples.
async fn turns(queue: &WorkQueue<Key>, priorities: &[Priority]) -> (f64, f64) {
    let keys: Vec<Key> =
        (0..KEYS).map(|number| Key::namespaced("prod", &format!("web-{number}"))).collect();
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let begun = measure::thread_time();
        for turn in 0..TURNS {
            for (place, key) in keys.iter().enumerate() {
                queue.add_with_priority(key.clone(), priorities[(turn + place) % priorities.len()]);
                let taken = queue.get().await.expect("it is open");
                queue.done(&taken);
            }
        }
        let spent: Duration = measure::thread_time() - begun;
        samples.push(spent.as_secs_f64() * 1e9 / (KEYS * TURNS) as f64);
    }
    samples.sort_by(f64::total_cmp);
    (samples[0], samples[SAMPLES / 2])
}

/// Measures both kinds of queue and prints them.
pub async fn run() -> anyhow::Result<()> {
    let bare = turns(&WorkQueue::new(), &[Priority::Normal]).await;
    let metered = turns(&WorkQueue::metered(), &Priority::ALL).await;
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "| workqueue, add + get + done of one key, CPU ns | least | median |\n|---|---:|---:|"
    )?;
    for (name, (least, median)) in [("bare", bare), ("seven metrics, three priorities", metered)] {
        writeln!(output, "| {name} | {least:.0} | {median:.0} |")?;
    }
    Ok(())
}
