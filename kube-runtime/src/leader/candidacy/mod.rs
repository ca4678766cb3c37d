//! Who would lead where the server elects: the time and answers in, the next request about this candidate's LeaseCandidate out.
//!
//! Promises:
//! - Whoever is asked by the server whether he is there answers within a look, and renews every five minutes unasked.
//! - An answer is never older than the question, whatever this machine's clock shows; a clock that is wrong is put right by the server's.
//! - What is published is what this process is: one that another process of the same name left is made anew.
//!
//! Mirrors: client-go tools/leaderelection/leasecandidate.go
//! Differs: it looks instead of watching, so that it may not list; a candidate that ends takes itself away, and the next is elected at once
//! instead of after half an hour of questions to nobody.

mod run;
#[cfg(test)]
mod tests;
mod version;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1beta1::LeaseCandidate;
use k8s_openapi::api::coordination::v1beta1::LeaseCandidateSpec;
use kube_core::MicroTime;
use kube_core::ObjectMeta;
use tokio::time::Instant;

use super::server_time::ServerTime;

pub(super) use run::Nominee;
pub(super) use version::Versions;

/// How often a candidate renews unasked.
const RENEWAL: Duration = Duration::from_secs(5 * 60);
/// How often a candidate looks whether it is asked, at the least: the server waits 5 s for its answer.
pub(super) const LOOK: Duration = Duration::from_secs(2);
/// The strategy that the server carries out itself.
const STRATEGY: &str = "OldestEmulationVersion";

/// Who would hold which lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nomination {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) lease: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) versions: Versions,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// Nothing before this time.
    Wait(Instant),
    /// Ask for the candidate.
    Read,
    /// Make it.
    Create(Box<LeaseCandidate>),
    /// Replace it, if it is still what was seen.
    Replace(Box<LeaseCandidate>),
    /// Take away what another process left.
    Delete,
}

/// The candidate on the server, as far as is known.
#[derive(Debug)]
enum Known {
    Nothing,
    Absent,
    There(Box<LeaseCandidate>),
}

/// A candidate's part.
#[derive(Debug)]
pub(super) struct Candidacy {
    nomination: Nomination,
    look: Duration,
    known: Known,
    /// When this process said last that it is there.
    renewed: Option<Instant>,
    /// When it was asked for last.
    asked: Option<Instant>,
    /// A time when the server had not asked yet, or not again.
    quiet: Option<Instant>,
    /// When the next request is due; at once in the beginning.
    due: Option<Instant>,
    server: ServerTime,
}

impl Candidacy {
    /// One that looks every `retry` or more often.
    pub(super) fn new(nomination: Nomination, retry: Duration) -> Self {
        let look = retry.min(LOOK);
        Self {
            nomination,
            look,
            known: Known::Nothing,
            renewed: None,
            asked: None,
            quiet: None,
            due: None,
            server: ServerTime::default(),
        }
    }

    /// What to do at `now`; `stamp` is this machine's time.
    pub(super) fn next(&mut self, now: Instant, stamp: Timestamp) -> Act {
        if let Some(due) = self.due.filter(|due| *due > now) {
            return Act::Wait(due);
        }
        let present = self.server.stamp(now, stamp);
        // Who has just come may be asked before it has seen the server's clock.
        let asked = match &self.known {
            Known::There(there) => there.spec.ping_time.as_ref().map(|asked| asked.0),
            Known::Absent | Known::Nothing => None,
        };
        let renewal = MicroTime(asked.map_or(present, |asked| asked.max(present)));
        match &self.known {
            // The time when it was made says what the server's clock shows, and by it the longest there is elected of equals.
            Known::There(_) if !self.server.is_known() => Act::Delete,
            Known::There(there) if self.wants_renewal(now, there) => {
                let mut candidate = there.clone();
                let asked = candidate.spec.ping_time.clone();
                candidate.spec = LeaseCandidateSpec {
                    ping_time: asked,
                    renew_time: Some(renewal),
                    ..self.nomination.spec()
                };
                Act::Replace(candidate)
            }
            Known::Absent => {
                let spec =
                    LeaseCandidateSpec { renew_time: Some(renewal), ..self.nomination.spec() };
                Act::Create(Box::new(LeaseCandidate { metadata: self.nomination.metadata(), spec }))
            }
            Known::There(_) | Known::Nothing => {
                self.asked = Some(now);
                Act::Read
            }
        }
    }

