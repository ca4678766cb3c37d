//! A process in a container: its input, outputs, terminal and end, over one WebSocket.
//!
//! Promises:
//! - No more than a buffer of bytes is kept in each direction: a slow reader makes the process wait, a process that does not
//!   read makes the writer wait.
//! - An output that nobody holds is thrown away, and holds up nothing.
//! - The process's exit code is a value; an error means that it is not known how it ended, or that it did not run.
//!
//! Mirrors: client-go tools/remotecommand
//! Differs: a reader that is slow stops no ping; an exit code is no error.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use futures::StreamExt as _;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;
use tokio::io::ReadBuf;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::channels;
use super::channels::Said;
use super::error::StreamingError;
use super::exit::Exit;
use super::limits::StreamLimits;
use super::websocket;
use super::websocket::Listener;
use super::websocket::Socket;
use super::websocket::Words;
use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::request::ProcessOptions;
use crate::request::Request;
use crate::request::Target;

/// The most bytes of the server's account of how a process ended.
const STATUS: usize = 1 << 20;
/// So many sizes of the terminal wait to be sent.
const SIZES: usize = 8;
/// The most bytes of an output that [`Process::output`] keeps, if nobody says otherwise.
const OUTPUT: usize = 16 << 20;

/// A process in a container. Dropping it ends the connection; what was read of its outputs before can still be had.
pub struct Process {
    /// Ends the connection when it is dropped.
    session: JoinSet<Result<Exit>>,
    exit: Option<Exit>,
    protocol: &'static str,
    failed: String,
    stdin: Option<ProcessInput>,
    stdout: Option<ProcessOutput>,
    stderr: Option<ProcessOutput>,
    terminal: Option<Terminal>,
}

/// What a process reads. Shutting it down, or dropping it, tells the process that its input has ended.
pub struct ProcessInput {
    bytes: DuplexStream,
    half_close: bool,
}

/// What a process writes. It ends when the process does, and when the connection is lost: [`Process::wait`] tells which.
pub struct ProcessOutput(DuplexStream);

/// The terminal of a process.
#[derive(Clone, Debug)]
pub struct Terminal(mpsc::Sender<(u16, u16)>);

/// Everything that a process wrote, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// Its output; that of a terminal has the errors in it too.
    pub stdout: Bytes,
    /// Its error output.
    pub stderr: Bytes,
}

/// The other ends of what the process's owner holds.
struct Ends {
    stdin: Option<DuplexStream>,
    stdout: Option<DuplexStream>,
    stderr: Option<DuplexStream>,
    sizes: Option<mpsc::Receiver<(u16, u16)>>,
}

/// Opens the connection that the request asks for.
pub(crate) async fn open(
    client: &Client,
    target: &Target,
    request: Request,
    options: &ProcessOptions,
    limits: StreamLimits,
) -> Result<Process> {
    let failed = request.failed();
    let socket = websocket::open(client, target, request, channels::OFFERED, &limits).await?;
    let protocol = socket.protocol;
    let pipe = |wanted: bool| {
        wanted
            .then(|| tokio::io::duplex(limits.buffer))
            .map_or((None, None), |(a, b)| (Some(a), Some(b)))
    };
    let (stdin, stdin_end) = pipe(options.stdin);
    let (stdout, stdout_end) = pipe(options.stdout);
    let (stderr, stderr_end) = pipe(options.stderr && !options.tty);
    let (terminal, sizes) = mpsc::channel(SIZES);
    let ends = Ends {
        stdin: stdin_end,
        stdout: stdout_end,
        stderr: stderr_end,
        sizes: options.tty.then_some(sizes),
    };
    let mut session = JoinSet::new();
    session.spawn(run(socket, ends, limits, failed.clone()));
    let half_close = channels::can_half_close(protocol);
    Ok(Process {
        session,
        exit: None,
        protocol,
        failed,
        stdin: stdin.map(|bytes| ProcessInput { bytes, half_close }),
        stdout: stdout.map(ProcessOutput),
        stderr: stderr.map(ProcessOutput),
        terminal: options.tty.then_some(Terminal(terminal)),
    })
}

/// Carries bytes between the socket and the ends until the process has ended.
async fn run(socket: Socket, ends: Ends, limits: StreamLimits, failed: String) -> Result<Exit> {
    let half_close = channels::can_half_close(socket.protocol);
    let Ends { stdin, stdout, stderr, sizes } = ends;
    let (mut sink, mut stream) = socket.stream.split();
    let mut said = Input { stdin, sizes, half_close, piece: vec![0; channels::PIECE].into() };
    let heard = tokio::select! {
        heard = hear(&mut stream, stdout, stderr, &limits) => heard,
        () = async {
            websocket::speak(&mut sink, &limits, &mut said).await;
            // Why nothing can be said any more is heard.
            std::future::pending().await
        } => unreachable!("it has no end"),
    };
    let told = heard.map_err(|error| Error::from(error).context(failed.clone()))?;
    if told.is_empty() {
        return Err(Error::from(StreamingError::NoStatus).context(failed));
    }
    channels::exit(&told, &failed)
}

/// What is said to the server: the input, and sizes of the terminal.
struct Input {
    stdin: Option<DuplexStream>,
    sizes: Option<mpsc::Receiver<(u16, u16)>>,
    half_close: bool,
    piece: Box<[u8]>,
}

