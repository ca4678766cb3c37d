//! Carries an archive between a `tar` in a container and a thread that reads and writes files here.

use std::path::Path;
use std::path::PathBuf;

use tokio::io::AsyncReadExt as _;

use super::Blocking;
use super::Copied;
use super::pack;
use super::unpack;
use crate::error::Error;
use crate::error::Result;
use crate::status::excerpt;
use crate::streaming::channels;
use crate::streaming::error::StreamingError;
use crate::streaming::process::Process;
use crate::streaming::process::ProcessOutput;

/// The most bytes of what `tar` says of an error.
const TOLD: u64 = 4 << 10;

/// Writes what the process, a `tar -c`, sends of `name` to `to`; into it, if that is a folder and not meant exactly.
pub(crate) async fn from_container(
    mut process: Process,
    name: String,
    to: PathBuf,
    exactly: bool,
) -> Result<Copied> {
    let (stdout, stderr) = (process.stdout(), process.stderr());
    let Some(stdout) = stdout else { return Err(StreamingError::NoStatus.into()) };
    let archive = Blocking::new(stdout);
    let unpacked = tokio::task::spawn_blocking(move || {
        let into = !exactly && to.is_dir() && name != ".";
        let to = if into { to.join(&name) } else { to };
        unpack(archive, &name, &to)
    });
    let (unpacked, told) = futures::join!(unpacked, told(stderr));
    let copied =
        unpacked.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    match copied {
        // What ends early is explained by how the process ended.
        Ok(_) | Err(StreamingError::Received { .. }) => ended(&mut process, &told).await?,
        Err(_) => {}
    }
    copied.map_err(Error::from)
}

/// Sends the file or folder at `from` to the process, a `tar -x`, as `name`.
pub(crate) async fn to_container(
    mut process: Process,
    from: PathBuf,
    name: String,
) -> Result<Copied> {
    if !channels::can_half_close(process.protocol()) {
        return Err(StreamingError::HalfClose.into());
    }
    let (stdin, stderr) = (process.stdin(), process.stderr());
    let Some(stdin) = stdin else { return Err(StreamingError::NoStatus.into()) };
    let archive = Blocking::new(stdin);
    let packed = tokio::task::spawn_blocking(move || pack(Path::new(&from), &name, archive));
    let packed = async {
        let packed = packed.await;
        let packed =
            packed.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
        match packed {
            // The process is not waited for: it may wait for the rest.
            Err(error @ StreamingError::Local { .. }) => Err(error),
            packed => Ok(packed),
        }
    };
    let told = async { Ok(told(stderr).await) };
    let (packed, told) = futures::try_join!(packed, told)?;
    ended(&mut process, &told).await?;
    packed.map_err(Error::from)
}

/// The beginning of what `tar` says of errors; the rest is thrown away.
async fn told(stderr: Option<ProcessOutput>) -> Vec<u8> {
    let mut told = Vec::new();
    if let Some(stderr) = stderr {
        // A pipe within this process does not fail.
        let _ = stderr.take(TOLD).read_to_end(&mut told).await;
    }
    told
}

async fn ended(process: &mut Process, told: &[u8]) -> Result<()> {
    let told = excerpt(told.trim_ascii(), 1024);
    match process.wait().await {
        Ok(exit) if exit.success() => Ok(()),
        Ok(exit) => Err(StreamingError::Tar { code: exit.code(), told }.into()),
        Err(error) if told.is_empty() => Err(error),
        Err(error) => Err(error.context(format!("`tar` said: {told}"))),
    }
}
