//! What an operator logs while a test runs in; the last of it beside the failure of the test, out.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::Level;
use tracing::subscriber::DefaultGuard;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// So many lines are kept.
const LINES: usize = 30;

/// Listens to the warnings and errors of this thread until it is dropped. If that is because of a panic, it prints them, where a test's output goes.
///
/// It hears nothing where the program has a log of its own.
pub(crate) struct Said {
    lines: Lines,
    _listening: Option<DefaultGuard>,
}

impl Said {
    pub(crate) fn listen() -> Self {
        let lines = Lines::default();
        let written = lines.clone();
        let nobody = tracing::dispatcher::get_default(|log| log.is::<NoSubscriber>());
        let listening = nobody.then(|| {
            let layer = tracing_subscriber::fmt::layer()
                .with_writer(move || written.clone())
                .with_ansi(false)
                .without_time()
                .with_target(false)
                .compact()
                .with_filter(filter_fn(|said| said.is_span() || *said.level() <= Level::WARN));
            tracing_subscriber::registry().with(layer).set_default()
        });
        Self { lines, _listening: listening }
    }
}

impl Drop for Said {
    #[expect(clippy::print_stderr, reason = "the harness takes it for the output of the test")]
    fn drop(&mut self) {
        let lines = self.lines.0.lock();
        if std::thread::panicking() && !lines.is_empty() {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            eprintln!("the last warnings of the operator:\n{}", lines.concat());
        }
    }
}

/// The last lines; each write is one.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<VecDeque<String>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock();
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use k8s_openapi::api::core::v1::ConfigMap;
    use k8s_openapi::api::core::v1::Secret;
    use kube_runtime::prelude::*;

    use crate::cluster::Cluster;
    use crate::run::run;

    #[controller(owns(Secret))]
    async fn hasty(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
        cx.delete::<Secret>(map.name()).await?;
        Ok(Action::done())
    }

    /// Its output can be read only from outside, so it is the test and what the test runs.
    #[test]
    fn a_test_that_fails_says_what_its_operator_warned_of() {
        const INNER: &str = "KUBE_TESTING_FAILS";
        if std::env::var_os(INNER).is_some() {
            return run("inner", async |cluster: Cluster| {
                cluster.run(hasty).await;
                let metadata = ObjectMeta { name: Some("a".to_owned()), ..ObjectMeta::default() };
                cluster.create(&ConfigMap { metadata, ..ConfigMap::default() }).await;
                cluster.settled().await;
                panic!("as the outer one wants");
            });
        }
        let mut inner = Command::new(std::env::current_exe().unwrap());
        inner.args(["--exact", "said::tests::a_test_that_fails_says_what_its_operator_warned_of"]);
        let output = inner.env(INNER, "").env_remove("RUST_LOG").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("as the outer one wants"), "{said}");
        assert!(said.contains("the last warnings of the operator:"), "{said}");
        assert!(said.contains("permissions(Secret: delete)"), "{said}");
        assert!(said.contains("hasty"), "{said}");
    }
}
