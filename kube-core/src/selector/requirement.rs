//! One term of a label selector: key, operator and values in, a checked requirement out, labels matched against it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelectorRequirement;

use super::refused;
use crate::error::Result;

/// What one label has to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Requirement {
    key: Box<str>,
    operator: Operator,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Operator {
    Equals(Box<str>),
    NotEquals(Box<str>),
    In(BTreeSet<Box<str>>),
    NotIn(BTreeSet<Box<str>>),
    Exists,
    NotExists,
    Greater(i64),
    Less(i64),
}

/// Each takes a label's key and what its value is compared with.
///
/// # Errors
///
/// The key or a value cannot be that of a label.
impl Requirement {
    /// The label has this value.
    pub fn equals(key: &str, value: &str) -> Result<Self> {
        Self::new(key, Operator::Equals(checked_value(key, value)?))
    }

    /// The label is absent or has another value.
    pub fn not_equals(key: &str, value: &str) -> Result<Self> {
        Self::new(key, Operator::NotEquals(checked_value(key, value)?))
    }

    /// The label has one of these values.
    pub fn one_of<'a>(key: &str, values: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        Self::new(key, Operator::In(checked_values(key, values)?))
    }

    /// The label is absent or has none of these values.
    pub fn none_of<'a>(key: &str, values: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        Self::new(key, Operator::NotIn(checked_values(key, values)?))
    }

    /// The label is there.
    pub fn exists(key: &str) -> Result<Self> {
        Self::new(key, Operator::Exists)
    }

    /// The label is absent.
    pub fn absent(key: &str) -> Result<Self> {
        Self::new(key, Operator::NotExists)
    }

    /// The label is a whole number above this one.
    pub fn greater_than(key: &str, bound: i64) -> Result<Self> {
        Self::new(key, Operator::Greater(bound))
    }

    /// The label is a whole number below this one.
    pub fn less_than(key: &str, bound: i64) -> Result<Self> {
        Self::new(key, Operator::Less(bound))
    }

    fn new(key: &str, operator: Operator) -> Result<Self> {
        check_key(key)?;
        Ok(Self { key: key.into(), operator })
    }
}

impl Requirement {
    /// The label that it is about.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The values of which the label must have one, if it is met by nothing else.
    pub fn values(&self) -> Option<impl Iterator<Item = &str>> {
        let (one, many) = match &self.operator {
            Operator::Equals(value) => (Some(value), None),
            Operator::In(values) => (None, Some(values)),
            _ => return None,
        };
        Some(one.into_iter().chain(many.into_iter().flatten()).map(AsRef::as_ref))
    }

    /// As an object has it.
    pub(super) fn to_object(&self) -> Result<LabelSelectorRequirement> {
        let all = |values: &BTreeSet<Box<str>>| values.iter().map(ToString::to_string).collect();
        let (operator, values) = match &self.operator {
            Operator::Equals(value) => ("In", Some(vec![value.to_string()])),
            Operator::NotEquals(value) => ("NotIn", Some(vec![value.to_string()])),
            Operator::In(values) => ("In", Some(all(values))),
            Operator::NotIn(values) => ("NotIn", Some(all(values))),
            Operator::Exists => ("Exists", None),
            Operator::NotExists => ("DoesNotExist", None),
            Operator::Greater(_) | Operator::Less(_) => {
                let why = "a selector in an object knows no `>` and `<`; name the values";
                return Err(refused(&self.to_string(), why));
            }
        };
        let operator = operator.to_owned();
        Ok(LabelSelectorRequirement { key: self.key.to_string(), operator, values })
    }

    /// Whether labels meet it.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(self.key.as_ref()).map(String::as_str);
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.operator {
            Operator::Equals(wanted) => value == Some(wanted),
            Operator::NotEquals(unwanted) => value != Some(unwanted),
            Operator::In(wanted) => value.is_some_and(|value| wanted.contains(value)),
            Operator::NotIn(unwanted) => value.is_none_or(|value| !unwanted.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::NotExists => value.is_none(),
            Operator::Greater(bound) => number().is_some_and(|number| number > *bound),
            Operator::Less(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        let joined = |values: &BTreeSet<Box<str>>| {
            values.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(",")
        };
        match &self.operator {
            Operator::Equals(value) => write!(f, "{key}={value}"),
            Operator::NotEquals(value) => write!(f, "{key}!={value}"),
            Operator::In(values) => write!(f, "{key} in ({})", joined(values)),
            Operator::NotIn(values) => write!(f, "{key} notin ({})", joined(values)),
            Operator::Exists => write!(f, "{key}"),
            Operator::NotExists => write!(f, "!{key}"),
            Operator::Greater(bound) => write!(f, "{key}>{bound}"),
            Operator::Less(bound) => write!(f, "{key}<{bound}"),
        }
    }
}

const KEY: &str = "a label's key is at most 63 of A-Z, a-z, 0-9, `-`, `_` and `.`, with a letter or digit at both ends, \
                   perhaps after a domain and `/`";
const VALUE: &str = "a label's value is at most 63 of A-Z, a-z, 0-9, `-`, `_` and `.`, with a letter or digit at both ends";

/// Whether an object can have this label.
pub(super) fn check_label(key: &str, value: &str) -> Result<(), &'static str> {
    match (is_key(key), is_label_text(value)) {
        (false, _) => Err(KEY),
        (true, false) => Err(VALUE),
        (true, true) => Ok(()),
    }
}

fn check_key(key: &str) -> Result<()> {
    if !is_key(key) {
        return Err(refused(key, KEY));
    }
    if matches!(key, "in" | "notin") {
        return Err(refused(key, "the server takes this word for an operator"));
    }
    Ok(())
}

fn is_key(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let lower = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let subdomain = |prefix: &str| {
        prefix.len() <= 253
            && prefix.split('.').all(|part| {
                let part = part.as_bytes();
                part.first().is_some_and(lower)
                    && part.last().is_some_and(lower)
                    && part.iter().all(|byte| lower(byte) || *byte == b'-')
            })
    };
    is_label_text(name) && !name.is_empty() && prefix.is_none_or(subdomain)
}

fn checked_value(key: &str, value: &str) -> Result<Box<str>> {
    if is_label_text(value) {
        return Ok(value.into());
    }
    Err(refused(&format!("{key}={value}"), VALUE))
}

fn checked_values<'a>(
    key: &str,
    values: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeSet<Box<str>>> {
    let values: BTreeSet<_> =
        values.into_iter().map(|value| checked_value(key, value)).collect::<Result<_>>()?;
    if values.is_empty() {
        return Err(refused(key, "it names no value; give one at least"));
    }
    Ok(values)
}

/// A label's value, and the part of its key after the domain.
fn is_label_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && bytes.first().is_none_or(u8::is_ascii_alphanumeric)
        && bytes.last().is_none_or(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}
