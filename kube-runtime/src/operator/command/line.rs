//! What can be said on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use clap::CommandFactory as _;
use clap::FromArgMatches as _;
use clap::Parser;
use clap::Subcommand;
use kube_core::Namespace;

use super::config::Sources;
use super::flags;
use crate::error::Result;
use crate::operator::Installation;
use crate::operator::Layout;

/// Controllers for Kubernetes, in one program.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = false, subcommand_negates_reqs = true)]
#[group(skip)]
pub(super) struct Line {
    #[command(flatten)]
    pub(super) connection: Connection,
    #[command(flatten)]
    pub(super) election: Election,
    #[command(flatten)]
    pub(super) metrics: Metrics,
    #[command(flatten)]
    run: Run,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Which cluster, and how much is told.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct Connection {
    /// Uses this kubeconfig and no other.
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// Uses this context of the kubeconfig instead of its current one.
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) context: Option<String>,
    /// The namespace where none is named, and that of the service account.
    #[arg(long, short, global = true, value_name = "NAME")]
    pub(super) namespace: Option<String>,
    /// Keeps to these namespaces, separated by commas: nothing is followed or written anywhere else.
    #[arg(long, global = true, value_name = "NAMES", value_delimiter = ',')]
    pub(super) namespaces: Option<Vec<String>>,
    /// Tells more; twice tells everything.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// What is logged: a level, or levels by module as in `info,shop=debug`; instead of `$RUST_LOG` and `--verbose`.
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(super) log: Option<String>,
    /// A YAML file with values for flags that are not given: `leader-elect: true`. A change of `log` counts while it runs.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

impl Connection {
    /// The namespace that was asked for; told here, whatever the command does with it.
    pub(super) fn namespace(&self) -> Result<Option<Namespace>> {
        let asked = self.namespace.as_deref().map(Namespace::try_from).transpose();
        asked.context("failed to use `--namespace`")
    }

    /// Those to keep to.
    pub(super) fn namespaces(&self) -> Result<Option<Vec<String>>> {
        for name in self.namespaces.iter().flatten() {
            Namespace::try_from(name.as_str()).context("failed to use `--namespaces`")?;
        }
        Ok(self.namespaces.clone())
    }
}

/// Whether one of many works.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct Election {
    /// Works only while it holds the lease that is called as the operator; `=coordinated` while the API server names it there, of all candidates
    /// the one of the oldest version; `=false` works in any case.
    #[arg(long, global = true, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) leader_elect: Option<Elect>,
    /// The namespace of the lease, instead of that where none is named.
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) leader_elect_namespace: Option<String>,
}

/// How one of many is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Elect {
    /// Whoever takes the lease first.
    True,
    /// Nobody is.
    False,
    /// The server says who.
    Coordinated,
}

/// Who may read its metrics.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct Metrics {
    /// Serves `/metrics` by HTTPS, to those whom the API server lets read it; `=false` to everybody by HTTP.
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) metrics_secure: Option<bool>,
    /// A folder with `tls.crt` and `tls.key` for that, instead of a certificate that is made at the start.
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) metrics_cert_path: Option<PathBuf>,
}

/// How it runs.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub(super) struct Run {
    /// Starts an API server in this process and runs against that.
    #[arg(long)]
    pub(super) embedded: bool,
    /// Asks whoever holds the lease to make room while this runs, as for a copy under development; with `--leader-elect`.
    #[arg(long, conflicts_with = "embedded")]
    pub(super) take_over: bool,
    /// Installs the definitions of the custom kinds first.
    #[arg(long)]
    pub(super) install_crds: bool,
    /// Where `/metrics` is served: `ADDRESS:PORT`, or `:PORT` for all addresses; `0` is nowhere, and so is saying nothing.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) metrics_bind_address: Option<String>,
    /// Where `/healthz` and `/readyz` are served, in the same form; it may be the same address.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) health_probe_bind_address: Option<String>,
    /// Where the live page is served, in the same form; anywhere but on a loopback address it needs a token.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) admin: Option<String>,
    /// The file with the token of the live page, instead of one that is made and printed at the start.
    #[arg(long, value_name = "PATH")]
    pub(super) admin_token_file: Option<PathBuf>,
    /// Where webhooks are served, in the same form, if there are any; `0` is nowhere.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) webhook_bind_address: Option<String>,
    /// A folder with `tls.crt` and `tls.key` for that, which somebody else renews and has the API server trust.
    #[arg(long, value_name = "PATH", conflicts_with = "webhook_url")]
    pub(super) webhook_cert_path: Option<PathBuf>,
    /// Where the API server reaches this process, `https://HOST:PORT`, as on a developer's machine: it is told so while this runs.
    #[arg(long, value_name = "URL", conflicts_with = "embedded")]
    pub(super) webhook_url: Option<String>,
}

