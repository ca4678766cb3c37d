//! All webhooks of a running operator: a path and a body in, a status and a body out, whatever carries them.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::hook::Bound;
use super::hook::Hook;
use super::review;
use crate::error::chain;
use crate::observe::Questions;

/// Answers the API server's questions. Clones are the same webhooks.
#[derive(Clone, Default)]
pub struct Webhooks {
    asked: Arc<HashMap<String, Asked>>,
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
    /// An `AdmissionReview` in JSON, or why there is none.
    pub body: Vec<u8>,
}

impl Asked {
    pub(crate) fn new(hook: &dyn Hook, bound: Bound) -> (String, Self) {
        let (name, timeout) = (hook.name().to_owned(), hook.registration().timeout);
        (hook.path(), Self { name, bound, timeout, questions: Questions::default() })
    }
}

impl Webhooks {
    pub(crate) fn new(asked: impl IntoIterator<Item = (String, Asked)>) -> Self {
        Self { asked: Arc::new(asked.into_iter().collect()) }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Answers one `AdmissionReview`, for a program that has a server of its own: the path and the body of the request.
    ///
    /// # Cancel safety
    /// Dropping the future drops the function that was asked.
    pub async fn answer(&self, path: &str, body: &[u8]) -> Answered {
        let Some(asked) = self.asked.get(path) else {
            return Answered::failed(404, format!("there is no webhook at {path}"));
        };
        let (begun, _in_flight) = (Instant::now(), asked.questions.begin());
        let answered = asked.answer(body).await;
        asked.questions.answered(answered.status, begun.elapsed());
        answered
    }

    /// What became of the questions so far, by path.
    pub(crate) fn questions(&self) -> Vec<(&str, &Questions)> {
        let mut all: Vec<_> =
            self.asked.iter().map(|(path, asked)| (path.as_str(), &asked.questions)).collect();
        all.sort_unstable_by_key(|(path, _)| *path);
        all
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
        formatter.debug_set().entries(self.asked.keys()).finish()
    }
}
