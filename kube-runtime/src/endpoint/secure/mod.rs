//! HTTPS and a login before `/metrics`: a bearer token in, let through or refused out.
//!
//! Promises:
//! - Who has no token that the API server knows is told 401; who may not `get` `/metrics` there is told 403; neither is told more.
//! - What the API server said counts for a while and no longer; how much of it is kept is bounded, and so is how much is asked at once.
//! - A certificate that is renewed on disk is served from then on; one that cannot be read leaves the old one in place.
//!
//! Mirrors: controller-runtime pkg/metrics/filters/filters.go, pkg/metrics/server/server.go
//! Differs: login and right are remembered as one; a token that is not known is asked about again each time.

mod guard;
mod verdict;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use guard::Guard;

/// How metrics are kept from those who may not read them. It is given to [`Endpoint::secure`](super::Endpoint::secure).
///
/// The API server is asked who sends a token (TokenReview) and whether they may `get` the path `/metrics` (SubjectAccessReview), so the operator
/// must be allowed to ask: its generated role says so.
#[must_use]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Secure {
    /// A folder with `tls.crt` and `tls.key`, as a Secret of the type `kubernetes.io/tls` is mounted; the manifests mount one there that is
    /// called as the operator with `-metrics-tls` behind. None: a certificate that is made at the
    /// start and that nobody can check.
    pub certificates: Option<PathBuf>,
    /// For so long who was let through is let through again. 1 min.
    pub allowed_for: Duration,
    /// For so long who was told 403 is told so again. 30 s.
    pub refused_for: Duration,
    /// So many tokens are remembered. 256.
    pub remembered: usize,
    /// So many tokens are asked about at once; others wait. 4.
    pub asked_at_once: usize,
    /// An answer of the API server may take so long. 5 s.
    pub asked_within: Duration,
}

impl Default for Secure {
    fn default() -> Self {
        Self {
            certificates: None,
            allowed_for: Duration::from_secs(60),
            refused_for: Duration::from_secs(30),
            remembered: 256,
            asked_at_once: 4,
            asked_within: Duration::from_secs(5),
        }
    }
}

impl Secure {
    /// A folder with `tls.crt` and `tls.key`.
    pub fn certificates(mut self, folder: impl Into<PathBuf>) -> Self {
        self.certificates = Some(folder.into());
        self
    }

    /// For so long who was let through is let through again.
    pub fn allowed_for(mut self, time: Duration) -> Self {
        self.allowed_for = time;
        self
    }

    /// For so long who was told 403 is told so again.
    pub fn refused_for(mut self, time: Duration) -> Self {
        self.refused_for = time;
        self
    }

    /// So many tokens are remembered.
    pub fn remembered(mut self, tokens: usize) -> Self {
        self.remembered = tokens;
        self
    }

    /// So many tokens are asked about at once, at least one.
    pub fn asked_at_once(mut self, tokens: usize) -> Self {
        self.asked_at_once = tokens.max(1);
        self
    }

    /// An answer of the API server may take so long.
    pub fn asked_within(mut self, time: Duration) -> Self {
        self.asked_within = time;
        self
    }
}
