//! The streams of a tunnel, two for each connection: a stream that is opened in; the connection, once it has both, out.

use std::collections::HashMap;
use tokio::io::{DuplexStream, WriteHalf};
use tokio::task::AbortHandle;

/// So many connections are open at once, and as many wait for their second stream.
const MOST: usize = 1000;

/// Both streams of a connection, and its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) port: u16,
    pub(super) error: u32,
    pub(super) bytes: u32,
}

/// What becomes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// It is none that a tunnel has, or one too many.
    Refused,
    /// The other one of its connection is still to come.
    Half,
    Whole(Pair),
}

/// The connections of one tunnel.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// By the client's name of the connection: the streams for errors and for bytes.
    halves: HashMap<String, (Option<u32>, Option<u32>)>,
    /// By the stream for bytes.
    open: HashMap<u32, Connection>,
}

#[derive(Debug)]
struct Connection {
    /// Where the client's bytes go, until there are no more.
    writer: Option<WriteHalf<DuplexStream>>,
    carrying: AbortHandle,
}

impl Pairs {
    /// The client opens a stream.
    pub(super) fn opened(&mut self, id: u32, headers: &[(String, String)]) -> Opened {
        let text = |name: &str| {
            let found = headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
            found.map_or("", |(_, value)| value.as_str())
        };
        let port = text("port").parse().ok().filter(|port| *port > 0);
        let (Some(port), true) = (port, self.open.len() < MOST && self.halves.len() < MOST) else {
            return Opened::Refused;
        };
        let request = text("requestid").to_owned();
        let half = self.halves.entry(request.clone()).or_default();
        match text("streamtype") {
            "error" => half.0 = Some(id),
            "data" => half.1 = Some(id),
            _ => return Opened::Refused,
        }
        let (Some(error), Some(bytes)) = *half else { return Opened::Half };
        self.halves.remove(&request);
        Opened::Whole(Pair { port, error, bytes })
    }

    /// The connection is there.
    pub(super) fn connected(
        &mut self,
        pair: Pair,
        writer: WriteHalf<DuplexStream>,
        carrying: AbortHandle,
    ) {
        self.open.retain(|_, connection| !connection.carrying.is_finished());
        self.open.insert(pair.bytes, Connection { writer: Some(writer), carrying });
    }

    /// Where bytes of a stream go; `None`: nobody wants them.
    pub(super) fn writer(&mut self, id: u32) -> Option<&mut WriteHalf<DuplexStream>> {
        self.open.get_mut(&id)?.writer.as_mut()
    }

    /// The client has no more bytes for a stream.
    pub(super) fn ended(&mut self, id: u32) {
        if let Some(connection) = self.open.get_mut(&id) {
            connection.writer = None;
        }
    }

    /// The client gives up a stream, and its connection with it.
    pub(super) fn reset(&mut self, id: u32) {
        if let Some(connection) = self.open.remove(&id) {
            connection.carrying.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &str, port: &str, request: &str) -> Vec<(String, String)> {
        let pairs = [("streamtype", kind), ("port", port), ("requestid", request)];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    #[test]
    fn a_connection_is_there_once_it_has_both_streams() {
        let mut pairs = Pairs::default();
        assert_eq!(pairs.opened(1, &headers("error", "80", "0")), Opened::Half);
        assert_eq!(pairs.opened(3, &headers("data", "81", "1")), Opened::Half);
        let first = Pair { port: 80, error: 1, bytes: 5 };
        assert_eq!(pairs.opened(5, &headers("data", "80", "0")), Opened::Whole(first));
        let second = Pair { port: 81, error: 7, bytes: 3 };
        assert_eq!(pairs.opened(7, &headers("error", "81", "1")), Opened::Whole(second));
        assert!(pairs.halves.is_empty());
    }

    #[test]
    fn what_is_no_stream_of_a_tunnel_is_refused() {
        let mut pairs = Pairs::default();
        for (kind, port) in [("data", "0"), ("data", "65536"), ("data", ""), ("resize", "80")] {
            assert_eq!(
                pairs.opened(1, &headers(kind, port, "0")),
                Opened::Refused,
                "{kind} {port}"
            );
        }
        for request in 0..2000 {
            pairs.opened(1, &headers("error", "80", &request.to_string()));
        }
        assert!(pairs.halves.len() <= MOST, "{}", pairs.halves.len());
    }
}
