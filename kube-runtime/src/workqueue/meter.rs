//! What a queue knows of itself: its steps and their times in, client-go's seven numbers out.
//!
//! Mirrors: client-go util/workqueue/metrics.go
//! Differs: what ages is counted when it is asked for, not twice a second; a delayed key has waited since it was due.

use std::time::Duration;

use tokio::time::Instant;

use crate::flow::Priority;
use crate::observe::Exposition;
use crate::observe::Histogram;
use crate::observe::Kind;

/// controller-runtime's bounds, in nanoseconds: 10 ns to 1000 s.
const BOUNDS: [u64; 12] = {
    let mut bounds = [10; 12];
    let mut place = 1;
    while place < bounds.len() {
        bounds[place] = bounds[place - 1] * 10;
        place += 1;
    }
    bounds
};

/// What a queue did so far, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Keys that wait for a worker, and those that were added again while they are out; of each of [`Priority::ALL`].
    pub depth: [u64; Priority::ALL.len()],
    /// How often a key was added that did not wait already.
    pub adds: u64,
    /// How often a key was added with a delay: failures, and reconciles that want to run again.
    pub retries: u64,
    /// How long keys waited for a worker.
    pub queue_duration: Histogram,
    /// How long keys were out.
    pub work_duration: Histogram,
    /// How long those that are out have been out, together.
    pub unfinished_work: Duration,
    /// How long the one has been out that is out longest.
    pub longest_running: Duration,
}

impl Metrics {
    fn expose_depths(page: &mut Exposition, queues: &[(&str, Self)]) {
        let help = "Keys that wait for a worker, or to come back";
        let mut samples = page.family("workqueue_depth", Kind::Gauge, help);
        for (queue, metrics) in queues {
            for (priority, depth) in Priority::ALL.iter().zip(metrics.depth) {
                let priority = priority.number().to_string();
                let labels = [("name", *queue), ("controller", queue), ("priority", &priority)];
                samples.count(&labels, depth);
            }
        }
    }

    /// Writes the numbers of all queues under controller-runtime's names.
    pub(crate) fn expose(page: &mut Exposition, queues: &[(&str, Self)]) {
        Self::expose_depths(page, queues);
        type Read = fn(&Metrics) -> f64;
        #[expect(clippy::cast_precision_loss, reason = "every number of the format is a float")]
        let numbers: [(&'static str, Kind, &str, Read); 4] = [
            (
                "workqueue_adds_total",
                Kind::Counter,
                "Keys that were added and did not wait already",
                |queue| queue.adds as f64,
            ),
            (
                "workqueue_retries_total",
                Kind::Counter,
                "Keys that were added with a delay",
                |queue| queue.retries as f64,
            ),
            (
                "workqueue_unfinished_work_seconds",
                Kind::Gauge,
                "Seconds that the keys which are out have been out, together; it grows as fast as there are workers that hang",
                |queue| queue.unfinished_work.as_secs_f64(),
            ),
            (
                "workqueue_longest_running_processor_seconds",
                Kind::Gauge,
                "Seconds that the worker which is longest at its key has been at it",
                |queue| queue.longest_running.as_secs_f64(),
            ),
        ];
        for (name, kind, help, read) in numbers {
            let mut samples = page.family(name, kind, help);
            for (queue, metrics) in queues {
                samples.number(&[("name", queue), ("controller", queue)], read(metrics));
            }
        }
        type Durations = fn(&Metrics) -> &Histogram;
        let histograms: [(&'static str, &str, Durations); 2] = [
            (
                "workqueue_queue_duration_seconds",
                "Seconds from the add of a key until a worker takes it",
                |queue| &queue.queue_duration,
            ),
            (
                "workqueue_work_duration_seconds",
                "Seconds from when a worker takes a key until it gives it back",
                |queue| &queue.work_duration,
            ),
        ];
        for (name, help, read) in histograms {
            let mut samples = page.histograms(name, help);
            for (queue, metrics) in queues {
                samples.histogram(&[("name", queue), ("controller", queue)], read(metrics));
            }
        }
    }
}

/// No such time.
const NEVER: u64 = u64::MAX;

/// When the key of one slot was added, and when it was taken: nanoseconds since the meter was made, or [`NEVER`].
#[derive(Clone, Copy, Debug)]
struct Times {
    added: u64,
    taken: u64,
}

impl Times {
    const NONE: Self = Self { added: NEVER, taken: NEVER };
}

/// Takes the times of a queue's steps. It knows slots, not keys.
#[derive(Debug)]
pub(super) struct Meter {
    made: Instant,
    /// When the present step is.
    now: u64,
    times: Vec<Times>,
    adds: u64,
    retries: u64,
    queue_duration: Histogram,
    work_duration: Histogram,
}

impl Meter {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            made: now,
            now: 0,
            times: Vec::new(),
            adds: 0,
            retries: 0,
            queue_duration: Histogram::new(&BOUNDS),
            work_duration: Histogram::new(&BOUNDS),
        }
    }

    /// The steps that follow happen now.
    pub(super) fn at(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.made);
        // It overflows after five centuries.
        self.now = since.as_secs() * 1_000_000_000 + u64::from(since.subsec_nanos());
    }

    /// A key begins to wait for a worker.
    pub(super) fn added(&mut self, slot: u32) {
        let slot = slot as usize;
        self.adds += 1;
        if slot >= self.times.len() {
            self.times.resize(slot + 1, Times::NONE);
        }
        self.times[slot].added = self.now;
    }

    /// A worker takes a key that was added.
    pub(super) fn taken(&mut self, slot: u32) {
        let times = &mut self.times[slot as usize];
        times.taken = self.now;
        let added = std::mem::replace(&mut times.added, NEVER);
        if added != NEVER {
            self.queue_duration.observe_nanoseconds(self.now.saturating_sub(added));
        }
    }

    /// A worker gives a key back that it took.
    pub(super) fn done(&mut self, slot: u32) {
        let taken = std::mem::replace(&mut self.times[slot as usize].taken, NEVER);
        if taken != NEVER {
            self.work_duration.observe_nanoseconds(self.now.saturating_sub(taken));
        }
    }

    /// A key is added with a delay.
    pub(super) fn retried(&mut self) {
        self.retries += 1;
    }

    /// How long the key of a slot has been out, or else has waited for a worker.
    pub(super) fn age(&self, slot: u32) -> Option<Duration> {
        let times = self.times.get(slot as usize)?;
        let since = if times.taken == NEVER { times.added } else { times.taken };
        (since != NEVER).then(|| Duration::from_nanos(self.now.saturating_sub(since)))
    }

    /// The numbers, with so many keys waiting.
    pub(super) fn metrics(&self, depth: [u64; Priority::ALL.len()]) -> Metrics {
        let out = self.times.iter().filter(|times| times.taken != NEVER);
        let ages = out.map(|times| self.now.saturating_sub(times.taken));
        let (sum, longest) = ages
            .fold((0_u64, 0), |(sum, longest), age| (sum.saturating_add(age), age.max(longest)));
        Metrics {
            depth,
            adds: self.adds,
            retries: self.retries,
            queue_duration: self.queue_duration.clone(),
            work_duration: self.work_duration.clone(),
            unfinished_work: Duration::from_nanos(sum),
            longest_running: Duration::from_nanos(longest),
        }
    }
}
