//! Who counts what happens beside requests: runs of plugins and reads of files in; nothing out.
//!
//! Mirrors: client-go tools/metrics
//! Differs: it belongs to a configuration and not to the process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Config;

/// Hears of what a client does to have credentials: every run of a plugin, every look at files of certificates.
#[diagnostic::on_unimplemented(message = "`{Self}` does not implement `CredentialObserver`")]
pub trait CredentialObserver: Send + Sync {
    /// A credential plugin was to run. It is called on the task that waited for it, so it does not wait.
    fn plugin(&self, run: &PluginRun<'_>) {
        let _ = run;
    }

    /// Files of certificates and keys were looked at.
    fn files(&self, look: FilesLook) {
        let _ = look;
    }
}

/// A run of a credential plugin.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PluginRun<'a> {
    /// The program, as the configuration names it.
    pub command: &'a str,
    /// What came of it.
    pub outcome: PluginOutcome,
    /// How long it took.
    pub took: Duration,
}

/// What came of a run of a credential plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PluginOutcome {
    /// It brought credentials.
    Brought,
    /// There is no such program, or it cannot be run.
    NotFound,
    /// It ended with an exit code other than 0, was stopped at its limit of time, or brought nothing that can be used.
    Failed,
}

/// What came of a look at the files of certificates and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FilesLook {
    /// They are as they were.
    Same,
    /// They have changed and are used from now on.
    Changed,
    /// They cannot be read or do not fit together: what was read last stays in use.
    Unusable,
}

/// The observer of one configuration, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<dyn CredentialObserver>>);

impl Observer {
    pub(crate) fn plugin(&self, run: &PluginRun<'_>) {
        self.0.iter().for_each(|observer| observer.plugin(run));
    }

    pub(crate) fn files(&self, look: FilesLook) {
        self.0.iter().for_each(|observer| observer.files(look));
    }

    /// Whether it is the same as another one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer" } else { "nobody" })
    }
}

impl Config {
    /// Tells this one of every run of a credential plugin and of every look at files of certificates.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn CredentialObserver>) -> Self {
        self.observer = Observer(Some(observer));
        self
    }
}
