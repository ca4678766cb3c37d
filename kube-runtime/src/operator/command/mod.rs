//! The command line of an operator's binary: arguments in, an exit code out.

mod log;
mod config;
mod flags;
mod follow;
mod line;
mod signals;

use std::ffi::OsString;
use std::future::Future;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use futures::future::LocalBoxFuture;
use kube_core::Client;
use kube_core::Config;
use kube_core::ErrorKind;
use kube_core::Namespace;
use kube_core::config::LoadingRules;
use kube_core::request::Method;
use kube_core::request::Request;
use serde::Deserialize;

use super::Migrated;
use super::Operator;
use super::yaml;
use crate::endpoint::Admin;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;
use crate::shutdown::Shutdown;

use config::Sources;
use line::Command;
use line::Connection;
use line::Elect;
use line::Election;
use line::Line;
use line::Metrics;
use line::Run;
use line::Said;
use log::Wishes;

/// Runs what the command line says. All that is of `A` ends before anything waits: what waits is compiled here, once, and not in each program.
pub(super) async fn main<A: Args + Send + Sync + 'static>(operator: Operator<A>) -> ExitCode {
    match read::<A>(operator.name()) {
        Ok((Said { line, args, given }, sources)) => {
            let operator = match args {
                Some(args) => operator.with_args(args),
                None => operator.without_args(),
            };
            finished(operator, Read { line, given, sources, whole: Line::whole::<A> }).await
        }
        Err(code) => code,
    }
}

/// What the command line, the environment and the configuration file say, or the exit code when that is nothing to be done.
fn read<A: Args>(name: &str) -> Result<(Said<A>, Sources), ExitCode> {
    let because = |error: Error| failed(&error);
    flags::check::<A>(&Line::plain(name)).map_err(because)?;
    let arguments: Vec<_> = std::env::args_os().collect();
    let sources = sources::<A>(name, &arguments).map_err(because)?;
    let said = Line::with::<A>(name, &sources, arguments).map_err(|error| {
        // It says it on stdout or on stderr, as `--help` and mistakes want; a closed pipe is nobody's failure.
        _ = error.print();
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })?;
    Ok((said, sources))
}

/// What was read for an operator that has its flags.
struct Read {
    line: Line,
    /// The program's own flags that were given.
    given: Vec<String>,
    sources: Sources,
    /// Every flag there is.
    whole: fn(&str, &Sources) -> clap::Command,
}

fn finished(operator: Operator, read: Read) -> LocalBoxFuture<'static, ExitCode> {
    Box::pin(async move {
        match execute(operator, read).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        }
    })
}

/// The environment and the configuration file, and that the latter says nothing that cannot be.
fn sources<A: Args>(name: &str, arguments: &[OsString]) -> Result<Sources> {
    let sources = Sources::of(name, arguments)?;
    sources.check(&Line::whole::<A>(name, &sources))?;
    Ok(sources)
}

/// One line that says why.
fn failed(error: &Error) -> ExitCode {
    _ = writeln!(std::io::stderr().lock(), "error: {}", chain(error));
    ExitCode::FAILURE
}

async fn execute(operator: Operator, read: Read) -> Result<()> {
    let Read { line, given, sources, whole } = read;
    let namespace = line.connection.namespace()?;
    let namespace = namespace.as_ref().map(Namespace::as_str);
    let mut operator = secured(elected(operator, &line)?, &line.metrics)?;
    if let Some(namespaces) = line.connection.namespaces()? {
        operator = operator.namespaces(namespaces);
    }
    match line.asked() {
        Command::Crds => print(&yaml::stream(&operator.crds_in(namespace.unwrap_or("default")))?),
        Command::Rbac => {
            operator.check_namespaces()?;
            let rbac = operator.rbac(namespace.unwrap_or("default"));
            print(&yaml::stream(&rbac.objects()?)?)
        }
        Command::Samples => print(&yaml::stream(&operator.samples_in(namespace))?),
        Command::Explain => print(&operator.explain()),
        Command::Docs => print(&operator.docs()),
        Command::MigrateStorage => {
            let client = Client::new(configuration(&line.connection)?)?;
            let mut printed = Ok(());
            let tell = |migrated: &Migrated| printed = print(&format!("{migrated}\n"));
            operator.migrate_storage(&client, tell).await?;
            printed
        }
        Command::Completion(asked) => {
            let mut command = whole(operator.name(), &Sources::default());
            let mut script = Vec::new();
            clap_complete::generate(asked.shell, &mut command, operator.name(), &mut script);
            print(&String::from_utf8_lossy(&script))
        }
        Command::Manifests(install) => {
            let mut installation = install.installation(namespace);
            installation.arguments = given;
            match (&install.output_dir, install.layout) {
                (Some(folder), Some(layout)) => {
                    operator.layout(&installation, layout)?.write(folder, install.force)
                }
                _ => print(&operator.manifests(&installation)?.yaml()?),
            }
        }
        Command::Run(options) => {
            let following = logged(&line.connection, sources)?;
            let running = run(operator, &line.connection, &options);
            tokio::select! {
                ended = running => ended,
                () = following => Ok(()),
            }
        }
    }
}

