//! All webhooks of a running operator: a path and a body in, a status and a body out, whatever carries them.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use kube_core::Versions;
use parking_lot::RwLock;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::conversion;
use super::hook::Bound;
use super::hook::Hook;
use super::review;
use crate::error::chain;
use crate::observe::Exposition;
use crate::observe::Questions;

/// How long a question may wait for the operator to start: as long as an API server waits when nothing else is said.
const BOUND_WITHIN: Duration = Duration::from_secs(10);

/// Answers the API server's questions. Clones are the same webhooks.
#[derive(Clone, Default)]
pub struct Webhooks(Arc<All>);

struct All {
    /// Nothing until they are bound to a running operator.
    asked: watch::Sender<Option<Arc<HashMap<String, Asked>>>>,
    /// Converting needs nothing that is running.
    converting: RwLock<BTreeMap<String, Arc<Converting>>>,
}

impl Default for All {
    fn default() -> Self {
        Self { asked: watch::channel(None).0, converting: RwLock::default() }
    }
}

/// A kind whose objects are converted.
struct Converting {
    versions: Versions,
    questions: Questions,
}

/// One webhook that is asked.
pub(crate) struct Asked {
    name: String,
    bound: Bound,
    timeout: Duration,
    questions: Questions,
}

/// What goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered {
    /// The HTTP status code. 200 also for a denial; what is not 200 is a webhook that could not tell.
    pub status: u16,
    /// An `AdmissionReview` or a `ConversionReview` in JSON, or why there is none.
    pub body: Vec<u8>,
}

impl Asked {
    pub(crate) fn new(hook: &dyn Hook, bound: Bound) -> (String, Self) {
        let (name, timeout) = (hook.name().to_owned(), hook.registration().timeout);
        (hook.path(), Self { name, bound, timeout, questions: Questions::default() })
    }
}

impl Webhooks {
    /// From now on those are asked.
    pub(crate) fn bind(&self, asked: impl IntoIterator<Item = (String, Asked)>) {
        self.0.asked.send_replace(Some(Arc::new(asked.into_iter().collect())));
    }

    /// From now on objects of this kind are converted.
    pub(crate) fn convert(&self, versions: Versions) {
        let path = conversion::path(&versions);
        let converting = Converting { versions, questions: Questions::default() };
        self.0.converting.write().insert(path, Arc::new(converting));
    }

    /// Whether objects are converted.
    pub(crate) fn converts(&self) -> bool {
        !self.0.converting.read().is_empty()
    }

    /// Whether there are none: none that convert, and no others either, as far as that is known before the start.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.converts() && self.0.asked.borrow().as_ref().is_none_or(|asked| asked.is_empty())
    }

    /// Answers one `AdmissionReview` or `ConversionReview`, for a program that has a server of its own: the path and the body of the request.
    /// Objects are converted at any time; what else is asked before the operator is started waits for that, 10 s at most.
    ///
    /// # Cancel safety
    /// Dropping the future drops the function that was asked.
    pub async fn answer(&self, path: &str, body: &[u8]) -> Answered {
        let converting = self.0.converting.read().get(path).cloned();
        if let Some(converting) = converting {
            return converting.answer(body).await;
        }
        let mut bound = self.0.asked.subscribe();
        let bound = tokio::time::timeout(BOUND_WITHIN, bound.wait_for(Option::is_some)).await;
        let bound = bound.ok().and_then(Result::ok).and_then(|bound| bound.clone());
        let Some(bound) = bound else {
            return Answered::failed(503, "the operator has not started yet".to_owned());
        };
        let Some(asked) = bound.get(path) else {
            return Answered::failed(404, format!("there is no webhook at {path}"));
        };
        let (begun, _in_flight) = (Instant::now(), asked.questions.begin());
        let answered = asked.answer(body).await;
        asked.questions.answered(answered.status, begun.elapsed());
        answered
    }

    /// What became of the questions so far, by path.
    pub(crate) fn expose(&self, page: &mut Exposition) {
        let converting = self.0.converting.read();
        let bound = self.0.asked.borrow().clone();
        let asked = bound.iter().flat_map(|asked| asked.iter());
        let mut all: Vec<_> = asked.map(|(path, it)| (path.as_str(), &it.questions)).collect();
        all.extend(converting.iter().map(|(path, it)| (path.as_str(), &it.questions)));
        all.sort_unstable_by_key(|(path, _)| *path);
        Questions::expose(&all, page);
    }
}

impl Converting {
    async fn answer(&self, body: &[u8]) -> Answered {
        let (begun, _in_flight) = (Instant::now(), self.questions.begin());
        let answered = match conversion::answer(&self.versions, body).await {
            Ok(body) => Answered { status: 200, body },
            Err(why) => Answered::failed(400, why),
        };
        self.questions.answered(answered.status, begun.elapsed());
        answered
    }
}

impl Answered {
    fn failed(status: u16, why: String) -> Self {
        Self { status, body: why.into_bytes() }
    }
}

impl Asked {
    async fn answer(&self, body: &[u8]) -> Answered {
        let Self { name, bound, timeout, questions } = self;
        let failed = Answered::failed;
        let question = match review::question(body) {
            Ok(question) => question,
            Err(why) => return failed(400, why),
        };
        let uid = question.uid.clone();
        let span = tracing::debug_span!("webhook", name, uid, object = question.name);
        let answered = AssertUnwindSafe(bound(question)).catch_unwind().instrument(span);
        match tokio::time::timeout(*timeout, answered).await {
            Ok(Ok(Ok((verdict, patch)))) => {
                Answered { status: 200, body: review::answer(&uid, &verdict, &patch) }
            }
            Ok(Ok(Err(error))) => {
                tracing::warn!(name, uid, "a webhook failed: {}", chain(&error));
                failed(500, format!("webhook `{name}` failed; its operator's log says why"))
            }
            Ok(Err(_)) => {
                questions.panicked();
                tracing::error!(name, uid, "a webhook panicked");
                failed(500, format!("webhook `{name}` panicked"))
            }
            Err(_) => {
                let seconds = timeout.as_secs();
                tracing::warn!(name, uid, "a webhook took longer than {seconds}s and was dropped");
                failed(504, format!("webhook `{name}` did not answer within {seconds}s"))
            }
        }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = self.0.asked.borrow().clone();
        let asked = bound.iter().flat_map(|asked| asked.keys());
        let converting = self.0.converting.read();
        formatter.debug_set().entries(asked).entries(converting.keys()).finish()
    }
}
