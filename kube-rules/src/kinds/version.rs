//! Semantic versions: strict, or with what is missing filled in; told of in the words of Kubernetes' library.
//!
//! Mirrors: apiserver pkg/cel/library/semverlib.go

use semver::BuildMetadata;
use semver::Prerelease;
use semver::Version;

use super::quoted;

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
    let [major, minor, rest] = text.splitn(3, '.').collect::<Vec<_>>()[..] else {
        return Err("No Major.Minor.Patch elements found".to_owned());
    };
    let (major, minor) = (number(major, "major", "Major")?, number(minor, "minor", "Minor")?);
    let (rest, build) =
        rest.split_once('+').map_or((rest, None), |(rest, build)| (rest, Some(build)));
    let (patch, before) =
        rest.split_once('-').map_or((rest, None), |(rest, pre)| (rest, Some(pre)));
    let patch = number(patch, "patch", "Patch")?;
    for part in before.into_iter().flat_map(|before| before.split('.')) {
        if part.is_empty() {
            return Err("Prerelease is empty".to_owned());
        }
        if is_number(part) && part.len() > 1 && part.starts_with('0') {
            let part = quoted(part);
            return Err(format!(
                "Numeric PreRelease version must not contain leading zeroes {part}"
            ));
        }
        if !is_plain(part) {
            return Err(format!("Invalid character(s) found in prerelease {}", quoted(part)));
        }
    }
    for part in build.into_iter().flat_map(|build| build.split('.')) {
        if part.is_empty() {
            return Err("Build meta data is empty".to_owned());
        }
        if !is_plain(part) {
            return Err(format!("Invalid character(s) found in build meta data {}", quoted(part)));
        }
    }
    let pre = Prerelease::new(before.unwrap_or_default()).map_err(|error| error.to_string())?;
    let build = BuildMetadata::new(build.unwrap_or_default()).map_err(|error| error.to_string())?;
    Ok(Version { major, minor, patch, pre, build })
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn number(text: &str, name: &str, title: &str) -> Result<u64, String> {
    if !is_number(text) {
        return Err(format!("Invalid character(s) found in {name} number {}", quoted(text)));
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!("{title} number must not contain leading zeroes {}", quoted(text)));
    }
    text.parse().map_err(|_| {
        let why = if text.is_empty() { "invalid syntax" } else { "value out of range" };
        format!("strconv.ParseUint: parsing {}: {why}", quoted(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_strictly_or_leniently() {
        assert!(version("1.2.3-alpha.1+build", false).is_ok());
        for text in ["1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", ""] {
            assert!(version(text, false).is_err(), "{text}");
        }
        assert_eq!(version("v01.2", true).unwrap(), Version::new(1, 2, 0));
    }
}
