//! The kinds that are served now: looked up by URL or by kind, changed while the server runs.

use super::Kind;
use parking_lot::RwLock;
use std::sync::Arc;
use tokio::sync::watch;

/// The table of kinds; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Kinds {
    table: Arc<RwLock<Arc<Table>>>,
    removals: Arc<watch::Sender<()>>,
}

/// One state of the table, in the order of discovery.
#[derive(Debug, Default)]
struct Table {
    kinds: Vec<Arc<Kind>>,
}

impl Kinds {
    pub(crate) fn new(kinds: Vec<Kind>) -> Self {
        let table = Table { kinds: kinds.into_iter().map(Arc::new).collect() };
        let removals = Arc::new(watch::Sender::new(()));
        Self { table: Arc::new(RwLock::new(Arc::new(table))), removals }
    }

    fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read())
    }

    /// The kind behind a URL.
    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        let same = |kind: &&Arc<Kind>| {
            kind.group == group && kind.version == version && kind.plural == plural
        };
        self.table().kinds.iter().find(same).cloned()
    }

    /// The kind of an object; without a version, the preferred one.
    pub(crate) fn by_kind(
        &self,
        group: &str,
        version: Option<&str>,
        kind: &str,
    ) -> Option<Arc<Kind>> {
        let same = |own: &&Arc<Kind>| {
            own.group == group && own.kind == kind && version.is_none_or(|v| own.version == v)
        };
        self.table().kinds.iter().find(same).cloned()
    }

    /// The kind that `apiVersion` and `kind` name.
    pub(crate) fn of(&self, api_version: &str, kind: &str) -> Option<Arc<Kind>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.by_kind(group, Some(version), kind)
    }

    /// Every kind, in the order of discovery.
    pub(crate) fn all(&self) -> Vec<Arc<Kind>> {
        self.table().kinds.clone()
    }

    /// Adds a kind, or replaces the same version of it.
    pub(crate) fn insert(&self, kind: Kind) {
        let same = |own: &Arc<Kind>| {
            own.group == kind.group && own.version == kind.version && own.plural == kind.plural
        };
        let mut table = self.table.write();
        let mut kinds = table.kinds.clone();
        let at = kinds.iter().position(same);
        match at {
            Some(at) => kinds[at] = Arc::new(kind),
            None => kinds.push(Arc::new(kind)),
        }
        *table = Arc::new(Table { kinds });
    }

    /// Takes all versions of a kind away.
    pub(crate) fn remove(&self, group: &str, plural: &str) {
        let mut table = self.table.write();
        let mut kinds = table.kinds.clone();
        kinds.retain(|own| own.group != group || own.plural != plural);
        *table = Arc::new(Table { kinds });
        self.removals.send_replace(());
    }

    /// Wakes whenever a kind is taken away.
    pub(crate) fn removals(&self) -> watch::Receiver<()> {
        self.removals.subscribe()
    }

    /// Whether this kind is served yet, in whatever state.
    pub(crate) fn serves(&self, kind: &Kind) -> bool {
        self.find(&kind.group, &kind.version, &kind.plural).is_some()
    }
}
