//! The tables of behaviours: `kube-runtime/BEHAVIOURS.md` and `kube-core/README.md` in; whether every id has its row, and every test that it names exists, out.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use super::all_files;
use super::assert_none;
use super::root;

/// Each table, and how many sections it has at least.
const TABLES: [(&str, usize); 2] = [("kube-runtime/BEHAVIOURS.md", 9), ("kube-core/README.md", 5)];
/// The capabilities (`C`) and behaviours (`T`) of client-go that are a client's: each has a row in the second table.
const OF_A_CLIENT: [(&str, &[RangeInclusive<u32>]); 2] = [
    (
        "C",
        &[
            1..=22,
            30..=40,
            50..=57,
            60..=69,
            80..=89,
            100..=104,
            110..=119,
            200..=205,
            210..=214,
            220..=223,
            230..=236,
            240..=245,
        ],
    ),
    ("T", &[180..=202, 210..=222, 230..=241, 250..=262, 270..=286]),
];
/// What a row may say instead of a test. The first two count against the tenth that may be left out.
const WITHOUT: [&str; 4] = ["waived: ", "missing: ", "not applicable: ", "left to kube-core: "];
/// The ids of behaviours, of which a tenth at most may be left out, and those of defects, of which none may.
const BEHAVIOUR: &str = "T-";
const DEFECT: &str = "D";

struct Row {
    id: String,
    test: String,
}

impl Row {
    /// The tests that it names: whatever is a path.
    fn cited(&self) -> impl Iterator<Item = &str> {
        self.test.split('`').skip(1).step_by(2).filter(|name| name.contains("::"))
    }

    fn is_left_out(&self) -> bool {
        WITHOUT[..2].iter().any(|word| self.test.starts_with(word))
    }
}

/// The ids that a heading such as `## Reflector: T-001…T-028` promises.
fn promised(heading: &str) -> Option<Vec<String>> {
    let (first, last) = heading.strip_prefix("## ")?.rsplit_once(": ")?.1.split_once('…')?;
    let at = first.find(|letter: char| letter.is_ascii_digit())?;
    let (letters, digits) = first.split_at(at);
    let last: u32 = last.strip_prefix(letters)?.parse().ok()?;
    let first: u32 = digits.parse().ok()?;
    let width = digits.len();
    Some((first..=last).map(|number| format!("{letters}{number:0width$}")).collect())
}

/// The sections of the table: what each promises, and its rows.
fn sections(table: &str) -> Vec<(Vec<String>, Vec<Row>)> {
    let mut sections = Vec::new();
    for line in table.lines() {
        if let Some(ids) = promised(line) {
            sections.push((ids, Vec::new()));
            continue;
        }
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let (Some((_, rows)), ["", id, _, test, ""]) = (sections.last_mut(), &cells[..]) else {
            continue;
        };
        if id.contains(|letter: char| letter.is_ascii_digit()) {
            rows.push(Row { id: (*id).to_owned(), test: (*test).to_owned() });
        }
    }
    sections
}

/// The tests of a file, by their paths: those of `kube-runtime` begin in it, others with their crate.
pub(super) fn tests_in(path: &Path, text: &str) -> Vec<String> {
    let path = path.with_extension("");
    let path = path.to_string_lossy().replace('-', "_");
    let path = path.replacen("/src", "", 1);
    let path = path.trim_end_matches("/mod").trim_end_matches("/lib").replace('/', "::");
    let path = path.trim_start_matches("kube_runtime::").trim_start_matches("tests::");
    let (mut module, mut marked, mut tests) = (None, false, Vec::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(" {")) {
            module = Some(name);
        } else if line == "}" {
            module = None;
        }
        let line = line.trim_start();
        if line.starts_with("#[") {
            marked |= line.contains("test]") || line.contains("test(");
            continue;
        }
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let (true, Some(function)) = (marked, function) {
            let name = function.split(['(', '<']).next().unwrap_or_default();
            let inline = module.map(|module| format!("{module}::")).unwrap_or_default();
            tests.push(format!("{path}::{inline}{name}"));
        }
        marked &= line.starts_with("//");
    }
    tests
}

/// A table by its name, and how many sections it has at least.
fn table((name, least): (&str, usize)) -> Vec<(Vec<String>, Vec<Row>)> {
    let text = fs::read_to_string(root().join(name)).expect("the table exists");
    let sections = sections(&text);
    let found = sections.len();
    assert!(found >= least, "{name}: {found} sections were found: the check itself is broken");
    sections
}

#[test]
fn every_id_of_the_table_has_its_row() {
    let mut violations = Vec::new();
    for (name, ids, rows) in TABLES
        .into_iter()
        .flat_map(|known| table(known).into_iter().map(move |(ids, rows)| (known.0, ids, rows)))
    {
        let there: Vec<_> = rows.iter().map(|row| &row.id).collect();
        if there != ids.iter().collect::<Vec<_>>() {
            violations.push(format!("{name}: there should be {ids:?}, and there are {there:?}"));
        }
    }
    assert_none(&violations);
}

#[test]
fn every_capability_and_behaviour_of_a_client_has_its_row() {
    let table = table(TABLES[1]);
    let there: BTreeSet<&str> =
        table.iter().flat_map(|(_, rows)| rows).map(|row| row.id.as_str()).collect();
    let missing: Vec<_> = OF_A_CLIENT
        .iter()
        .flat_map(|(letter, ranges)| {
            let numbers = ranges.iter().flat_map(Clone::clone);
            numbers.map(move |number| format!("{letter}-{number:03}"))
        })
        .filter(|id| !there.contains(id.as_str()))
        .map(|id| format!("{}: there is no row {id}", TABLES[1].0))
        .collect();
    assert_none(&missing);
}

#[test]
fn every_test_of_the_table_exists_and_every_row_has_one_or_a_reason() {
    let tests: BTreeSet<String> =
        all_files().iter().flat_map(|(path, text)| tests_in(path, text)).collect();
    assert!(tests.len() > 500, "{} tests were found: the check itself is broken", tests.len());
    let mut violations = Vec::new();
    for known in TABLES {
        let table = table(known);
        for row in table.iter().flat_map(|(_, rows)| rows) {
            let said = |what: String| format!("{}: {}: {what}", known.0, row.id);
            for name in row.cited().filter(|name| !tests.contains(*name)) {
                violations.push(said(format!("there is no test `{name}`")));
            }
            let reason = WITHOUT.iter().find_map(|word| row.test.strip_prefix(word));
            if reason.is_none_or(str::is_empty) && row.cited().next().is_none() {
                violations.push(said(format!("no test, and no reason: {WITHOUT:?}")));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn at_most_a_tenth_of_the_behaviours_is_left_out_and_no_defect() {
    let sections = table(TABLES[0]);
    let of = |letters: &str| {
        let rows = sections.iter().flat_map(|(_, rows)| rows);
        let (out, all): (Vec<&Row>, Vec<&Row>) = (
            rows.clone().filter(|row| row.id.starts_with(letters) && row.is_left_out()).collect(),
            rows.filter(|row| row.id.starts_with(letters)).collect(),
        );
        (out.into_iter().map(|row| row.id.clone()).collect::<Vec<_>>(), all.len())
    };
    let (left_out, all) = of(BEHAVIOUR);
    assert!(left_out.len() * 10 <= all, "{} of {all} are left out: {left_out:?}", left_out.len());
    let (left_out, all) = of(DEFECT);
    assert!(all > 0 && left_out.is_empty(), "of {all} defects: {left_out:?}");
}
