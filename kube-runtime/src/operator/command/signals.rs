//! Ctrl-C and SIGTERM: the first begins the shutdown, the second ends the process' patience.

use std::future::Future;
use std::io;

use crate::error::Error;
use crate::error::Result;
use crate::shutdown::Shutdown;

/// Begins `shutdown` at the first signal; the future ends at the second one.
pub(super) fn watch(shutdown: Shutdown) -> Result<impl Future<Output = ()>> {
    let mut signals = Signals::listen()
        .map_err(|error| Error::from(error).context("failed to listen for signals"))?;
    Ok(async move {
        signals.next().await;
        tracing::info!("stopping: running reconciles finish; a second signal drops them");
        shutdown.begin();
        signals.next().await;
    })
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::SignalKind;
        use tokio::signal::unix::signal;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        _ = tokio::signal::ctrl_c().await;
    }
}
