//! Connections to containers: a Pod and what is asked of one of its containers in; a conversation on a connection that has left HTTP out.
//!
//! Mirrors: kubernetes pkg/registry/core/pod/strategy.go (which container), kubernetes apiserver pkg/util/proxy (translatinghandler.go,
//! streamtranslator.go), k8s.io/cri-streaming pkg/streaming (the node)
//! Differs: the API server and the node are one; processes are spoken with over WebSocket only, ports over SPDY/3.1, within a WebSocket or not.

mod backend;
mod channels;
mod conversation;
mod forward;
mod life;
mod pairs;
mod pipe;
mod place;
mod process;
mod refusal;
mod switch;
mod websocket;

pub use conversation::Conversation;

pub(crate) use backend::{Backend, backend, unreachable};
pub(crate) use forward::{Host, forward};
pub(crate) use life::over;
pub(crate) use place::{Logged, container, host, log, running};
pub(crate) use process::{Wanted, attach, exec};
pub(crate) use refusal::Refusal;
pub(crate) use switch::{Known, Offer, PORTS, PROCESSES, Switch};
