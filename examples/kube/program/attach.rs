//! `kube attach`: joins what runs in a container.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/attach/attach.go
//! Differs: no keys detach from a terminal.

use super::Ground;
use super::console::Console;
use super::containers;
use super::failure::Failure;
use super::pods;
use super::process::Place;

/// Joins what runs in a container.
#[derive(Debug, clap::Args)]
pub struct Attach {
    #[command(flatten)]
    place: Place,
}

const RECORDED: &str = "All commands and output from this session will be recorded in container logs, including credentials and \
     sensitive information passed through the command prompt.";

impl Attach {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let found = match self.place.what.as_slice() {
            [] => return Err(Failure::said("at least 1 argument is required for attach")),
            [what] => pods::found(ground, what).await?,
            [_, _] => pods::found_of(ground, &self.place.what).await?,
            more => {
                return Err(Failure::said(format!(
                    "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                    more.len(),
                    more.join(" ")
                )));
            }
        };
        let (pod, api) = self.place.running(ground, console, &found, "attach").await?;
        let choice = containers::for_process(&pod, self.place.container.as_deref());
        let choice = choice.map_err(|failure| match failure {
            Failure::Said(why) => Failure::Said(format!("cannot attach to the container: {why}")),
            failure => failure,
        })?;
        let mut streams = self.place.streams;
        streams.tell(console, &choice);
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
