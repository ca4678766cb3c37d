//! How much a stream keeps and how long it waits.

use std::time::Duration;

/// What bounds a connection to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamLimits {
    /// So many bytes are kept for a reader, and so many of a writer, before the other side has to wait; 64 KiB by default.
    pub buffer: usize,
    /// The largest message that is taken, in bytes; 4 MiB by default.
    pub message: usize,
    /// So many connections to ports may be open in one tunnel; 1024 by default.
    pub connections: usize,
    /// How often the other side is asked whether it is there; every 15 s by default.
    pub ping: Duration,
    /// A connection on which nothing came for so long is dead; 60 s by default.
    pub silence: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            buffer: 64 << 10,
            message: 4 << 20,
            connections: 1024,
            ping: Duration::from_secs(15),
            silence: Duration::from_secs(60),
        }
    }
}

impl StreamLimits {
    /// Sets [`buffer`](Self::buffer); one byte at least.
    #[must_use]
    pub fn buffer(mut self, bytes: usize) -> Self {
        self.buffer = bytes.max(1);
        self
    }

    /// Sets [`message`](Self::message).
    #[must_use]
    pub fn message(mut self, bytes: usize) -> Self {
        self.message = bytes;
        self
    }

    /// Sets [`connections`](Self::connections).
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Sets [`ping`](Self::ping) and [`silence`](Self::silence), which ought to be longer.
    #[must_use]
    pub fn keep_alive(mut self, ping: Duration, silence: Duration) -> Self {
        self.ping = ping.max(Duration::from_millis(1));
        self.silence = silence;
        self
    }
}
