//! What one handler is told and what the cache holds meanwhile in; the promises that were broken out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use kube_runtime::flow::Cached;
use kube_runtime::flow::Key;
use kube_runtime::flow::Notice;

use super::broken::Broken;
use super::broken::Promise;
use super::journal::Journal;
use super::journal::State;
use super::journal::is_older;
use super::telling::Telling;

/// Whether a handler takes its notices as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a handler is behind or it is not")]
pub enum Pace {
    /// It is never so far behind that notices are merged: it has to see every version.
    KeepsUp,
    /// It may be: it sees the first old and the last new state, and maybe the deletion of what came and went meanwhile.
    MayBeBehind,
}

/// Watches one handler of an informer from outside, and says which promises were not kept.
///
/// A plain value: nothing in it waits or asks. It keeps every version that was told, so it is for tests; and it takes versions
/// to be of one history, so not for a server that is given back an older state.
#[derive(Debug)]
pub struct ContractChecker {
    pace: Pace,
    among_others: bool,
    told: BTreeMap<Key, Telling>,
    cached: BTreeMap<Key, State>,
    /// The newest that any look showed of a key.
    newest: BTreeMap<Key, State>,
    looked: bool,
    synced: bool,
    /// What must be told before the sync.
    due: BTreeSet<Key>,
    /// What was not.
    late: Vec<Key>,
    /// Told while the cache had no such object: right only if it was gone already.
    absent: Vec<(Key, State)>,
    gap: bool,
    broken: Vec<Broken>,
}

