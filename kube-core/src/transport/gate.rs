//! Who makes a connection: requests that come at once in, one that goes first and others that find its connection out.
//!
//! Before a connection is made nobody knows whether it can be shared, so that a pool makes one for each of a thousand requests at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

/// Who has waited so long for the first one goes too: its answer may take its time.
const ALONE: Duration = Duration::from_secs(1);

/// One for each pool of connections.
#[derive(Default)]
pub(super) struct Gate {
    open: AtomicBool,
    first: Mutex<()>,
}

impl Gate {
    /// Waits while another request makes the connection. Whoever gets something is the first, and keeps it until it was answered.
    pub(super) async fn pass(&self) -> Option<MutexGuard<'_, ()>> {
        if self.open.load(Ordering::Acquire) {
            return None;
        }
        let first = tokio::time::timeout(ALONE, self.first.lock()).await.ok()?;
        (!self.open.load(Ordering::Acquire)).then_some(first)
    }

    /// Whether there is a connection now.
    pub(super) fn set(&self, open: bool) {
        self.open.store(open, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_goes_first_and_again_after_the_connection_is_gone() {
        let gate = Gate::default();
        for _ in 0..2 {
            let first = gate.pass().await;
            assert!(first.is_some());
            let mut others = std::pin::pin!(futures::future::join(gate.pass(), gate.pass()));
            assert!((&mut others).now_or_never().is_none(), "they wait");
            gate.set(true);
            drop(first);
            let (one, other) = others.await;
            assert!(one.is_none() && other.is_none() && gate.pass().await.is_none());
            gate.set(false);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_one_that_fails_or_takes_its_time_stops_nobody() {
        let gate = Gate::default();
        let first = gate.pass().await;
        assert!(first.is_some() && gate.pass().await.is_none(), "a second is enough");
        drop(first);
        assert!(gate.pass().await.is_some());
    }
}
