//! Time that moves only when the test says so.

use crate::duration::IntoDuration;

use super::Cluster;

impl Cluster {
    /// Waits until nothing can happen any more unless time moves: no request in flight, every watch read to its end, every
    /// queue empty of work that is due. Moves no time itself.
    pub async fn settled(&self) {
        self.idle.reached().await;
    }

    /// Lets time pass, `"10m"` or a [`Duration`](std::time::Duration): every timer on the way rings at its own time, in order;
    /// then all that it led to is done, as after [`settled`](Self::settled).
    pub async fn advance(&self, length: impl IntoDuration) {
        // A sleep under a paused clock: tokio moves it from timer to timer whenever nothing else can run.
        #[expect(clippy::disallowed_methods, reason = "this is the one who moves the clock")]
        tokio::time::sleep(length.into_duration()).await;
        self.idle.reached().await;
    }
}
