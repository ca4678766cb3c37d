//! Tells when nothing can run any more unless time moves: the park hook of a current-thread runtime wakes who waits for that.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Shared between the runtime's park hook and those who wait for the runtime to be idle.
///
/// A current-thread runtime parks exactly when no task is ready. The hook then tells the waiting ones, and tokio, seeing a task
/// ready after all, neither parks nor moves a paused clock. So "settled" is a fact about the scheduler, not a guess after some yields:
/// who is polled meanwhile for another reason, because it waits for something else beside, goes on waiting.
#[derive(Clone, Debug, Default)]
pub(crate) struct Idle {
    waiting: Arc<Mutex<Vec<oneshot::Sender<()>>>>,
}

impl Idle {
    /// What the runtime calls when it has nothing to do.
    pub(crate) fn parked(&self) {
        let waiting = std::mem::take(&mut *self.waiting.lock());
        for waiting in waiting {
            // Who has ceased to wait needs no word.
            let _ = waiting.send(());
        }
    }

    /// Ends as soon as every other task waits for time or for ever.
    pub(crate) async fn reached(&self) {
        let (waiting, idle) = oneshot::channel();
        self.waiting.lock().push(waiting);
        // A sender is dropped only with the runtime, or when it has sent.
        let _ = idle.await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use super::*;

    fn paused(idle: &Idle) -> tokio::runtime::Runtime {
        let hook = idle.clone();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder
            .enable_time()
            .start_paused(true)
            .on_thread_park(move || hook.parked())
            .build()
            .unwrap()
    }

    #[test]
    fn idle_is_reached_after_all_work_that_needs_no_time_and_moves_no_time() {
        let idle = Idle::default();
        paused(&idle).block_on(async {
            let began = tokio::time::Instant::now();
            let done = Arc::new(AtomicU32::new(0));
            let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
            let mut tasks = tokio::task::JoinSet::new();
            tasks.spawn(async move {
                for number in 0..1000_u32 {
                    sender.send(number).await.unwrap();
                    tokio::task::yield_now().await;
                }
                tokio::time::sleep_until(began + Duration::from_secs(1)).await;
                sender.send(1000).await.unwrap();
            });
            let counted = done.clone();
            tasks.spawn(async move {
                while receiver.recv().await.is_some() {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            });
            idle.reached().await;
            assert_eq!(done.load(Ordering::Relaxed), 1000);
            assert_eq!(began.elapsed(), Duration::ZERO);
            tokio::time::sleep_until(began + Duration::from_secs(1)).await;
            idle.reached().await;
            assert_eq!(done.load(Ordering::Relaxed), 1001);
            assert_eq!(began.elapsed(), Duration::from_secs(1));
        });
    }
    #[test]
    fn who_waits_for_something_else_beside_is_not_told_that_all_is_idle_when_that_happens() {
        let idle = Idle::default();
        paused(&idle).block_on(async {
            let began = tokio::time::Instant::now();
            let ready = tokio::sync::Notify::new();
            let work = async {
                ready.notified().await;
                tokio::task::yield_now().await;
                "work"
            };
            let notifier = async {
                tokio::task::yield_now().await;
                ready.notify_one();
                std::future::pending::<()>().await;
            };
            let first = tokio::select! {
                biased;
                () = idle.reached() => "idle",
                work = work => work,
                () = notifier => unreachable!(),
            };
            assert_eq!((first, began.elapsed()), ("work", Duration::ZERO));
        });
    }
}