impl Words for Input {
    async fn next(&mut self) -> Option<Bytes> {
        while self.stdin.is_some() || self.sizes.is_some() {
            let read = async {
                match &mut self.stdin {
                    // A pipe within this process does not fail.
                    Some(stdin) => stdin.read(&mut self.piece).await.unwrap_or(0),
                    None => std::future::pending().await,
                }
            };
            let size = async {
                match &mut self.sizes {
                    Some(sizes) => sizes.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                size = size => match size {
                    Some((width, height)) => return Some(channels::resized(width, height)),
                    None => self.sizes = None,
                },
                length = read => {
                    if length > 0 {
                        return Some(channels::input(&self.piece[..length]));
                    }
                    self.stdin = None;
                    if self.half_close {
                        return Some(channels::input_ended());
                    }
                }
            }
        }
        None
    }
}

/// Hands what the process writes to who reads it; at the end, what the server told of how it ended.
async fn hear(
    stream: &mut Listener,
    mut stdout: Option<DuplexStream>,
    mut stderr: Option<DuplexStream>,
    limits: &StreamLimits,
) -> Result<Vec<u8>, StreamingError> {
    let mut told = Vec::new();
    while let Some(message) = websocket::hear(stream, limits).await? {
        match channels::said(message) {
            Said::Stdout(piece) => hand(&mut stdout, &piece).await,
            Said::Stderr(piece) => hand(&mut stderr, &piece).await,
            Said::StdoutEnded => stdout = None,
            Said::StderrEnded => stderr = None,
            Said::Status(piece) if told.len() + piece.len() > STATUS => {
                return Err(StreamingError::Unknown("a status without an end"));
            }
            Said::Status(piece) => told.extend_from_slice(&piece),
            Said::Nothing => {}
        }
    }
    Ok(told)
}

/// Waits until the reader has room; nothing is kept for a reader that is gone.
async fn hand(reader: &mut Option<DuplexStream>, piece: &[u8]) {
    if let Some(open) = reader
        && open.write_all(piece).await.is_err()
    {
        *reader = None;
    }
}

impl Process {
    /// What the process reads, if that was asked for; the second time none.
    pub fn stdin(&mut self) -> Option<ProcessInput> {
        self.stdin.take()
    }

    /// What the process writes, if that was asked for; the second time none.
    pub fn stdout(&mut self) -> Option<ProcessOutput> {
        self.stdout.take()
    }

    /// What the process writes as errors, if that was asked for and it has no terminal; the second time none.
    pub fn stderr(&mut self) -> Option<ProcessOutput> {
        self.stderr.take()
    }

    /// Its terminal, if it has one.
    #[must_use]
    pub fn terminal(&self) -> Option<Terminal> {
        self.terminal.clone()
    }

    /// The protocol that the server chose: `v5.channel.k8s.io` or `v4.channel.k8s.io`.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.protocol
    }

    /// Waits for its end. An input and outputs that were not taken are closed, so that they hold up nothing.
    ///
    /// # Errors
    /// The process did not run, or the connection was lost before it ended.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing but the input and outputs that were not taken.
    pub async fn wait(&mut self) -> Result<Exit> {
        (self.stdin, self.stdout, self.stderr) = (None, None, None);
        if let Some(exit) = self.exit {
            return Ok(exit);
        }
        let exit = match self.session.join_next().await {
            Some(Ok(exit)) => exit?,
            Some(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
            None => {
                return Err(Error::from(StreamingError::Told).context(self.failed.clone()));
            }
        };
        self.exit = Some(exit);
        Ok(exit)
    }

    /// Reads everything that it writes, 16 MiB of each output at most, and waits for its end.
    ///
    /// # Errors
    /// As for [`wait`](Self::wait); or it writes more, and the connection is given up.
    ///
    /// # Cancel safety
    /// Dropping the future ends the connection.
    pub async fn output(self) -> Result<Finished> {
        self.output_within(OUTPUT).await
    }

    /// As [`output`](Self::output), with so many bytes of each output at most.
    ///
    /// # Errors
    /// As for [`output`](Self::output).
    ///
    /// # Cancel safety
    /// Dropping the future ends the connection.
    pub async fn output_within(mut self, limit: usize) -> Result<Finished> {
        let failed = self.failed.clone();
        let (stdout, stderr) = (self.stdout(), self.stderr());
        self.stdin = None;
        let read = async |output: Option<ProcessOutput>| {
            let mut whole = Vec::new();
            let Some(output) = output else { return Ok(Bytes::new()) };
            let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
            // A pipe within this process does not fail.
            let _ = output.take(most).read_to_end(&mut whole).await;
            match whole.len() > limit {
                true => Err(Error::from(StreamingError::TooMuch { limit }).context(&*failed)),
                false => Ok(Bytes::from(whole)),
            }
        };
        let read = async { futures::future::try_join(read(stdout), read(stderr)).await };
        let (stdout, stderr) = read.await?;
        Ok(Finished { exit: self.wait().await?, stdout, stderr })
    }
}

impl Terminal {
    /// Tells the process the size of its terminal in characters.
    ///
    /// # Errors
    /// The process has ended, which is nothing to worry about.
    ///
    /// # Cancel safety
    /// Dropping the future tells nothing.
    pub async fn resize(&self, width: u16, height: u16) -> io::Result<()> {
        let ended = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the process has ended");
        self.0.send((width, height)).await.map_err(ended)
    }
}

impl AsyncWrite for ProcessInput {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(cx)
    }

    /// An error with `v4.channel.k8s.io`, which cannot tell the end of an input: end the process otherwise.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.half_close {
            let why = "the server speaks `v4.channel.k8s.io`, which cannot tell a process that its input has ended";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::Unsupported, why)));
        }
        Pin::new(&mut self.bytes).poll_shutdown(cx)
    }
}

impl AsyncRead for ProcessOutput {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("protocol", &self.protocol)
            .field("exit", &self.exit)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ProcessInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProcessInput { .. }")
    }
}

impl fmt::Debug for ProcessOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProcessOutput { .. }")
    }
}
