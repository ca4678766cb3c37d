//! Semantic versions: strict, or with what is missing filled in.
//!
//! Mirrors: apiserver pkg/cel/library/semverlib.go

use semver::Version;

/// Reads a version; `lenient`: a `v`, leading zeros, and fewer than three numbers are forgiven.
pub(crate) fn version(text: &str, lenient: bool) -> Result<Version, String> {
    if !lenient {
        return strict(text);
    }
    let bare = text.strip_prefix('v').unwrap_or(text);
    let mut parts: Vec<String> = bare.splitn(3, '.').map(without_zeros).collect();
    if parts.len() < 3 {
        if parts.last().is_some_and(|last| last.contains(['+', '-'])) {
            return Err("short version cannot contain PreRelease/Build meta data".to_owned());
        }
        parts.resize(3, "0".to_owned());
    }
    strict(&parts.join("."))
}

fn without_zeros(part: &str) -> String {
    if part.len() < 2 {
        return part.to_owned();
    }
    let trimmed = part.trim_start_matches('0');
    let digit = trimmed.starts_with(|letter: char| letter.is_ascii_digit());
    if digit { trimmed.to_owned() } else { format!("0{trimmed}") }
}

fn strict(text: &str) -> Result<Version, String> {
    if text.is_empty() {
        return Err("Version string empty".to_owned());
    }
    let numbers = text.splitn(3, '.').collect::<Vec<_>>();
    if numbers.len() != 3 {
        return Err("No Major.Minor.Patch elements found".to_owned());
    }
    for (name, number) in ["major", "minor"].iter().zip(&numbers) {
        if !number.bytes().all(|byte| byte.is_ascii_digit()) || number.is_empty() {
            return Err(format!("Invalid character(s) found in {name} number \"{number}\""));
        }
        if number.len() > 1 && number.starts_with('0') {
            let upper = if *name == "major" { "Major" } else { "Minor" };
            return Err(format!("{upper} number must not contain leading zeroes \"{number}\""));
        }
    }
    Version::parse(text).map_err(|error| error.to_string())
}
