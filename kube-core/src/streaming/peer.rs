//! The other side of a test: a server that switches to WebSocket, and what is said and heard there.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::SinkExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use kube_spdy::Frame;
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

/// A Pod's node at the other end of a tunnel.
pub(crate) struct Node {
    pub(crate) side: Side,
    reader: kube_spdy::Reader,
    writer: kube_spdy::Writer,
}

impl Node {
    pub(crate) fn new(side: Side) -> Self {
        Self { side, reader: kube_spdy::Reader::new(), writer: kube_spdy::Writer::new() }
    }

    /// The next thing that the client says, in words.
    pub(crate) async fn hear(&mut self) -> String {
        loop {
            match self.reader.next().expect("the client speaks SPDY") {
                Some(Frame::Opened { id, headers, .. }) => {
                    let value = |name: &str| {
                        headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
                    };
                    let [kind, port] = ["streamtype", "port"].map(|name| value(name).unwrap());
                    return format!("{id} opens {kind} {port} of {}", value("requestid").unwrap());
                }
                Some(Frame::Data { id, bytes, fin }) => {
                    let end = if fin { " end" } else { "" };
                    return format!("{id} {}{end}", String::from_utf8_lossy(&bytes));
                }
                Some(other) => return format!("{other:?}"),
                None => {}
            }
            let message = self.side.hear().await;
            self.reader.push(&message);
        }
    }

    /// Takes a stream.
    pub(crate) async fn reply(&mut self, id: u32) {
        let frame = self.writer.reply(id);
        self.side.say(&frame).await;
    }

    /// Opens a stream, which servers never do.
    pub(crate) async fn open(&mut self, id: u32) {
        let frame = self.writer.open(id, &[]);
        self.side.say(&frame).await;
    }

    pub(crate) async fn say(&mut self, id: u32, bytes: &[u8], fin: bool) {
        self.side.say(&kube_spdy::data(id, bytes, fin)).await;
    }

    pub(crate) async fn reset(&mut self, id: u32) {
        self.side.say(&kube_spdy::cancel(id)).await;
    }

    pub(crate) async fn ping(&mut self, id: u32) {
        self.side.say(&kube_spdy::pong(id)).await;
    }

    /// Waits for a connection to be asked for and takes both of its streams.
    pub(crate) async fn accept(&mut self) -> (String, String) {
        let asked = (self.hear().await, self.hear().await);
        for stream in [&asked.0, &asked.1] {
            let id = stream.split(' ').next().and_then(|id| id.parse().ok());
            self.reply(id.expect("a stream is opened")).await;
        }
        asked
    }
}
