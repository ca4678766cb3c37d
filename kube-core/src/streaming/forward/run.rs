//! Carries the bytes of a tunnel's connections over its WebSocket, until it is lost or nobody holds it.

use std::sync::Arc;
use std::sync::OnceLock;

use bytes::Bytes;
use futures::StreamExt as _;
use kube_spdy as spdy;
use kube_spdy::Frame;
use kube_spdy::Reader;
use kube_spdy::Writer;
use parking_lot::Mutex;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Asked;
use super::StreamingError;
use super::table;
use super::table::Connection;
use super::table::Purpose;
use super::table::Table;
use super::table::Waiting;
use crate::streaming::limits::StreamLimits;
use crate::streaming::websocket;
use crate::streaming::websocket::Listener;
use crate::streaming::websocket::Socket;
use crate::streaming::websocket::Words;

/// As client-go: so many bytes go into one frame.
const PIECE: usize = 32 << 10;
/// So many frames with bytes wait for the WebSocket.
const WAITING: usize = 4;
/// So many frames without bytes wait for it; the other side makes us say no more than a few for each connection.
const CONTROL: usize = 4096;

/// What all parts of a tunnel know.
struct Shared {
    table: Mutex<Table>,
    /// One task for each connection, which carries its bytes to the Pod.
    uploads: Mutex<JoinSet<()>>,
    control: mpsc::Sender<Vec<u8>>,
    bytes: mpsc::Sender<Vec<u8>>,
    limits: StreamLimits,
}

/// What is said to the other side.
struct Said {
    shared: Arc<Shared>,
    writer: Writer,
    asked: Option<mpsc::Receiver<Asked>>,
    control: mpsc::Receiver<Vec<u8>>,
    bytes: mpsc::Receiver<Vec<u8>>,
}

/// Runs the tunnel.
pub(super) async fn run(
    socket: Socket,
    asked: mpsc::Receiver<Asked>,
    limits: StreamLimits,
    ended: Arc<OnceLock<Arc<StreamingError>>>,
) {
    let (control, control_said) = mpsc::channel(CONTROL);
    let (bytes, bytes_said) = mpsc::channel(WAITING);
    let (table, uploads) = (Mutex::default(), Mutex::default());
    let shared = Arc::new(Shared { table, uploads, control, bytes, limits });
    let (mut sink, mut stream) = socket.stream.split();
    let mut said = Said {
        shared: Arc::clone(&shared),
        writer: Writer::new(),
        asked: Some(asked),
        control: control_said,
        bytes: bytes_said,
    };
    let heard = tokio::select! {
        heard = hear(&mut stream, &shared) => heard,
        () = async {
            websocket::speak(&mut sink, &limits, &mut said).await;
            // Why nothing can be said any more is heard.
            std::future::pending().await
        } => unreachable!("it has no end"),
    };
    if let Err(error) = heard {
        // Before the connections end, so that they can say why.
        let _ = ended.set(Arc::new(error));
    }
}

async fn hear(stream: &mut Listener, shared: &Arc<Shared>) -> Result<(), StreamingError> {
    let mut reader = Reader::new();
    while let Some(message) = websocket::hear(stream, &shared.limits).await? {
        reader.push(&message);
        while let Some(frame) = reader.next().map_err(|wrong| StreamingError::Unknown(wrong.0))? {
            shared.heard(frame).await?;
        }
    }
    Ok(())
}

impl Shared {
    async fn heard(self: &Arc<Self>, frame: Frame) -> Result<(), StreamingError> {
        match frame {
            Frame::Reply { id, fin } => {
                let (key, purpose) = table::of(id);
                if self.table.lock().replied(key) {
                    self.open(key)?;
                }
                if fin {
                    self.table.lock().ended(key, purpose);
                }
            }
            Frame::Data { id, bytes, fin } => {
                let (key, purpose) = table::of(id);
                match purpose {
                    Purpose::Error => self.table.lock().told(key, &bytes),
                    Purpose::Bytes => self.deliver(key, &bytes).await?,
                }
                if fin {
                    self.table.lock().ended(key, purpose);
                }
            }
            Frame::Reset { id } => self.table.lock().reset(table::of(id).0),
            Frame::Ping(id) => self.answer(spdy::pong(id))?,
            // Nothing is asked of a client.
            Frame::Opened { id, .. } => self.answer(spdy::refuse(id))?,
            Frame::GoAway | Frame::Other => {}
        }
        Ok(())
    }

