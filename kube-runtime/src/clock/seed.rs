//! Where random numbers come from: one [`Seed`] in, one independent stream for each name out.

use std::hash::Hash;
use std::hash::Hasher;

/// The root of all randomness of a run. The same seed gives the same streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// This very seed, to replay a run.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed that the operating system chose.
    #[must_use]
    pub fn from_system() -> Self {
        Self(fastrand::u64(..))
    }

    /// The number to write down in order to replay this run.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The stream called `name`. Streams of different names have nothing to do with each other, so that adding one leaves the others as they were.
    #[must_use]
    pub fn stream(self, name: &str) -> fastrand::Rng {
        let mut hasher = Fnv(BASIS ^ self.0);
        name.hash(&mut hasher);
        fastrand::Rng::with_seed(hasher.finish())
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::from_system()
    }
}

/// A sum of a text that is the same on every machine and in every version: FNV-1a.
pub(crate) fn sum(text: &str) -> u64 {
    let mut hasher = Fnv(BASIS);
    hasher.write(text.as_bytes());
    hasher.finish()
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: std's own hasher may change between releases, and a replay must not.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_streams_and_names_separate_them() {
        let numbers = |name| {
            let mut stream = Seed::new(7).stream(name);
            [stream.u64(..), stream.u64(..)]
        };
        assert_eq!(numbers("queue"), numbers("queue"));
        assert_ne!(numbers("queue"), numbers("events"));
    }
}
