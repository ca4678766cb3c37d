//! How long things took: durations in, how many took at most so long out.

use std::time::Duration;

/// Durations, counted by bounds that do not change.
///
/// Memory: eight bytes a bound; observing one allocates nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// Upper bounds in nanoseconds, ascending.
    bounds: &'static [u64],
    /// For each number of bits, how many bounds are shorter: a duration is compared with the few bounds that are as long as it.
    shorter: [u8; 65],
    /// One for each bound, and one for what is longer than all of them.
    counts: Box<[u64]>,
    /// In nanoseconds.
    sum: u64,
}

impl Histogram {
    /// An empty one; `bounds` are in nanoseconds and ascend.
    pub(crate) fn new(bounds: &'static [u64]) -> Self {
        let mut shorter = [0; 65];
        for (bits, count) in shorter.iter_mut().enumerate() {
            let are = bounds.iter().filter(|bound| length(**bound) < bits).count();
            *count = u8::try_from(are).expect("a histogram has few bounds");
        }
        Self { bounds, shorter, counts: vec![0; bounds.len() + 1].into(), sum: 0 }
    }

    /// Counts a duration. One as long as a bound belongs to that bound.
    pub(crate) fn observe(&mut self, duration: Duration) {
        self.observe_nanoseconds(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The same in nanoseconds.
    pub(crate) fn observe_nanoseconds(&mut self, nanoseconds: u64) {
        let mut place = usize::from(self.shorter[length(nanoseconds)]);
        while self.bounds.get(place).is_some_and(|bound| *bound < nanoseconds) {
            place += 1;
        }
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

/// How many bits a number has.
fn length(number: u64) -> usize {
    (u64::BITS - number.leading_zeros()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_finds_its_bound() {
        let bounds: &[u64] = &[1, 10, 16, 17, 31, 32, 1 << 40, u64::MAX];
        let around = bounds.iter().flat_map(|bound| [bound - 1, *bound, bound.saturating_add(1)]);
        for nanoseconds in around {
            let mut histogram = Histogram::new(bounds);
            histogram.observe(Duration::from_nanos(nanoseconds));
            let place = histogram.counts.iter().position(|count| *count == 1);
            let expected = bounds.iter().filter(|bound| **bound < nanoseconds).count();
            assert_eq!(place, Some(expected), "{nanoseconds}");
        }
    }

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
