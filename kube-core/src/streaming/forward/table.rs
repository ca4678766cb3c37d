//! The connections of a tunnel: what the other side says of a stream in, what has to be done out.

use std::collections::HashMap;

use tokio::io::DuplexStream;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::Ends;
use super::Outcome;
use super::StreamingError;
use crate::error::Result;

/// The most bytes of what a node tells of an error.
const TOLD: usize = 4 << 10;

/// The connections that are open, by their streams. Each has two: one for errors, and after it one for bytes.
#[derive(Default)]
pub(super) struct Table {
    connections: HashMap<u32, Connection>,
    opened: u32,
}

/// One connection.
pub(super) struct Connection {
    /// Who waits for it, until it is open.
    pub(super) waiting: Option<Waiting>,
    /// Where the Pod's bytes go; none when there are no more, or nobody reads them.
    pub(super) reader: Option<DuplexStream>,
    /// What carries the bytes to the Pod.
    pub(super) upload: Option<AbortHandle>,
    pub(super) outcome: watch::Sender<Option<Outcome>>,
    replies: u8,
    told: Vec<u8>,
    bytes_ended: bool,
    error_ended: bool,
}

/// What is there for who waits for a connection.
pub(super) struct Waiting {
    pub(super) opened: oneshot::Sender<Result<Ends, StreamingError>>,
    pub(super) ends: Ends,
    /// Where what he writes comes out.
    pub(super) writer: DuplexStream,
}

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Error,
    Bytes,
}

/// The streams of a connection: for errors, and for bytes.
pub(super) fn streams(key: u32) -> (u32, u32) {
    (4 * key + 1, 4 * key + 3)
}

/// Of which connection a stream is, and what for.
pub(super) fn of(stream: u32) -> (u32, Purpose) {
    (stream / 4, if stream % 4 == 1 { Purpose::Error } else { Purpose::Bytes })
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    /// A key for one more connection; none when the tunnel has no numbers left.
    pub(super) fn key(&mut self) -> Option<u32> {
        let key = self.opened;
        self.opened += 1;
        (key < 1 << 29).then_some(key)
    }

    pub(super) fn insert(&mut self, key: u32, connection: Connection) {
        self.connections.insert(key, connection);
    }

    pub(super) fn of(&mut self, key: u32) -> Option<&mut Connection> {
        self.connections.get_mut(&key)
    }

    pub(super) fn remove(&mut self, key: u32) {
        if let Some(upload) = self.connections.remove(&key).and_then(|connection| connection.upload)
        {
            upload.abort();
        }
    }

    /// The other side takes a stream: whether it has both by now.
    pub(super) fn replied(&mut self, key: u32) -> bool {
        self.of(key).is_some_and(|connection| {
            connection.replies = connection.replies.saturating_add(1);
            connection.replies == 2
        })
    }

    /// The other side told a piece of an error.
    pub(super) fn told(&mut self, key: u32, text: &[u8]) {
        if let Some(connection) = self.of(key) {
            let room = TOLD.saturating_sub(connection.told.len()).min(text.len());
            connection.told.extend_from_slice(&text[..room]);
        }
    }

    /// A stream has ended on the other side.
    pub(super) fn ended(&mut self, key: u32, purpose: Purpose) {
        let Some(connection) = self.of(key) else { return };
        match purpose {
            Purpose::Bytes => {
                connection.bytes_ended = true;
                connection.reader = None;
            }
            Purpose::Error => {
                connection.error_ended = true;
                let outcome = match connection.told.is_empty() {
                    true => Outcome::Fine,
                    false => Outcome::Told(String::from_utf8_lossy(&connection.told).into()),
                };
                connection.outcome.send_replace(Some(outcome));
            }
        }
        if connection.bytes_ended && connection.error_ended {
            self.remove(key);
        }
    }

    /// The other side gives up a connection.
    pub(super) fn reset(&mut self, key: u32) {
        if let Some(connection) = self.of(key) {
            connection.outcome.send_if_modified(|outcome| {
                let first = outcome.is_none();
                if first {
                    *outcome = Some(Outcome::Reset);
                }
                first
            });
            if let Some(waiting) = connection.waiting.take() {
                // Who waited may be gone.
                let _ = waiting.opened.send(Err(StreamingError::Reset));
            }
        }
        self.remove(key);
    }
}

impl Connection {
    /// A connection that was asked for.
    pub(super) fn asked(
        opened: oneshot::Sender<Result<Ends, StreamingError>>,
        buffer: usize,
    ) -> Self {
        let (read, reader) = tokio::io::duplex(buffer);
        let (write, writer) = tokio::io::duplex(buffer);
        let (outcome, told) = watch::channel(None);
        Self {
            waiting: Some(Waiting { opened, ends: Ends { read, write, outcome: told }, writer }),
            reader: Some(reader),
            upload: None,
            outcome,
            replies: 0,
            told: Vec::new(),
            bytes_ended: false,
            error_ended: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> (Table, u32, oneshot::Receiver<Result<Ends, StreamingError>>) {
        let mut table = Table::default();
        let (opened, answer) = oneshot::channel();
        let key = table.key().unwrap();
        table.insert(key, Connection::asked(opened, 1));
        (table, key, answer)
    }

    #[test]
    fn each_connection_has_two_odd_streams() {
        for (key, error, bytes) in [(0, 1, 3), (1, 5, 7), (2, 9, 11)] {
            assert_eq!(streams(key), (error, bytes));
            assert_eq!((of(error), of(bytes)), ((key, Purpose::Error), (key, Purpose::Bytes)));
        }
    }

    #[test]
    fn a_connection_is_known_until_both_of_its_streams_have_ended() {
        let (mut table, key, _answer) = table();
        assert!(!table.replied(key));
        assert!(table.replied(key));
        let outcome = table.of(key).unwrap().outcome.subscribe();
        table.ended(key, Purpose::Bytes);
        assert_eq!((table.len(), outcome.borrow().clone()), (1, None));
        table.told(key, b"nobody ");
        table.told(key, &b"listens ".repeat(TOLD));
        table.ended(key, Purpose::Error);
        let Some(Outcome::Told(told)) = outcome.borrow().clone() else {
            panic!("nothing was told")
        };
        assert!(told.starts_with("nobody listens listens") && told.len() == TOLD);
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn a_connection_that_is_given_up_before_it_is_open_is_an_error_for_who_waits() {
        let (mut table, key, mut answer) = table();
        table.reset(key);
        assert!(matches!(answer.try_recv(), Ok(Err(StreamingError::Reset))));
        assert_eq!(table.len(), 0);
        table.reset(key);
        table.ended(key, Purpose::Error);
        assert!(!table.replied(key));
    }
}
