//! The files as they are written, and how many lines they have.

use super::*;

fn all(source: &Source) -> Vec<File> {
    files(&"web-shop".parse().unwrap(), source, true)
}

fn shown(files: &[File]) -> String {
    files.iter().map(|file| format!("=== {}\n{}", file.path, file.text)).collect()
}

#[test]
fn of_crates_in_a_folder() {
    insta::assert_snapshot!(shown(&all(&Source::Path("/src/kube".to_owned()))));
}

#[test]
fn of_crates_in_a_repository() {
    let mut files = all(&Source::Git("https://example.com/kube.git".to_owned()));
    files.retain(|file| !file.path.starts_with("src/"));
    insta::assert_snapshot!(shown(&files));
}

#[test]
fn there_are_three_files_of_fewer_than_100_lines() {
    let files = files(&"web-shop".parse().unwrap(), &Source::Path("/src/kube".to_owned()), false);
    let lines: usize = files.iter().map(|file| file.text.lines().count()).sum();
    assert_eq!(files.len(), 3);
    assert!(lines < 100, "{lines}");
}
