//! What a handler is told of one key in, one notice after the other; what is wrong with the order of it out.

use super::broken::Promise;
use super::journal::State;
use super::journal::is_older;

/// What was told of one key so far.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// What the handler believes is there.
    pub(super) known: Option<State>,
    /// Every state of additions and updates.
    pub(super) states: Vec<State>,
    /// Every last state of deletions, and whether it was said to be the final one.
    pub(super) deletions: Vec<(State, bool)>,
    /// The newest of all of them.
    newest: Option<String>,
}

/// A promise, the version that was due, the one that was told.
pub(super) type Fault = (Promise, Option<String>, Option<String>);

impl Telling {
    pub(super) fn added(&mut self, new: State) -> Option<Fault> {
        let known = self.known.as_ref().map(|known| known.version.clone());
        let fault = match known {
            Some(known) => Some((Promise::AddedOnce, Some(known), Some(new.version.clone()))),
            None => self.order(&new),
        };
        self.now(new);
        fault
    }

    pub(super) fn updated(&mut self, old: &State, new: State) -> Option<Fault> {
        let found = Some(new.version.clone());
        let fault = match &self.known {
            None => Some((Promise::AddedFirst, None, found)),
            Some(known) if known.uid != new.uid => {
                Some((Promise::NewObjectIsAdded, Some(known.version.clone()), found))
            }
            Some(known) => {
                let told = (known.version.clone(), old.version.clone());
                self.order(&new).or_else(|| {
                    let lie = known != old;
                    lie.then_some((Promise::OldIsWhatWasToldLast, Some(told.0), Some(told.1)))
                })
            }
        };
        self.now(new);
        fault
    }

    pub(super) fn repeated(&self, state: &State) -> Option<Fault> {
        let known = self.known.as_ref();
        let differs = known != Some(state);
        differs.then(|| {
            let due = known.map(|known| known.version.clone());
            (Promise::ResyncRepeats, due, Some(state.version.clone()))
        })
    }

    /// `may_skip`: whether the handler may hear of the end of what it never heard of.
    pub(super) fn deleted(&mut self, last: State, is_final: bool, may_skip: bool) -> Option<Fault> {
        let found = Some(last.version.clone());
        let before = self.deletions.iter().find(|(state, _)| state.uid == last.uid);
        let fault = match (&self.known, before) {
            (known, _) if known.as_ref().is_some_and(|known| known.uid == last.uid) => {
                let known = known.as_ref().map(|known| known.version.clone()).unwrap_or_default();
                // What is not the final state is the one that was told; one that is behind may have missed some.
                let other = !is_final && !may_skip && known != last.version;
                let lost = other || is_older(&last.version, &known);
                lost.then_some((Promise::DeletionCarriesTheLastState, Some(known), found))
            }
            (_, Some((before, _))) => {
                Some((Promise::DeletedOnce, Some(before.version.clone()), found))
            }
            (_, None) if may_skip => self.order(&last),
            (known, None) => {
                let due = known.as_ref().map(|known| known.version.clone());
                Some((Promise::AddedFirst, due, found))
            }
        };
        self.known = None;
        self.newer(&last);
        self.deletions.push((last, is_final));
        fault
    }

    fn order(&self, new: &State) -> Option<Fault> {
        let newest = self.newest.as_ref()?;
        let promise = match *newest == new.version {
            true => Promise::EachVersionOnce,
            false if is_older(&new.version, newest) => Promise::NeverBack,
            false => return None,
        };
        Some((promise, Some(newest.clone()), Some(new.version.clone())))
    }

    fn now(&mut self, new: State) {
        self.newer(&new);
        self.states.push(new.clone());
        self.known = Some(new);
    }

    fn newer(&mut self, state: &State) {
        if self.newest.as_ref().is_none_or(|newest| is_older(newest, &state.version)) {
            self.newest = Some(state.version.clone());
        }
    }
}
