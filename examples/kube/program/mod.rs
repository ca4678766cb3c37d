//! The command line: words in, what kubectl would print out. One command a file.

mod terminal;
mod console;
mod failure;
mod printing;
mod quantity;
mod tab;
mod yaml;
mod columns;
mod output;
mod selection;
mod files;
mod pods;
mod containers;
mod process;
mod ports;
mod choice;
mod raw;
mod api_resources;
mod apply;
mod attach;
mod auth;
mod config;
mod cp;
mod delete;
mod describe;
mod exec;
mod get;
mod logs;
mod port_forward;
mod rows;
mod scale;
mod wait;

use std::path::PathBuf;

use kube_core::Client;
use kube_core::config::ConfigFlags;
use kube_core::discovery::DiskCache;

pub use console::Console;
use failure::Failure;
#[allow(unused_imports, reason = "only tests have a terminal of their own")]
pub use terminal::Terminal;

/// Works on a Kubernetes cluster as kubectl does.
#[derive(Debug, clap::Parser)]
#[command(name = "kube", version, args_override_self = true)]
pub struct Program {
    #[command(flatten)]
    cluster: ConfigFlags,
    /// Where it is kept what a server has; as kubectl if not said.
    #[arg(long, global = true, value_name = "FOLDER")]
    cache_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows objects.
    Get(get::Get),
    /// Shows objects as a person reads them, with what was told about them.
    Describe(describe::Describe),
    /// Makes the cluster as files say, by server-side apply.
    Apply(apply::Apply),
    /// Deletes objects, and waits until they are gone.
    Delete(delete::Delete),
    /// Says how many of something there are to be.
    Scale(scale::Scale),
    /// Waits until objects are as they should.
    Wait(wait::Wait),
    /// Shows what containers have written.
    Logs(logs::Logs),
    /// Runs a command in a container.
    Exec(exec::Exec),
    /// Joins what runs in a container.
    Attach(attach::Attach),
    /// Leads ports of this machine to a Pod.
    PortForward(port_forward::PortForward),
    /// Copies files from and to a container.
    Cp(cp::Cp),
    /// Shows the kinds that the server has.
    ApiResources(api_resources::ApiResources),
    /// Who am I, and what may I do?
    Auth(auth::Auth),
    /// Shows and changes the kubeconfig.
    Config(config::Config),
}

/// Where a command works.
#[derive(Clone, Debug)]
struct Ground {
    client: Client,
    /// Where none is named.
    namespace: String,
}

impl Program {
    /// The exit code if Ctrl-C ends it: kubectl's of what waits by itself, else what a shell makes of it.
    pub fn interrupted(&self) -> i32 {
        match &self.command {
            Command::Get(get) if get.is_watching() => 1,
            Command::Delete(_) | Command::Logs(_) | Command::Wait(_) => 1,
            _ => 130,
        }
    }

    /// Does what was asked for; the exit code.
    pub async fn run(self, console: &mut Console) -> i32 {
        let done = self.done(console).await;
        let code = match done {
            Ok(()) => 0,
            Err(failure) => {
                for line in failure.lines() {
                    console.warn(&line);
                }
                failure.code()
            }
        };
        console.flush();
        code
    }

    async fn done(self, console: &mut Console) -> Result<(), Failure> {
        let ground = || ground(&self.cluster, self.cache_dir.as_deref());
        match &self.command {
            Command::Get(get) => get.run(&ground()?, console).await,
            Command::Describe(describe) => describe.run(&ground()?, console).await,
            Command::Apply(apply) => apply.run(&ground()?, console).await,
            Command::Delete(delete) => delete.run(&ground()?, console).await,
            Command::Scale(scale) => scale.run(&ground()?, console).await,
            Command::Wait(wait) => wait.run(&ground()?, console).await,
            Command::Logs(logs) => logs.run(&ground()?, console).await,
            Command::Exec(exec) => exec.run(&ground()?, console).await,
            Command::Attach(attach) => attach.run(&ground()?, console).await,
            Command::PortForward(forward) => forward.run(&ground()?, console).await,
            Command::Cp(cp) => cp.run(&ground()?, console).await,
            Command::ApiResources(it) => it.run(&ground()?, console).await,
            Command::Auth(auth) => auth.run(&ground()?, console).await,
            Command::Config(config) => config.run(&self.cluster.rules(), console),
        }
    }
}

fn ground(flags: &ConfigFlags, cache: Option<&std::path::Path>) -> Result<Ground, Failure> {
    let config = flags.rules().load()?;
    let disk = match cache {
        Some(folder) => Some(DiskCache::below(folder, &config)),
        None => DiskCache::of_kubectl(&config),
    };
    let namespace = config.default_namespace.clone();
    let client = Client::new(config)?;
    if let Some(disk) = disk {
        // For all clones of the client.
        drop(client.discovery().on_disk(disk));
    }
    Ok(Ground { client, namespace })
}
