//! What the containers of Pods say and do, which are simulated and have none: a container and what is asked of it in, logs, exit codes and connections out.

mod log;
mod process;
mod this_machine;

pub use log::Log;
pub use process::Process;
pub use this_machine::ThisMachine;

use futures::FutureExt;
use futures::future::BoxFuture;
use std::fmt;
use std::io;
use tokio::io::DuplexStream;

pub(crate) use log::Part;
pub(crate) use process::{Outside, process};

/// A container of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Container {
    /// The namespace of the Pod.
    pub namespace: String,
    /// The name of the Pod.
    pub pod: String,
    /// The name of the container in it.
    pub name: String,
    /// The image, as the Pod names it.
    pub image: String,
}

/// What containers say and do, for `kubectl logs`, `exec`, `attach`, `cp`, `port-forward` and the proxy of Pods and Services.
///
/// Without any of its methods, a container says nothing, has no programs and listens on no port.
///
/// Promises of the server:
/// - Only containers that run are asked for processes and connections.
/// - What a method gave is dropped when the client has gone.
///
/// ```
/// use futures::FutureExt;
/// use futures::future::BoxFuture;
/// use kube_embedded::container::{Container, Containers, Log, Process};
/// use kube_embedded::Server;
/// use tokio::io::AsyncWriteExt;
///
/// #[derive(Debug, Default)]
/// struct Shop(Log);
///
/// impl Containers for Shop {
///     fn log(&self, _container: &Container) -> Log {
///         self.0.clone()
///     }
///
///     fn exec(&self, _container: &Container, mut process: Process) -> BoxFuture<'static, std::io::Result<i32>> {
///         async move {
///             let said = process.command.join(" ");
///             process.stdout.write_all(said.as_bytes()).await?;
///             Ok(0)
///         }
///         .boxed()
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let shop = Shop::default();
/// shop.0.write("2026-01-01T00:00:00Z".parse().unwrap(), "open for business");
/// let server = Server::builder().containers(shop).build();
/// # drop(server);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand for the containers of Pods",
    note = "implement `kube_embedded::container::Containers`; each of its methods has a default"
)]
pub trait Containers: fmt::Debug + Send + Sync + 'static {
    /// What the container has said and will say. Called for every reader.
    fn log(&self, container: &Container) -> Log {
        let _ = container;
        Log::default()
    }

    /// What the container said before its last restart; `None`: it was never restarted.
    fn previous_log(&self, container: &Container) -> Option<Log> {
        let _ = container;
        None
    }

    /// Runs a command in the container and gives its exit code.
    ///
    /// # Errors
    /// Why it could not be run, in the words of a container runtime.
    fn exec(&self, container: &Container, process: Process) -> BoxFuture<'static, io::Result<i32>> {
        let _ = container;
        let program = process.command.first().cloned().unwrap_or_default();
        async move {
            Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!(
                    "failed to exec in container: failed to start exec: OCI runtime exec failed: exec \
                     failed: unable to start container process: exec: {program:?}: executable file \
                     not found in $PATH: unknown"
                ),
            ))
        }
        .boxed()
    }

    /// Joins the container's own process, until it ends; by default what its log says from now on.
    ///
    /// # Errors
    /// Why it could not be joined.
    fn attach(
        &self,
        container: &Container,
        process: Process,
    ) -> BoxFuture<'static, io::Result<()>> {
        let log = self.log(container);
        async move { log.copy(process.stdout).await }.boxed()
    }

    /// Serves a connection to a port of the Pod, until it is over.
    ///
    /// # Errors
    /// Nobody listens there, or the connection broke; what the error says is told to the client.
    fn connect(
        &self,
        namespace: &str,
        pod: &str,
        port: u16,
        connection: DuplexStream,
    ) -> BoxFuture<'static, io::Result<()>> {
        let _ = (namespace, pod, connection);
        async move {
            let text = format!("dial tcp4 127.0.0.1:{port}: connect: connection refused");
            Err(io::Error::new(io::ErrorKind::ConnectionRefused, text))
        }
        .boxed()
    }
}

/// Containers that say and do nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Silent;

impl Containers for Silent {}
