//! One process in a container: its command and streams, and the other ends of these.

use std::fmt;
use tokio::io::DuplexStream;
use tokio::sync::watch;

/// The bytes that wait in each stream.
const WAITING: usize = 64 << 10;

/// A process that is to be run, or joined, in a container. What is written into a stream that the client did not ask for is lost.
#[non_exhaustive]
pub struct Process {
    /// The program and its arguments; empty where a container is attached to.
    pub command: Vec<String>,
    /// The input; at its end when the client sends none.
    pub stdin: DuplexStream,
    /// The output.
    pub stdout: DuplexStream,
    /// The errors. With a terminal they belong into [`stdout`](Self::stdout).
    pub stderr: DuplexStream,
    /// Whether it has a terminal.
    pub terminal: bool,
    /// Columns and rows of the terminal, once the client tells them.
    pub size: watch::Receiver<Option<(u16, u16)>>,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("command", &self.command)
            .field("terminal", &self.terminal)
            .finish_non_exhaustive()
    }
}

/// The other ends of a process's streams.
#[derive(Debug)]
pub(crate) struct Outside {
    pub(crate) stdin: DuplexStream,
    pub(crate) stdout: DuplexStream,
    pub(crate) stderr: DuplexStream,
    pub(crate) size: watch::Sender<Option<(u16, u16)>>,
}

/// A process, and what is outside of it.
pub(crate) fn process(command: Vec<String>, terminal: bool) -> (Process, Outside) {
    let (stdin, stdin_outside) = tokio::io::duplex(WAITING);
    let (stdout, stdout_outside) = tokio::io::duplex(WAITING);
    let (stderr, stderr_outside) = tokio::io::duplex(WAITING);
    let (size_outside, size) = watch::channel(None);
    let process = Process { command, stdin, stdout, stderr, terminal, size };
    let outside = Outside {
        stdin: stdin_outside,
        stdout: stdout_outside,
        stderr: stderr_outside,
        size: size_outside,
    };
    (process, outside)
}
