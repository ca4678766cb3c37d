//! A credential that has to be fetched: the time and what became of it in, whether to use, fetch or give up out.
//!
//! Promises:
//! - A credential is used until shortly before it expires; one without an expiry until the server refuses it.
//! - While it is still good, a failure to fetch the next one harms nobody.
//! - What failed is not repeated at once: after a second, then after two, at most after a minute.
//! - However often the server refuses, a new one is fetched once in ten seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Proof;
use super::error::AuthError;

/// A tenth of its life before a credential expires, at most so long, the next one is fetched.
const EARLY: Duration = Duration::from_secs(10);
/// How often a refusal may lead to a new credential.
const BETWEEN_REFUSALS: Duration = Duration::from_secs(10);
/// The wait after the first failure; it doubles.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// The longest wait after a failure.
const AFTER_FAILURES: Duration = Duration::from_secs(60);

/// A new credential, and how long it is good from when it came; none means until it is refused.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    pub(super) proof: Proof,
    pub(super) lifetime: Option<Duration>,
}

/// What to do for a request that leaves now.
#[derive(Debug)]
pub(super) enum Next {
    Use(Proof),
    Fetch,
    Fail(Arc<AuthError>),
}

/// What is kept between requests.
#[derive(Debug, Default)]
pub(super) struct Kept {
    held: Option<Held>,
    failure: Option<Failure>,
    refused_at: Option<Instant>,
}

#[derive(Debug)]
struct Held {
    proof: Proof,
    /// From then on the next one is fetched.
    fresh_until: Option<Instant>,
    expires: Option<Instant>,
}

#[derive(Debug)]
struct Failure {
    error: Arc<AuthError>,
    times: u32,
    until: Instant,
}

impl Kept {
    /// One that was kept somewhere else, and is good for so long.
    pub(super) fn with(mut self, now: Instant, fetched: Fetched) -> Self {
        self.fetched(now, fetched);
        self
    }

    pub(super) fn next(&self, now: Instant) -> Next {
        let before = |until: Option<Instant>| until.is_none_or(|until| now < until);
        let good = self.held.as_ref().filter(|held| before(held.expires));
        if let Some(held) = good.filter(|held| before(held.fresh_until)) {
            return Next::Use(held.proof.clone());
        }
        match (&self.failure, good) {
            (Some(failure), Some(held)) if now < failure.until => Next::Use(held.proof.clone()),
            (Some(failure), None) if now < failure.until => Next::Fail(Arc::clone(&failure.error)),
            _ => Next::Fetch,
        }
    }

    pub(super) fn fetched(&mut self, now: Instant, fetched: Fetched) {
        let Fetched { proof, lifetime } = fetched;
        let at = |lifetime: Duration| now.checked_add(lifetime);
        let fresh = lifetime.map(|lifetime| lifetime - (lifetime / 10).min(EARLY));
        self.held =
            Some(Held { proof, fresh_until: fresh.and_then(at), expires: lifetime.and_then(at) });
        self.failure = None;
    }

    pub(super) fn failed(&mut self, now: Instant, error: Arc<AuthError>) {
        let times = self.failure.as_ref().map_or(0, |failure| failure.times);
        let wait = AFTER_FAILURE.saturating_mul(1 << times.min(10)).min(AFTER_FAILURES);
        self.failure = Some(Failure { error, times: times + 1, until: now + wait });
    }

    /// The server did not accept this proof. Whether the next request may have another one.
    pub(super) fn refused(&mut self, now: Instant, proof: &Proof) -> bool {
        let Some(held) = &self.held else { return true };
        if held.proof != *proof {
            return true;
        }
        if self.refused_at.is_some_and(|before| now < before + BETWEEN_REFUSALS) {
            return false;
        }
        self.refused_at = Some(now);
        self.held = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use http::header::HeaderValue;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn fetched(token: &'static str, lifetime: Option<Duration>) -> Fetched {
        Fetched { proof: Proof::header(HeaderValue::from_static(token)), lifetime }
    }

    fn failure() -> Arc<AuthError> {
        Arc::new(AuthError::Characters { owner: "jane".to_owned() })
    }

    /// `use TOKEN`, `fetch` or `fail`.
    fn told(kept: &Kept, now: Instant) -> String {
        match kept.next(now) {
            Next::Use(proof) => format!("use {}", proof.header.unwrap().to_str().unwrap()),
            Next::Fetch => "fetch".to_owned(),
            Next::Fail(_) => "fail".to_owned(),
        }
    }

    #[test]
    fn a_credential_is_used_until_shortly_before_it_expires() {
        let now = Instant::now();
        for (lifetime, until) in [(1000, 990), (50, 45), (0, 0)] {
            let kept = Kept::default().with(now, fetched("a", Some(SECOND * lifetime)));
            if until > 0 {
                assert_eq!(told(&kept, now + SECOND * (until - 1)), "use a");
            }
            assert_eq!(told(&kept, now + SECOND * until), "fetch", "of {lifetime} s");
        }
    }

    #[test]
    fn a_credential_without_an_expiry_is_used_until_it_is_refused() {
        let now = Instant::now();
        let one = fetched("a", None);
        let mut kept = Kept::default().with(now, one.clone());
        assert_eq!(told(&kept, now + SECOND * 1_000_000), "use a");
        assert!(kept.refused(now, &one.proof));
        assert_eq!(told(&kept, now), "fetch");
    }

    #[test]
    fn a_failure_to_fetch_the_next_one_harms_nobody_while_the_last_is_good() {
        let now = Instant::now();
        let mut kept = Kept::default().with(now, fetched("a", Some(SECOND * 100)));
        let soon = now + SECOND * 95;
        assert_eq!(told(&kept, soon), "fetch");
        kept.failed(soon, failure());
        assert_eq!(told(&kept, soon), "use a");
        assert_eq!(told(&kept, soon + SECOND), "fetch");
        let expired = now + SECOND * 100;
        kept.failed(expired, failure());
        assert_eq!(told(&kept, expired), "fail");
        kept.fetched(expired, fetched("b", None));
        assert_eq!(told(&kept, expired), "use b");
    }

    #[test]
    fn what_failed_is_not_repeated_at_once_and_at_most_a_minute_later() {
        let mut now = Instant::now();
        let mut kept = Kept::default();
        assert_eq!(told(&kept, now), "fetch");
        for wait in [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60] {
            kept.failed(now, failure());
            assert_eq!(told(&kept, now + SECOND * wait - SECOND / 2), "fail");
            now += SECOND * wait;
            assert_eq!(told(&kept, now), "fetch", "after {wait} s");
        }
    }

    #[test]
    fn however_often_the_server_refuses_a_new_one_is_fetched_once_in_ten_seconds() {
        let now = Instant::now();
        let (one, two) = (fetched("a", None), fetched("b", None));
        let mut kept = Kept::default().with(now, one.clone());
        assert!(kept.refused(now, &one.proof));
        kept.fetched(now, two.clone());
        assert!(kept.refused(now, &one.proof), "it is no more the one that is held");
        assert_eq!(told(&kept, now), "use b");
        assert!(!kept.refused(now + SECOND * 9, &two.proof));
        assert_eq!(told(&kept, now + SECOND * 9), "use b");
        assert!(kept.refused(now + SECOND * 10, &two.proof));
        assert_eq!(told(&kept, now + SECOND * 10), "fetch");
    }
}
