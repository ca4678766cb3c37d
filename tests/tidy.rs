//! The rules of the house that the compiler does not check: order of modules, size and headers of files.

mod behaviours;
mod markers;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

const CRATES: [&str; 7] = [
    "kube-core",
    "kube-derive",
    "kube-rules",
    "kube-embedded",
    "kube-runtime",
    "kube-testing",
    "kube-new",
];
const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the workspace")
        .to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.expect("a folder that was opened can be listed").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target" && name != "ui") {
                found.extend(rust_files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn all_files() -> Vec<(PathBuf, String)> {
    let root = root();
    let mut files = Vec::new();
    for folder in CRATES.iter().chain(&["examples", "tests", "benches"]) {
        for path in rust_files(&root.join(folder)) {
            let text = fs::read_to_string(&path).expect("a source file is UTF-8");
            files.push((path.strip_prefix(&root).expect("found below it").to_owned(), text));
        }
    }
    assert!(files.len() > 50, "found {} files: the walk itself is broken", files.len());
    files
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

/// The modules that `lib.rs` declares, in its order, but for tests; `prelude` and `__private` only re-export.
fn declared_modules(lib: &str) -> Vec<String> {
    let lib = lib.replace("#[cfg(test)]\nmod ", "#[cfg(test)] mod ");
    lib.lines()
        .filter_map(|line| {
            let line = line.trim_start();
            let line = line
                .strip_prefix("pub ")
                .or_else(|| line.strip_prefix("pub(crate) "))
                .unwrap_or(line);
            let name = line.strip_prefix("mod ")?.split([';', ' ', '{']).next()?;
            (!["prelude", "__private"].contains(&name)).then(|| name.to_owned())
        })
        .collect()
}

/// The modules that a file names by a path from the crate's root.
fn used_modules(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for part in line.split("crate::").skip(1) {
            let name: String =
                part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            used.push((number + 1, name));
        }
    }
    used
}

/// Lines of a file before its own tests: a test may look wherever it likes.
fn without_tests(text: &str) -> String {
    let mut kept = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]"
            && lines.peek().is_some_and(|next| next.trim_start().starts_with("mod "))
        {
            break;
        }
        kept.push(line);
    }
    kept.join("\n")
}

#[test]
fn a_module_uses_only_modules_declared_above_it() {
    let mut violations = Vec::new();
    for name in CRATES {
        let source = root().join(name).join("src");
        let lib = fs::read_to_string(source.join("lib.rs")).expect("every crate has a lib.rs");
        let order = declared_modules(&lib);
        assert!(
            !order.is_empty(),
            "{name}/src/lib.rs declares no module: the check itself is broken"
        );
        for path in rust_files(&source) {
            let below = path.strip_prefix(&source).expect("found below it");
            let own =
                below.components().next().expect("a file has a name").as_os_str().to_string_lossy();
            let own = own.trim_end_matches(".rs");
            let Some(own_place) = order.iter().position(|module| module == own) else { continue };
            if path.file_name().is_some_and(|file| file == "tests.rs")
                || below.components().any(|part| part.as_os_str() == "tests")
            {
                continue;
            }
            let text = without_tests(&fs::read_to_string(&path).expect("a source file is UTF-8"));
            for (line, used) in used_modules(&text) {
                if order
                    .iter()
                    .position(|module| *module == used)
                    .is_some_and(|place| place > own_place)
                {
                    violations.push(format!("{name}/src/{}:{line}: `{own}` uses `{used}`, which lib.rs declares below it", below.display()));
                }
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn a_file_has_at_most_500_lines() {
    let long = all_files().into_iter().filter(|(_, text)| text.lines().count() > MAX_LINES);
    let violations: Vec<_> = long
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert_none(&violations);
}

#[test]
fn every_file_opens_with_one_line_that_says_what_it_is_for() {
    let bare = all_files().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    let violations: Vec<_> = bare
        .map(|(path, _)| format!("{}: the first line is no `//! ` header", path.display()))
        .collect();
    assert_none(&violations);
}

#[test]
fn edges_between_modules_are_one_use_each() {
    let mut violations = Vec::new();
    for (path, text) in all_files() {
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("use crate::{") {
                violations.push(format!("{}:{}: one `use` per module", path.display(), number + 1));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn the_embedded_server_knows_no_kube_crate_and_no_library_knows_an_example() {
    let manifest =
        fs::read_to_string(root().join("kube-embedded/Cargo.toml")).expect("the manifest exists");
    for foreign in ["kube-core", "kube-runtime", "kube-derive", "k8s-openapi"] {
        assert!(
            !manifest.contains(foreign),
            "kube-embedded must not depend on {foreign}: it would agree with the client's mistakes"
        );
    }
    let mut violations = Vec::new();
    for (path, text) in all_files() {
        let library = CRATES.iter().any(|name| path.starts_with(Path::new(name).join("src")));
        let code = without_tests(&text);
        let tests =
            path.iter().any(|part| part == "tests" || part == "tests.rs" || part == "golden");
        if !library || tests {
            continue;
        }
        for (number, line) in code.lines().enumerate() {
            if !line.trim_start().starts_with("//") && line.to_lowercase().contains("website") {
                violations.push(format!(
                    "{}:{}: a library names an example's kind",
                    path.display(),
                    number + 1
                ));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn what_mirrors_client_go_says_which_file() {
    let mut violations = Vec::new();
    for (path, text) in all_files() {
        for (number, line) in text.lines().enumerate() {
            let Some(source) = line.trim_start().strip_prefix("//! Mirrors: ") else { continue };
            let known = [
                "client-go ",
                "controller-runtime ",
                "apiserver ",
                "cel-go ",
                "apimachinery ",
                "apiextensions-apiserver ",
                "kube-openapi ",
                "kubernetes ",
                "structured-merge-diff ",
                "KEP-",
                "RFC ",
            ];
            if !known.iter().any(|name| source.starts_with(name)) {
                violations.push(format!(
                    "{}:{}: `{source}` names no project and file",
                    path.display(),
                    number + 1
                ));
            }
        }
    }
    assert_none(&violations);
}

/// The names of the examples are those that `examples/Cargo.toml` declares.
fn examples() -> Vec<String> {
    let manifest =
        fs::read_to_string(root().join("examples/Cargo.toml")).expect("the manifest exists");
    manifest
        .split("[[example]]")
        .skip(1)
        .filter_map(|part| part.split('"').nth(1).map(str::to_owned))
        .collect()
}

#[test]
fn the_readme_names_every_example() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let examples = examples();
    assert!(!examples.is_empty(), "the manifest of the examples declares none");
    let missing: Vec<_> =
        examples.into_iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert_none(&missing);
}

#[test]
fn a_whole_operator_is_at_most_80_lines() {
    let operator = fs::read_to_string(root().join("examples/website/operator.rs"))
        .expect("the example exists");
    assert!(
        operator.lines().count() <= 80,
        "examples/website/operator.rs has {} lines",
        operator.lines().count()
    );
}
