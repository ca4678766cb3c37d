//! The table of markers: `kube-derive/README.md` in; whether each row has a test that exists, or says why it has none, out. And whether the
//! macros know of the client what they cannot see.

use std::collections::BTreeSet;
use std::fs;

use super::all_files;
use super::assert_none;
use super::behaviours::tests_in;
use super::root;

const TABLE: &str = "kube-derive/README.md";
/// Where the macro has the names that a method of a kind may not have.
const METHODS: &str = "kube-derive/src/resource/attr/method.rs";
/// What a row may say instead of a test.
const WITHOUT: [&str; 2] = ["not applicable: ", "nothing: "];
/// How many rows there are at least: 86 of controller-tools and 28 of kube-rs stand for their markers and attributes.
const LEAST: usize = 110;

/// The rows: what others say, and the tests or the reason.
fn rows(table: &str) -> Vec<(String, String)> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = table.lines().map(cells).filter_map(|cells| match &cells[..] {
        [before, theirs, _, test, after] if before.is_empty() && after.is_empty() => {
            Some((theirs.clone(), test.clone()))
        }
        _ => None,
    });
    rows.filter(|(theirs, _)| theirs.starts_with('`')).collect()
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_marker_has_a_test_that_exists_or_says_why_it_has_none() {
    let text = fs::read_to_string(root().join(TABLE)).expect("the table exists");
    let rows = rows(&text);
    assert!(rows.len() >= LEAST, "{} rows were found", rows.len());
    let tests: BTreeSet<String> =
        all_files().iter().flat_map(|(path, text)| tests_in(path, text)).collect();
    let mut violations = Vec::new();
    for (theirs, test) in rows {
        if let Some(reason) = WITHOUT.iter().find_map(|word| test.strip_prefix(word)) {
            if reason.is_empty() {
                violations.push(format!("{TABLE}: {theirs}: no test and no reason"));
            }
            continue;
        }
        if quoted(&test).next().is_none() {
            violations.push(format!("{TABLE}: {theirs}: no test, and none of {WITHOUT:?}"));
        }
        for name in quoted(&test) {
            if !tests.contains(name) && !root().join(name).is_file() {
                violations.push(format!("{TABLE}: {theirs}: there is no test `{name}`"));
            }
        }
    }
    assert_none(&violations);
}

/// The methods of an `Api` of any kind, and `clone`.
fn methods_of_every_api() -> BTreeSet<String> {
    let mut names = BTreeSet::from(["clone".to_owned()]);
    for (_, text) in all_files().iter().filter(|(path, _)| path.starts_with("kube-core/src/api")) {
        let blocks = text.split("\nimpl<K").skip(1).filter_map(|block| block.split_once('\n'));
        for (head, rest) in blocks.filter(|(head, _)| head.contains("> Api<K")) {
            assert!(head.ends_with('{'), "`impl<K{head}` is on one line");
            let body = rest.split("\n}").next().unwrap_or_default();
            let public = body.lines().filter_map(|line| line.strip_prefix("    pub "));
            let named =
                public.filter_map(|line| line.trim_start_matches("async ").strip_prefix("fn "));
            names.extend(named.filter_map(|line| line.split(['<', '(']).next()).map(str::to_owned));
        }
    }
    names
}

#[test]
fn a_method_of_a_kind_is_called_as_none_that_every_typed_client_has() {
    let text = fs::read_to_string(root().join(METHODS)).expect("the file exists");
    let (_, list) = text.split_once("const TAKEN").expect("it has the names");
    let list = list.split_once("];").map(|(list, _)| list).unwrap_or_default();
    let known: BTreeSet<String> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(known.len() > 15, "{known:?}");
    assert_eq!(known, methods_of_every_api());
}
