//! What another process has to do first: a question in, its answer as soon as there is one out.

use std::time::Duration;

/// Asks until there is an answer, for ten seconds.
#[expect(clippy::disallowed_methods, reason = "another process has to catch up")]
pub(crate) async fn until<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..100 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within ten seconds")
}
