//! A process of a container at a person's terminal or between pipes: what is typed goes there, what it writes is printed, its exit code is ours.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/exec/exec.go

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube_core::Error;
use kube_core::api::OpenProcess;
use kube_core::api::PodApi;
use kube_core::streaming::Exit;
use kube_core::streaming::Process;
use kube_core::streaming::ProcessInput;
use kube_core::streaming::ProcessOutput;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

use super::Ground;
use super::console::Console;
use super::console::Input;
use super::containers::Choice;
use super::failure::Failure;
use super::pods::Found;
use super::pods::Purpose;
use super::terminal::Raw;

/// So many bytes are read at once.
const PIECE: usize = 32 << 10;

/// Which process it is about, and how it is joined.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// The Pod, or what has Pods: `web`, `deploy/web`, `svc/web`.
    #[arg(value_name = "POD | TYPE/NAME")]
    pub what: Vec<String>,
    /// The container; the Pod's default, else its first, if not said.
    #[arg(long, short)]
    pub container: Option<String>,
    #[command(flatten)]
    pub streams: Streams,
    /// How long is waited for a Pod if there is none, as `30s`.
    #[arg(long, value_name = "TIME", value_parser = kube_core::config::go_duration, default_value = "60s")]
    pod_running_timeout: Duration,
}

/// How a process and the person before it are to be joined.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Streams {
    /// Sends it what is typed, or comes through a pipe.
    #[arg(long, short = 'i')]
    pub stdin: bool,
    /// Gives it this terminal.
    #[arg(long, short = 't')]
    pub tty: bool,
    /// Prints what it writes and nothing else.
    #[arg(long, short = 'q')]
    pub quiet: bool,
}

/// What a person sends: through a pipe, or at a raw terminal.
pub struct Typed {
    input: Option<Input>,
    raw: Option<Raw>,
}

impl Place {
    /// The Pod that was found, once it runs, and the way to its processes; `doing` what there is what an error says.
    pub async fn running(
        &self,
        ground: &Ground,
        console: &mut Console,
        found: &Found,
        doing: &str,
    ) -> Result<(Pod, PodApi), Failure> {
        let within = self.pod_running_timeout;
        let (pod, _) = found.pod(ground, console, Purpose::Attach, within).await?;
        let api = running(ground, &pod, doing)?;
        Ok((pod, api))
    }
}

impl Streams {
    /// Tells of the choice of a container, if anything is to be told.
    pub fn tell(self, console: &mut Console, choice: &Choice) {
        for notice in choice.notices.iter().filter(|_| !self.quiet) {
            console.warn(notice);
        }
    }

    /// Takes the input, and the terminal if it is one.
    pub fn typed(self, console: &mut Console) -> Result<Typed, Failure> {
        if !self.stdin {
            return Ok(Typed { input: None, raw: None });
        }
        let terminal = if self.tty { console.terminal() } else { None };
        if self.tty && terminal.is_none() && !self.quiet {
            console.warn("Unable to use a TTY - input is not a terminal or the right kind of file");
        }
        let typed = match terminal {
            None => console.input().map(|input| Typed { input: Some(input), raw: None }),
            Some(terminal) => terminal
                .raw()
                .and_then(|raw| Ok(Typed { input: Some(Box::pin(raw.keys()?)), raw: Some(raw) })),
        };
        typed.map_err(|error| Failure::said(format!("failed to read the input: {error}")))
    }
}

impl Typed {
    /// Whether the process gets the terminal.
    pub fn is_raw(&self) -> bool {
        self.raw.is_some()
    }

    /// Runs what was opened until it ends, as its exit code says.
    pub async fn run(self, open: OpenProcess, console: &mut Console) -> Result<(), Failure> {
        let open = open.stdin(self.input.is_some()).tty(self.is_raw());
        let mut process = open.await?;
        // Before anything is printed, the terminal is as it was.
        let exit = self.carried(&mut process, console).await?;
        match exit.code() {
            0 => Ok(()),
            code => {
                console.warn(&format!("command terminated with exit code {code}"));
                Err(Failure::Code(code))
            }
        }
    }

    async fn carried(self, process: &mut Process, console: &mut Console) -> Result<Exit, Failure> {
        let (input, stdin) = (self.input, process.stdin());
        let typing = async {
            typing(input, stdin).await;
            std::future::pending().await
        };
        tokio::select! {
            exit = heard(process, self.raw, console) => exit,
            () = typing => unreachable!("it has no end"),
        }
    }
}

/// Sends all of the input, and its end.
async fn typing(input: Option<Input>, process: Option<ProcessInput>) {
    if let (Some(mut input), Some(mut process)) = (input, process) {
        // A process may end before its input does, and an older server knows no end of an input.
        _ = tokio::io::copy(&mut input, &mut process).await;
        _ = process.shutdown().await;
    }
}

/// Prints what it writes, until it ends; a raw terminal tells it its size.
async fn heard(
    process: &mut Process,
    mut raw: Option<Raw>,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let terminal = process.terminal();
    let (mut out, mut err) = (process.stdout(), process.stderr());
    let (mut out_piece, mut err_piece) = (vec![0; PIECE], vec![0; PIECE]);
    let mut size = raw.as_ref().and_then(Raw::size);
    while out.is_some() || err.is_some() {
        if let (Some(terminal), Some((width, height))) = (&terminal, size.take()) {
            // A process that has ended needs no size.
            _ = terminal.resize(width, height).await;
        }
        tokio::select! {
            length = next(&mut out, &mut out_piece) => console.bytes(&out_piece[..length])?,
            length = next(&mut err, &mut err_piece) => console.err_bytes(&err_piece[..length]),
            resized = resized(&mut raw) => size = resized,
        }
    }
    process.wait().await.map_err(told)
}

/// What a server says of a process that did not run, without a word of the request.
fn told(error: Error) -> Failure {
    match error.status() {
        Some(status) => Failure::Said(status.message.clone()),
        None => error.into(),
    }
}

/// Reads what it writes; at the end it is no output any more.
async fn next(output: &mut Option<ProcessOutput>, piece: &mut [u8]) -> usize {
    let Some(open) = output else { return std::future::pending().await };
    // A pipe within this process does not fail.
    let length = open.read(piece).await.unwrap_or(0);
    if length == 0 {
        *output = None;
    }
    length
}

async fn resized(raw: &mut Option<Raw>) -> Option<(u16, u16)> {
    match raw {
        Some(raw) => raw.resized().await,
        None => std::future::pending().await,
    }
}

/// The Pod, if a process can be in it.
pub fn running(ground: &Ground, pod: &Pod, what: &str) -> Result<PodApi, Failure> {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::said(format!(
            "cannot {what} a container in a completed pod; current phase is {phase}"
        )));
    }
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    Ok(ground.client.namespace(ground.namespace.as_str()).pod(name))
}
