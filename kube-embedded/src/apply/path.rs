//! One step from an object towards a field: a name, the keys of a list item, a value of a set, an index.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use crate::json;

/// One step of a path.
#[derive(Debug, Clone)]
pub(super) enum PathElement {
    /// A field of a struct, a key of a map.
    Field(Box<str>),
    /// An item of a list, told apart by these fields (sorted by name).
    Key(Vec<(Box<str>, Value)>),
    /// An item of a set.
    Item(Value),
    /// An item of a list, by position.
    Index(i64),
}

impl PathElement {
    /// The step as `fieldsV1` writes it: `f:spec`, `k:{"name":"x"}`, `v:"x"`, `i:0`.
    pub(super) fn encoded(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    format!("{}:{}", json::text(&Value::from(&**name)), json::text(value))
                });
                format!("k:{{{}}}", fields.collect::<Vec<_>>().join(","))
            }
            Self::Item(value) => format!("v:{}", json::text(value)),
            Self::Index(index) => format!("i:{index}"),
        }
    }

    /// Reads a step; none if it is of an unknown sort.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn decode(text: &str) -> Result<Option<Self>, String> {
        let sort = text.get(..2).ok_or("key must be 2 characters long:")?;
        let rest = &text[2..];
        if !sort.ends_with(':') {
            return Err(format!("missing colon: {text}"));
        }
        Ok(Some(match sort {
            "f:" => Self::Field(rest.into()),
            "v:" => Self::Item(json::parse(rest.as_bytes())?.value),
            "k:" => {
                let Value::Object(fields) = json::parse(rest.as_bytes())?.value else {
                    return Err(format!("expected an object: {rest}"));
                };
                Self::Key(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
            }
            "i:" => Self::Index(rest.parse().map_err(|_| format!("invalid index: {rest}"))?),
            _ => return Ok(None),
        }))
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Item(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

impl Ord for PathElement {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(left), Self::Field(right)) => left.cmp(right),
            (Self::Key(left), Self::Key(right)) => {
                let unequal = left.iter().zip(right).map(|((name, value), (other_name, other))| {
                    name.cmp(other_name).then_with(|| json::compare(value, other))
                });
                let unequal = unequal.into_iter().find(|order| order.is_ne());
                unequal.unwrap_or_else(|| left.len().cmp(&right.len()))
            }
            (Self::Item(left), Self::Item(right)) => json::compare(left, right),
            (Self::Index(left), Self::Index(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for PathElement {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PathElement {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for PathElement {}

impl fmt::Display for PathElement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Value| match value {
            Value::String(text) => json::quoted(text),
            other => json::text(other),
        };
        match self {
            Self::Field(name) => write!(formatter, ".{name}"),
            Self::Key(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
                write!(formatter, "[{}]", fields.join(","))
            }
            Self::Item(value) => write!(formatter, "[={}]", shown(value)),
            Self::Index(index) => write!(formatter, "[{index}]"),
        }
    }
}

/// A path as messages print it: `.spec.ports[port=80,protocol="TCP"].name`.
pub(super) fn shown(path: &[PathElement]) -> String {
    path.iter().map(ToString::to_string).collect()
}
