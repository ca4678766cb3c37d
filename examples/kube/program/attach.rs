//! `kube attach`: joins what runs in a container.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/attach/attach.go
//! Differs: no keys detach from a terminal.

use std::time::Duration;

use super::Ground;
use super::console::Console;
use super::containers;
use super::failure::Failure;
use super::pods;
use super::pods::Purpose;
use super::process;
use super::process::Streams;

/// Joins what runs in a container.
#[derive(Debug, clap::Args)]
pub struct Attach {
    /// The Pod, or what has Pods: `web`, `deploy/web`, `pod web`.
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
}

const RECORDED: &str = "All commands and output from this session will be recorded in container logs, including credentials and \
     sensitive information passed through the command prompt.";

impl Attach {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let found = match self.what.as_slice() {
            [] => return Err(Failure::said("at least 1 argument is required for attach")),
            [what] => pods::found(ground, what).await?,
            [_, _] => pods::found_of(ground, &self.what).await?,
            more => {
                return Err(Failure::said(format!(
                    "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                    more.len(),
                    more.join(" ")
                )));
            }
        };
        let within = self.pod_running_timeout;
        let (pod, _) = found.pod(ground, console, Purpose::Attach, within).await?;
        let api = process::running(ground, &pod, "attach")?;
        let choice = containers::for_process(&pod, self.container.as_deref());
        let choice = choice.map_err(|failure| match failure {
            Failure::Said(why) => Failure::Said(format!("cannot attach to the container: {why}")),
            failure => failure,
        })?;
        self.streams.tell(console, &choice);
        let mut streams = self.streams;
        let has_terminal = containers::has_terminal(&pod, &choice.name);
        if streams.tty && !has_terminal && !streams.quiet {
            console.warn(&format!(
                "error: Unable to use a TTY - container {} did not allocate one",
                choice.name
            ));
        }
        streams.tty = has_terminal;
        let typed = streams.typed(console)?;
        if !streams.quiet {
            console.warn(RECORDED);
            console.warn("If you don't see a command prompt, try pressing enter.");
        }
        let resumable = typed.is_raw() && !streams.quiet;
        typed.run(api.attach().container(choice.name.as_str()), console).await?;
        if resumable {
            console.say(&format!(
                "Session ended, resume using 'kube attach {} -c {} -n {} -i -t' command",
                pod.metadata.name.as_deref().unwrap_or_default(),
                choice.name,
                ground.namespace
            ))?;
        }
        Ok(())
    }
}
