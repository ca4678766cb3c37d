//! How it stands with a candidate, for whoever wants to know: the last word of its election.

use jiff::Timestamp;
use tokio::time::Instant;

/// What a candidate knows of the election. It is replaced as a whole whenever something changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The lease, as `namespace/name`.
    pub lease: String,
    /// What this candidate is called in the lease.
    pub identity: String,
    /// Who holds the lease, as far as is known; nobody if it is free or was not read yet.
    pub holder: Option<String>,
    /// The term of this candidate, if it leads.
    pub term: Option<Term>,
    /// Who else asks for the lease, and has not stopped asking. A leader that sees this ends in order, others do not begin.
    pub wanted_by: Option<String>,
    /// When the holder's lease ends, as far as is known: at that time this candidate may no longer work, or others may begin.
    pub expires: Option<Instant>,
    /// Why the last request about the lease failed; none if it did not.
    pub last_error: Option<String>,
    /// How many requests about the lease failed in a row.
    pub failures: u32,
}

impl Health {
    pub(super) fn new(lease: String, identity: String) -> Self {
        Self {
            lease,
            identity,
            holder: None,
            term: None,
            wanted_by: None,
            expires: None,
            last_error: None,
            failures: 0,
        }
    }

    /// Whether this candidate leads now, and is asked to make room for another.
    #[must_use]
    pub fn is_to_yield(&self) -> bool {
        self.wanted_by.is_some() && self.is_leader()
    }

    /// Whether this candidate leads now.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.term.is_some_and(|term| term.is_on())
    }
}

/// A time in which one candidate leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Term {
    /// Since when.
    pub since: Timestamp,
    /// `leaseTransitions`: a later leader has a greater number, for systems that can tell a late write by it.
    pub transitions: i32,
    pub(super) until: Instant,
}

impl Term {
    /// Whether it has not ended yet. Its end moves with each renewal.
    #[must_use]
    pub fn is_on(&self) -> bool {
        Instant::now() < self.until
    }
}
