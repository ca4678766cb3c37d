//! A wait that may end at a deadline in; what was waited for, or that it did not come in time, out.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::time::{Instant, Sleep};

/// Waits one after another, each with a deadline of its own, under one timer.
///
/// A timer that is set anew for each event would wake the thread that keeps the clock for each event: this one rings at the deadline of
/// an earlier wait, and is only then set for that of the present one.
pub(super) struct Patience {
    deadline: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl Patience {
    /// The first wait ends then.
    pub(super) fn new(deadline: Instant) -> Self {
        Self { deadline, alarm: Box::pin(tokio::time::sleep_until(deadline)) }
    }

    /// The next wait ends then.
    pub(super) fn until(&mut self, deadline: Instant) {
        self.deadline = deadline;
        if deadline < self.alarm.deadline() {
            self.alarm.as_mut().reset(deadline);
        }
    }

    /// What the future gives before the deadline.
    ///
    /// # Cancel safety
    /// As the future's own.
    pub(super) async fn with<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            while self.alarm.as_mut().poll(cx).is_ready() {
                if self.alarm.deadline() >= self.deadline {
                    return Poll::Ready(None);
                }
                self.alarm.as_mut().reset(self.deadline);
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn what_does_not_come_is_given_up_at_the_deadline_of_its_own_wait() {
        let begin = Instant::now();
        let mut patience = Patience::new(begin + 2 * SECOND);
        assert_eq!(patience.with(async { 7 }).await, Some(7));
        patience.until(begin + 5 * SECOND);
        assert_eq!(patience.with(std::future::pending::<()>()).await, None);
        assert_eq!(begin.elapsed(), 5 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_may_be_earlier_than_that_of_the_wait_before() {
        let begin = Instant::now();
        let mut patience = Patience::new(begin + 60 * SECOND);
        patience.until(begin + SECOND);
        assert_eq!(patience.with(std::future::pending::<()>()).await, None);
        assert_eq!(begin.elapsed(), SECOND);
    }
}
