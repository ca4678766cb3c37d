//! How the API server knows an operator's webhooks: names and the time in, a certificate and what it is checked by out, renewed before its end.
//!
//! An authority signs the certificate; the API server is told of the authorities only, so that certificates come and go without it. All replicas
//! share one Secret. What is new there is told to the API server a day before anything is signed by it.

mod issue;
mod keeper;
mod renewal;

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

pub(crate) use keeper::Keeper;
pub(crate) use renewal::renewed;

/// All that is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The oldest first.
    pub(crate) authorities: Vec<Authority>,
    pub(crate) leaf: Leaf,
}

/// Who signs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Authority {
    /// In PEM.
    pub(crate) certificate: String,
    /// In PEM.
    key: String,
    since: Timestamp,
    expires: Timestamp,
}

/// What is shown to whoever connects.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leaf {
    /// In PEM.
    pub(crate) certificate: String,
    /// In PEM.
    pub(crate) key: String,
    names: Vec<String>,
    /// When its authority was made, which tells that from others.
    signed_by: Timestamp,
    expires: Timestamp,
}

impl Kept {
    /// What the API server is to trust, in PEM.
    pub(crate) fn bundle(&self) -> String {
        self.authorities.iter().map(|authority| authority.certificate.as_str()).collect()
    }
}

/// Never shows the keys.
impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Kept")
            .field("authorities", &self.authorities.len())
            .field("names", &self.leaf.names)
            .field("expires", &self.leaf.expires)
            .finish_non_exhaustive()
    }
}
