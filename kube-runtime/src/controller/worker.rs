//! One worker: takes a key, has it reconciled, and gives it back with what that came to.

use std::sync::Arc;

use kube_core::Resource;
use tokio::time::Instant;

use crate::error::Error;
use crate::error::Failure;
use crate::flow::Key;
use crate::observe::Ended;
use crate::observe::Reconciles;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::outcome::Panicked;
use crate::reconcile::outcome::TimedOut;
use crate::reconcile::reconciler::Reconciler;
use crate::workqueue::WorkQueue;

/// Works until the queue is shut down. What runs then is finished.
pub(super) async fn work<K: Resource>(
    reconciler: Arc<Reconciler<K>>,
    queue: WorkQueue<Key>,
    reconciles: &Reconciles,
) {
    while let Some(key) = queue.get().await {
        let begun = Instant::now();
        reconciles.begun();
        let outcome = reconciler.run(&key).await;
        reconciles.ended(ended(&outcome), begun.elapsed());
        if let Outcome::Failed(error, failure) = &outcome {
            reconciles.failed(&key, class(error, failure), error);
        }
        reconciles.paused(reconciler.paused.len());
        settle(&queue, &key, &outcome);
    }
}

/// Gives a key back, with what its outcome means for it.
///
/// | outcome | its failures | comes again |
/// |---|---|---|
/// | done | forgotten | after the time it said; that replaces any earlier wish |
/// | retry | counted | after a growing delay that events do not shorten |
/// | nothing to do | forgotten | when something changes |
/// | terminal | kept | when something changes |
/// | the server said when | counted | then, or when its failures say, whichever is later |
/// | any other failure | counted | after a growing delay that events do not shorten |
fn settle(queue: &WorkQueue<Key>, key: &Key, outcome: &Outcome) {
    match outcome {
        Outcome::Done(delay) => return queue.finish(key, *delay),
        Outcome::Nothing => return queue.finish(key, None),
        Outcome::Failed(_, Failure::Terminal) => queue.reschedule(key.clone(), None),
        Outcome::Failed(_, Failure::NotBefore(wait)) => _ = queue.retry(key.clone(), *wait),
        Outcome::Retry | Outcome::Failed(..) => _ = queue.add_rate_limited(key.clone()),
    }
    queue.done(key);
}

/// What is counted.
fn ended(outcome: &Outcome) -> Ended {
    match outcome {
        Outcome::Done(Some(_)) => Ended::Later,
        Outcome::Retry => Ended::Retry,
        Outcome::Done(None) | Outcome::Nothing => Ended::Success,
        Outcome::Failed(_, Failure::Terminal) => Ended::Terminal,
        Outcome::Failed(error, _) if error.is::<Panicked>() => Ended::Panic,
        Outcome::Failed(error, _) if error.is::<TimedOut>() => Ended::Timeout,
        Outcome::Failed(..) => Ended::Error,
    }
}

/// What a failure is called for people.
fn class(error: &Error, failure: &Failure) -> &'static str {
    match failure {
        Failure::Terminal => "terminal",
        Failure::Conflict => "conflict",
        Failure::NotBefore(_) => "told to wait",
        _ if error.is::<Panicked>() => "panic",
        _ if error.is::<TimedOut>() => "timeout",
        Failure::NotFound | Failure::Other => "error",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::Terminal;

    #[test]
    fn an_outcome_is_counted_as_what_it_is() {
        let minute = Duration::from_secs(60);
        let failed = |error: Error| Outcome::failed(error);
        let rows = [
            (Outcome::Done(None), Ended::Success),
            (Outcome::Nothing, Ended::Success),
            (Outcome::Done(Some(minute)), Ended::Later),
            (Outcome::Retry, Ended::Retry),
            (failed(Error::msg("no")), Ended::Error),
            (failed(Terminal::because("no").into()), Ended::Terminal),
            (failed(Panicked::new(&"oh").into()), Ended::Panic),
            (failed(TimedOut(minute).into()), Ended::Timeout),
        ];
        for (outcome, expected) in rows {
            assert_eq!(ended(&outcome), expected, "{outcome:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_outcome_decides_when_the_key_comes_again() {
        let minute = Duration::from_secs(60);
        let failed = |failure| Outcome::Failed(Error::msg("no"), failure);
        let rows = [
            (Outcome::Done(None), None, 0),
            (Outcome::Done(Some(minute)), Some(minute), 0),
            (Outcome::Nothing, None, 0),
            (Outcome::Retry, Some(Duration::from_millis(10)), 2),
            (failed(Failure::Terminal), None, 1),
            (failed(Failure::Other), Some(Duration::from_millis(10)), 2),
            (failed(Failure::Conflict), Some(Duration::from_millis(10)), 2),
            (failed(Failure::NotBefore(minute)), Some(minute), 2),
        ];
        for (outcome, delay, failures) in rows {
            let queue = WorkQueue::new();
            let key = Key::namespaced("prod", "web");
            queue.add_rate_limited(key.clone());
            assert_eq!(queue.get().await.as_ref(), Some(&key));
            settle(&queue, &key, &outcome);
            assert_eq!(queue.delay_of(&key), delay, "{outcome:?}");
            assert_eq!(queue.requeues(&key), failures, "{outcome:?}");
        }
    }
}
