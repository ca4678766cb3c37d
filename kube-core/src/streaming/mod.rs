//! What a Pod's containers say and hear: a WebSocket in, a process or a tunnel out.
//!
//! Machines (channels, forward/table; SPDY is the crate kube-spdy) and, beside them, what waits (websocket, process, forward/run). A connection has one task, which ends with
//! the value that holds it.

mod channels;
pub(crate) mod copy;
mod error;
mod exit;
pub(crate) mod forward;
mod limits;
#[cfg(test)]
pub(crate) mod peer;
pub(crate) mod process;
mod websocket;

pub use copy::Copied;
pub use exit::Exit;
pub use forward::Listening;
pub use forward::PodConnection;
pub use forward::PortForward;
pub use forward::PortPair;
pub use limits::StreamLimits;
pub use process::Finished;
pub use process::Process;
pub use process::ProcessInput;
pub use process::ProcessOutput;
pub use process::Terminal;
