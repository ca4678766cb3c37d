//! A genuine Kubernetes for one test: found by `$REAL_CLUSTER`, else `../shared/tools/real-cluster`; started here, and ended with the test.

use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use kube_core::Client;
use kube_core::Config;
use kube_core::config::LoadingRules;

/// How often it is started until it is up.
const ATTEMPTS: u32 = 3;

/// A running cluster.
pub(crate) struct RealCluster {
    process: Child,
    /// Another API server that was started here.
    beside: Option<Child>,
    kubeconfig: PathBuf,
    /// The tool itself, which is kubectl too.
    program: PathBuf,
    _folder: tempfile::TempDir,
}

impl RealCluster {
    /// Starts one, or says SKIPPED where there is no tool for it; under `CI=true` that is a failure.
    pub(crate) fn start() -> Option<Self> {
        Self::started(&["--nodes", "2"])
    }

    /// One that writes down what it is asked.
    pub(crate) fn audited() -> Option<Self> {
        Self::started(&["--nodes", "1", "--audit"])
    }

    /// A line of JSON for each event.
    pub(crate) fn audit_log(&self) -> PathBuf {
        self.kubeconfig.with_file_name("audit.log")
    }

    /// One without nodes that coordinates elections: a second API server beside the first, on the same objects, with what is off by default.
    pub(crate) fn coordinating() -> Option<Self> {
        let mut cluster = Self::started(&[])?;
        let (program, mut arguments) = cluster.api_server();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        arguments.retain(|argument| !argument.starts_with("--secure-port="));
        arguments.push(format!("--secure-port={port}"));
        arguments.push("--feature-gates=CoordinatedLeaderElection=true".to_owned());
        arguments.push("--runtime-config=coordination.k8s.io/v1beta1=true".to_owned());
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        cluster.beside = Some(command.spawn().unwrap());
        let told = std::fs::read_to_string(&cluster.kubeconfig).unwrap();
        let (before, rest) = told.split_once("https://127.0.0.1:").unwrap();
        let rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        cluster.kubeconfig.set_file_name("kubeconfig-coordinating");
        let told = format!("{before}https://127.0.0.1:{port}{rest}");
        std::fs::write(&cluster.kubeconfig, told).unwrap();
        Some(cluster)
    }

    /// The program and the arguments of its API server, which is a child of the tool.
    fn api_server(&self) -> (PathBuf, Vec<String>) {
        let tool = self.process.id();
        let threads = std::fs::read_dir(format!("/proc/{tool}/task")).unwrap();
        let of_thread = |thread: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(thread.unwrap().path().join("children")).unwrap_or_default()
        };
        let children: String = threads.map(of_thread).collect();
        let of = |child: &str| {
            let line = std::fs::read(format!("/proc/{child}/cmdline")).unwrap();
            let words = line.split(|byte| *byte == 0).filter(|word| !word.is_empty());
            words.map(|word| String::from_utf8(word.to_vec()).unwrap()).collect::<Vec<_>>()
        };
        let mut lines = children.split_whitespace().map(of);
        let line = lines.find(|line| line.get(1).is_some_and(|name| name == "kube-apiserver"));
        let line = line.expect("the tool runs an API server");
        (PathBuf::from(&line[0]), line[1..].to_vec())
    }

    fn started(options: &[&str]) -> Option<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tools/real-cluster");
        let tool = std::env::var_os("REAL_CLUSTER").map_or(beside, PathBuf::from);
        let Some(program) = built(&tool) else {
            let skipped = format!(
                "SKIPPED: no real cluster (looked for {} and go)",
                tool.join("build").display()
            );
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{skipped}");
            #[expect(clippy::print_stderr, reason = "who runs the tests must see it")]
            {
                eprintln!("{skipped}");
            }
            return None;
        };
        // Its ports were free when it looked; somebody else may take one before it does.
        let attempt = |_| Self::up(&program, options);
        Some((0..ATTEMPTS).find_map(attempt).expect("the real cluster ended without a kubeconfig"))
    }

    /// None if it ends before it is up.
    fn up(program: &Path, options: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.arg("up").args(options).arg("--dir").arg(folder.path());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let kubeconfig = line.trim().into();
        let program = program.to_owned();
        let cluster = Self { process, beside: None, kubeconfig, program, _folder: folder };
        (!line.is_empty()).then_some(cluster)
    }

    /// The file that says where it is and who may do everything there.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// kubectl, of the very version of the server.
    pub(crate) fn kubectl(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("kubectl");
        command
    }

    /// What its kubeconfig says.
    pub(crate) fn config(&self) -> Config {
        LoadingRules::new().kubeconfig(&self.kubeconfig).load().unwrap()
    }

    /// Its administrator.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.config()).unwrap()
    }
}

fn built(tool: &Path) -> Option<PathBuf> {
    let build = tool.join("build");
    if !build.exists() || Command::new("go").arg("version").output().is_err() {
        return None;
    }
    let output = Command::new(build).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the real cluster cannot be built");
    Some(String::from_utf8(output.stdout).unwrap().trim().into())
}

impl Drop for RealCluster {
    fn drop(&mut self) {
        if let Some(beside) = &mut self.beside {
            let _ = beside.kill();
            let _ = beside.wait();
        }
        // SIGTERM, so that it ends its own children; std can only send SIGKILL.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}
