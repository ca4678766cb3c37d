//! The story of one operator, told as it happens: `cargo run --example website`, with `-- --once`, `-- --cluster` and `-- --admin 127.0.0.1:8090`.

#[expect(dead_code, reason = "its own `main` is the entry of the example `website-operator`")]
mod operator;
mod stage;
mod story;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kube_runtime::prelude::*;
use kube_testing::Grants;
use tracing::info;
use tracing_subscriber::fmt::time::uptime;

use crate::stage::Stage;

/// Plays the life of one Website before your eyes.
#[derive(Debug, Parser)]
struct Options {
    /// End by itself when the story is told; not zero if a state was not reached in time.
    #[arg(long)]
    once: bool,
    /// Play on the cluster of the kubeconfig instead of the embedded server; leaves nothing behind.
    #[arg(long)]
    cluster: bool,
    /// The kubeconfig for --cluster, if it is another one than $KUBECONFIG or ~/.kube/config.
    #[arg(long, value_name = "FILE", requires = "cluster")]
    kubeconfig: Option<PathBuf>,
    /// Serve the live page there, as `127.0.0.1:8090`.
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    tracing_subscriber::fmt().with_timer(uptime()).with_target(false).compact().init();
    match play(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn play(options: &Options) -> anyhow::Result<()> {
    let stage = if options.cluster {
        Stage::on_a_cluster(options.kubeconfig.as_deref()).await?
    } else {
        Stage::on_the_embedded_server().await?
    };
    let outcome = tell(&stage, options).await;
    let cleared = stage.clear().await;
    outcome.and(cleared)
}

/// The operator runs from here on; what ends first ends everything: the story, a failure, Ctrl-C.
async fn tell(stage: &Stage, options: &Options) -> anyhow::Result<()> {
    let shutdown = Shutdown::new();
    let mut operator = operator::operator();
    if let Some(address) = &options.admin {
        operator = operator.admin(address.as_str());
    }
    let client = stage.as_its_service_account(&operator).await?;
    let grants = Grants::of(&operator, &stage.namespace);
    info!("the operator starts, as its own service account with its generated role");
    let running = operator.start(client, shutdown.clone()).await?;
    let stopped = running.stopped();
    tokio::pin!(stopped);
    let outcome = tokio::select! {
        told = story::tell(stage) => told,
        ended = &mut stopped => return ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    if outcome.is_ok() && !options.once && !shutdown.is_begun() {
        info!("that was the story; the operator goes on: {}", stage.hint());
        tokio::select! {
            ended = &mut stopped => return ended,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    }
    shutdown.begin();
    stopped.await?;
    info!("the operator has stopped in order");
    outcome?;
    // Whoever ends it by hand may not have seen the whole story.
    if let Some(access) = stage.access(&grants)?.filter(|_| options.once) {
        access.exact()?;
        info!("the roles of `website` are what it used");
    }
    Ok(())
}
