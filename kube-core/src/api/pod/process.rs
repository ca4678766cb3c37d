//! Running a command in a container, or joining what runs there: the command and its streams in, a process out.

use std::future::IntoFuture;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::error::Result;
use crate::request::ProcessOptions;
use crate::request::Request;
use crate::streaming;
use crate::streaming::Process;
use crate::streaming::StreamLimits;

use super::PodApi;

/// Runs a command in a container, or joins what runs there, once it is awaited.
///
/// The outputs are wanted unless it is said otherwise, the input is not.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct OpenProcess {
    pod: PodApi,
    /// None joins what runs already.
    command: Option<Vec<String>>,
    options: ProcessOptions,
    limits: StreamLimits,
}

impl PodApi {
    /// Runs a command in a container. No shell takes part: the first word is the program, the others are its arguments.
    ///
    /// ```no_run
    /// # async fn example(client: kube_core::Client) -> kube_core::Result<()> {
    /// let date = client.namespace("prod").pod("web-0").exec(["date", "-u"]).await?.output().await?;
    /// if date.exit.success() {
    ///     println!("{}", String::from_utf8_lossy(&date.stdout));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn exec<W: Into<String>>(&self, command: impl IntoIterator<Item = W>) -> OpenProcess {
        self.process(Some(command.into_iter().map(Into::into).collect()))
    }

    /// Joins what runs in a container: what it writes from now on, and its input, if the Pod gives it one.
    pub fn attach(&self) -> OpenProcess {
        self.process(None)
    }

    fn process(&self, command: Option<Vec<String>>) -> OpenProcess {
        let (options, limits) = (ProcessOptions::default(), StreamLimits::default());
        OpenProcess { pod: self.clone(), command, options, limits }
    }
}

impl OpenProcess {
    fn set(mut self, set: impl FnOnce(&mut ProcessOptions)) -> Self {
        set(&mut self.options);
        self
    }

    /// In this container; a Pod with several must be told, unless it has a default.
    pub fn container(self, container: impl Into<String>) -> Self {
        self.set(|options| options.container = Some(container.into()))
    }

    /// Whether it is sent an input.
    pub fn stdin(self, wanted: bool) -> Self {
        self.set(|options| options.stdin = wanted)
    }

    /// Whether its output is wanted.
    pub fn stdout(self, wanted: bool) -> Self {
        self.set(|options| options.stdout = wanted)
    }

    /// Whether its error output is wanted.
    pub fn stderr(self, wanted: bool) -> Self {
        self.set(|options| options.stderr = wanted)
    }

    /// Whether it has a terminal; its errors come with its output then.
    pub fn tty(self, wanted: bool) -> Self {
        self.set(|options| options.tty = wanted)
    }

    /// How much is kept, and how long the other side may be silent.
    pub fn limits(mut self, limits: StreamLimits) -> Self {
        self.limits = limits;
        self
    }
}

impl IntoFuture for OpenProcess {
    type Output = Result<Process>;
    type IntoFuture = BoxFuture<'static, Result<Process>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let Self { pod, command, options, limits } = self;
            let target = pod.target(if command.is_some() { "exec" } else { "attach" }).await?;
            let request = match command {
                Some(command) => Request::exec(&target, &command, &options)?,
                None => Request::attach(&target, &options)?,
            };
            streaming::process::open(&pod.client, &target, request, &options, limits).await
        }
        .boxed()
    }
}