/// Sets the log up; what follows the configuration file, if that has a say in it. It never ends.
fn logged(connection: &Connection, sources: Sources) -> Result<impl Future<Output = ()>> {
    let wishes = Wishes {
        said: connection.log.clone(),
        rust_log: std::env::var("RUST_LOG").ok(),
        verbose: connection.verbose,
        file: sources.file.as_ref().and_then(|file| file.log()).map(str::to_owned),
    };
    let reload = log::set_up(&wishes)?.filter(|_| wishes.heed_file());
    Ok(async move {
        match (sources.file, reload) {
            (Some(file), Some(reload)) => follow::follow(file, reload).await,
            _ => std::future::pending().await,
        }
    })
}

/// What the command line says about leader election goes before what the program says.
fn elected(mut operator: Operator, line: &Line) -> Result<Operator> {
    let Election { leader_elect, leader_elect_namespace } = &line.election;
    let takes_over = matches!(line.asked(), Command::Run(options) if options.take_over);
    let mut election = operator.leader_election.take();
    match (leader_elect, takes_over) {
        (Some(Elect::False), true) => {
            return Err(Error::msg(
                "`--take-over` asks for the lease, and `--leader-elect=false` works without one: leave one of them out",
            ));
        }
        (Some(Elect::False), false) => election = None,
        (Some(Elect::Coordinated), _) => {
            let election = election.get_or_insert_default();
            if !election.is_coordinated() {
                *election = election.clone().coordinated(version(&operator)?);
            }
        }
        (Some(Elect::True), _) | (None, true) => election = Some(election.unwrap_or_default()),
        (None, false) => {}
    }
    if takes_over {
        election = election.map(|election| election.takes_over(true));
    }
    match (&mut election, leader_elect_namespace) {
        (Some(election), Some(namespace)) => {
            let checked = Namespace::try_from(namespace.as_str());
            checked.context("failed to use `--leader-elect-namespace`")?;
            election.namespace = Some(namespace.clone());
        }
        (None, Some(_)) => {
            return Err(Error::msg(
                "`--leader-elect-namespace` says where the lease is, and there is none: add `--leader-elect`",
            ));
        }
        (_, None) => {}
    }
    operator.leader_election = election;
    Ok(operator)
}

/// What the server is told that this program is.
fn version(operator: &Operator) -> Result<String> {
    let crates = operator.controllers.iter().find_map(|controller| controller.version());
    operator.version.clone().or_else(|| crates.map(str::to_owned)).ok_or_else(|| {
        Error::msg(
            "`--leader-elect=coordinated` tells the server the version of this program, and it is not known: give it with `.version(env!(\"CARGO_PKG_VERSION\"))`",
        )
    })
}

/// What the command line says about who may read metrics goes before what the program says.
fn secured(mut operator: Operator, asked: &Metrics) -> Result<Operator> {
    let secure = &mut operator.serving.endpoint.secure;
    match asked.metrics_secure {
        Some(true) => _ = secure.get_or_insert_default(),
        Some(false) => *secure = None,
        None => {}
    }
    match (secure, &asked.metrics_cert_path) {
        (Some(secure), Some(path)) => secure.certificates = Some(path.clone()),
        (None, Some(_)) => {
            return Err(Error::msg(
                "`--metrics-cert-path` is for HTTPS, and metrics are served without: add `--metrics-secure`",
            ));
        }
        (_, None) => {}
    }
    Ok(operator)
}

