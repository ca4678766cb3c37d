//! Containers that are this machine: commands run here, and the ports of a Pod are the loopback's.

use super::{Container, Containers, Process};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::io;
use std::process::Stdio;
use tokio::io::{AsyncWriteExt, DuplexStream, copy, copy_bidirectional, split};
use tokio::net::TcpStream;
use tokio::process::Command;

/// Every container is this machine: whoever may `exec` in a Pod of the server runs commands here, as the user that the server runs as, and whoever may
/// forward ports reaches those of `127.0.0.1`. For one's own machine, to try `kubectl exec`, `cp` and `port-forward`; there are no terminals.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisMachine;

impl Containers for ThisMachine {
    fn exec(
        &self,
        _container: &Container,
        process: Process,
    ) -> BoxFuture<'static, io::Result<i32>> {
        run(process).boxed()
    }

    fn connect(
        &self,
        _namespace: &str,
        _pod: &str,
        port: u16,
        connection: DuplexStream,
    ) -> BoxFuture<'static, io::Result<()>> {
        connect(port, connection).boxed()
    }
}

async fn run(process: Process) -> io::Result<i32> {
    let Process { command, stdin, mut stdout, mut stderr, .. } = process;
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no command"));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("exec: {program:?}: {error}")))?;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut input) = input {
            let (mut stdin, _) = split(stdin);
            // A program need not read what it is sent.
            let _ = copy(&mut stdin, &mut input).await;
            let _ = input.shutdown().await;
        }
    };
    let say = async {
        let (out, errors) = tokio::join!(
            async {
                match output {
                    Some(mut output) => copy(&mut output, &mut stdout).await,
                    None => Ok(0),
                }
            },
            async {
                match errors {
                    Some(mut errors) => copy(&mut errors, &mut stderr).await,
                    None => Ok(0),
                }
            }
        );
        out.and(errors)
    };
    let ended = async {
        say.await?;
        child.wait().await
    };
    let status = tokio::select! {
        ended = ended => ended?,
        never = async {
            feed.await;
            std::future::pending().await
        } => never,
    };
    // What a signal ended has no code; a shell says 128 and the signal.
    Ok(status.code().unwrap_or(128))
}

async fn connect(port: u16, mut connection: DuplexStream) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("dial tcp4 127.0.0.1:{port}: connect: {error}"))
    })?;
    copy_bidirectional(&mut stream, &mut connection).await.map(drop)
}
