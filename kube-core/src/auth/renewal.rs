//! Waits for a credential that has to be fetched: requests in, one fetch for all of them out.
//!
//! # Cancel safety
//! A request that is given up leaves the fetch to the next one, which goes on with it.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::TryFutureExt as _;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::error::AuthError;
use super::kept::{Fetched, Kept, Next};
use super::{Proof, Source};

/// Gets a new credential.
type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<Fetched, AuthError>> + Send + Sync>;
type Running = Shared<BoxFuture<'static, Result<Fetched, Arc<AuthError>>>>;

/// A source that keeps what it fetched.
pub(super) struct Renewal {
    fetch: Fetch,
    state: Mutex<State>,
}

struct State {
    kept: Kept,
    running: Option<Running>,
}

impl Renewal {
    pub(super) fn new(
        kept: Kept,
        fetch: impl Fn() -> BoxFuture<'static, Result<Fetched, AuthError>> + Send + Sync + 'static,
    ) -> Self {
        Self { fetch: Box::new(fetch), state: Mutex::new(State { kept, running: None }) }
    }

    async fn current(&self) -> Result<Proof, AuthError> {
        let running = {
            let mut state = self.state.lock();
            match state.kept.next(Instant::now()) {
                Next::Use(proof) => return Ok(proof),
                Next::Fail(error) => return Err(AuthError::Shared(error)),
                Next::Fetch => {}
            }
            let begin = || (self.fetch)().map_err(Arc::new).boxed().shared();
            state.running.get_or_insert_with(begin).clone()
        };
        let result = running.clone().await;
        let mut state = self.state.lock();
        let now = Instant::now();
        // The first that comes back says what came of it; the others have waited for the same.
        if state.running.take_if(|latest| latest.ptr_eq(&running)).is_some() {
            match &result {
                Ok(fetched) => state.kept.fetched(now, fetched.clone()),
                Err(error) => state.kept.failed(now, Arc::clone(error)),
            }
        }
        match result {
            Ok(fetched) => Ok(fetched.proof),
            Err(error) => match state.kept.next(now) {
                Next::Use(proof) => {
                    tracing::warn!(%error, "the last credentials stay in use until they expire");
                    Ok(proof)
                }
                Next::Fetch | Next::Fail(_) => Err(AuthError::Shared(error)),
            },
        }
    }
}

impl Source for Renewal {
    fn proof(&self) -> BoxFuture<'_, Result<Proof, AuthError>> {
        self.current().boxed()
    }

    fn refused(&self, proof: &Proof) -> bool {
        self.state.lock().kept.refused(Instant::now(), proof)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::header::HeaderValue;

    use super::*;

    #[tokio::test]
    async fn many_requests_wait_for_one_fetch_and_one_that_is_given_up_leaves_it_to_the_others() {
        let (times, begun) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Notify::new()));
        let (counted, gate) = (Arc::clone(&times), Arc::clone(&begun));
        let renewal = Renewal::new(Kept::default(), move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let gate = Arc::clone(&gate);
            async move {
                gate.notified().await;
                let proof = Proof::header(HeaderValue::from_static("a"));
                Ok(Fetched { proof, lifetime: None })
            }
            .boxed()
        });
        let mut given_up = renewal.proof();
        assert!((&mut given_up).now_or_never().is_none());
        drop(given_up);
        let waiting = futures::future::join_all((0..100).map(|_| renewal.proof()));
        let (proofs, ()) = tokio::join!(waiting, async { begun.notify_one() });
        assert!(proofs.into_iter().all(|proof| proof.is_ok()));
        assert!(renewal.proof().await.is_ok());
        assert_eq!(times.load(Ordering::SeqCst), 1);
    }
}
