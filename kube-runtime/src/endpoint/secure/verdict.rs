//! What was said of a token and for how long that counts: a token and `now` in, the verdict or none out.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its holder may read.
    Allowed,
    /// Its holder is known and may not.
    Forbidden,
    /// Nobody knows it.
    Unknown,
}

/// Verdicts by token. It holds tokens, so it shows none.
pub(super) struct Verdicts {
    allowed_for: Duration,
    refused_for: Duration,
    limit: usize,
    known: HashMap<String, (Verdict, Instant)>,
}

impl Verdicts {
    pub(super) fn new(allowed_for: Duration, refused_for: Duration, limit: usize) -> Self {
        Self { allowed_for, refused_for, limit, known: HashMap::new() }
    }

    /// What counts `now` for a token.
    pub(super) fn of(&self, token: &str, now: Instant) -> Option<Verdict> {
        let (verdict, until) = self.known.get(token)?;
        (now < *until).then_some(*verdict)
    }

    /// Remembers what was said when it was asked at `asked`. What nobody knows is not remembered: whoever guesses must not fill the memory.
    pub(super) fn learn(&mut self, token: &str, verdict: Verdict, asked: Instant) {
        let lasts = match verdict {
            Verdict::Allowed => self.allowed_for,
            Verdict::Forbidden => self.refused_for,
            Verdict::Unknown => {
                self.known.remove(token);
                return;
            }
        };
        if self.known.len() >= self.limit && !self.known.contains_key(token) {
            self.known.retain(|_, (_, until)| asked < *until);
            if self.known.len() >= self.limit {
                let soonest = self.known.iter().min_by_key(|(_, (_, until))| *until);
                let Some(soonest) = soonest.map(|(token, _)| token.clone()) else { return };
                self.known.remove(&soonest);
            }
        }
        self.known.insert(token.to_owned(), (verdict, asked + lasts));
    }
}

impl fmt::Debug for Verdicts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Verdicts").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_verdict_counts_from_when_it_was_asked_for_and_one_that_lets_through_longer() {
        let mut verdicts = Verdicts::new(60 * SECOND, 30 * SECOND, 9);
        let asked = Instant::now();
        verdicts.learn("a", Verdict::Allowed, asked);
        verdicts.learn("b", Verdict::Forbidden, asked);
        verdicts.learn("c", Verdict::Unknown, asked);
        let of = |token, seconds: u32| verdicts.of(token, asked + seconds * SECOND);
        assert_eq!((of("a", 59), of("a", 60)), (Some(Verdict::Allowed), None));
        assert_eq!((of("b", 29), of("b", 30)), (Some(Verdict::Forbidden), None));
        assert_eq!(of("c", 0), None, "it is asked about each time");
        assert!(!format!("{verdicts:?}").contains('a'.to_string().repeat(2).as_str()));
        verdicts.learn("a", Verdict::Unknown, asked + SECOND);
        assert_eq!(verdicts.of("a", asked + SECOND), None, "it was taken back");
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_are_remembered_and_what_would_end_first_goes_first() {
        let mut verdicts = Verdicts::new(60 * SECOND, 30 * SECOND, 2);
        let now = Instant::now();
        verdicts.learn("a", Verdict::Allowed, now);
        verdicts.learn("b", Verdict::Forbidden, now);
        verdicts.learn("c", Verdict::Allowed, now + SECOND);
        assert_eq!(verdicts.of("b", now + SECOND), None);
        assert_eq!(verdicts.of("a", now + SECOND), Some(Verdict::Allowed));
        assert_eq!(verdicts.of("c", now + SECOND), Some(Verdict::Allowed));
        let mut none = Verdicts::new(60 * SECOND, 30 * SECOND, 0);
        none.learn("a", Verdict::Allowed, now);
        assert_eq!(none.of("a", now), None);
    }
}
