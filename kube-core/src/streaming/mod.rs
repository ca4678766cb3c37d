//! What a Pod's containers say and hear: bytes of a log in, lines out; a WebSocket in, a process out.
//!
//! Machines (lines, channels) and, beside them, what waits (websocket, process). A connection has one task, which ends with
//! the value that holds it.

mod channels;
mod error;
mod exit;
mod limits;
mod lines;
#[cfg(test)]
pub(crate) mod peer;
pub(crate) mod process;
mod websocket;

pub use exit::Exit;
pub use limits::StreamLimits;
pub use lines::Line;
pub(crate) use lines::Lines;
pub use process::Finished;
pub use process::Process;
pub use process::ProcessInput;
pub use process::ProcessOutput;
pub use process::Terminal;
