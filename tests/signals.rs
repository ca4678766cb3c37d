//! A second Ctrl-C: an operator's own process with a reconcile that never ends in, how the process ended out.
//!
//! Without the test harness, so that this program can be the operator: it starts itself again with `$CHILD_OF_SIGNALS`.

#![allow(clippy::unwrap_used, reason = "what is unwrapped in vain fails the test, as it should")]

use std::io::BufRead as _;
use std::io::BufReader;
use std::net::Ipv4Addr;
use std::process::Child;
use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_embedded::Server;
use kube_runtime::prelude::*;

const CHILD: &str = "CHILD_OF_SIGNALS";
/// Less than the 25 s after which the process gives up by itself.
const SOON: Duration = Duration::from_secs(20);

/// Begins, and does not end.
#[controller]
async fn stuck(_: Object<ConfigMap>) -> Result<Action> {
    tell();
    std::future::pending().await
}

#[expect(clippy::print_stderr, reason = "the parent reads it")]
fn tell() {
    eprintln!("a reconcile runs");
}

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::var_os(CHILD).is_some() {
        return Operator::new("stuck").controller(stuck).main().await;
    }
    a_second_signal_drops_running_reconciles_and_the_exit_code_is_not_zero().await;
    ExitCode::SUCCESS
}

/// The operator's process; it never outlives the test.
struct Process {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Process {
    fn start(kubeconfig: &std::path::Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(CHILD, "yes").env("KUBECONFIG", kubeconfig).env_remove("RUST_LOG");
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            stderr
                .lines()
                .map_while(std::result::Result::ok)
                .for_each(|line| _ = sender.send(line));
        });
        Self { child, lines }
    }

    /// Waits for a line with these words.
    fn says(&self, words: &str) {
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.contains(words)) {
            match self.lines.recv_timeout(SOON) {
                Ok(line) => said.push(line),
                Err(_) => panic!("`{words}` was not said: {said:#?}"),
            }
        }
    }

    /// As Ctrl-C does; std can only send SIGKILL.
    fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

async fn a_second_signal_drops_running_reconciles_and_the_exit_code_is_not_zero() {
    let server = Server::builder().seed(1).build();
    let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let kubeconfig = server.kubeconfig(&listening.url(), &server.admin_token());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    std::fs::write(&path, &kubeconfig).unwrap();
    let admin = Client::new(kube_core::Config::from_kubeconfig_yaml(&kubeconfig).unwrap()).unwrap();
    let metadata = ObjectMeta { name: Some("held".to_owned()), ..ObjectMeta::default() };
    let map = ConfigMap { metadata, ..ConfigMap::default() };
    admin.namespace("default").create(&map).await.unwrap();
    let ended = tokio::task::spawn_blocking(move || {
        let mut process = Process::start(&path);
        process.says("a reconcile runs");
        process.interrupt();
        process.says("a second signal drops them");
        assert!(process.child.try_wait().unwrap().is_none(), "the reconcile is waited for");
        process.interrupt();
        process.says("error: killed by a second signal: running reconciles were dropped");
        process.child.wait().unwrap()
    });
    assert_eq!(ended.await.unwrap().code(), Some(1));
    listening.stop().await;
}