/// Where the live page is: what the command line says goes before what the program says.
fn admin(program: Option<Admin>, options: &Run) -> Result<Option<Admin>> {
    let mut admin = program;
    if let Some(address) = &options.admin {
        match &mut admin {
            Some(admin) => admin.address.clone_from(address),
            None => admin = Some(Admin::at(address)),
        }
    }
    match (&mut admin, &options.admin_token_file) {
        (Some(admin), Some(path)) => admin.token_file = Some(path.clone()),
        (None, Some(_)) => {
            return Err(Error::msg(
                "`--admin-token-file` is for the live page, and there is none: add `--admin ADDRESS`",
            ));
        }
        (_, None) => {}
    }
    Ok(admin)
}

/// Where webhooks are served: what the command line says goes before what the program says.
fn asked(operator: &mut Operator, options: &Run) -> Result<()> {
    let Run { webhook_bind_address: address, webhook_cert_path: path, webhook_url: url, .. } =
        options;
    if operator.hooks.is_empty() && (path.is_some() || url.is_some()) {
        return Err(Error::msg(format!(
            "operator `{}` has no webhooks: leave `--webhook-cert-path` and `--webhook-url` out",
            operator.name
        )));
    }
    let server = &mut operator.hooks.server;
    if let Some(address) = address {
        server.address.clone_from(address);
    }
    if let Some(path) = path {
        server.certificates = Some(path.clone());
    }
    if let Some(url) = url {
        (server.url, server.certificates) = (Some(url.clone()), None);
    }
    Ok(())
}

/// Runs the operator until it is told to stop.
async fn run(mut operator: Operator, connection: &Connection, options: &Run) -> Result<()> {
    let endpoint = &mut operator.serving.endpoint;
    if let Some(address) = &options.metrics_bind_address {
        endpoint.metrics.clone_from(address);
    }
    if let Some(address) = &options.health_probe_bind_address {
        endpoint.probes.clone_from(address);
    }
    operator.serving.admin = admin(operator.serving.admin, options)?;
    asked(&mut operator, options)?;
    operator.check()?;
    let shutdown = Shutdown::new();
    let signals = signals::watch(shutdown.clone())?;
    tokio::pin!(signals);
    let running = async {
        if options.embedded {
            return embedded(operator, connection, shutdown).await;
        }
        let client = Client::new(configuration(connection)?)?;
        let client =
            client.user_agent(format!("{}/{}", operator.name(), env!("CARGO_PKG_VERSION")));
        let version = server_version(&client).await?;
        tracing::info!(server = client.describe(), version, "connected");
        operator.installs = options.install_crds;
        serve(operator, client, shutdown).await
    };
    tokio::select! {
        ended = running => ended,
        () = &mut signals => Err(Error::msg("killed by a second signal: running reconciles were dropped")),
    }
}

/// Starts and waits for the end.
pub(super) async fn serve(operator: Operator, client: Client, shutdown: Shutdown) -> Result<()> {
    let name = operator.name().to_owned();
    let running = operator.start(client, shutdown.clone()).await;
    let running = match running {
        // A signal during the start ends it, and that is no failure.
        Err(_) if shutdown.is_begun() => return Ok(()),
        running => running?,
    };
    match running.is_leader() {
        true => tracing::info!(operator = name, "running: every cache is synced"),
        false => tracing::info!(operator = name, "every cache is synced; waiting to lead"),
    }
    running.stopped().await?;
    tracing::info!(operator = name, "stopped");
    Ok(())
}

#[cfg(feature = "embedded")]
async fn embedded(operator: Operator, connection: &Connection, shutdown: Shutdown) -> Result<()> {
    super::embedded::run(operator, connection.namespace.as_deref(), shutdown).await
}

#[cfg(not(feature = "embedded"))]
#[expect(clippy::unused_async, reason = "the other one of this name waits")]
async fn embedded(
    _operator: Operator,
    _connection: &Connection,
    _shutdown: Shutdown,
) -> Result<()> {
    Err(Error::msg(
        "this binary was built without the embedded API server: build it with the feature `embedded` of kube-runtime",
    ))
}

