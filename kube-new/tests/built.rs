//! The program as a newcomer has it: what it writes is built, tested and run, and what it refuses is left alone.
#![allow(clippy::unwrap_used, reason = "what is unwrapped in vain fails the test, as it should")]

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

fn kube_new(place: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_kube-new");
    Command::new(program).args(arguments).current_dir(place).output().unwrap()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Cargo in the new folder, with the versions, the profile and the target folder of this workspace: what is built there already is not built again.
fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    let target = Path::new(env!("CARGO_BIN_EXE_kube-new")).ancestors().nth(2).unwrap();
    command
        .args(["--offline", "--quiet"])
        .args(["--config", "profile.dev.debug='line-tables-only'"])
        .args(["--config", "profile.dev.package.'*'.debug=false"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", target)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = cargo(folder, arguments).output().unwrap();
    let (told, said) =
        (String::from_utf8(output.stderr).unwrap(), String::from_utf8(output.stdout).unwrap());
    assert!(output.status.success(), "{arguments:?}: {told}{said}");
    assert!(!told.contains("warning"), "{told}");
    said
}

/// A child that does not outlive the test.
struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn what_is_written_builds_passes_its_tests_and_runs_at_once() {
    let place = tempfile::tempdir().unwrap();
    let made = kube_new(place.path(), &["web-shop"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let folder = place.path().join("web-shop");
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let tested = run(&folder, &["test"]);
    assert!(tested.contains("3 passed"), "{tested}");
    assert!(run(&folder, &["run", "--", "crds"]).contains("kind: WebShop"));
    assert!(run(&folder, &["fmt", "--check"]).is_empty());
    let mut running = cargo(&folder, &["run", "--", "run", "--embedded"]);
    let running = running.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut running = Child(running);
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    // It ends when the program does: a program that does not start fails the test.
    let is_up = lines.any(|line| line.unwrap().contains("listens on"));
    assert!(is_up, "it ended before it ran");
}

#[test]
fn what_cannot_be_is_one_line_and_nothing_is_written() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join("mine/src")).unwrap();
    for (arguments, reason) in [
        (&["Web_Shop"][..], "no name of an operator"),
        (&["mine"], "not empty"),
        (&["shop", "--path", "/nowhere"], "--path or --git"),
        (&["shop", "--git", "nowhere"], "is no address"),
    ] {
        let refused = kube_new(place.path(), arguments);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && told.contains(reason), "{arguments:?}: {told}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "{arguments:?}");
    }
}
