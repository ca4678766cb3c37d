//! `label = "team=web"`, `annotation = "note=made by hand"`: metadata of the definition itself.

use syn::LitStr;

use crate::report::Report;
use crate::said::selector::is_name;

/// The pairs, each checked as the API server checks it.
pub(crate) fn labels(given: &[LitStr], report: &mut Report) -> Vec<(String, String)> {
    let pairs = pairs("label", "a label", given, report);
    for ((_, value), written) in pairs.iter().zip(given) {
        if !value.is_empty() && !is_name(value) {
            report.at(
                written,
                format!("`{value}` is not the value of a label: it has 63 letters, digits, `-`, `_` and `.` at most, and begins and ends with a letter or digit"),
            );
        }
    }
    pairs
}

/// The pairs; the value may be any text.
pub(crate) fn annotations(given: &[LitStr], report: &mut Report) -> Vec<(String, String)> {
    pairs("annotation", "an annotation", given, report)
}

fn pairs(name: &str, what: &str, given: &[LitStr], report: &mut Report) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for written in given {
        let text = written.value();
        let (key, value) = text.split_once('=').unwrap_or_else(|| {
            report.at(
                written,
                format!("{what} is a key and a value; write `{name} = \"key=value\"`"),
            );
            ("", "")
        });
        let (prefix, own) = key.split_once('/').map_or((None, key), |(p, n)| (Some(p), n));
        let domain = |text: &str| text.len() <= 253 && text.split('.').all(super::is_label);
        if !key.is_empty() && (!is_name(own) || !prefix.is_none_or(domain)) {
            report.at(written, format!("`{key}` is not the key of {what}: it is a name, as `team`, or one in a domain, as `example.com/team`"));
        }
        if !key.is_empty() && pairs.iter().any(|(known, _)| known == key) {
            report.at(written, format!("`{key}` is given twice; remove one"));
        }
        pairs.push((key.to_owned(), value.to_owned()));
    }
    pairs
}
