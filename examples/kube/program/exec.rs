//! `kube exec`: runs a command in a container.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/exec/exec.go
//! Differs: the Pod is not read from a file.

use super::Ground;
use super::console::Console;
use super::containers;
use super::failure::Failure;
use super::pods;
use super::process::Place;

/// Runs a command in a container.
#[derive(Debug, clap::Args)]
pub struct Exec {
    #[command(flatten)]
    place: Place,
    /// The command and its arguments. No shell takes part.
    #[arg(last = true)]
    command: Vec<String>,
}

impl Exec {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let what = match self.place.what.as_slice() {
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
        let (pod, api) = self.place.running(ground, console, &found, "exec into").await?;
        let choice = containers::for_process(&pod, self.place.container.as_deref())?;
        let streams = self.place.streams;
        streams.tell(console, &choice);
        let typed = streams.typed(console)?;
        typed.run(api.exec(&self.command).container(choice.name), console).await
    }
}
