//! The other side of a test: a server that switches to WebSocket, and what is said and heard there.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::SinkExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::error::Result;
use crate::request::Request;
use crate::transport::Connection;
use crate::transport::Headers;
use crate::transport::Response;
use crate::transport::Transport;

/// Switches every request to a WebSocket of this protocol.
pub(crate) struct Peer {
    protocol: &'static str,
    seen: Mutex<Vec<Request>>,
    sockets: mpsc::UnboundedSender<DuplexStream>,
}

/// The server's sides, in the order in which they were opened.
pub(crate) struct Sides(mpsc::UnboundedReceiver<DuplexStream>);

/// The server's side of one WebSocket.
pub(crate) struct Side(pub(crate) WebSocketStream<DuplexStream>);

impl Peer {
    pub(crate) fn new(protocol: &'static str) -> (Arc<Self>, Sides) {
        let (sockets, sides) = mpsc::unbounded_channel();
        (Arc::new(Self { protocol, seen: Mutex::default(), sockets }), Sides(sides))
    }

    /// The last request.
    pub(crate) fn last(&self) -> Request {
        self.seen.lock().last().expect("there was a request").clone()
    }
}

impl Transport for Peer {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        let key = request.headers.iter().find(|(name, _)| name == "sec-websocket-key");
        let accept = derive_accept_key(key.expect("a WebSocket is asked for").1.as_bytes());
        self.seen.lock().push(request);
        // What a network keeps on its way is no more than this.
        let (ours, theirs) = tokio::io::duplex(1024);
        self.sockets.send(theirs).expect("the test goes on");
        let protocol = self.protocol.to_owned();
        let headers: Headers = [
            ("upgrade", "websocket".to_owned()),
            ("sec-websocket-accept", accept),
            ("sec-websocket-protocol", protocol),
        ]
        .into_iter()
        .collect();
        async move { Ok(Response::switched(headers, Connection::new(ours))) }.boxed()
    }
}

impl Sides {
    pub(crate) async fn next(&mut self) -> Side {
        let socket = self.0.recv().await.expect("a connection was opened");
        Side(WebSocketStream::from_raw_socket(socket, Role::Server, None).await)
    }
}

impl Side {
    pub(crate) async fn say(&mut self, message: &[u8]) {
        self.0.send(Message::binary(message.to_vec())).await.expect("the client listens");
    }

    /// The next message that is no ping.
    pub(crate) async fn hear(&mut self) -> Vec<u8> {
        loop {
            match self.0.next().await.expect("the client goes on").expect("it speaks WebSocket") {
                Message::Ping(_) => {}
                Message::Binary(message) => return message.into(),
                other => panic!("the client said {other:?}"),
            }
        }
    }
}
