//! What a cluster does by itself: committed events in, ordinary writes out. Each behaviour can be switched off.
//!
//! Promises:
//! - Behaviours see every write once, in the order of the store, and act one after the other.
//! - Nothing ticks: time passes only where something is due, so that a stopped clock costs nothing.
//! - Nothing is deleted whose owner exists: every decision is made on what is stored at that moment.

mod accounts;
mod agenda;
mod aggregation;
mod bootstrap;
mod budgets;
#[cfg(feature = "certificates")]
mod certificates;
mod definitions;
mod deployments;
mod elections;
mod garbage;
mod namespaces;
mod pods;
mod run;
mod switches;
mod volumes;
mod workloads;
mod write;

pub(crate) use bootstrap::bootstrap;
pub(crate) use run::spawn;
pub use switches::{Behaviours, Pace};

use crate::cluster::Cluster;
use crate::store::Event;
use agenda::Agenda;
use futures::future::BoxFuture;
use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// One behaviour: a plain machine that is told what happened and what time it is.
trait Behaviour: Send {
    /// Looks at one event and plans what follows from it. Called for every event, so it is quick.
    fn observe(&mut self, cluster: &Cluster, event: &Event, now: Instant);

    /// When it wants to work next.
    fn due(&self) -> Option<Instant>;

    /// Does one thing that is due by `now`; false when nothing is.
    ///
    /// It waits only for webhooks, and then every other behaviour waits with it.
    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool>;
}
