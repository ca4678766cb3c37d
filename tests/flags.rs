//! An operator's process with flags of its own: command lines in, what it printed and how it ended out.
//!
//! Without the test harness, so that this program can be the operator: it starts itself again with `$CHILD_OF_FLAGS`.

#![allow(clippy::unwrap_used, reason = "what is unwrapped in vain fails the test, as it should")]

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::process::ExitCode;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_embedded::Server;
use kube_runtime::operator::Start;
use kube_runtime::prelude::*;
use tokio::io::AsyncBufReadExt as _;

const CHILD: &str = "CHILD_OF_FLAGS";

#[derive(clap::Args)]
struct Flags {
    /// Where names are registered.
    #[arg(long, env = "DNS")]
    dns: String,
}

#[derive(clap::Args)]
struct Taken {
    #[arg(long)]
    kubeconfig: Option<String>,
}

struct Dns;

#[controller]
async fn look(_: Object<ConfigMap>, _: State<Dns>) -> Result<Action> {
    Ok(Action::done())
}

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::var(CHILD).as_deref() {
        Ok("flags") => {
            let refuse = |start: Start<Flags>| async move {
                Err::<Dns, _>(Error::msg(format!("no route to {}", start.args.dns)))
            };
            let operator = Operator::new("flags").args::<Flags>().state_with(refuse);
            operator.controller(look).namespaces(["z"]).main().await
        }
        Ok("follow") => Operator::new("follow").controller(watch).main().await,
        Ok(_) => Operator::new("taken").args::<Taken>().controller(look).main().await,
        Err(_) => {
            what_was_said_reaches_the_state_and_only_run_asks_for_it().await;
            a_running_operator_logs_what_its_configuration_says_now().await;
            ExitCode::SUCCESS
        }
    }
}

#[controller]
async fn watch(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

/// The operator's process, about to be started.
fn process(child: &str, kubeconfig: &Path, arguments: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments.split_whitespace()).env(CHILD, child).env("KUBECONFIG", kubeconfig);
    command.env_remove("RUST_LOG").env_remove("DNS");
    command
}

