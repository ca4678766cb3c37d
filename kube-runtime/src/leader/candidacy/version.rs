//! What a candidate says it is: versions as people write them in, semantic versions as the API takes them out.

use semver::Version;

use crate::error::Error;
use crate::error::Result;

/// Which program a candidate is, and which one it behaves as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(super) binary: String,
    pub(super) emulation: String,
}

impl Versions {
    /// # Errors
    /// A version that is none, that is 0.0.0, or a program that behaves as a newer one.
    pub(crate) fn new(binary: &str, emulation: Option<&str>) -> Result<Self> {
        let binary = semantic(binary)?;
        let emulation = emulation.map_or_else(|| Ok(binary.clone()), semantic)?;
        if binary.cmp_precedence(&emulation).is_lt() {
            return Err(Error::msg(format!(
                "this leader election cannot be: version {binary} does not behave as the newer {emulation}: give `LeaderElection::emulates` an older one"
            )));
        }
        Ok(Self { binary: binary.to_string(), emulation: emulation.to_string() })
    }
}

/// Without the `v` in front, and with the numbers that were left out.
fn semantic(text: &str) -> Result<Version> {
    let plain = text.trim().trim_start_matches('v');
    let end = plain.find(['-', '+']).unwrap_or(plain.len());
    let (numbers, rest) = plain.split_at(end);
    let missing = 2_usize.saturating_sub(numbers.matches('.').count());
    let whole = format!("{numbers}{}{rest}", ".0".repeat(missing));
    match Version::parse(&whole) {
        Ok(version) if version.cmp_precedence(&Version::new(0, 0, 0)).is_eq() => {
            Err(Error::msg(format!(
                "this leader election cannot be: the API takes version `{text}` for none: use one from 0.0.1"
            )))
        }
        Ok(version) => Ok(version),
        Err(error) => Err(Error::msg(format!(
            "this leader election cannot be: `{text}` is no version ({error}): use three numbers as in `1.2.3`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_what_the_api_takes_or_an_error_that_says_why_not() {
        let rows = [
            ("1.2.3", Ok("1.2.3")),
            ("v1.2", Ok("1.2.0")),
            ("2-rc.1+b5", Ok("2.0.0-rc.1+b5")),
            ("0.0.0", Err("takes version `0.0.0` for none")),
            ("latest", Err("`latest` is no version")),
            ("1.02.3", Err("`1.02.3` is no version")),
            ("", Err("`` is no version")),
        ];
        for (text, expected) in rows {
            match (Versions::new(text, None), expected) {
                (Ok(versions), Ok(expected)) => assert_eq!(versions.binary, expected),
                (Err(error), Err(why)) => assert!(error.to_string().contains(why), "{error}"),
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
        let older = Versions::new("1.3.0", Some("1.2")).unwrap();
        assert_eq!((older.binary.as_str(), older.emulation.as_str()), ("1.3.0", "1.2.0"));
        let refused = Versions::new("1.2.0", Some("1.3.0")).unwrap_err().to_string();
        assert!(refused.contains("version 1.2.0 does not behave as the newer 1.3.0"), "{refused}");
    }
}
