//! What a test says ("10m", "500ms") or holds ([`Duration`]) to the time that passes.

use std::time::Duration;

/// A length of time: a [`Duration`], or its text as in `"10m"`, `"1h 30m"`, `"500ms"`.
pub trait IntoDuration {
    /// The length of time.
    ///
    /// # Panics
    /// When a text is no length of time: the test itself is wrong.
    fn into_duration(self) -> Duration;
}

impl IntoDuration for Duration {
    fn into_duration(self) -> Duration {
        self
    }
}

impl IntoDuration for &str {
    #[track_caller]
    fn into_duration(self) -> Duration {
        let parsed: Result<jiff::SignedDuration, _> = self.parse();
        let duration = parsed.ok().and_then(|duration| Duration::try_from(duration).ok());
        duration.unwrap_or_else(|| {
            panic!("`{self}` is no length of time; write it as in \"10m\" or \"500ms\"")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_as_people_write_it() {
        assert_eq!("10m".into_duration(), Duration::from_secs(600));
        assert_eq!("1h 30m".into_duration(), Duration::from_secs(5400));
        assert_eq!("500ms".into_duration(), Duration::from_millis(500));
    }

    #[test]
    #[should_panic(expected = "`soon` is no length of time")]
    fn what_is_no_length_of_time_fails_the_test_that_says_it() {
        "soon".into_duration();
    }
}
