//! Many replicas, one that works: candidates for a Lease in, at most one leader at any time out.
//!
//! Promises:
//! - Of all candidates at most one leads at any time, whatever becomes of requests and answers, and whatever their clocks show.
//! - A term is counted from when the renewal was sent. Its end is known in advance, and lies before the time when others may begin.
//! - No write of a controller leaves after the end of the term; reads do, and caches stay warm.
//! - Who is asked by another to make room ends all work first, and nobody begins before that.
//! - The lease is given up after all work has ended, and only if it is still this candidate's.
//!
//! What nobody can promise: a request that left in time may be done late. The difference between [`Timing::lease`] and [`Timing::renew`] is the
//! time left for it, and a resource version in the write makes the server refuse what is later still. A clock that stands still while the
//! machine sleeps does not count that time. Who edits the lease by hand ends a term that its leader does not know to be over.
//!
//! ```
//! use std::time::Duration;
//! use kube_runtime::leader::{LeaderElection, Timing};
//!
//! let second = Duration::from_secs;
//! let election = LeaderElection::default().namespace("prod").timing(Timing::new(second(30), second(20), second(4))?);
//! let error = Timing::new(second(10), second(10), second(2)).unwrap_err();
//! assert!(error.to_string().contains("two would lead at once"));
//! # Ok::<(), kube_runtime::Error>(())
//! ```
//!
//! Where the server coordinates the election ([`LeaderElection::coordinated`]) it names the leader; the promises are the same.
//!
//! Mirrors: client-go tools/leaderelection/leaderelection.go
//! Differs: terms are counted from sending; no request may take longer than what is left of the term; a lease that vanishes counts as held until
//! it would have expired; who sees another holder leads no longer at once; giving up looks at the lease as it is. Where the server coordinates: who
//! was named takes the lease also when it has expired since, each term has a greater number of transitions, who is not preferred any more ends its
//! work before it gives the lease up, and what is written carries the time of the server's clock, by which the server judges it.

mod candidacy;
mod candidate;
mod fence;
mod health;
mod lease;
mod machine;
mod run;
mod server_time;
#[cfg(test)]
mod tests;
mod timing;

use std::collections::BTreeMap;

use crate::clock::Seed;

pub(crate) use candidate::Candidate;
pub(crate) use candidate::Setting;
pub use health::Health;
pub use health::Term;
pub use timing::Timing;

/// How an operator takes part in an election. What is not said is as everywhere: 15 s, 10 s and 2 s, a lease called as the operator, in the
/// namespace of the client, given up at the end.
#[derive(Clone, Debug)]
#[must_use = "it is given to `Operator::leader_election`"]
pub struct LeaderElection {
    pub(crate) lease: Option<String>,
    pub(crate) namespace: Option<String>,
    identity: Option<String>,
    labels: BTreeMap<String, String>,
    timing: Timing,
    gives_up: bool,
    pub(crate) takes_over: bool,
    seed: Option<Seed>,
    version: Option<String>,
    emulates: Option<String>,
}

impl LeaderElection {
    /// The name of the lease, instead of the operator's.
    pub fn lease(mut self, name: impl Into<String>) -> Self {
        self.lease = Some(name.into());
        self
    }

    /// The namespace of the lease, instead of the client's own.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// What this candidate is called in the lease, instead of the host's name and a random part. Two of one identity would both lead.
    pub fn identity(mut self, identity: impl Into<String>) -> Self {
        self.identity = Some(identity.into());
        self
    }

    /// One more label that the lease has when this candidate has written it.
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// How long the lease lasts, and how often it is renewed.
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Whether the lease is given up at the end, so that others need not wait for it to expire. It is, if nothing is said.
    pub fn gives_up(mut self, gives_up: bool) -> Self {
        self.gives_up = gives_up;
        self
    }

    /// Whether whoever holds the lease is asked to make room: it ends its work in order and its process successfully, and no other candidate
    /// takes the lease while this one asks. Only a lease that is there is taken over. All candidates need the same timing: one that asks less
    /// often than others expect stops asking, as they see it.
    pub fn takes_over(mut self, takes_over: bool) -> Self {
        self.takes_over = takes_over;
        self
    }

    /// The server says who leads, instead of whoever takes the lease first: of all candidates the one of the oldest version, so that while a new
    /// version is rolled out the old one works until it is gone (KEP-4355). `version` is this program's, usually `env!("CARGO_PKG_VERSION")`.
    /// Who leads and is not the oldest any more ends its work in order, as if it were stopped, in what is left of its term.
    ///
    /// It needs a kube-apiserver with `--feature-gates=CoordinatedLeaderElection=true` and
    /// `--runtime-config=coordination.k8s.io/v1beta1=true`; with any other the operator ends with an error.
    pub fn coordinated(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The older version that this program behaves as, for [`coordinated`](Self::coordinated); its own if nothing is said.
    pub fn emulates(mut self, version: impl Into<String>) -> Self {
        self.emulates = Some(version.into());
        self
    }

    /// Whether the server says who leads.
    pub(crate) fn is_coordinated(&self) -> bool {
        self.version.is_some()
    }

    /// Where the random part of the identity and the pauses come from, to replay a run.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl Default for LeaderElection {
    fn default() -> Self {
        Self {
            lease: None,
            namespace: None,
            identity: None,
            labels: BTreeMap::new(),
            timing: Timing::default(),
            gives_up: true,
            takes_over: false,
            seed: None,
            version: None,
            emulates: None,
        }
    }
}

/// Which lease, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    namespace: String,
    name: String,
    identity: String,
    labels: BTreeMap<String, String>,
}
