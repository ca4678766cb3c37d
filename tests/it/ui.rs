//! Wrong input of the macros: each file of `tests/ui` is named after the rule that it breaks; beside it stands what the user is told.
//!
//! rustc runs on the crates that this test is linked to. A project of their own, as trybuild makes, would build all of them again: minutes,
//! where this takes seconds. `UI_UPDATE=1` writes what is told now.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test says what is wrong by failing there"
)]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::SystemTime;

/// Messages are those of this compiler.
const COMPILER: &str = "rustc 1.95.";

/// Lines that say nothing of the mistake.
const NOISE: [&str; 7] = [
    "= note: in this macro invocation",
    "error: aborting due to",
    "For more information about",
    "Some errors have detailed explanations",
    "= note: the full name for the type has been written to",
    "= note: consider using `--verbose` to print",
    "= note: this error originates in",
];

/// The compiler, and where it finds what a user would depend on.
struct Compiler {
    crates: PathBuf,
    externs: Vec<(&'static str, PathBuf)>,
}

impl Compiler {
    fn new() -> Self {
        let program = std::env::current_exe().unwrap();
        let crates = program.parent().unwrap().to_owned();
        let mut compiler = Self { crates, externs: Vec::new() };
        compiler.add("kube_runtime", "use kube_runtime::prelude::Resource as _;\nfn main() {}\n");
        // Those of several which the runtime knows.
        compiler.add(
            "kube_core",
            "fn ours<K: kube_core::Resource>() {}\npub fn theirs<K: kube_runtime::prelude::Resource>() { ours::<K>() }\nfn main() {}\n",
        );
        compiler.add(
            "k8s_openapi",
            "fn is<K: kube_runtime::prelude::Resource>() {}\nfn main() { is::<k8s_openapi::api::core::v1::Pod>() }\n",
        );
        compiler
    }

    /// The newest build of a crate with which the probe compiles: one whose own dependencies are still there.
    fn add(&mut self, name: &'static str, program: &str) {
        let mut builds: Vec<(SystemTime, PathBuf)> = fs::read_dir(&self.crates)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rlib"))
            .filter(|path| {
                path.file_name().unwrap().to_str().unwrap().starts_with(&format!("lib{name}-"))
            })
            .map(|path| (path.metadata().unwrap().modified().unwrap(), path))
            .collect();
        builds.sort();
        let probe = self.folder().join(format!("{name}.rs"));
        fs::write(&probe, program).unwrap();
        while let Some((_, build)) = builds.pop() {
            self.externs.push((name, build));
            if !self.told(&probe).contains("error") {
                return;
            }
            self.externs.pop();
        }
        panic!("no build of {name} in {}", self.crates.display());
    }

    fn folder(&self) -> PathBuf {
        let folder = self.crates.join("ui");
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// What a user is told about a file, without what differs from machine to machine.
    fn told(&self, file: &Path) -> String {
        let mut command = Command::new("rustc");
        command.args([
            "--edition",
            "2024",
            "--crate-type",
            "bin",
            "--emit",
            "metadata",
            "--color",
            "never",
        ]);
        command.arg("--out-dir").arg(self.folder());
        command.arg("-L").arg(format!("dependency={}", self.crates.display()));
        for (name, build) in &self.externs {
            command.arg("--extern").arg(format!("{name}={}", build.display()));
        }
        let output = command.arg(file).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        plain(&String::from_utf8(output.stderr).unwrap())
    }
}

/// What begins a list of types; how it is told depends on which sources the compiler finds.
const OTHER_TYPES: &str = "help: the following other types implement trait";

/// Leaves out what changes without a change of the macros: lines of other crates, widths, counts, and which other types would do.
fn plain(told: &str) -> String {
    let mut lines = Vec::new();
    let (mut elsewhere, mut of_others) = (false, false);
    for line in told.lines().map(str::trim) {
        // With a place of its own it begins a line, without one it is indented.
        let bare = line.strip_prefix("= ").unwrap_or(line);
        let item = bare.starts_with("note: `");
        let other = bare.starts_with("note:") || bare.starts_with("help:");
        of_others &= !line.is_empty() && (item || !other);
        of_others |= bare.starts_with(OTHER_TYPES);
        if of_others {
            continue;
        }
        if NOISE.iter().any(|noise| line.starts_with(noise)) || line.ends_with(" others") {
            continue;
        }
        if let Some(place) = line.strip_prefix("--> ").or_else(|| line.strip_prefix("::: ")) {
            elsewhere = !place.starts_with("ui/");
            if elsewhere {
                let file = place.split(':').next().unwrap_or(place);
                lines.push(format!("--> {}", file.rsplit('/').next().unwrap_or(file)));
                continue;
            }
        }
        // The source of other crates is shown only where it is as it was when they were built.
        let number = line.split(" |").next().unwrap_or(line);
        let shown = line.starts_with('|')
            || line == "..."
            || number.bytes().all(|byte| byte.is_ascii_digit());
        elsewhere &= shown && !line.is_empty();
        if !elsewhere {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

fn is_expected_compiler() -> bool {
    let output = Command::new("rustc").arg("--version").output().unwrap();
    String::from_utf8(output.stdout).unwrap().starts_with(COMPILER)
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = |path: PathBuf| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = list(folder.join("ui"))
        .flat_map(list)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.strip_prefix(folder).unwrap().to_owned())
        .collect();
    files.sort();
    files
}

/// What is wrong with one file, if anything is.
fn check(compiler: &Compiler, file: &Path) -> Option<String> {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join(file).with_extension("stderr");
    let told = compiler.told(file);
    if !told.contains("error") {
        return Some(format!("{} compiles, and should not:\n{told}", file.display()));
    }
    if std::env::var_os("UI_UPDATE").is_some() {
        fs::write(expected, told + "\n").unwrap();
        return None;
    }
    let wanted = fs::read_to_string(expected).unwrap_or_default();
    (wanted.trim() != told)
        .then(|| format!("{}\n--- expected\n{wanted}\n--- told\n{told}\n", file.display()))
}

#[test]
fn wrong_input_is_told_where_why_and_what_to_do() {
    if !is_expected_compiler() {
        let skipped = format!("SKIPPED: the messages are those of {COMPILER}x");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{skipped}");
        eprintln!("{skipped}");
        return;
    }
    let compiler = Compiler::new();
    let files = files();
    assert!(files.len() >= 60, "found {} files", files.len());
    let left = Mutex::new(files);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(file) = { left.lock().unwrap().pop() } {
                    wrong.lock().unwrap().extend(check(&compiler, &file));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
}