/// What is installed.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub(super) struct Install {
    /// The container image whose entry point is this program.
    #[arg(long, value_name = "IMAGE")]
    image: String,
    /// Makes the namespace of `--namespace` too; without `--namespace` there is one of its own, `NAME-system`, which is made in any case.
    #[arg(long)]
    create_namespace: bool,
    /// Adds a ServiceMonitor, for clusters with the Prometheus operator.
    #[arg(long)]
    service_monitor: bool,
    /// Has cert-manager make the certificate of the webhooks, for clusters that have it.
    #[arg(long)]
    cert_manager: bool,
    /// Adds roles for the people who use the custom kinds: admin, editor and viewer of each.
    #[arg(long)]
    roles: bool,
    /// Writes files below this folder instead of printing.
    #[arg(long, value_name = "PATH", requires = "layout")]
    pub(super) output_dir: Option<PathBuf>,
    /// How those are arranged.
    #[arg(long, value_enum, requires = "output_dir")]
    pub(super) layout: Option<Layout>,
    /// Writes over files that others wrote or changed.
    #[arg(long, requires = "output_dir")]
    pub(super) force: bool,
}

impl Install {
    pub(super) fn installation(&self, namespace: Option<&str>) -> Installation {
        let mut installation = Installation::new(&self.image)
            .create_namespace(self.create_namespace)
            .service_monitor(self.service_monitor)
            .cert_manager(self.cert_manager)
            .roles(self.roles);
        installation.namespace = namespace.map(str::to_owned);
        installation
    }
}

/// For which shell.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub(super) struct Shell {
    /// The shell.
    pub(super) shell: clap_complete::Shell,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Runs the controllers; also when no command is given.
    Run(Run),
    /// Prints everything that installs the operator, for `kubectl apply -f -`.
    Manifests(Install),
    /// Prints the definitions of the custom kinds.
    Crds,
    /// Prints the service account, and the role that the controllers need.
    Rbac,
    /// Prints a small object of each custom kind.
    Samples,
    /// Prints what each controller follows, reads and may do, for people.
    Explain,
    /// Prints a reference of the custom kinds in Markdown.
    Docs,
    /// Has all objects of the custom kinds stored in the version that is stored now, so that older ones may go; while the operator runs.
    MigrateStorage,
    /// Prints what has a shell complete this command line.
    Completion(Shell),
}

/// What was said, to the operator and to the program around it.
#[derive(Debug)]
pub(super) struct Said<A> {
    pub(super) line: Line,
    /// The values of the program's own flags; there when it is to run.
    pub(super) args: Option<A>,
    /// Those of them that were given.
    pub(super) given: Vec<String>,
}

impl Line {
    /// The command line without flags of the program's own.
    pub(super) fn plain(name: &str) -> clap::Command {
        Self::command().bin_name(name).display_name(name)
    }

