//! A tunnel to the ports of a Pod: SPDY in, a connection for each pair of its streams out.
//!
//! Mirrors: kubernetes k8s.io/cri-streaming pkg/streaming/portforward/httpstream.go

use super::conversation::Conversation;
use super::pairs::{Opened, Pair, Pairs};
use super::pipe::{self, Ear};
use super::switch::Switch;
use crate::container::Containers;
use kube_spdy::{Frame, Reader, SpdyError, Writer};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, duplex, split};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// So many bytes go into one frame.
const PIECE: usize = 32 << 10;
/// The bytes that wait in each direction of a connection.
const WAITING: usize = 64 << 10;
/// So many frames wait for the client.
const FRAMES: usize = 64;

/// Whose ports they are.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) namespace: String,
    pub(crate) pod: String,
    pub(crate) uid: String,
}

struct Tunnel {
    containers: Arc<dyn Containers>,
    host: Host,
    writer: Writer,
    pairs: Pairs,
    /// One task for each connection; they end with the tunnel.
    connections: JoinSet<()>,
    said: mpsc::Sender<Vec<u8>>,
}

/// Holds a tunnel until the client goes, or until it is `over`.
pub(crate) fn forward(
    containers: Arc<dyn Containers>,
    host: Host,
    switch: &Switch,
    over: impl Future<Output = ()> + Send + 'static,
) -> Conversation {
    let wire = switch.wire.clone();
    Conversation::new(async move |carrier| {
        let (mut mouth, mut ear) = pipe::split(carrier, &wire).await;
        let (said, mut saying) = mpsc::channel(FRAMES);
        let (writer, pairs, connections) = (Writer::new(), Pairs::default(), JoinSet::new());
        let mut tunnel = Tunnel { containers, host, writer, pairs, connections, said };
        tokio::select! {
            heard = tunnel.listen(&mut ear) => {
                if let Err(error) = heard {
                    tracing::debug!(%error, "a tunnel to a Pod ended");
                }
            }
            () = async {
                while let Some(frame) = saying.recv().await {
                    if !mouth.say(frame).await {
                        return;
                    }
                }
            } => {}
            () = over => {}
        }
        mouth.end().await;
    })
}

impl Tunnel {
    async fn listen(&mut self, ear: &mut Ear) -> Result<(), SpdyError> {
        let mut reader = Reader::new();
        while let Some(bytes) = ear.hear().await {
            reader.push(&bytes);
            while let Some(frame) = reader.next()? {
                self.heard(frame).await;
            }
            while self.connections.try_join_next().is_some() {}
        }
        Ok(())
    }

    async fn heard(&mut self, frame: Frame) {
        match frame {
            Frame::Opened { id, headers, .. } => {
                let opened = self.pairs.opened(id, &headers);
                let answer = match opened {
                    Opened::Refused => kube_spdy::refuse(id),
                    Opened::Half | Opened::Whole(_) => self.writer.reply(id),
                };
                self.say(answer).await;
                if let Opened::Whole(pair) = opened {
                    self.connect(pair);
                }
            }
            Frame::Data { id, bytes, fin } => {
                // Nothing is expected on a stream for errors.
                let Some(writer) = self.pairs.writer(id) else { return };
                let taken = writer.write_all(&bytes).await.is_ok();
                if fin || !taken {
                    let _ = writer.shutdown().await;
                    self.pairs.ended(id);
                }
            }
            Frame::Reset { id } => self.pairs.reset(id),
            Frame::Ping(id) => self.say(kube_spdy::pong(id)).await,
            Frame::Reply { .. } | Frame::GoAway | Frame::Other => {}
        }
    }

    /// Who has gone is told nothing.
    async fn say(&self, frame: Vec<u8>) {
        let _ = self.said.send(frame).await;
    }

    fn connect(&mut self, pair: Pair) {
        let (near, far) = duplex(WAITING);
        let (read, write) = split(near);
        let Host { namespace, pod, uid } = self.host.clone();
        let serving = self.containers.connect(&namespace, &pod, pair.port, far);
        let said = self.said.clone();
        let carrying = self.connections.spawn(async move {
            let (served, ()) = tokio::join!(serving, upload(read, pair.bytes, &said));
            if let Err(error) = served {
                let port = pair.port;
                let text = format!("error forwarding port {port} to pod {pod}, uid {uid}: {error}");
                let _ = said.send(kube_spdy::data(pair.error, text.as_bytes(), false)).await;
            }
            let _ = said.send(kube_spdy::data(pair.error, b"", true)).await;
        });
        self.pairs.connected(pair, write, carrying);
    }
}

/// Carries what the container says to the client.
async fn upload(mut read: ReadHalf<DuplexStream>, stream: u32, said: &mpsc::Sender<Vec<u8>>) {
    let mut piece = vec![0; PIECE];
    loop {
        // A pipe within this process does not fail.
        let length = read.read(&mut piece).await.unwrap_or(0);
        let frame = kube_spdy::data(stream, &piece[..length], length == 0);
        if said.send(frame).await.is_err() || length == 0 {
            return;
        }
    }
}
