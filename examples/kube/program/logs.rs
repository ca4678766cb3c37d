//! `kube logs`: what a container has written, and goes on to write.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/logs/logs.go

use std::time::Duration;

use super::Ground;
use super::console::Console;
use super::failure::Failure;

/// Shows what a container has written.
#[derive(Debug, clap::Args)]
pub struct Logs {
    /// The Pod, as `web` or `pod/web`.
    pod: String,
    /// The container; its default one if not said.
    #[arg(long, short)]
    container: Option<String>,
    /// Goes on with what it writes.
    #[arg(long, short)]
    follow: bool,
    /// Of the container before this one.
    #[arg(long, short)]
    previous: bool,
    /// With the time in front of each line.
    #[arg(long)]
    timestamps: bool,
    /// The last lines only.
    #[arg(long, value_name = "COUNT")]
    tail: Option<u64>,
    /// What is not older than that, as `5m`.
    #[arg(long, value_name = "TIME", value_parser = kube_core::config::go_duration)]
    since: Option<Duration>,
}

impl Logs {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let name = match self.pod.split_once('/') {
            None => self.pod.as_str(),
            Some(("pod" | "pods" | "po", name)) => name,
            Some((kind, _)) => {
                return Err(Failure::said(format!("cannot get the logs of {kind}: name a Pod")));
            }
        };
        let mut log = ground.client.namespace(ground.namespace.as_str()).pod(name).log();
        if let Some(container) = &self.container {
            log = log.container(container);
        }
        if self.follow {
            log = log.follow();
        }
        if self.previous {
            log = log.previous();
        }
        if self.timestamps {
            log = log.timestamps();
        }
        if let Some(lines) = self.tail {
            log = log.tail_lines(lines);
        }
        if let Some(since) = self.since {
            log = log.since_seconds(since.as_secs().max(1));
        }
        let mut log = log.await.map_err(|error| match error.status() {
            Some(status) if error.is_not_found() => Failure::said(format!(
                "error from server (NotFound): {} in namespace {:?}",
                status.message, ground.namespace
            )),
            Some(status) if status.code == 400 => Failure::Said(status.message.clone()),
            _ => error.into(),
        })?;
        while let Some(piece) = log.next().await? {
            console.bytes(&piece)?;
        }
        Ok(())
    }
}
