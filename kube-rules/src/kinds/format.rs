//! Named formats, as `format.dns1123Label()`: what is wrong with a text, in Kubernetes' words.
//!
//! Mirrors: apiserver pkg/cel/library/format.go, apimachinery pkg/api/validate/content

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use super::url::Url;
use crate::time;

/// A format.
#[derive(Debug)]
pub(crate) struct NamedFormat {
    /// As rules name it.
    pub(crate) name: &'static str,
    /// What its check is priced as: the length of a pattern.
    pub(crate) pattern: u64,
    check: fn(&str) -> Vec<String>,
}

impl NamedFormat {
    /// What is wrong with a text.
    pub(crate) fn mistakes(&self, text: &str) -> Vec<String> {
        (self.check)(text)
    }
}

pub(crate) static FORMATS: [NamedFormat; 13] = [
    NamedFormat {
        name: "byte",
        pattern: 84,
        check: |text| told(is_base64(text), "invalid base64"),
    },
    NamedFormat { name: "date", pattern: 83, check: |text| told(is_date(text), "invalid date") },
    NamedFormat {
        name: "datetime",
        pattern: 83,
        check: |text| told(is_date_time(text), "invalid datetime"),
    },
    NamedFormat { name: "dns1035Label", pattern: 30, check: old_label },
    NamedFormat { name: "dns1035LabelPrefix", pattern: 30, check: |text| old_label(&masked(text)) },
    NamedFormat { name: "dns1123Label", pattern: 30, check: label },
    NamedFormat { name: "dns1123LabelPrefix", pattern: 30, check: |text| label(&masked(text)) },
    NamedFormat { name: "dns1123Subdomain", pattern: 60, check: subdomain },
    NamedFormat {
        name: "dns1123SubdomainPrefix",
        pattern: 60,
        check: |text| subdomain(&masked(text)),
    },
    NamedFormat { name: "labelValue", pattern: 40, check: label_value },
    NamedFormat { name: "qualifiedName", pattern: 60, check: qualified_name },
    NamedFormat {
        name: "uri",
        pattern: 1103,
        check: |text| Url::read(text, true).err().into_iter().collect(),
    },
    NamedFormat {
        name: "uuid",
        pattern: 80,
        check: |text| told(UUID.is_match(text), "does not match the UUID format"),
    },
];

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const OLD_LABEL: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";
const KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_TOLD: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

static UUID: LazyLock<Regex> =
    LazyLock::new(|| whole("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"));

fn whole(pattern: &str) -> Regex {
    Regex::new(&format!("^(?:{pattern})$")).expect("the patterns of this file compile")
}

fn matches(pattern: &str, text: &str) -> bool {
    whole(pattern).is_match(text)
}

fn told(valid: bool, text: &str) -> Vec<String> {
    if valid { Vec::new() } else { vec![text.to_owned()] }
}

fn is_base64(text: &str) -> bool {
    !text.is_empty() && STANDARD.decode(text).is_ok()
}

fn is_date(text: &str) -> bool {
    time::date(text).is_some()
}

fn is_date_time(text: &str) -> bool {
    time::timestamp(&text.to_ascii_uppercase()).is_some()
}

/// A prefix may end in a dash.
fn masked(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let end = rest.char_indices().last().map_or(0, |(at, _)| at);
            format!("{}a", &rest[..end])
        }
        _ => text.to_owned(),
    }
}

fn too_long(text: &str, most: usize) -> Vec<String> {
    told(text.len() <= most, &format!("must be no more than {most} bytes"))
}

fn label(text: &str) -> Vec<String> {
    let mut mistakes = too_long(text, 63);
    if !matches(LABEL, text) {
        mistakes.push(if matches(SUBDOMAIN, text) {
            "must not contain dots".to_owned()
        } else {
            format!(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
                 and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', \
                 regex used for validation is '{LABEL}')"
            )
        });
    }
    mistakes
}

fn subdomain(text: &str) -> Vec<String> {
    let mut mistakes = too_long(text, 253);
    if !matches(SUBDOMAIN, text) {
        mistakes.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
             '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used \
             for validation is '{SUBDOMAIN}')"
        ));
    }
    mistakes
}

fn old_label(text: &str) -> Vec<String> {
    let mut mistakes = too_long(text, 63);
    if !matches(OLD_LABEL, text) {
        mistakes.push(format!(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
             alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or \
             'abc-123', regex used for validation is '{OLD_LABEL}')"
        ));
    }
    mistakes
}

fn label_value(text: &str) -> Vec<String> {
    let mut mistakes = too_long(text, 63);
    if !text.is_empty() && !matches(KEY, text) {
        mistakes.push(format!(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
             '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or \
             'my_value',  or '12345', regex used for validation is '({KEY})?')"
        ));
    }
    mistakes
}

fn qualified_name(text: &str) -> Vec<String> {
    let (prefix, name) = match text.split('/').collect::<Vec<_>>().as_slice() {
        [name] => (None, *name),
        [prefix, name] => (Some(*prefix), *name),
        _ => {
            return vec![format!(
                "a valid label key {KEY_TOLD} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            )];
        }
    };
    let mut mistakes = Vec::new();
    match prefix {
        Some("") => mistakes.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            mistakes.extend(subdomain(prefix).into_iter().map(|why| format!("prefix part {why}")));
        }
        None => {}
    }
    if name.is_empty() {
        mistakes.push("name part must be non-empty".to_owned());
    } else {
        mistakes.extend(too_long(name, 63).into_iter().map(|why| format!("name part {why}")));
    }
    if !matches(KEY, name) {
        mistakes.push(format!("name part {KEY_TOLD}"));
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_tell_what_is_wrong() {
        let of = |name: &str, text: &str| {
            FORMATS.iter().find(|format| format.name == name).unwrap().mistakes(text)
        };
        assert!(of("dns1123Label", "my-label").is_empty());
        assert_eq!(of("dns1123Label", "a.b"), ["must not contain dots"]);
        assert!(of("dns1123LabelPrefix", "my-label-").is_empty());
        assert_eq!(of("uuid", "x"), ["does not match the UUID format"]);
        assert!(of("qualifiedName", "example.com/name").is_empty());
        assert_eq!(of("qualifiedName", "/name"), ["prefix part must be non-empty"]);
        assert!(of("date", "2021-01-01").is_empty() && !of("date", "2021-1-1").is_empty());
    }
}
