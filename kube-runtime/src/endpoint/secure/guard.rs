//! Asks the API server whom a token belongs to and what they may: the header `Authorization` in, a refusal or none out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kube_core::Client;
use kube_core::request::Method;
use kube_core::request::Request;
use parking_lot::Mutex;
use serde_json::Value;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::Secure;
use super::verdict::Verdict;
use super::verdict::Verdicts;
use crate::endpoint::answer::Answer;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;

/// What must be allowed to be read, whatever path was asked for: there is one page at the port.
const PATH: &str = "/metrics";
/// No answer to a review is longer, in bytes.
const LONGEST: usize = 1 << 20;

/// Whoever has a token that may, passes. Clones are the same.
#[derive(Clone)]
pub(crate) struct Guard(Arc<Inner>);

struct Inner {
    client: Client,
    verdicts: Mutex<Verdicts>,
    asking: Semaphore,
    asked_within: Duration,
}

impl Guard {
    /// One that asks with this client.
    pub(crate) fn new(secure: &Secure, client: Client) -> Self {
        let verdicts = Verdicts::new(secure.allowed_for, secure.refused_for, secure.remembered);
        Self(Arc::new(Inner {
            client,
            verdicts: Mutex::new(verdicts),
            asking: Semaphore::new(secure.asked_at_once.max(1)),
            asked_within: secure.asked_within,
        }))
    }

    /// Why a request is not answered, if it is not.
    pub(in crate::endpoint) async fn refuses(&self, authorization: &str) -> Option<Answer> {
        let (scheme, token) = authorization.split_once(' ').unwrap_or_default();
        let token = token.trim();
        let verdict = match scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() {
            true => self.verdict(token).await,
            false => Ok(Verdict::Unknown),
        };
        match verdict {
            Ok(Verdict::Allowed) => None,
            Ok(Verdict::Forbidden) => Some(Answer::plain(403, "Forbidden\n")),
            Ok(Verdict::Unknown) => Some(
                Answer::plain(401, "Unauthorized\n").with("www-authenticate", "Bearer".to_owned()),
            ),
            Err(error) => {
                tracing::warn!("nobody can read metrics now: {}", chain(&error));
                Some(Answer::plain(503, "who may read cannot be asked now\n"))
            }
        }
    }

    async fn verdict(&self, token: &str) -> Result<Verdict> {
        let known = |now| self.0.verdicts.lock().of(token, now);
        if let Some(verdict) = known(Instant::now()) {
            return Ok(verdict);
        }
        let asked = async {
            let _turn = self.0.asking.acquire().await?;
            let now = Instant::now();
            // Somebody with the same token may have asked while this one waited for a turn.
            if let Some(verdict) = known(now) {
                return Ok(verdict);
            }
            let verdict = self.ask(token).await?;
            self.0.verdicts.lock().learn(token, verdict, now);
            Ok(verdict)
        };
        let late = |_| Error::msg("the API server has not said in time who may read them");
        tokio::time::timeout(self.0.asked_within, asked).await.map_err(late)?
    }

    async fn ask(&self, token: &str) -> Result<Verdict> {
        let spec = json!({ "token": token });
        let login = self.review("authentication.k8s.io", "TokenReview", spec).await?;
        if login["authenticated"] != true {
            return Ok(Verdict::Unknown);
        }
        let user = &login["user"];
        let spec = json!({
            "user": user["username"],
            "uid": user["uid"],
            "groups": user["groups"],
            "extra": user["extra"],
            "nonResourceAttributes": { "path": PATH, "verb": "get" },
        });
        let right = self.review("authorization.k8s.io", "SubjectAccessReview", spec).await?;
        Ok(if right["allowed"] == true { Verdict::Allowed } else { Verdict::Forbidden })
    }

    /// What the API server says to a review.
    async fn review(&self, group: &str, kind: &str, spec: Value) -> Result<Value> {
        let plural = format!("{}s", kind.to_lowercase());
        let version = format!("{group}/v1");
        let body = json!({ "apiVersion": version, "kind": kind, "metadata": {}, "spec": spec });
        let request = Request::raw(Method::Post, &format!("/apis/{version}/{plural}"))?;
        let answer = self.0.client.send(request.with_json(&body)?).await?;
        let text = answer.body.collect(LONGEST).await?;
        // What cannot be read is not told: it may hold the token.
        let answer: Value = serde_json::from_slice(&text)
            .map_err(|_| Error::msg(format!("the answer to a {kind} is no JSON")))?;
        Ok(answer.get("status").cloned().unwrap_or_default())
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Guard").field(&*self.0.verdicts.lock()).finish()
    }
}