fn configuration(connection: &Connection) -> Result<Config> {
    let mut rules = LoadingRules::new();
    if let Some(path) = &connection.kubeconfig {
        rules = rules.kubeconfig(path);
    }
    if let Some(context) = &connection.context {
        rules = rules.context(context);
    }
    if let Some(namespace) = &connection.namespace {
        rules = rules.namespace(namespace);
    }
    Ok(rules.load()?)
}

/// The first request: an address, a certificate or a token that is wrong shows here, once, and not in every cache.
async fn server_version(client: &Client) -> Result<String> {
    #[derive(Deserialize)]
    struct Version {
        #[serde(rename = "gitVersion")]
        git_version: String,
    }
    let answer = client.send(Request::raw(Method::Get, "/version")?).await.map_err(|error| {
        let server = client.describe();
        // Go's servers say it in HTTP: a 400 that no API server gives to this request.
        let is_tls = server.starts_with("http://") && error.kind() == ErrorKind::BadRequest;
        let error = Error::from(error);
        match is_tls {
            true => error.context(format!("{server} speaks TLS: use an `https://` address")),
            false => error,
        }
    })?;
    let body = answer.body.collect(1 << 20).await?;
    let version: Version = serde_json::from_slice(&body).map_err(|error| {
        let server = client.describe();
        Error::from(error).context(format!("{server} does not answer as a Kubernetes API server"))
    })?;
    Ok(version.git_version)
}

/// Prints what was made, whole or not at all.
fn print(text: &str) -> Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::LeaderElection;

    /// What is elected after this command line, and whether it takes over.
    fn elects(text: &str, program: Option<LeaderElection>) -> Result<Option<bool>> {
        let arguments = text.split(' ').map(OsString::from);
        let said = Line::of::<()>("shop", arguments)?;
        let mut operator = Operator::new("shop");
        operator.leader_election = program;
        let election = elected(operator, &said.line)?.leader_election;
        Ok(election.map(|election| election.takes_over))
    }

    #[test]
    fn whoever_takes_over_is_a_candidate_whatever_the_program_says() {
        let rows = [
            ("shop run", None),
            ("shop run --leader-elect", Some(false)),
            ("shop run --take-over", Some(true)),
            ("shop --take-over run", Some(true)),
            ("shop --take-over", Some(true)),
            ("shop run --take-over --leader-elect-namespace locks", Some(true)),
            // It is said of a process, and nothing else is one.
            ("shop --take-over rbac", None),
        ];
        for (text, expected) in rows {
            assert_eq!(elects(text, None).unwrap(), expected, "{text}");
            let program = Some(LeaderElection::default());
            let expected = expected.unwrap_or(false);
            assert_eq!(elects(text, program).unwrap(), Some(expected), "{text}");
        }
        let refused = elects("shop run --take-over --leader-elect=false", None).unwrap_err();
        assert!(refused.to_string().contains("leave one of them out"), "{refused}");
        elects("shop run --take-over --embedded", None).unwrap_err();
    }

    #[test]
    fn who_is_elected_by_the_server_tells_the_version_of_its_program() {
        let coordinated = |operator: Operator, text: &str| -> Result<bool> {
            let said = Line::of::<()>("shop", text.split(' ').map(OsString::from))?;
            let election = elected(operator, &said.line)?.leader_election;
            Ok(election.is_some_and(|election| election.is_coordinated()))
        };
        let asked = "shop run --leader-elect=coordinated";
        let refused = coordinated(Operator::new("shop"), asked).unwrap_err().to_string();
        assert!(refused.contains(".version(env!(\"CARGO_PKG_VERSION\"))"), "{refused}");
        assert!(coordinated(Operator::new("shop").version("1.2.0"), asked).unwrap());
        let program = || {
            let election = LeaderElection::default().coordinated("1.2.0");
            Operator::new("shop").leader_election(election)
        };
        assert!(coordinated(program(), asked).unwrap());
        assert!(coordinated(program(), "shop run --leader-elect").unwrap(), "the program says how");
        assert!(!coordinated(program(), "shop run --leader-elect=false").unwrap());
    }
}
