//! Requests in, answers out: who asks, whether they may, what it is about, in which form; with or without a socket.
//!
//! Mirrors: kubernetes apiserver pkg/server/config.go (the handler chain), pkg/endpoints/handlers
//! Differs: answers are JSON or YAML, protobuf is taken but not given; nothing is compressed.

mod answer;
mod body;
mod call;
mod connect;
mod gate;
mod info;
mod journal;
mod listen;
mod negotiate;
mod plain;
mod proxy;
mod query;
mod resource;
mod service;
#[cfg(test)]
mod tests;
mod write;

pub use body::Body;
pub use journal::JournalEntry;
pub use listen::Listening;
pub use service::Disconnected;

pub(crate) use gate::Gate;
pub(crate) use journal::Journal;
pub(crate) use listen::listen;
pub(crate) use service::Service;
