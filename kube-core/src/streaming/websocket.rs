//! Opening a WebSocket to a container: a request and protocols in, a connection that speaks one of them out.
//!
//! The connection is made by the transport as every other: the same TLS, proxies and credentials.

use bytes::Bytes;
use futures::SinkExt as _;
use futures::StreamExt as _;
use futures::stream::SplitSink;
use futures::stream::SplitStream;
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::error::StreamingError;
use super::limits::StreamLimits;
use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::request::Request;
use crate::request::Target;
use crate::status::excerpt;
use crate::transport::Connection;
use crate::transport::Response;
use crate::transport::error::Reason;

/// A WebSocket, and which of the offered protocols it speaks.
pub(super) struct Socket {
    pub(super) stream: WebSocketStream<Connection>,
    pub(super) protocol: &'static str,
}

/// What the server says.
pub(super) type Listener = SplitStream<WebSocketStream<Connection>>;

/// What is said to the server.
pub(super) type Speaker = SplitSink<WebSocketStream<Connection>, Message>;

/// Opens a WebSocket. The request is sent once only: it may have begun what it asks for.
pub(super) async fn open(
    client: &Client,
    target: &Target,
    request: Request,
    offered: &'static [&'static str],
    limits: &StreamLimits,
) -> Result<Socket> {
    let failed = request.failed();
    let key = generate_key();
    let request = request
        .header("connection", "Upgrade")?
        .header("upgrade", "websocket")?
        .header("sec-websocket-version", "13")?
        .header("sec-websocket-key", &*key)?
        .header("sec-websocket-protocol", offered.join(", "))?;
    let response = client.open(target, request, false).await?;
    let (connection, protocol) =
        switched(response, &key, offered).map_err(|error| Error::from(error).context(failed))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(16 << 10)
        // Whatever is written is written at once: a person may sit at the other end.
        .write_buffer_size(0)
        .max_message_size(Some(limits.message))
        .max_frame_size(Some(limits.message));
    let stream = WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await;
    Ok(Socket { stream, protocol })
}

fn switched(
    response: Response,
    key: &str,
    offered: &'static [&'static str],
) -> Result<(Connection, &'static str), StreamingError> {
    let header = |name: &str| response.headers.get(name).unwrap_or_default().to_owned();
    let (upgrade, accept) = (header("upgrade"), header("sec-websocket-accept"));
    let chosen = header("sec-websocket-protocol");
    let Some(connection) = response.connection else {
        return Err(StreamingError::NotSwitched { status: response.status });
    };
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return Err(StreamingError::Handshake { header: "upgrade" });
    }
    if accept != derive_accept_key(key.as_bytes()) {
        return Err(StreamingError::Handshake { header: "sec-websocket-accept" });
    }
    let protocol = offered.iter().find(|protocol| **protocol == chosen);
    let protocol = protocol.ok_or_else(|| StreamingError::Protocol {
        chosen: excerpt(chosen.as_bytes(), 64),
        offered: offered.join(", "),
    })?;
    Ok((connection, protocol))
}

/// The next message with something in it; `None` when the server ended the connection in order.
///
/// Only the time in which we listen counts as silence: the server is not to blame for a reader of ours that is slow.
pub(super) async fn hear(
    stream: &mut Listener,
    limits: &StreamLimits,
) -> Result<Option<Bytes>, StreamingError> {
    loop {
        let heard = tokio::time::timeout(limits.silence, stream.next()).await;
        let message = match heard.map_err(|_| StreamingError::Silent(limits.silence))? {
            None
            | Some(Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed)) =>
            {
                return Ok(None);
            }
            Some(Err(error)) => return Err(StreamingError::Lost { source: Reason::of(&error) }),
            Some(Ok(message)) => message,
        };
        match message {
            Message::Binary(message) => return Ok(Some(message)),
            Message::Text(_) => return Err(StreamingError::Unknown("a message of text")),
            Message::Close(None) => return Ok(None),
            Message::Close(Some(told)) if u16::from(told.code) == 1000 => return Ok(None),
            Message::Close(Some(told)) => {
                let reason = excerpt(told.reason.as_bytes(), 256);
                return Err(StreamingError::Closed { code: told.code.into(), reason });
            }
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// What is to be said to the server, one message after the other.
pub(super) trait Words: Send {
    /// The next message; `None` when nothing more will be said. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<Bytes>> + Send;
}

/// Sends these words, and pings in between, until there is nothing more to say; then only pings.
///
/// Returns when the connection takes nothing any more; whoever listens on it learns why.
pub(super) async fn speak(sink: &mut Speaker, limits: &StreamLimits, words: &mut impl Words) {
    let mut pings = tokio::time::interval(limits.ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first is due at once.
    pings.tick().await;
    let mut done = false;
    loop {
        let message = tokio::select! {
            said = words.next(), if !done => match said {
                Some(message) => Message::Binary(message),
                None => {
                    done = true;
                    continue;
                }
            },
            _ = pings.tick() => Message::Ping(Bytes::new()),
        };
        if sink.send(message).await.is_err() {
            return;
        }
    }
}
