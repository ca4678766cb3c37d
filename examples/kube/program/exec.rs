//! `kube exec`: runs a command in a container.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/exec/exec.go
//! Differs: the Pod is not read from a file.

use std::time::Duration;

use super::Ground;
use super::console::Console;
use super::containers;
use super::failure::Failure;
use super::pods;
use super::pods::Purpose;
use super::process;
use super::process::Streams;

/// Runs a command in a container.
#[derive(Debug, clap::Args)]
pub struct Exec {
    /// The Pod, or what has Pods: `web`, `deploy/web`, `svc/web`.
    #[arg(value_name = "POD | TYPE/NAME")]
    what: Vec<String>,
    /// The container; the Pod's default, else its first, if not said.
    #[arg(long, short)]
    container: Option<String>,
    #[command(flatten)]
    streams: Streams,
    /// How long is waited for a Pod if there is none, as `30s`.
    #[arg(long, value_name = "TIME", value_parser = kube_core::config::go_duration, default_value = "60s")]
    pod_running_timeout: Duration,
    /// The command and its arguments. No shell takes part.
    #[arg(last = true)]
    command: Vec<String>,
}

impl Exec {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let what = match self.what.as_slice() {
            [what] => what,
            [] => return Err(Failure::said("pod, type/name or --filename must be specified")),
            [..] => {
                let why = "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead";
                return Err(Failure::usage("exec", why));
            }
        };
        if self.command.is_empty() {
            return Err(Failure::said("you must specify at least one command for the container"));
        }
        let found = pods::found(ground, what).await?;
        let within = self.pod_running_timeout;
        let (pod, _) = found.pod(ground, console, Purpose::Attach, within).await?;
        let api = process::running(ground, &pod, "exec into")?;
        let choice = containers::for_process(&pod, self.container.as_deref())?;
        self.streams.tell(console, &choice);
        let typed = self.streams.typed(console)?;
        typed.run(api.exec(&self.command).container(choice.name), console).await
    }
}
