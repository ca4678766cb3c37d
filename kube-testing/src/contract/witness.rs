//! A running informer in; a checker that has been told all that its handler was told and what the cache held meanwhile, out.

use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;

use kube_runtime::flow::Cached;
use kube_runtime::flow::Key;
use kube_runtime::flow::Notice;
use kube_runtime::handler::EventHandler;
use kube_runtime::informer::Informer;
use kube_runtime::informer::Registration;
use parking_lot::Mutex;

use super::broken::Broken;
use super::checker::ContractChecker;
use super::journal::Journal;

/// A handler that watches the informer it is added to, for a [`ContractChecker`]. Clones are the same witness.
#[derive(Clone)]
pub struct Witness(Arc<Inner>);

/// Reads the cache; in its place a test may put one that lies.
type Read = Box<dyn Fn(&Key) -> Option<Cached> + Send + Sync>;

struct Inner {
    informer: Informer,
    /// How many lists there were when it began.
    lists: u64,
    cached: Read,
    checker: Mutex<Option<ContractChecker>>,
    registration: OnceLock<Registration>,
}

impl Witness {
    /// Adds a witness to an informer: before it runs, what `journal` has by now is due before the sync; while it runs, what
    /// the cache holds.
    #[must_use]
    pub fn join(informer: &Informer, checker: ContractChecker, journal: &Journal) -> Self {
        let witness = Self::new(informer, checker);
        witness.begins(journal);
        witness.registered(informer.on(witness.clone()));
        witness
    }

    /// A witness that somebody else tells: with [`on_notice`](EventHandler::on_notice), or by a handler around it.
    #[must_use]
    pub fn new(informer: &Informer, checker: ContractChecker) -> Self {
        let store = informer.store().clone();
        Self::reading(informer, checker, move |key| store.get(key))
    }

    /// The same, which reads the cache in another way.
    #[must_use]
    pub fn reading(
        informer: &Informer,
        checker: ContractChecker,
        cached: impl Fn(&Key) -> Option<Cached> + Send + Sync + 'static,
    ) -> Self {
        let (informer, cached) = (informer.clone(), Box::new(cached));
        let lists = informer.health().borrow().lists.max(1);
        let (checker, registration) = (Mutex::new(Some(checker)), OnceLock::new());
        Self(Arc::new(Inner { informer, lists, cached, checker, registration }))
    }

    /// What is due before the sync, as in [`join`](Self::join).
    pub fn begins(&self, journal: &Journal) {
        let store = self.0.informer.store();
        let cached = store.is_synced().then(|| store.cached_states());
        self.with(|checker| match cached {
            Some(cached) => checker.joins(&cached),
            None => checker.begins(journal),
        });
    }

    /// By which the witness learns when it is synced; only the first one counts.
    pub fn registered(&self, registration: Registration) {
        // A second registration is another handler, of which nothing is known here.
        let _ = self.0.registration.set(registration);
    }

    /// Looks at the whole cache.
    pub fn look(&self) {
        let cached = self.0.informer.store().cached_states();
        self.with(|checker| checker.looked(&cached));
    }

    /// Does something with the checker, unless it is [finished](Self::finish).
    pub fn with(&self, act: impl FnOnce(&mut ContractChecker)) {
        if let Some(checker) = &mut *self.0.checker.lock() {
            act(checker);
        }
    }

    /// Compares with what the server did, after a last [`look`](Self::look); a second time there is nothing to say.
    /// See [`ContractChecker::finish`].
    #[must_use]
    pub fn finish(&self, journal: &Journal) -> Vec<Broken> {
        self.note_sync();
        if self.0.informer.health().borrow().lists > self.0.lists {
            self.with(ContractChecker::listed_again);
        }
        let checker = self.0.checker.lock().take();
        checker.map(|checker| checker.finish(journal)).unwrap_or_default()
    }

    /// The registration is synced when the handler comes for the first notice after the list, and so before it is told that.
    fn note_sync(&self) {
        if self.0.registration.get().is_some_and(Registration::is_synced) {
            self.with(ContractChecker::synced);
        }
    }
}

impl EventHandler for Witness {
    fn on_notice(&self, notice: &Notice) {
        self.note_sync();
        let cached = (self.0.cached)(notice.key());
        self.with(|checker| checker.told(notice, cached.as_ref()));
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Witness")
            .field("informer", &self.0.informer)
            .finish_non_exhaustive()
    }
}
