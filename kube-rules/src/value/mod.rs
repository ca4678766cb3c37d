//! What an expression evaluates to: values made by the rule, and the object's own, read where they stand.

mod collection;
mod compare;
mod data;
mod meter;

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::rc::Rc;

use serde_json::Value as Json;

pub(crate) use collection::Key;
pub(crate) use collection::List;
pub(crate) use collection::Map;
pub(crate) use compare::compare;
pub(crate) use compare::equal;
pub(crate) use compare::same_keys;
pub(crate) use data::loose;
pub(crate) use data::read;
pub(crate) use meter::Meter;

use crate::authorizer::Asking;
use crate::kinds::Cidr;
use crate::kinds::NamedFormat;
use crate::kinds::Quantity;
use crate::kinds::Url;
use crate::time::Moment;

/// A value, which may stand in the object or in the rule.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Text<'a>),
    Bytes(Rc<[u8]>),
    /// In nanoseconds.
    Duration(i64),
    Timestamp(Moment),
    List(List<'a>),
    Map(Map<'a>),
    /// A type, by its name.
    Type(Text<'a>),
    Optional(Option<Rc<Self>>),
    Quantity(Rc<Quantity>),
    Ip(IpAddr),
    Cidr(Cidr),
    Url(Rc<Url>),
    Semver(Rc<semver::Version>),
    Format(&'static NamedFormat),
    /// Data of which the schema says nothing: it can only be compared.
    Kept(&'a Json),
    /// A question about what somebody may do.
    Asking(Rc<Asking<'a>>),
    /// Fields that are evaluated when they are asked for.
    Deferred(Rc<dyn Fields<'a> + 'a>),
}

/// Fields that are evaluated when they are asked for: the variables of a policy.
pub(crate) trait Fields<'a>: fmt::Debug {
    /// What the field holds; none: there is no such field.
    fn find(&self, name: &str) -> Option<Outcome<'a>>;
}

/// A text that stands somewhere, or is the rule's own.
#[derive(Debug, Clone)]
pub(crate) enum Text<'a> {
    There(&'a str),
    Made(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::There(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An error of the rule, which `||` and `&&` may pass over.
    Error(String),
    /// It takes more than it may.
    OverBudget,
}

impl Fault {
    pub(crate) fn error<T>(text: impl Into<String>) -> Result<T, Self> {
        Err(Self::Error(text.into()))
    }

    /// No function takes such values.
    pub(crate) fn no_overload<T>() -> Result<T, Self> {
        Self::error("no such overload")
    }
}

/// A value, or why there is none.
pub(crate) type Outcome<'a> = Result<Value<'a>, Fault>;

impl<'a> Value<'a> {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::String(Text::Made(text.into().into()))
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(List::made(items))
    }

    pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::list(texts.into_iter().map(Self::text).collect())
    }

    pub(crate) fn some(value: Self) -> Self {
        Self::Optional(Some(Rc::new(value)))
    }

    /// A number of items or letters.
    pub(crate) fn count(count: usize) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(crate) fn bool(&self) -> Result<bool, Fault> {
        match self {
            Self::Bool(value) => Ok(*value),
            _ => Fault::no_overload(),
        }
    }

    pub(crate) fn int(&self) -> Result<i64, Fault> {
        match self {
            Self::Int(value) => Ok(*value),
            _ => Fault::no_overload(),
        }
    }

    pub(crate) fn str(&self) -> Result<&Text<'a>, Fault> {
        match self {
            Self::String(text) => Ok(text),
            _ => Fault::no_overload(),
        }
    }

    pub(crate) fn as_list(&self) -> Result<&List<'a>, Fault> {
        match self {
            Self::List(list) => Ok(list),
            _ => Fault::no_overload(),
        }
    }

    /// The name of its type, as `type(..)` gives it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Ip(_) => "net.IP",
            Self::Cidr(_) => "net.CIDR",
            Self::Url(_) => "kubernetes.URL",
            Self::Semver(_) => "kubernetes.Semver",
            Self::Format(_) => "kubernetes.NamedFormat",
            Self::Kept(_) => "unknown",
            Self::Asking(asking) => asking.type_name(),
            Self::Deferred(_) => "kubernetes.variables",
        }
    }

    /// Its size: letters, bytes, items or entries; of what has none, one.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::String(text) => text.chars().count() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::List(list) => list.len() as u64,
            Self::Map(map) => map.len() as u64,
            Self::Optional(Some(value)) => value.size(),
            Self::Ip(IpAddr::V4(_)) => 4,
            Self::Ip(IpAddr::V6(_)) => 16,
            Self::Cidr(cidr) => u64::from(cidr.bits).div_ceil(8),
            _ => 1,
        }
    }
}

impl fmt::Display for Value<'_> {
    /// As messages of errors print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Uint(value) => write!(formatter, "{value}"),
            Self::Double(value) => formatter.write_str(&crate::kinds::go_float(*value)),
            Self::String(text) | Self::Type(text) => formatter.write_str(text),
            other => formatter.write_str(other.type_name()),
        }
    }
}
