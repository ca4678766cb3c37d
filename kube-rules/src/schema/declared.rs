//! The types that a schema declares, with the largest sizes that a request can bring: a shape in, the types of `self` out.
//!
//! Mirrors: apiserver pkg/cel/common/schemas.go, pkg/cel/types.go, pkg/cel/limits.go

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use super::escape::escape;
use super::shape::Format;
use super::shape::Kind;
use super::shape::Shape;
use crate::types::Type;

/// The largest request, in bytes.
pub(crate) const REQUEST_BYTES: u64 = 3 * 1024 * 1024;
const TIME_BYTES: u64 = 32;
const DATE_BYTES: u64 = 12;

/// A type of a schema.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) of: Type,
    /// The most items, entries or bytes that a value has.
    pub(crate) most: u64,
    /// The fewest bytes that a value takes as JSON.
    pub(crate) least_bytes: u64,
    pub(crate) fields: BTreeMap<String, Arc<Self>>,
    pub(crate) element: Option<Arc<Self>>,
}

impl Declared {
    /// A value of which only the type is known.
    pub(crate) fn plain(of: Type) -> Arc<Self> {
        Arc::new(Self::simple(of, 0, 0))
    }

    fn simple(of: Type, most: u64, least_bytes: u64) -> Self {
        Self { of, most, least_bytes, fields: BTreeMap::new(), element: None }
    }
}

/// The type of `self` and of every object within.
#[derive(Debug, Clone)]
pub(crate) struct Declarations {
    pub(crate) root: Arc<Declared>,
    pub(crate) objects: Objects,
}

impl Declarations {
    /// None: rules cannot see such a value.
    pub(crate) fn of(shape: &Shape) -> Option<Self> {
        Self::named(shape, "selfType")
    }

    /// The same with another name for the type of the whole.
    pub(crate) fn named(shape: &Shape, name: &str) -> Option<Self> {
        let mut objects = Objects::default();
        let root = declare(shape, name, &mut objects)?;
        Some(Self { root, objects })
    }
}

/// The types of objects, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Objects(HashMap<Arc<str>, Arc<Declared>>);

impl Objects {
    /// The object type of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<Declared>> {
        self.0.get(name)
    }

    /// Declares an object type, and says how it is named.
    pub(crate) fn add(&mut self, name: &str, fields: BTreeMap<String, Arc<Declared>>) -> Type {
        let name: Arc<str> = name.into();
        let of = Type::Object(Arc::clone(&name));
        let declared = Declared { of: of.clone(), most: 0, least_bytes: 0, fields, element: None };
        self.0.insert(name, Arc::new(declared));
        of
    }

    /// With all types of another table.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(name, of)| (Arc::clone(name), Arc::clone(of))));
    }
}

fn declare(shape: &Shape, name: &str, objects: &mut Objects) -> Option<Arc<Declared>> {
    let declared = match shape.kind {
        _ if shape.int_or_string => {
            Declared::simple(Type::Dyn, text_bytes(shape).unwrap_or(REQUEST_BYTES - 2), 1)
        }
        Kind::None => return None,
        Kind::Loose => Declared::simple(Type::Dyn, 0, 0),
        Kind::Boolean => Declared::simple(Type::Bool, 0, 4),
        Kind::Number => Declared::simple(Type::Double, 0, 1),
        Kind::Integer => Declared::simple(Type::Int, 0, 1),
        Kind::String => declare_text(shape),
        Kind::Array => {
            let item = declare(shape.item.as_ref()?, &format!("{name}.@idx"), objects)?;
            let fits = (REQUEST_BYTES - 2) / (item.least_bytes + 1);
            Declared {
                of: Type::list(item.of.clone()),
                most: shape.max_items.unwrap_or(fits),
                least_bytes: 2,
                fields: BTreeMap::new(),
                element: Some(item),
            }
        }
        Kind::Object if shape.additional.is_some() && shape.properties.is_empty() => {
            let value = declare(shape.additional.as_ref()?, &format!("{name}.@elem"), objects)?;
            let fits = (REQUEST_BYTES - 2) / (value.least_bytes + 6);
            Declared {
                of: Type::map(Type::String, value.of.clone()),
                most: shape.max_properties.unwrap_or(fits),
                least_bytes: 2,
                fields: BTreeMap::new(),
                element: Some(value),
            }
        }
        Kind::Object => return Some(declare_object(shape, name, objects)),
    };
    Some(Arc::new(declared))
}

fn declare_object(shape: &Shape, name: &str, objects: &mut Objects) -> Arc<Declared> {
    let (mut fields, mut least_bytes) = (BTreeMap::new(), 2);
    for (property, below) in &shape.properties {
        let escaped = escape(property);
        let within = format!("{name}.{}", escaped.as_deref().unwrap_or(property));
        let Some(declared) = declare(below, &within, objects) else { continue };
        if !below.has_default && shape.required.contains(property) {
            least_bytes += property.len() as u64 + declared.least_bytes + 4;
        }
        if let Some(escaped) = escaped {
            fields.insert(escaped.into_owned(), declared);
        }
    }
    let name: Arc<str> = name.into();
    let of = Type::Object(Arc::clone(&name));
    let declared = Arc::new(Declared { of, most: 0, least_bytes, fields, element: None });
    objects.0.insert(name, Arc::clone(&declared));
    declared
}

fn declare_text(shape: &Shape) -> Declared {
    match shape.format {
        Format::Byte => {
            Declared::simple(Type::Bytes, shape.max_length.unwrap_or(REQUEST_BYTES - 2), 2)
        }
        Format::Duration => Declared::simple(Type::Duration, TIME_BYTES, 3),
        Format::Date => Declared::simple(Type::Timestamp, DATE_BYTES, DATE_BYTES),
        Format::DateTime => Declared::simple(Type::Timestamp, TIME_BYTES, 21),
        Format::Plain => {
            let most = text_bytes(shape).or(shape.longest).unwrap_or(REQUEST_BYTES - 2);
            Declared::simple(Type::String, most, 2)
        }
    }
}

/// A character takes up to four bytes.
fn text_bytes(shape: &Shape) -> Option<u64> {
    shape.max_length.map(|length| length.saturating_mul(4))
}