    /// Reads the arguments, the program's own name first.
    #[cfg(test)]
    pub(super) fn of<A: Args>(
        name: &str,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Said<A>, clap::Error> {
        Self::with(name, &Sources::default(), arguments)
    }

    /// Every flag that may stand in front of the command, the program's own too.
    pub(super) fn whole<A: Args>(name: &str, sources: &Sources) -> clap::Command {
        flags::anywhere::<A>(sources.environment(Self::plain(name)))
    }

    /// Reads the arguments, the program's own name first; what they do not say comes from elsewhere.
    pub(super) fn with<A: Args>(
        name: &str,
        sources: &Sources,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Said<A>, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let mut refused = None;
        if flags::any::<A>() {
            match Self::to_run(name, sources, &arguments) {
                Ok(said) => return Ok(said),
                Err(error) => refused = Some(error),
            }
        }
        let command = sources.defaults(Self::whole::<A>(name, sources));
        let matches = command.try_get_matches_from(arguments)?;
        let line = Self::from_arg_matches(&matches)?;
        let given = flags::given::<A>(&matches);
        match (line.asked(), refused) {
            (Command::Run(_), Some(error)) => Err(error),
            (Command::Run(_), None) => {
                Ok(Said { line, args: Some(A::from_arg_matches(&matches)?), given })
            }
            _ => Ok(Said { line, args: None, given }),
        }
    }

    /// The same, if all that it says is to run.
    fn to_run<A: Args>(
        name: &str,
        sources: &Sources,
        arguments: &[OsString],
    ) -> Result<Said<A>, clap::Error> {
        let command = clap::Command::new("run").bin_name(name).display_name(name);
        let command = Election::augment_args(Connection::augment_args(command));
        let command = Run::augment_args(Metrics::augment_args(command));
        let command = flags::as_written::<A>(sources.environment(command));
        let matches = sources.defaults(command).try_get_matches_from(arguments)?;
        let line = Self {
            connection: Connection::from_arg_matches(&matches)?,
            election: Election::from_arg_matches(&matches)?,
            metrics: Metrics::from_arg_matches(&matches)?,
            run: Run::from_arg_matches(&matches)?,
            command: None,
        };
        Ok(Said { line, args: Some(A::from_arg_matches(&matches)?), given: Vec::new() })
    }

    /// What to do, with what was said before the command and after it.
    pub(super) fn asked(&self) -> Command {
        match self.command.clone() {
            None => Command::Run(self.run.clone()),
            Some(Command::Run(run)) => {
                let before = self.run.clone();
                Command::Run(Run {
                    embedded: run.embedded || before.embedded,
                    take_over: run.take_over || before.take_over,
                    install_crds: run.install_crds || before.install_crds,
                    metrics_bind_address: run.metrics_bind_address.or(before.metrics_bind_address),
                    health_probe_bind_address: run
                        .health_probe_bind_address
                        .or(before.health_probe_bind_address),
                    admin: run.admin.or(before.admin),
                    admin_token_file: run.admin_token_file.or(before.admin_token_file),
                    webhook_bind_address: run.webhook_bind_address.or(before.webhook_bind_address),
                    webhook_cert_path: run.webhook_cert_path.or(before.webhook_cert_path),
                    webhook_url: run.webhook_url.or(before.webhook_url),
                })
            }
            Some(other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::chain;
    use crate::operator::Operator;

    fn line(text: &str) -> Result<Line, clap::Error> {
        Line::of::<()>("shop", text.split_whitespace().map(OsString::from)).map(|said| said.line)
    }

    #[test]
    fn run_is_what_happens_when_nothing_is_said() {
        for text in ["shop --install-crds", "shop run --install-crds", "shop --install-crds run"] {
            let line = line(text).unwrap();
            assert!(
                matches!(line.asked(), Command::Run(run) if run.install_crds && !run.embedded),
                "{text}"
            );
        }
    }

    #[test]
    fn where_it_serves_can_be_said_before_and_after_the_command() {
        for text in [
            "shop --metrics-bind-address :8080 run --health-probe-bind-address :8081",
            "shop run --metrics-bind-address :8080 --health-probe-bind-address=:8081",
            "shop --metrics-bind-address :8080 --health-probe-bind-address :8081",
        ] {
            let Command::Run(run) = line(text).unwrap().asked() else { panic!("{text}") };
            assert_eq!(run.metrics_bind_address.as_deref(), Some(":8080"), "{text}");
            assert_eq!(run.health_probe_bind_address.as_deref(), Some(":8081"), "{text}");
        }
    }

    #[test]
    fn which_cluster_can_be_said_before_and_after_the_command() {
        for text in ["shop -n prod rbac", "shop rbac --namespace prod"] {
            let line = line(text).unwrap();
            assert_eq!(line.connection.namespace.as_deref(), Some("prod"), "{text}");
            assert!(matches!(line.asked(), Command::Rbac));
        }
    }

    #[test]
    fn a_namespace_that_cannot_be_is_one_line_with_input_rule_and_remedy() {
        for text in ["shop -n Bad_NS", "shop rbac -n Bad_NS", "shop run --embedded -n Bad_NS"] {
            let error = line(text).unwrap().connection.namespace().unwrap_err();
            let told = "failed to use `--namespace`: `Bad_NS` cannot be a namespace: use at most 63 of a-z, 0-9 and `-`, with a letter or digit at both ends";
            assert_eq!(chain(&error), told, "{text}");
        }
    }

    #[test]
    fn leader_election_is_asked_for_and_can_be_refused() {
        let rows = [
            ("shop run", None),
            ("shop run --leader-elect", Some(Elect::True)),
            ("shop --leader-elect rbac", Some(Elect::True)),
            ("shop --leader-elect=false", Some(Elect::False)),
            ("shop run --leader-elect=coordinated", Some(Elect::Coordinated)),
        ];
        for (text, expected) in rows {
            assert_eq!(line(text).unwrap().election.leader_elect, expected, "{text}");
        }
        line("shop run --leader-elect=perhaps").unwrap_err();
    }

    #[test]
    fn who_may_read_metrics_can_be_said_before_and_after_the_command() {
        for (text, secure) in [
            ("shop run", None),
            ("shop run --metrics-secure --metrics-cert-path /tls", Some(true)),
            ("shop --metrics-secure rbac", Some(true)),
            ("shop manifests --image shop:1 --metrics-secure", Some(true)),
            ("shop --metrics-secure=false", Some(false)),
        ] {
            assert_eq!(line(text).unwrap().metrics.metrics_secure, secure, "{text}");
        }
    }

    #[test]
    fn what_is_installed_needs_an_image_and_its_namespace_can_be_said_before_and_after() {
        line("shop manifests").unwrap_err();
        let text = "shop manifests --image shop:1 -n prod --create-namespace --service-monitor";
        for text in
            [text, "shop -n prod manifests --image=shop:1 --create-namespace --service-monitor"]
        {
            let line = line(text).unwrap();
            let Command::Manifests(install) = line.asked() else { panic!("{text}") };
            let asked = install.installation(line.connection.namespace.as_deref());
            assert_eq!(
                (asked.image.as_str(), asked.namespace.as_deref()),
                ("shop:1", Some("prod"))
            );
            assert!(asked.create_namespace && asked.service_monitor);
        }
    }

    #[test]
    fn files_have_a_folder_and_a_layout() {
        let install = "shop manifests --image shop:1";
        for (flags, expected) in [
            ("", None),
            ("--layout helm --output-dir chart", Some((Layout::Helm, false))),
            ("--output-dir a --layout=kustomize --force", Some((Layout::Kustomize, true))),
        ] {
            let asked = line(&format!("{install} {flags}")).unwrap().asked();
            let Command::Manifests(asked) = asked else { panic!("{flags}") };
            assert_eq!(asked.layout.map(|layout| (layout, asked.force)), expected, "{flags}");
        }
        for flags in ["--layout helm", "--output-dir chart", "--force"] {
            line(&format!("{install} {flags}")).unwrap_err();
        }
    }

    #[test]
    fn what_the_deployment_says_is_what_this_command_line_takes() {
        async fn open() -> Result<crate::flow::Action> {
            Ok(crate::flow::Action::done())
        }
        let controller = || crate::controller::Controller::<crate::shops::Shop>::of("shops", open);
        let endpoint = crate::endpoint::Endpoint::default().metrics("127.0.0.1:9090");
        let operator = || Operator::new("shop").controller(controller()).serve(endpoint.clone());
        let election = crate::leader::LeaderElection::default();
        let named = election.clone().namespace("locks");
        let rows = [
            (operator(), Elect::False, None),
            (operator().leader_election(election.clone()), Elect::True, None),
            (operator().leader_election(named), Elect::True, Some("locks")),
            (operator().leader_election(election.coordinated("1.0.0")), Elect::Coordinated, None),
        ];
        for (operator, elects, namespace) in rows {
            let manifests = operator.manifests(&Installation::new("shop:1")).unwrap();
            let objects = manifests.objects().iter();
            let deployment = objects.rev().find(|object| object["kind"] == "Deployment").unwrap();
            let arguments = &deployment["spec"]["template"]["spec"]["containers"][0]["args"];
            let arguments: Vec<&str> =
                arguments.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
            let line = line(&format!("shop {}", arguments.join(" "))).unwrap();
            assert_eq!(line.election.leader_elect, Some(elects));
            assert_eq!(line.election.leader_elect_namespace.as_deref(), namespace);
            let Command::Run(run) = line.asked() else { panic!("{arguments:?}") };
            assert_eq!(run.metrics_bind_address.as_deref(), Some(":9090"));
            assert_eq!(run.health_probe_bind_address.as_deref(), Some(":8081"));
        }
    }

    #[test]
    fn a_word_that_is_no_command_is_a_mistake_and_its_exit_code_not_zero() {
        let error = line("shop runn").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("runn"), "{error}");
    }
}
