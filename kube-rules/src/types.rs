//! The types of CEL: what an expression may be, read from text and printed as the API server prints it.

use std::fmt;
use std::sync::Arc;

/// What an expression evaluates to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Duration,
    Timestamp,
    /// Anything: known only when it is evaluated.
    Dyn,
    /// Of what failed to check: it agrees with everything, so that one mistake is told once.
    Error,
    List(Box<Self>),
    Map(Box<Self>, Box<Self>),
    /// A type as a value.
    Class(Option<Box<Self>>),
    /// An object of a schema, or one of Kubernetes' own values, by name.
    Object(Arc<str>),
    /// A value that only functions look into, by name.
    Opaque(Arc<str>, Vec<Self>),
    /// A type that is to be found out.
    Param(Arc<str>),
}

/// The name of the type of values that may be absent.
pub(crate) const OPTIONAL: &str = "optional_type";

impl Type {
    pub(crate) fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    pub(crate) fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }

    pub(crate) fn optional(of: Self) -> Self {
        Self::Opaque(OPTIONAL.into(), vec![of])
    }

    /// What an optional holds.
    pub(crate) fn within_optional(&self) -> Option<&Self> {
        match self {
            Self::Opaque(name, params) if **name == *OPTIONAL => params.first(),
            _ => None,
        }
    }

    /// It agrees with everything.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Dyn | Self::Error)
    }

    /// Its parameters: of a list its item, of a map its key and value.
    pub(crate) fn parameters(&self) -> Vec<&Self> {
        match self {
            Self::List(of) | Self::Class(Some(of)) => vec![of],
            Self::Map(key, value) => vec![key, value],
            Self::Opaque(_, params) => params.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The same type with every parameter replaced.
    pub(crate) fn with_parameters(&self, each: &mut dyn FnMut(&Self) -> Self) -> Self {
        match self {
            Self::List(of) => Self::list(each(of)),
            Self::Class(Some(of)) => Self::Class(Some(Box::new(each(of)))),
            Self::Map(key, value) => Self::map(each(key), each(value)),
            Self::Opaque(name, params) => {
                Self::Opaque(Arc::clone(name), params.iter().map(each).collect())
            }
            other => other.clone(),
        }
    }

    /// Its size is always one.
    pub(crate) fn is_scalar(&self) -> bool {
        match self {
            Self::Bool
            | Self::Double
            | Self::Duration
            | Self::Int
            | Self::Timestamp
            | Self::Uint => true,
            other => other.within_optional().is_some_and(Self::is_scalar),
        }
    }

    /// Reads a type as `declarations.txt` writes it; `list(A)`, `net.IP`.
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        let Some((head, rest)) = text.split_once('(') else { return Self::named(text) };
        let params: Vec<Self> =
            split(rest.strip_suffix(')').unwrap_or(rest)).map(Self::read).collect();
        match (head, params.as_slice()) {
            ("list", [of]) => Self::list(of.clone()),
            ("map", [key, value]) => Self::map(key.clone(), value.clone()),
            ("type", [of]) => Self::Class(Some(Box::new(of.clone()))),
            _ => Self::Opaque(head.into(), params),
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "null" => Self::Null,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "uint" => Self::Uint,
            "double" => Self::Double,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "duration" => Self::Duration,
            "timestamp" => Self::Timestamp,
            "dyn" => Self::Dyn,
            "type" => Self::Class(None),
            "net.IP" | "net.CIDR" => Self::Opaque(name.into(), Vec::new()),
            _ if name.len() == 1 => Self::Param(name.into()),
            _ => Self::Object(name.into()),
        }
    }
}

/// The parts between commas that are in no parentheses.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Duration => "duration",
            Self::Timestamp => "timestamp",
            Self::Dyn => "dyn",
            Self::Error => "!error!",
            Self::List(_) => "list",
            Self::Map(..) => "map",
            Self::Class(_) => "type",
            Self::Object(name) | Self::Opaque(name, _) | Self::Param(name) => name,
        };
        formatter.write_str(head)?;
        let params = self.parameters();
        if params.is_empty() {
            return Ok(());
        }
        let params: Vec<String> = params.iter().map(ToString::to_string).collect();
        write!(formatter, "({})", params.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_printed_as_it_is_read() {
        for text in ["map(string, list(A))", "optional_type(list(string))", "net.IP", "type(V)"] {
            assert_eq!(Type::read(text).to_string(), text);
        }
    }
}
