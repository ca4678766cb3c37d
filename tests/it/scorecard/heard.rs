//! What the log of this thread says of objects that cannot be read: which, at which version, and how often.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;

use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;
use tracing::subscriber::NoSubscriber;

/// Kept beside the log of a thread. While there is one subscriber only, `tracing` asks the thread that first comes to a line whether
/// anybody wants it, and no other later: a test without a log would take the line away from one that has one.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The warnings of this thread, for as long as it is there.
pub(super) struct Heard {
    lines: Lines,
    _guard: DefaultGuard,
}

impl Heard {
    pub(super) fn begin() -> Self {
        LazyLock::force(&ANOTHER);
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::WARN)
            .with_writer(move || writer.clone())
            .finish();
        Self { lines, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Since the last time, each of these was told of once, and so many whose names nobody knows; nothing else.
    pub(super) fn told_once(&self, names: impl IntoIterator<Item = String>, nameless: usize) {
        let lines = std::mem::take(&mut *self.lines.0.lock().unwrap());
        let lines = String::from_utf8(lines).unwrap();
        let mut told = BTreeMap::<&str, usize>::new();
        let mut unknown = 0;
        for line in lines.lines() {
            if line.contains("object of unknown name cannot be read: ") {
                unknown += 1;
                continue;
            }
            let name = line.split("`default/").nth(1).and_then(|rest| rest.split('`').next());
            *told.entry(name.unwrap_or(line)).or_default() += 1;
            assert!(line.len() < 1024, "{} bytes: {line:.1024}", line.len());
        }
        let names: Vec<_> = names.into_iter().collect();
        let expected = names.iter().map(|name| (name.as_str(), 1)).collect();
        assert_eq!(told, expected, "{lines}");
        assert_eq!(unknown, nameless, "{lines}");
    }
}
