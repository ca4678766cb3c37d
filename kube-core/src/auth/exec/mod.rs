//! Credential plugins: a user's `exec` entry in, what the program prints, as a [`Source`], out.
//!
//! Promises:
//! - A plugin runs once for all requests that wait, again when what it brought expires or is refused, never because
//!   of a request that says itself who sends it.
//! - It runs without a shell, for a limited time, and only if the policy of the program lets it.
//! - What it prints on standard output is read to a limit and never shown. What it says on standard error is shown
//!   to whoever has a terminal, and its end is part of the error.
//!
//! Mirrors: client-go plugin/pkg/client/auth/exec
//! Differs: a limit of time; one run for many; a failure is kept for a while, so that no plugin runs without end.

mod answer;
mod run;
#[cfg(test)]
mod tests;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::time::Instant;

use crate::config::Config;
use crate::config::Interactive;
use crate::config::Observer;
use crate::config::Plugin;
use crate::config::PluginOutcome;
use crate::config::PluginRun;
use crate::plugin::ExecCluster;
use crate::plugin::ExecInfo;

use super::Source;
use super::error::AuthError;
use super::kept::{Fetched, Kept};
use super::renewal::Renewal;

/// How long a plugin may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long one may take that may talk to a person.
const TIMEOUT_WITH_PERSON: Duration = Duration::from_secs(300);

/// All that is needed to run a plugin.
struct Call {
    owner: String,
    plugin: Plugin,
    /// What is said to it.
    info: String,
    /// Whether standard input is handed to it.
    interactive: bool,
    /// Whether somebody reads what is said on standard error.
    watched: bool,
    timeout: Duration,
    observer: Observer,
}

/// Who sits in front of this program.
#[derive(Clone, Copy)]
struct Terminal {
    stdin: bool,
    stderr: bool,
}

pub(super) fn from_config(config: &Config) -> Result<Option<Box<dyn Source>>, AuthError> {
    let Some(plugin) = &config.user.plugin else { return Ok(None) };
    if config.tls.client.is_some() {
        // A certificate of one's own is meant to do, as a token is.
        return Ok(None);
    }
    let terminal =
        Terminal { stdin: std::io::stdin().is_terminal(), stderr: std::io::stderr().is_terminal() };
    let call = Arc::new(Call::new(config, plugin, terminal)?);
    Ok(Some(Box::new(Renewal::new(Kept::default(), move || {
        let call = Arc::clone(&call);
        async move { call.fetch().await }.boxed()
    }))))
}

impl Call {
    /// Checks all that can be told without running anything.
    fn new(config: &Config, plugin: &Plugin, terminal: Terminal) -> Result<Self, AuthError> {
        let failed = |reason| AuthError::Plugin {
            owner: config.user.origin.clone(),
            command: plugin.command.clone(),
            reason,
        };
        let rules = &config.plugins;
        rules
            .policy
            .check(&plugin.command, find(&plugin.command).as_deref(), find)
            .map_err(failed)?;
        let interactive =
            interactive(plugin.interactive, terminal.stdin, rules.stdin_taken.as_deref());
        let interactive = interactive.map_err(failed)?;
        let cluster = plugin.cluster.as_ref().map(|to_say| ExecCluster::of(config, to_say.clone()));
        Ok(Self {
            owner: config.user.origin.clone(),
            plugin: plugin.clone(),
            info: ExecInfo::to_json(plugin.version, interactive, cluster),
            interactive,
            watched: terminal.stderr,
            observer: config.observer.clone(),
            timeout: rules.timeout.unwrap_or(match interactive {
                true => TIMEOUT_WITH_PERSON,
                false => TIMEOUT,
            }),
        })
    }

    async fn fetch(&self) -> Result<Fetched, AuthError> {
        let (begun, mut outcome) = (Instant::now(), PluginOutcome::NotFound);
        let brought = async {
            let hint = self.plugin.install_hint.as_deref();
            let program = find(&self.plugin.command).ok_or_else(|| not_found(hint))?;
            outcome = PluginOutcome::Failed;
            let printed = self.run(&program).await?;
            answer::read(&printed, self.plugin.version, &self.owner)
        };
        let brought = brought.await;
        if brought.is_ok() {
            outcome = PluginOutcome::Brought;
        }
        let (command, took) = (self.plugin.command.as_str(), begun.elapsed());
        self.observer.plugin(&PluginRun { command, outcome, took });
        brought.map_err(|reason| AuthError::Plugin {
            owner: self.owner.clone(),
            command: self.plugin.command.clone(),
            reason,
        })
    }
}

fn not_found(hint: Option<&str>) -> String {
    let hint = hint.map(|hint| run::one_line(hint.as_bytes()));
    let remedy = hint.unwrap_or_else(|| "install it, or correct `command`".to_owned());
    format!("there is no such program that may be run: {remedy}")
}

/// Whether standard input is handed to a plugin.
fn interactive(mode: Interactive, terminal: bool, taken: Option<&str>) -> Result<bool, String> {
    match (mode, terminal, taken) {
        (Interactive::Never, ..) => Ok(false),
        (Interactive::IfAvailable, terminal, taken) => Ok(terminal && taken.is_none()),
        (Interactive::Always, _, Some(reason)) => Err(format!(
            "it has to talk to a person (`interactiveMode: Always`), and standard input is taken: {reason}"
        )),
        (Interactive::Always, false, None) => Err(
            "it has to talk to a person (`interactiveMode: Always`), and standard input is no terminal: run this program in one, or use a token"
                .to_owned(),
        ),
        (Interactive::Always, true, None) => Ok(true),
    }
}

/// Where a command leads: a path as it is, a bare name by `$PATH`.
fn find(command: &str) -> Option<PathBuf> {
    if command.contains(std::path::is_separator) {
        return Some(PathBuf::from(command)).filter(|path| may_run(path));
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(command)).find(|path| may_run(path))
}

#[cfg(unix)]
fn may_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn may_run(path: &Path) -> bool {
    path.is_file()
}
