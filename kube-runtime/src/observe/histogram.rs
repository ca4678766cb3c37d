//! How long things took: durations in, how many took at most so long out.

use std::time::Duration;

/// Durations, counted by bounds that do not change.
///
/// Memory: eight bytes a bound; observing one allocates nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// Upper bounds in nanoseconds, ascending.
    bounds: &'static [u64],
    /// One for each bound, and one for what is longer than all of them.
    counts: Box<[u64]>,
    /// In nanoseconds.
    sum: u64,
}

impl Histogram {
    /// An empty one; `bounds` are in nanoseconds and ascend.
    pub(crate) fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1].into(), sum: 0 }
    }

    /// Counts a duration. One as long as a bound belongs to that bound.
    pub(crate) fn observe(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let place = self.bounds.partition_point(|bound| *bound < nanoseconds);
        self.counts[place] += 1;
        self.sum = self.sum.saturating_add(nanoseconds);
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long all of them took together.
    #[must_use]
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum)
    }

    /// Each bound, and how many took at most so long.
    pub fn cumulative(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        let mut below = 0;
        self.bounds.iter().zip(&self.counts).map(move |(bound, count)| {
            below += count;
            (Duration::from_nanos(*bound), below)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_under_the_first_bound_it_does_not_exceed() {
        let mut histogram = Histogram::new(&[10, 100]);
        for nanoseconds in [0, 10, 11, 100, 101] {
            histogram.observe(Duration::from_nanos(nanoseconds));
        }
        let bounds: Vec<_> = histogram.cumulative().collect();
        let nanoseconds = Duration::from_nanos;
        assert_eq!(bounds, [(nanoseconds(10), 2), (nanoseconds(100), 4)]);
        assert_eq!((histogram.count(), histogram.sum()), (5, nanoseconds(222)));
    }
}
