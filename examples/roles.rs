//! Every example with an operator, through its whole story: what it asked of the server is what its generated roles allow.
#![allow(clippy::unwrap_used, reason = "what is unwrapped in vain fails the test, as it should")]

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// What an example says when it is so; it fails when it is not.
const EXACT: &str = "are what it used";

/// These run until somebody ends them: `tests` tells their stories, in `it/{roles,memcached,website}.rs`.
const WITHOUT_AN_END: [&str; 3] = ["flags", "memcached-operator", "website-operator"];

/// Name and source of each example in the manifest.
fn examples() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let of = |entry: &str, field: &str| {
        let rest = entry.split_once(&format!("{field} = \"")).unwrap().1;
        rest.split_once('"').unwrap().0.to_owned()
    };
    let entries = manifest.split("[[example]]").skip(1);
    entries.map(|entry| (of(entry, "name"), folder.join(of(entry, "path")))).collect()
}

/// Its whole output.
fn played(example: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let program = program.parent().unwrap().with_file_name("examples").join(example);
    let mut command = Command::new("timeout");
    command.arg("150").arg(program).arg("--once");
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(output.status.success(), "{example} ended with {}:\n{told}", output.status);
    told
}

#[test]
fn every_example_with_an_operator_may_do_what_it_does_and_nothing_else() {
    let mut seen = 0;
    for (name, source) in examples() {
        let program = std::fs::read_to_string(&source).unwrap();
        let has_operator = program.contains("Operator::new") || program.contains("operator::");
        if !has_operator || WITHOUT_AN_END.contains(&name.as_str()) {
            continue;
        }
        let told = played(&name);
        assert!(told.contains(EXACT), "`{name}` has an operator and does not compare:\n{told}");
        seen += 1;
    }
    assert!(seen >= 8, "{seen} examples with an operator");
}
