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

/// A running cluster.
pub(crate) struct RealCluster {
    process: Child,
    kubeconfig: PathBuf,
    _folder: tempfile::TempDir,
}

impl RealCluster {
    /// Starts one, or says SKIPPED where there is no tool for it; under `CI=true` that is a failure.
    pub(crate) fn start() -> Option<Self> {
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
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.args(["up", "--nodes", "2", "--dir"]).arg(folder.path());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the real cluster ended without a kubeconfig");
        Some(Self { process, kubeconfig: line.trim().into(), _folder: folder })
    }

    /// The file that says where it is and who may do everything there.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
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
        // SIGTERM, so that it ends its own children; std can only send SIGKILL.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}
