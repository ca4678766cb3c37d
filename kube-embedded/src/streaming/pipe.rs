//! A connection that carries SPDY: within a WebSocket, or by itself; bytes in, bytes out.

use super::conversation::Carrier;
use super::switch::Wire;
use super::websocket;
use bytes::{Bytes, BytesMut};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// The most bytes that are read at once.
const PIECE: usize = 32 << 10;

/// What the client says.
pub(super) enum Ear {
    WebSocket(SplitStream<WebSocketStream<Carrier>>),
    Plain(ReadHalf<Carrier>),
}

/// What is said to the client.
pub(super) enum Mouth {
    WebSocket(SplitSink<WebSocketStream<Carrier>, Message>),
    Plain(WriteHalf<Carrier>),
}

pub(super) async fn split(carrier: Carrier, wire: &Wire) -> (Mouth, Ear) {
    match wire {
        Wire::WebSocket { .. } => {
            let (sink, stream) = websocket::messages(carrier).await.split();
            (Mouth::WebSocket(sink), Ear::WebSocket(stream))
        }
        Wire::Spdy => {
            let (read, write) = tokio::io::split(carrier);
            (Mouth::Plain(write), Ear::Plain(read))
        }
    }
}

impl Ear {
    /// The next bytes; `None`: the client has gone.
    pub(super) async fn hear(&mut self) -> Option<Bytes> {
        match self {
            Self::WebSocket(stream) => loop {
                match stream.next().await? {
                    Ok(Message::Binary(bytes)) => return Some(bytes),
                    Ok(Message::Close(_)) | Err(_) => return None,
                    Ok(_) => {}
                }
            },
            Self::Plain(read) => {
                let mut bytes = BytesMut::with_capacity(PIECE);
                let length = read.read_buf(&mut bytes).await.ok()?;
                (length > 0).then(|| bytes.freeze())
            }
        }
    }
}

impl Mouth {
    /// Whether the client could be told.
    pub(super) async fn say(&mut self, bytes: Vec<u8>) -> bool {
        match self {
            Self::WebSocket(sink) => sink.send(Message::Binary(bytes.into())).await.is_ok(),
            Self::Plain(write) => {
                write.write_all(&bytes).await.is_ok() && write.flush().await.is_ok()
            }
        }
    }

    pub(super) async fn end(&mut self) {
        // Who has gone is told nothing.
        match self {
            Self::WebSocket(sink) => {
                let _ = sink.send(Message::Close(Some(websocket::over()))).await;
            }
            Self::Plain(write) => {
                let _ = write.shutdown().await;
            }
        }
    }
}