/// How the operator's process ended: its exit code, what it printed, what it told.
fn ended(
    child: &str,
    kubeconfig: &Path,
    arguments: &str,
    dns: Option<&str>,
) -> (i32, String, String) {
    let mut command = process(child, kubeconfig, arguments);
    command.envs(dns.map(|dns| ("DNS", dns)));
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

async fn what_was_said_reaches_the_state_and_only_run_asks_for_it() {
    let server = Server::builder().seed(1).build();
    let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    std::fs::write(&path, server.kubeconfig(&listening.url(), &server.admin_token())).unwrap();
    let checks = tokio::task::spawn_blocking(move || {
        for (arguments, dns) in [
            ("run --dns a", None),
            ("--dns a run", None),
            ("--dns=a", None),
            ("run", Some("a")),
            ("--dns a", Some("b")),
        ] {
            let (code, _, told) = ended("flags", &path, arguments, dns);
            let last = told.lines().last().unwrap();
            assert!(code == 1 && last.ends_with("Dns`: no route to a"), "{arguments}: {told}");
        }
        for arguments in ["crds", "rbac", "explain", "manifests --image flags:1", "--help"] {
            let (code, _, told) = ended("flags", &path, arguments, None);
            assert_eq!((code, told.as_str()), (0, ""), "{arguments}");
        }
        let config = path.with_file_name("flags.yaml");
        let config = config.to_str().unwrap();
        std::fs::write(config, "dns: c\n").unwrap();
        let in_file = format!("run --config {config}");
        for (arguments, dns, expected) in [
            (in_file.clone(), None, "c"),
            (in_file.clone(), Some("b"), "b"),
            (format!("{in_file} --dns a"), Some("b"), "a"),
        ] {
            let (_, _, told) = ended("flags", &path, &arguments, dns);
            let expected = format!("Dns`: no route to {expected}\n");
            assert!(told.ends_with(&expected), "{arguments}: {told}");
        }
        std::fs::write(config, "namespace: In_File\ndns: c\n").unwrap();
        for (arguments, variable, expected) in [
            (in_file.clone(), None, "`In_File`"),
            (in_file.clone(), Some("In_Environment"), "`In_Environment`"),
            (format!("{in_file} -n In_Flag"), Some("In_Environment"), "`In_Flag`"),
            (format!("-n In_Flag {in_file}"), Some("In_Environment"), "`In_Flag`"),
        ] {
            let mut command = process("flags", &path, &arguments);
            command.envs(variable.map(|name| ("FLAGS_NAMESPACE", name)));
            let told = String::from_utf8(command.output().unwrap().stderr).unwrap();
            assert!(told.contains(expected), "{arguments} {variable:?}: {told}");
        }
        std::fs::write(config, "dsn: a-secret\n").unwrap();
        let (code, _, told) = ended("flags", &path, &in_file, None);
        let start = format!(
            "error: failed to use the configuration `{config}`: there is no key `dsn`: use "
        );
        assert!(code == 1 && told.starts_with(&start) && !told.contains("secret"), "{told}");
        let (_, manifests, _) = ended("flags", &path, "manifests --image flags:1 --dns a", None);
        assert!(manifests.contains("- --dns=a\n"), "{manifests}");
        for (arguments, places) in [("rbac", ["z", "z"]), ("rbac --namespaces b,a", ["a", "b"])] {
            let (_, rbac, _) = ended("flags", &path, arguments, None);
            let roles = rbac.split("---\n").filter(|object| object.contains("kind: Role\n"));
            let all = roles.collect::<Vec<_>>();
            for (role, place) in [(all.first(), places[0]), (all.last(), places[1])] {
                assert!(role.unwrap().contains(&format!("namespace: {place}\n")), "{rbac}");
            }
            assert!(!rbac.contains("kind: ClusterRole\n"), "{rbac}");
        }
        let (code, _, told) = ended("flags", &path, "rbac --namespaces a,B_", None);
        assert!(
            code == 1 && told.starts_with("error: failed to use `--namespaces`: `B_`"),
            "{told}"
        );
        let (code, _, told) = ended("flags", &path, "run", None);
        assert!(code == 2 && told.contains("--dns <DNS>"), "{told}");
        for arguments in ["crds", "--help"] {
            let (code, _, told) = ended("taken", &path, arguments, None);
            assert!(code == 1 && told.contains("`--kubeconfig` of `kubeconfig`"), "{told}");
        }
    });
    checks.await.unwrap();
    listening.stop().await;
}

/// A volume of a ConfigMap: its files are links through `..data`, which is replaced as a whole.
fn publish(volume: &Path, version: &str, text: &str) {
    let folder = volume.join(format!("..{version}"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config.yaml"), text).unwrap();
    let link = volume.join("..data_tmp");
    std::os::unix::fs::symlink(folder.file_name().unwrap(), &link).unwrap();
    std::fs::rename(link, volume.join("..data")).unwrap();
}

async fn a_running_operator_logs_what_its_configuration_says_now() {
    let server = Server::builder().seed(1).build();
    let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let volume = folder.path();
    let kubeconfig = volume.join("kubeconfig");
    let text = server.kubeconfig(&listening.url(), &server.admin_token());
    std::fs::write(&kubeconfig, text).unwrap();
    publish(volume, "1", "log: info\n");
    std::os::unix::fs::symlink("..data/config.yaml", volume.join("config.yaml")).unwrap();
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.env("FOLLOW_CONFIG", volume.join("config.yaml")).env("KUBECONFIG", kubeconfig);
    command.env(CHILD, "follow").env_remove("RUST_LOG").kill_on_drop(true);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut told = tokio::io::BufReader::new(child.stderr.take().unwrap()).lines();
    let mut tells = async |what: &str| {
        let found = async {
            loop {
                let line = told.next_line().await.unwrap().expect("it runs on");
                if line.contains(what) {
                    return line;
                }
            }
        };
        let found = tokio::time::timeout(std::time::Duration::from_secs(30), found).await;
        found.unwrap_or_else(|_| panic!("never told: {what}"))
    };
    tells("running: every cache is synced").await;
    publish(volume, "2", "log: info,kube_runtime=debug\nnamespace: prod\n");
    tells("the log has changed").await;
    tells("start again to use it").await;
    publish(volume, "3", "log: loud\n");
    let line = tells("`loud` is no level").await;
    assert!(line.contains("everything stays as it was"), "{line}");
    child.kill().await.unwrap();
    listening.stop().await;
}