    /// The candidate was read; `stamp` is this machine's time.
    pub(super) fn read(&mut self, now: Instant, stamp: Timestamp, found: Option<LeaseCandidate>) {
        let Some(candidate) = found else {
            self.known = Known::Absent;
            self.due = Some(now);
            return;
        };
        if let Known::There(before) = &self.known {
            let (last, asked) = (&before.spec.ping_time, &candidate.spec.ping_time);
            if let (Some(asked), Some(quiet)) =
                (asked.as_ref().filter(|_| last != asked), self.quiet)
            {
                self.server.observe((quiet, now), stamp, asked.0);
            }
            self.quiet = self.asked;
        }
        let at_once = self.wants_renewal(now, &candidate) || !self.server.is_known();
        self.known = Known::There(Box::new(candidate));
        self.due = Some(if at_once { now } else { now + self.look });
    }

    /// What was sent at `sent` was done: the candidate is as it says here.
    pub(super) fn written(
        &mut self,
        (sent, now): (Instant, Instant),
        stamp: Timestamp,
        candidate: LeaseCandidate,
    ) {
        if let (Known::Absent, Some(made)) = (&self.known, &candidate.metadata.creation_timestamp) {
            // It is stamped in whole seconds.
            self.server.observe((sent, now), stamp, made.0 + SignedDuration::from_secs(1));
            self.quiet = Some(sent);
        }
        // What was written by a clock that is wrong is written again by the right one.
        let wrong = matches!(self.known, Known::Absent) && self.server.is_other();
        self.renewed = (!wrong).then_some(sent);
        self.known = Known::There(Box::new(candidate));
        self.due = Some(now + self.look);
    }

    /// What another process left is there no longer.
    pub(super) fn deleted(&mut self, now: Instant) {
        self.known = Known::Absent;
        self.due = Some(now);
    }

    /// What was sent was not done, or nobody knows whether it was.
    pub(super) fn failed(&mut self, now: Instant) {
        self.known = Known::Nothing;
        self.due = Some(now + self.look);
    }

    /// Whether the server has taken its word once.
    pub(super) fn has_said_so(&self) -> bool {
        self.renewed.is_some()
    }

    /// What is known of the server's clock: it stamps what it makes, and when it asks.
    pub(super) fn server_time(&self) -> ServerTime {
        self.server
    }

    fn wants_renewal(&self, now: Instant, there: &LeaseCandidate) -> bool {
        let (asked, said) = (&there.spec.ping_time, &there.spec.renew_time);
        let is_asked = asked.as_ref().map(|time| time.0) > said.as_ref().map(|time| time.0);
        let long_ago = self.renewed.is_none_or(|renewed| renewed + RENEWAL <= now);
        is_asked || long_ago || !self.nomination.is_told_by(&there.spec)
    }
}

impl Nomination {
    fn metadata(&self) -> ObjectMeta {
        ObjectMeta {
            name: Some(self.name.clone()),
            namespace: Some(self.namespace.clone()),
            labels: (!self.labels.is_empty()).then(|| self.labels.clone()),
            ..ObjectMeta::default()
        }
    }

    fn spec(&self) -> LeaseCandidateSpec {
        LeaseCandidateSpec {
            lease_name: self.lease.clone(),
            binary_version: self.versions.binary.clone(),
            emulation_version: Some(self.versions.emulation.clone()),
            strategy: STRATEGY.to_owned(),
            ping_time: None,
            renew_time: None,
        }
    }

    fn is_told_by(&self, spec: &LeaseCandidateSpec) -> bool {
        let own = LeaseCandidateSpec {
            ping_time: spec.ping_time.clone(),
            renew_time: spec.renew_time.clone(),
            ..self.spec()
        };
        own == *spec
    }
}
