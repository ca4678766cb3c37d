//! The table of markers: `kube-derive/README.md` in; whether each row has a test that exists, or says why it has none, out.

use std::collections::BTreeSet;
use std::fs;

use super::all_files;
use super::assert_none;
use super::behaviours::tests_in;
use super::root;

const TABLE: &str = "kube-derive/README.md";
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