impl ContractChecker {
    /// A checker of one handler, which has been told nothing yet.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            among_others: false,
            told: BTreeMap::new(),
            cached: BTreeMap::new(),
            newest: BTreeMap::new(),
            looked: false,
            synced: false,
            due: BTreeSet::new(),
            late: Vec::new(),
            absent: Vec::new(),
            gap: false,
            broken: Vec::new(),
        }
    }

    /// Objects that the journal does not know are somebody else's; without this they are invented.
    #[must_use]
    pub fn among_others(mut self) -> Self {
        self.among_others = true;
        self
    }

    /// The informer begins: what the journal has now must be told before the sync.
    pub fn begins(&mut self, journal: &Journal) {
        let there = journal.keys().filter(|key| journal.last(key).is_some());
        self.due.extend(there.cloned());
    }

    /// The handler joins an informer that runs: what the cache holds now must be told before its sync.
    pub fn joins(&mut self, cached: &[Cached]) {
        self.due.extend(cached.iter().map(|cached| cached.key().clone()));
    }

    /// The handler is told something, while the cache holds this of the same key.
    pub fn told(&mut self, notice: &Notice, cached: Option<&Cached>) {
        let (key, latest) = (notice.key(), State::of(notice.latest()));
        let may_skip = self.pace == Pace::MayBeBehind;
        let telling = self.told.entry(key.clone()).or_default();
        let fault = match notice {
            Notice::Added { .. } => telling.added(latest.clone()),
            Notice::Updated { .. } if notice.is_resync() => telling.repeated(&latest),
            Notice::Updated { old, .. } => telling.updated(&State::of(old), latest.clone()),
            Notice::Deleted(deletion) => {
                telling.deleted(latest.clone(), !deletion.is_final_state_unknown(), may_skip)
            }
            _ => None,
        };
        if let Some((promise, expected, found)) = fault {
            self.fault(promise, key, expected.as_deref(), found.as_deref());
        }
        if notice.is_initial() && self.synced {
            self.fault(Promise::InitialOnlyBeforeSync, key, None, Some(&latest.version));
        }
        self.glance(notice, latest, cached.map(|cached| State::of(cached)));
    }

    /// The handler is synced: it has dealt with the whole list.
    pub fn synced(&mut self) {
        if !std::mem::replace(&mut self.synced, true) {
            let late = self.due.iter().filter(|key| !self.told.contains_key(*key));
            self.late = late.cloned().collect();
        }
    }

    /// Whether [`synced`](Self::synced) was said.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.synced
    }

    /// The informer listed again: the watch had a gap, in which versions may be missed and final states unknown.
    pub fn listed_again(&mut self) {
        self.gap = true;
    }

    /// The whole cache, at one moment; the last look is compared with what the server has in the end.
    pub fn looked(&mut self, cached: &[Cached]) {
        self.looked = true;
        self.cached =
            cached.iter().map(|cached| (cached.key().clone(), State::of(cached))).collect();
        for (key, state) in &self.cached {
            match self.newest.get(key) {
                Some(newest) if is_older(&state.version, &newest.version) => {
                    let (due, found) = (Some(&*newest.version), Some(&*state.version));
                    self.broken.push(Broken::new(Promise::CacheNeverGoesBack, key, due, found));
                }
                _ => {
                    self.newest.insert(key.clone(), state.clone());
                }
            }
        }
    }

    /// What an index finds for a value, beside the whole cache at the same moment and what of it belongs to that value.
    pub fn indexed(
        &mut self,
        cached: &[Cached],
        found: &[Cached],
        belongs: impl Fn(&Cached) -> bool,
    ) {
        let states = |states: &mut dyn Iterator<Item = &Cached>| -> BTreeMap<Key, State> {
            states.map(|cached| (cached.key().clone(), State::of(cached))).collect()
        };
        let due = states(&mut cached.iter().filter(|cached| belongs(cached)));
        let found = states(&mut found.iter());
        let keys: BTreeSet<&Key> = due.keys().chain(found.keys()).collect();
        for key in keys {
            let versions = [due.get(key), found.get(key)];
            if versions[0] != versions[1] {
                let [due, found] = versions.map(|state| state.map(|state| &*state.version));
                self.broken.push(Broken::new(Promise::IndexAgreesWithTheCache, key, due, found));
            }
        }
    }

    /// Compares with what the server did. To be asked when nothing moves any more: the informer has everything, and the handler
    /// has read what waited for it.
    #[must_use]
    pub fn finish(mut self, journal: &Journal) -> Vec<Broken> {
        self.finish_sync(journal);
        self.finish_cache(journal);
        let told = std::mem::take(&mut self.told);
        for (key, telling) in &told {
            self.finish_key(journal, key, telling);
        }
        for key in journal.keys().filter(|key| !told.contains_key(*key)) {
            if let Some(last) = journal.last(key) {
                self.fault(Promise::EndsOnTheLastState, key, Some(&last.version), None);
            }
        }
        self.broken
    }

    fn finish_sync(&mut self, journal: &Journal) {
        if !self.synced {
            let key = self.due.first().cloned().unwrap_or_else(|| Key::cluster("*"));
            self.fault(Promise::SyncIsSaid, &key, None, None);
        }
        for key in std::mem::take(&mut self.late) {
            // What went before the list was made was not in it.
            if journal.lives(&key).iter().all(|life| !life.gone) {
                let due = journal.last(&key).map(|state| state.version);
                self.fault(Promise::SyncedAfterTheWholeList, &key, due.as_deref(), None);
            }
        }
    }

    fn finish_cache(&mut self, journal: &Journal) {
        for (key, state) in std::mem::take(&mut self.absent) {
            if journal.life(&key, &state.uid).is_some_and(|life| !life.gone) {
                self.fault(Promise::CacheFirst, &key, Some(&state.version), None);
            }
        }
        if !self.looked {
            return;
        }
        let cached = std::mem::take(&mut self.cached);
        for key in journal.keys() {
            let (due, found) = (journal.last(key), cached.get(key));
            let promise = match (&due, found) {
                (None, Some(_)) => Promise::CacheForgetsWhatIsGone,
                (Some(due), found) if found != Some(due) => Promise::CacheEndsOnTheLastState,
                _ => continue,
            };
            let due = due.as_ref().map(|due| &*due.version);
            self.fault(promise, key, due, found.map(|found| &*found.version));
        }
        for (key, state) in cached.iter().filter(|(key, _)| !journal.knows(key)) {
            if !self.among_others && !self.told.contains_key(key) {
                self.invented(key, state);
            }
        }
    }

    fn finish_key(&mut self, journal: &Journal, key: &Key, telling: &Telling) {
        if !journal.knows(key) {
            let state =
                telling.states.first().or(telling.deletions.first().map(|(state, _)| state));
            if let Some(state) = state.filter(|_| !self.among_others) {
                self.invented(key, state);
            }
            return;
        }
        for state in &telling.states {
            if !journal.had(key, state) {
                self.invented(key, state);
            }
        }
        for (state, is_final) in &telling.deletions {
            self.finish_deletion(journal, key, state, *is_final);
        }
        let (due, known) = (journal.last(key), telling.known.as_ref());
        let version = |state: Option<&State>| state.map(|state| state.version.clone());
        let versions = (version(due.as_ref()), version(known));
        let promise = match (&due, known) {
            (None, Some(_)) => Some(Promise::EveryDeletionIsTold),
            (due, known) if due.as_ref() != known => Some(Promise::EndsOnTheLastState),
            _ => None,
        };
        if let Some(promise) = promise {
            self.fault(promise, key, versions.0.as_deref(), versions.1.as_deref());
        }
        if self.pace == Pace::KeepsUp && !self.gap {
            self.finish_versions(journal, key, telling);
        }
    }

    /// Each life is told from the first version that was told on.
    fn finish_versions(&mut self, journal: &Journal, key: &Key, telling: &Telling) {
        for life in journal.lives(key) {
            let mut told = telling.states.iter().filter(|state| state.uid == life.uid).peekable();
            let Some(first) = told.peek().map(|state| state.version.clone()) else { continue };
            let told: BTreeSet<&str> = told.map(|state| &*state.version).collect();
            for version in &life.versions {
                if is_older(&first, version) && !told.contains(&**version) {
                    self.fault(Promise::SeesEveryVersion, key, Some(version), None);
                }
            }
        }
    }

    fn finish_deletion(&mut self, journal: &Journal, key: &Key, state: &State, is_final: bool) {
        let Some(life) = journal.life(key, &state.uid) else {
            return self.invented(key, state);
        };
        let last = life.versions.last().map(String::as_str);
        let found = Some(&*state.version);
        if !life.gone {
            self.fault(Promise::LiveObjectIsNotDeleted, key, last, found);
        } else if is_final && last.is_some_and(|last| is_older(&state.version, last)) {
            self.fault(Promise::DeletionCarriesTheLastState, key, last, found);
        }
        if !is_final && !self.gap {
            self.fault(Promise::FinalStateUnknownOnlyAfterAList, key, last, found);
        }
    }

    /// Whether the cache was first.
    fn glance(&mut self, notice: &Notice, told: State, cached: Option<State>) {
        let key = notice.key();
        let is_deletion = matches!(notice, Notice::Deleted(_));
        match cached {
            Some(cached) if is_deletion => {
                if cached.uid == told.uid {
                    self.fault(Promise::CacheFirst, key, None, Some(&cached.version));
                }
            }
            Some(cached) => {
                if is_older(&cached.version, &told.version) {
                    let (due, found) = (Some(&*told.version), Some(&*cached.version));
                    self.fault(Promise::CacheFirst, key, due, found);
                }
            }
            None if is_deletion => {}
            None => self.absent.push((key.clone(), told)),
        }
    }

    fn invented(&mut self, key: &Key, state: &State) {
        self.fault(Promise::NothingInvented, key, None, Some(&state.version));
    }

    fn fault(&mut self, promise: Promise, key: &Key, expected: Option<&str>, found: Option<&str>) {
        self.broken.push(Broken::new(promise, key, expected, found));
    }
}
