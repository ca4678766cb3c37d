//! Tests operators with no cluster, in milliseconds: an API server in process, a clock that only the test moves.

pub mod contract;
mod idle;
mod duration;
mod conversation;
mod transport;
mod cluster;
mod access;
mod said;
mod run;
mod torture;

pub use access::Access;
pub use access::Grants;
pub use access::Inexact;
pub use cluster::Cluster;
pub use cluster::NAMESPACE;
pub use duration::IntoDuration;
pub use kube_derive::test;
pub use torture::Plays;
pub use torture::torture;
pub use transport::InProcess;

/// What the expansion of `#[kube_testing::test]` calls.
#[doc(hidden)]
pub mod __private {
    pub use crate::run::run;
}
