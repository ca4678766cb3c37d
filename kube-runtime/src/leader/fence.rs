//! Refuses writes of a process that does not lead, before the request leaves: the last word of the election in, a guard of clients out.

use kube_core::ApiResource;
use kube_core::Error;
use kube_core::ErrorKind;
use kube_core::Method;
use kube_core::Request;
use kube_core::Result;
use kube_core::Verb;
use kube_core::client::RequestGuard;
use tokio::sync::watch;

use super::health::Health;

/// Questions that are asked by a POST and store nothing.
const QUESTIONS: [&str; 2] = ["/apis/authentication.k8s.io/", "/apis/authorization.k8s.io/"];

/// Lets reads through at all times, and writes before the end of the term.
#[derive(Debug)]
pub(super) struct Fence(watch::Receiver<Health>);

impl Fence {
    pub(super) fn new(health: watch::Receiver<Health>) -> Self {
        Self(health)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("`{identity}` does not hold the lease `{lease}`, and only its holder writes; {holder}")]
struct NotLeading {
    identity: String,
    lease: String,
    holder: String,
}

impl RequestGuard for Fence {
    fn check(
        &self,
        _verb: Verb,
        _resource: &ApiResource,
        _subresource: Option<&str>,
    ) -> Result<()> {
        Ok(())
    }

    fn leaves(&self, request: &Request) -> Result<()> {
        let question = || QUESTIONS.iter().any(|group| request.path.starts_with(group));
        if request.method == Method::Get || question() {
            return Ok(());
        }
        let health = self.0.borrow();
        if health.is_leader() {
            return Ok(());
        }
        let holder = match &health.holder {
            Some(holder) if *holder != health.identity => format!("wait, or stop `{holder}`"),
            _ => "wait until it is acquired".to_owned(),
        };
        let (identity, lease) = (health.identity.clone(), health.lease.clone());
        Err(Error::new(ErrorKind::Input, NotLeading { identity, lease, holder }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::leader::health::Term;

    #[tokio::test(start_paused = true)]
    async fn writes_leave_before_the_end_of_the_term_and_not_at_it_whoever_sleeps_meanwhile() {
        let (sender, health) = watch::channel(Health::new("prod/shop".into(), "me".into()));
        let fence = Fence::new(health);
        let send = |method| {
            let request = Request::raw(method, "/api/v1/namespaces/prod/configmaps/map").unwrap();
            fence.leaves(&request)
        };
        let writes = [Method::Post, Method::Put, Method::Patch, Method::Delete];
        let refused = || writes.into_iter().all(|method| send(method).is_err());
        assert!(refused(), "before the first term");
        let ten = Duration::from_secs(10);
        let until = tokio::time::Instant::now() + ten;
        sender.send_modify(|health| {
            health.term = Some(Term { since: Timestamp::UNIX_EPOCH, transitions: 0, until });
        });
        tokio::time::advance(ten - Duration::from_nanos(1)).await;
        assert!(writes.into_iter().all(|method| send(method).is_ok()));
        // Nobody tells it: neither the machine nor its runner had a turn.
        tokio::time::advance(Duration::from_nanos(1)).await;
        assert!(refused(), "at its end");
        drop(sender);
        assert!(refused() && send(Method::Get).is_ok(), "reads are harmless");
        let said = send(Method::Put).unwrap_err().to_string();
        assert!(said.contains("`me` does not hold the lease `prod/shop`"), "{said}");
    }
}
