//! A process in a container and its client: what the client wants in; its input, the process's output and its end carried between them out.

use super::channels::{self, Heard};
use super::conversation::{Carrier, Conversation};
use super::websocket;
use super::{Refusal, Switch};
use crate::container::{self, Container, Containers, Outside};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{SplitSink, SplitStream};
use futures::{FutureExt, SinkExt, StreamExt};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// So many bytes go into one message.
const PIECE: usize = 32 << 10;

/// The exit code of what is killed with its container.
const KILLED: i32 = 137;

type Speaker = SplitSink<WebSocketStream<Carrier>, Message>;

/// What a client wants of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The name of the container; empty: the only one.
    pub(crate) container: String,
    pub(crate) command: Vec<String>,
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    pub(crate) terminal: bool,
}

impl Wanted {
    /// Whether there is anything to do.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.stdin || self.stdout || self.stderr {
            return Ok(());
        }
        Err(Refusal::new(400, "you must specify at least 1 of stdin, stdout, stderr"))
    }
}

type Exit = BoxFuture<'static, io::Result<i32>>;

/// A new process.
pub(crate) fn exec(
    containers: Arc<dyn Containers>,
    container: Container,
    wanted: Wanted,
    switch: &Switch,
    refused: Option<Refusal>,
    over: impl Future<Output = ()> + Send + 'static,
) -> Conversation {
    let start = move |process| containers.exec(&container, process);
    conversation(start, wanted, switch.protocol, refused, over)
}

/// The process of the container.
pub(crate) fn attach(
    containers: Arc<dyn Containers>,
    container: Container,
    wanted: Wanted,
    switch: &Switch,
    refused: Option<Refusal>,
    over: impl Future<Output = ()> + Send + 'static,
) -> Conversation {
    let start = move |process| {
        let attached = containers.attach(&container, process);
        async move { attached.await.map(|()| 0) }.boxed()
    };
    conversation(start, wanted, switch.protocol, refused, over)
}

fn conversation(
    start: impl FnOnce(container::Process) -> Exit + Send + 'static,
    wanted: Wanted,
    protocol: &'static str,
    refused: Option<Refusal>,
    over: impl Future<Output = ()> + Send + 'static,
) -> Conversation {
    Conversation::new(async move |carrier| {
        let (mut speaker, listener) = websocket::messages(carrier).await.split();
        // A genuine server says this first.
        if say(&mut speaker, channels::said(channels::STDOUT, b"")).await.is_err() {
            return;
        }
        let last = match refused {
            Some(refusal) => {
                channels::failed(&format!("unable to upgrade connection: {}", refusal.text))
            }
            None => {
                let (process, outside) =
                    container::process(wanted.command.clone(), wanted.terminal);
                let exit = start(process);
                let exit = async move {
                    tokio::select! {
                        exit = exit => exit,
                        () = over => Ok(KILLED),
                    }
                };
                match hold(exit.boxed(), outside, &wanted, &mut speaker, listener).await {
                    Some(exit) => channels::ended(&wanted.command, &exit, protocol),
                    None => return,
                }
            }
        };
        // Who has gone is told nothing.
        let _ = say(&mut speaker, last).await;
        let _ = speaker.send(Message::Close(Some(websocket::over()))).await;
    })
}

type Said = Result<(), tokio_tungstenite::tungstenite::Error>;

async fn say(speaker: &mut Speaker, message: Bytes) -> Said {
    speaker.send(Message::Binary(message)).await
}

/// How the process ended, once all its output has left; `None`: the client has gone before.
async fn hold(
    exit: Exit,
    outside: Outside,
    wanted: &Wanted,
    speaker: &mut Speaker,
    listener: SplitStream<WebSocketStream<Carrier>>,
) -> Option<io::Result<i32>> {
    let Outside { stdin, stdout, stderr, size } = outside;
    let outputs = [
        (channels::STDOUT, wanted.stdout, stdout),
        (channels::STDERR, wanted.stderr && !wanted.terminal, stderr),
    ];
    tokio::select! {
        () = listen(listener, wanted.stdin.then_some(stdin), &size) => None,
        (exit, said) = async { tokio::join!(exit, speak(speaker, outputs)) } => said.ok().map(|()| exit),
    }
}

/// Takes what the client says, until it has gone.
async fn listen(
    mut listener: SplitStream<WebSocketStream<Carrier>>,
    mut stdin: Option<DuplexStream>,
    size: &tokio::sync::watch::Sender<Option<(u16, u16)>>,
) {
    while let Some(Ok(message)) = listener.next().await {
        let Message::Binary(message) = message else { continue };
        match channels::heard(message) {
            Heard::Input(bytes) => {
                let taken = match &mut stdin {
                    Some(stdin) => stdin.write_all(&bytes).await.is_ok(),
                    None => false,
                };
                if !taken {
                    stdin = None;
                }
            }
            Heard::InputEnded => stdin = None,
            Heard::Resized(width, height) => {
                size.send_replace(Some((width, height)));
            }
            Heard::Nothing => {}
        }
    }
}

/// Says what the process writes, until both outputs have ended.
async fn speak(speaker: &mut Speaker, outputs: [(u8, bool, DuplexStream); 2]) -> Said {
    let [(first, first_wanted, mut stdout), (second, second_wanted, mut stderr)] = outputs;
    let (mut out, mut errors) = (vec![0; PIECE], vec![0; PIECE]);
    let (mut out_ended, mut errors_ended) = (false, false);
    while !(out_ended && errors_ended) {
        // A pipe within this process does not fail.
        let (channel, wanted, bytes) = tokio::select! {
            length = stdout.read(&mut out), if !out_ended => {
                let length = length.unwrap_or(0);
                out_ended = length == 0;
                (first, first_wanted, &out[..length])
            }
            length = stderr.read(&mut errors), if !errors_ended => {
                let length = length.unwrap_or(0);
                errors_ended = length == 0;
                (second, second_wanted, &errors[..length])
            }
        };
        if wanted && !bytes.is_empty() {
            say(speaker, channels::said(channel, bytes)).await?;
        }
    }
    Ok(())
}
