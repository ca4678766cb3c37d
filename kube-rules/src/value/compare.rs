//! Whether two values are equal, and which is the greater.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::Fault;
use super::List;
use super::Map;
use super::Value;
use crate::schema::Items;
use crate::schema::escape;

/// Whether two values are equal; numbers are, whatever their type.
pub(crate) fn equal(one: &Value<'_>, other: &Value<'_>) -> Result<bool, Fault> {
    Ok(match (one, other) {
        (Value::Null, _) | (_, Value::Null) => {
            matches!((one, other), (Value::Null, Value::Null))
        }
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::String(one), Value::String(other)) => **one == **other,
        (Value::Bytes(one), Value::Bytes(other)) => one == other,
        (Value::Duration(one), Value::Duration(other)) => one == other,
        (Value::Timestamp(one), Value::Timestamp(other)) => one == other,
        (Value::Type(one), Value::Type(other)) => **one == **other,
        (Value::Quantity(one), Value::Quantity(other)) => one == other,
        (Value::Ip(one), Value::Ip(other)) => one == other,
        (Value::Cidr(one), Value::Cidr(other)) => one == other,
        (Value::Url(one), Value::Url(other)) => one == other,
        (Value::Semver(one), Value::Semver(other)) => one.cmp_precedence(other).is_eq(),
        (Value::Format(one), Value::Format(other)) => one.name == other.name,
        (Value::Kept(one), Value::Kept(other)) => same(one, other),
        (Value::Optional(one), Value::Optional(other)) => match (one, other) {
            (Some(one), Some(other)) => return equal(one, other),
            (one, other) => one.is_none() && other.is_none(),
        },
        (Value::List(one), Value::List(other)) => return equal_lists(one, other),
        (Value::Map(one), Value::Map(other)) => return equal_maps(one, other),
        (Value::List(list), _) if list.relation.is_some() => return Fault::no_overload(),
        (Value::Map(Map::There(_, shape)), _) if !shape.is_loose() => return Fault::no_overload(),
        _ => numbers(one, other) == Some(Ordering::Equal),
    })
}

fn equal_lists(one: &List<'_>, other: &List<'_>) -> Result<bool, Fault> {
    if one.len() != other.len() {
        return Ok(false);
    }
    match one.relation {
        Some(Items::Set) => contains_all(one, other),
        Some(Items::Keys(keys)) => equal_by_keys(one, other, keys),
        _ => {
            for (one, other) in one.iter().zip(other.iter()) {
                if !equal(&one?, &other?)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

fn contains_all(one: &List<'_>, other: &List<'_>) -> Result<bool, Fault> {
    let items = one.values()?;
    for item in other.iter() {
        let item = item?;
        if !items.iter().any(|each| equal(each, &item) == Ok(true)) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_by_keys(one: &List<'_>, other: &List<'_>, keys: &[String]) -> Result<bool, Fault> {
    let items = one.values()?;
    for item in other.iter() {
        let item = item?;
        let Some(same) = items.iter().find(|each| same_keys(each, &item, keys)) else {
            return Ok(false);
        };
        if !equal(same, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether two items of a list have the same keys.
pub(crate) fn same_keys(one: &Value<'_>, other: &Value<'_>, keys: &[String]) -> bool {
    let (Value::Map(one), Value::Map(other)) = (one, other) else { return false };
    keys.iter().all(|key| {
        let key = Value::text(escape(key).unwrap_or(key.into()));
        match (one.find(&key), other.find(&key)) {
            (None, None) => true,
            (Some(Ok(one)), Some(Ok(other))) => equal(&one, &other) == Ok(true),
            _ => false,
        }
    })
}

fn equal_maps(one: &Map<'_>, other: &Map<'_>) -> Result<bool, Fault> {
    if one.len() != other.len() {
        return Ok(false);
    }
    for key in one.keys() {
        match (one.find(&key), other.find(&key)) {
            (Some(one), Some(other)) => {
                if !equal(&one?, &other?)? {
                    return Ok(false);
                }
            }
            (None, None) => {}
            _ => return Ok(false),
        }
    }
    // What the schema does not declare is compared as it is; what the other side lacks is not missed.
    if let (Map::There(object, shape), Map::There(other, _)) = (one, other)
        && !shape.is_loose()
    {
        for (name, value) in object.iter().filter(|(name, _)| shape.property(name).is_none()) {
            if other.get(name).is_some_and(|other| !same(value, other)) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

/// Which of two values is the greater.
pub(crate) fn compare(one: &Value<'_>, other: &Value<'_>) -> Result<Ordering, Fault> {
    Ok(match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::String(one), Value::String(other)) => (**one).cmp(&**other),
        (Value::Bytes(one), Value::Bytes(other)) => one.cmp(other),
        (Value::Duration(one), Value::Duration(other)) => one.cmp(other),
        (Value::Timestamp(one), Value::Timestamp(other)) => one.cmp(other),
        (Value::Double(number), _) | (_, Value::Double(number)) if number.is_nan() => {
            return Fault::error("NaN values cannot be ordered");
        }
        _ => match numbers(one, other) {
            Some(ordering) => ordering,
            None => return Fault::no_overload(),
        },
    })
}

/// Numbers of any types, exactly.
fn numbers(one: &Value<'_>, other: &Value<'_>) -> Option<Ordering> {
    let whole = |value: &Value<'_>| match value {
        Value::Int(number) => Some(i128::from(*number)),
        Value::Uint(number) => Some(i128::from(*number)),
        _ => None,
    };
    if let (Some(one), Some(other)) = (whole(one), whole(other)) {
        return Some(one.cmp(&other));
    }
    match (one, other) {
        (Value::Double(one), Value::Double(other)) => one.partial_cmp(other),
        (Value::Double(one), other) => double_and_whole(*one, whole(other)?),
        (one, Value::Double(other)) => double_and_whole(*other, whole(one)?).map(Ordering::reverse),
        _ => None,
    }
}

fn double_and_whole(double: f64, whole: i128) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    let floor = double.floor();
    if floor.abs() > 1e30 {
        return Some(if double > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number in range")]
    let order = (floor as i128).cmp(&whole);
    let above = double > floor;
    Some(if order.is_eq() && above { Ordering::Greater } else { order })
}
