//! What is logged on the thread of a test.

use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Level};

/// Kept beside the log of a thread. While there is one subscriber only, `tracing` asks the thread that first comes to a line whether
/// anybody wants it, and no other later: a test without a log would take the line away from one that has one.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Writes the log of this thread down, as long as the second is there.
pub(super) fn log(most: Level) -> (Arc<Mutex<Vec<u8>>>, DefaultGuard) {
    LazyLock::force(&ANOTHER);
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(most)
        .with_writer(move || Lines(Arc::clone(&lines)))
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

/// Where a test's log goes.
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