    /// Says something small without waiting: who waits for the other side to listen must not stop listening.
    fn answer(&self, frame: Vec<u8>) -> Result<(), StreamingError> {
        let full = |_| StreamingError::Unknown("more requests than can be answered");
        self.control.try_send(frame).map_err(full)
    }

    /// Both streams are taken: only from now on the other side reads what is sent.
    fn open(self: &Arc<Self>, key: u32) -> Result<(), StreamingError> {
        let (error, bytes) = table::streams(key);
        // Nothing is ever said of errors from here.
        self.answer(spdy::data(error, b"", true))?;
        let mut table = self.table.lock();
        let Some(connection) = table.of(key) else { return Ok(()) };
        let Some(waiting) = connection.waiting.take() else { return Ok(()) };
        let Waiting { opened, ends, writer } = waiting;
        if opened.send(Ok(ends)).is_err() {
            table.remove(key);
            return self.answer(spdy::cancel(bytes));
        }
        let mut uploads = self.uploads.lock();
        while uploads.try_join_next().is_some() {}
        connection.upload = Some(uploads.spawn(upload(bytes, writer, self.bytes.clone())));
        Ok(())
    }

    /// Waits until the connection's reader has room; one that is gone has the connection given up.
    async fn deliver(&self, key: u32, bytes: &[u8]) -> Result<(), StreamingError> {
        let reader = self.table.lock().of(key).and_then(|connection| connection.reader.take());
        let Some(mut reader) = reader else { return Ok(()) };
        let taken = reader.write_all(bytes).await.is_ok();
        let mut table = self.table.lock();
        if taken {
            if let Some(connection) = table.of(key) {
                connection.reader = Some(reader);
            }
            return Ok(());
        }
        table.remove(key);
        self.answer(spdy::cancel(table::streams(key).1))
    }
}

/// Carries what is written to a connection. It keeps nothing of what the tunnel holds, which ends with the tunnel.
async fn upload(stream: u32, mut writer: DuplexStream, said: mpsc::Sender<Vec<u8>>) {
    let mut piece = vec![0; PIECE];
    loop {
        // A pipe within this process does not fail.
        let length = writer.read(&mut piece).await.unwrap_or(0);
        let frame = spdy::data(stream, &piece[..length], length == 0);
        if said.send(frame).await.is_err() || length == 0 {
            return;
        }
    }
}

impl Words for Said {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let asked = async {
                match &mut self.asked {
                    Some(asked) => asked.recv().await,
                    None => std::future::pending().await,
                }
            };
            let frame = tokio::select! {
                biased;
                frame = self.control.recv() => frame,
                asked = asked => match asked {
                    Some(asked) => self.opening(asked),
                    None => {
                        self.asked = None;
                        None
                    }
                },
                frame = self.bytes.recv() => frame,
            };
            if let Some(frame) = frame {
                return Some(frame.into());
            }
        }
    }
}

impl Said {
    /// Asks for both streams of a connection.
    fn opening(&mut self, asked: Asked) -> Option<Vec<u8>> {
        let Asked { port, opened } = asked;
        let mut table = self.shared.table.lock();
        let limits = &self.shared.limits;
        let refused = if table.len() >= limits.connections {
            Err(StreamingError::Connections(limits.connections))
        } else {
            table.key().ok_or(StreamingError::TunnelEnded)
        };
        let key = match refused {
            Ok(key) => key,
            Err(error) => {
                // Who asked may be gone.
                let _ = opened.send(Err(error));
                return None;
            }
        };
        table.insert(key, Connection::asked(opened, limits.buffer));
        let (error, bytes) = table::streams(key);
        let (port, request) = (port.to_string(), key.to_string());
        let headers = |kind| [("streamtype", kind), ("port", &*port), ("requestid", &*request)];
        let mut frames = self.writer.open(error, &headers("error"));
        frames.extend(self.writer.open(bytes, &headers("data")));
        Some(frames)
    }
}
