//! Faults on purpose: which request and what goes wrong in; what the server does instead out. Each hit is noted.
//!
//! A new fault is one file with an `Effect` and one constructor of [`Fault`] here.

mod cut;
mod delay;
mod end_watch;
mod lose_answer;
mod matching;
mod no_bookmarks;
mod refuse;
#[cfg(test)]
mod tests;

pub(crate) use matching::Asked;

use crate::status::Failure;
use crate::watch::{Ending, WatchPlan};
use matching::Matching;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// What goes wrong. Every hook has a default that does nothing.
pub(crate) trait Effect: Send + Sync + Debug {
    /// As the notes call it.
    fn name(&self) -> &'static str;

    /// Before the request is handled.
    fn before(&self, random: &mut fastrand::Rng) -> Step {
        let _ = random;
        Step::Go
    }

    /// After it was handled, before the answer leaves.
    fn after(&self) -> Step {
        Step::Go
    }

    /// What a watch that starts now has before it.
    fn watch(&self, plan: WatchPlan) -> WatchPlan {
        plan
    }
}

/// What to do with a request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Go,
    Wait(Duration),
    Refuse(Failure),
    Disconnect,
}

/// One fault: the requests that it hits, how often, and what it does.
///
/// ```
/// use kube_embedded::{Fault, Server};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let server = Server::builder().build();
/// // The second update of the Deployment `web` meets a conflict.
/// server.faults().inject(Fault::refuse(409).on("update", "deployments").named("web").after(1));
/// assert_eq!(server.faults().waiting(), 1);
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Fault {
    matching: Matching,
    skip: usize,
    times: usize,
    effect: Arc<dyn Effect>,
}

impl Fault {
    fn new(effect: impl Effect + 'static) -> Self {
        Self { matching: Matching::default(), skip: 0, times: 1, effect: Arc::new(effect) }
    }

    /// The request is refused with this HTTP code and the reason that goes with it.
    pub fn refuse(code: u16) -> Self {
        Self::new(refuse::Refuse { code, retry_after: None, message: None })
    }

    /// The request is refused with a `Retry-After`.
    pub fn refuse_for(code: u16, retry_after: Duration) -> Self {
        let retry_after = Some(retry_after.as_secs().max(1));
        Self::new(refuse::Refuse { code, retry_after, message: None })
    }

    /// The connection breaks before the request is looked at.
    pub fn cut() -> Self {
        Self::new(cut::Cut)
    }

    /// The request is carried out, and the connection breaks before the answer.
    pub fn lose_answer() -> Self {
        Self::new(lose_answer::LoseAnswer)
    }

    /// The request waits before it is handled.
    pub fn delay(by: Duration) -> Self {
        Self::new(delay::Delay { least: by, most: by })
    }

    /// The request waits for a time that the seed decides.
    pub fn delay_between(least: Duration, most: Duration) -> Self {
        Self::new(delay::Delay { least, most })
    }

    /// A watch ends after so many events.
    pub fn end_watch(after: usize, ending: Ending) -> Self {
        Self::new(end_watch::EndWatch { after, ending }).on("watch", "*")
    }

    /// A watch is never sent a bookmark but the one that ends its initial events.
    pub fn no_bookmarks() -> Self {
        Self::new(no_bookmarks::NoBookmarks).on("watch", "*")
    }

    /// Only requests of this verb (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`,
    /// `deletecollection`, `*`) and this resource (`pods`, `*`).
    pub fn on(mut self, verb: &str, resource: &str) -> Self {
        verb.clone_into(&mut self.matching.verb);
        resource.clone_into(&mut self.matching.resource);
        self
    }

    /// Only objects whose name matches; `*` stands for anything.
    pub fn named(mut self, pattern: &str) -> Self {
        pattern.clone_into(&mut self.matching.name);
        self
    }

    /// Only in this namespace.
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        namespace.clone_into(&mut self.matching.namespace);
        self
    }

    /// Only this subresource; without this, the object itself and all of them.
    pub fn subresource(mut self, name: &str) -> Self {
        self.matching.sub = Some(name.to_owned());
        self
    }

    /// Only requests of this user.
    pub fn by(mut self, user: &str) -> Self {
        user.clone_into(&mut self.matching.user);
        self
    }

    /// Lets the first `count` requests pass.
    pub fn after(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Hits so many requests (once without this).
    pub fn times(mut self, count: usize) -> Self {
        self.times = count;
        self
    }

    /// Hits every request from then on.
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }
}

/// One request that a fault hit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultHit {
    /// What the fault does, as `refuse` or `lose answer`.
    pub fault: &'static str,
    /// The verb of the request.
    pub verb: String,
    /// Its path.
    pub path: String,
}

/// The faults of one server; clones are the same.
#[derive(Clone, Debug)]
pub struct Faults {
    state: Arc<Mutex<State>>,
}

/// How many requests that were hit are remembered.
const NOTED: usize = 100_000;

#[derive(Debug)]
struct State {
    faults: Vec<Fault>,
    hits: VecDeque<FaultHit>,
    random: fastrand::Rng,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        let (faults, hits) = (Vec::new(), VecDeque::new());
        Self { state: Arc::new(Mutex::new(State { faults, hits, random })) }
    }

    /// Adds a fault. When several match a request, the one added first hits.
    pub fn inject(&self, fault: Fault) {
        self.state.lock().faults.push(fault);
    }

    /// Takes all faults away; what was hit stays noted.
    pub fn clear(&self) {
        self.state.lock().faults.clear();
    }

    /// The last 100,000 requests that were hit, in order.
    #[must_use]
    pub fn hits(&self) -> Vec<FaultHit> {
        self.state.lock().hits.iter().cloned().collect()
    }

    pub(crate) fn forget_hits(&self) {
        self.state.lock().hits.clear();
    }

    /// How many faults wait for a request yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state.lock().faults.len()
    }

    /// The effect that hits a request, if any, and the first thing that it does.
    pub(crate) fn hit(&self, asked: &Asked<'_>) -> Option<(Arc<dyn Effect>, Step)> {
        let mut state = self.state.lock();
        let State { faults, hits, random } = &mut *state;
        let mut chosen = None;
        for (index, fault) in faults.iter_mut().enumerate() {
            if !fault.matching.matches(asked) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
            } else {
                chosen = Some(index);
                break;
            }
        }
        let index = chosen?;
        let effect = Arc::clone(&faults[index].effect);
        faults[index].times = match faults[index].times {
            usize::MAX => usize::MAX,
            times => times.saturating_sub(1),
        };
        if faults[index].times == 0 {
            drop(faults.remove(index));
        }
        let (verb, path) = (asked.verb.to_owned(), asked.path.to_owned());
        if hits.len() == NOTED {
            hits.pop_front();
        }
        hits.push_back(FaultHit { fault: effect.name(), verb, path });
        let step = effect.before(random);
        Some((effect, step))
    }
}
