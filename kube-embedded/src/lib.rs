//! A Kubernetes API server in memory.

pub mod json;
pub mod schema;
pub mod merge;
pub mod apply;
pub(crate) mod proto;
pub(crate) mod status;
pub mod clock;
pub mod outbound;
pub mod container;
pub(crate) mod auth;
pub(crate) mod store;
pub(crate) mod label;
pub(crate) mod kind;
pub(crate) mod cluster;
pub(crate) mod convert;
pub(crate) mod admission;
pub(crate) mod registration;
pub(crate) mod crd;
pub(crate) mod verb;
pub(crate) mod subresource;
pub(crate) mod table;
pub(crate) mod streaming;
pub mod watch;
pub(crate) mod discovery;
pub(crate) mod openapi;
pub mod behaviour;
pub mod fault;
pub mod http;
pub(crate) mod kubeconfig;
pub mod server;

pub use behaviour::{Behaviours, Pace};
pub use clock::Clock;
pub use container::{Containers, ThisMachine};
pub use fault::{Fault, FaultHit, Faults};
pub use http::{Body, Disconnected, JournalEntry, Listening};
#[cfg(feature = "webhooks")]
pub use outbound::Https;
pub use outbound::{Outbound, OutboundCall, OutboundError, Place};
pub use server::{Server, ServerBuilder};
pub use streaming::Conversation;
pub use watch::Ending;
