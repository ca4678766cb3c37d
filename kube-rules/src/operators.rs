//! The operators: two values in, their sum, quotient or order out.
//!
//! Mirrors: cel-go common/types, common/types/overflow.go

use std::rc::Rc;

use crate::schema::Items;
use crate::time::Moment;
use crate::value::Fault;
use crate::value::List;
use crate::value::Outcome;
use crate::value::Value;
use crate::value::equal;
use crate::value::same_keys;

const INT: &str = "integer overflow";
const UINT: &str = "unsigned integer overflow";
const TIMESTAMP: &str = "timestamp overflow";

fn int<'a>(number: Option<i64>) -> Outcome<'a> {
    number.map_or_else(|| Fault::error(INT), |number| Ok(Value::Int(number)))
}

fn uint<'a>(number: Option<u64>) -> Outcome<'a> {
    number.map_or_else(|| Fault::error(UINT), |number| Ok(Value::Uint(number)))
}

/// Kubernetes tells of durations as of the integers that they are.
fn duration<'a>(nanoseconds: Option<i64>) -> Outcome<'a> {
    nanoseconds.map_or_else(|| Fault::error(INT), |number| Ok(Value::Duration(number)))
}

fn shifted<'a>(timestamp: Moment, nanoseconds: i128) -> Outcome<'a> {
    match timestamp.plus(nanoseconds) {
        Some(timestamp) => Ok(Value::Timestamp(timestamp)),
        None => Fault::error(TIMESTAMP),
    }
}

/// `one + other`
pub(crate) fn add<'a>(one: &Value<'a>, other: &Value<'a>) -> Outcome<'a> {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => int(one.checked_add(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_add(*other)),
        (Value::Double(one), Value::Double(other)) => Ok(Value::Double(one + other)),
        (Value::String(one), Value::String(other)) => {
            Ok(Value::text(format!("{}{}", &**one, &**other)))
        }
        (Value::Bytes(one), Value::Bytes(other)) => {
            Ok(Value::Bytes(Rc::from([&**one, &**other].concat())))
        }
        (Value::Duration(one), Value::Duration(other)) => duration(one.checked_add(*other)),
        (Value::Timestamp(one), Value::Duration(by))
        | (Value::Duration(by), Value::Timestamp(one)) => shifted(*one, i128::from(*by)),
        (Value::List(one), Value::List(other)) => join(one, other),
        _ => Fault::no_overload(),
    }
}

/// Two lists as one; what was told apart in the first list is told apart in the result.
fn join<'a>(one: &List<'a>, other: &List<'a>) -> Outcome<'a> {
    let mut items = one.values()?;
    for item in other.iter() {
        let item = item?;
        match one.relation {
            Some(Items::Set) if items.iter().any(|each| equal(each, &item) == Ok(true)) => {}
            Some(Items::Keys(keys)) => {
                match items.iter_mut().find(|each| same_keys(each, &item, keys)) {
                    Some(same) => *same = item,
                    None => items.push(item),
                }
            }
            _ => items.push(item),
        }
    }
    let mut joined = List::made(items);
    joined.relation = one.relation;
    Ok(Value::List(joined))
}

/// `one - other`
pub(crate) fn subtract<'a>(one: &Value<'a>, other: &Value<'a>) -> Outcome<'a> {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => int(one.checked_sub(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_sub(*other)),
        (Value::Double(one), Value::Double(other)) => Ok(Value::Double(one - other)),
        (Value::Duration(one), Value::Duration(other)) => duration(one.checked_sub(*other)),
        (Value::Timestamp(one), Value::Duration(by)) => shifted(*one, -i128::from(*by)),
        (Value::Timestamp(one), Value::Timestamp(other)) => {
            duration(i64::try_from(one.since(*other)).ok())
        }
        _ => Fault::no_overload(),
    }
}

/// `one * other`
pub(crate) fn multiply<'a>(one: &Value<'a>, other: &Value<'a>) -> Outcome<'a> {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => int(one.checked_mul(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_mul(*other)),
        (Value::Double(one), Value::Double(other)) => Ok(Value::Double(one * other)),
        _ => Fault::no_overload(),
    }
}

/// `one / other`
pub(crate) fn divide<'a>(one: &Value<'a>, other: &Value<'a>) -> Outcome<'a> {
    match (one, other) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            Fault::error("division by zero")
        }
        (Value::Int(one), Value::Int(other)) => int(one.checked_div(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_div(*other)),
        (Value::Double(one), Value::Double(other)) => Ok(Value::Double(one / other)),
        _ => Fault::no_overload(),
    }
}

/// `one % other`
pub(crate) fn remainder<'a>(one: &Value<'a>, other: &Value<'a>) -> Outcome<'a> {
    match (one, other) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            Fault::error("modulus by zero")
        }
        (Value::Int(one), Value::Int(other)) => int(one.checked_rem(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_rem(*other)),
        _ => Fault::no_overload(),
    }
}

/// `-value`
pub(crate) fn negate<'a>(value: &Value<'a>) -> Outcome<'a> {
    match value {
        Value::Int(number) => int(number.checked_neg()),
        Value::Double(number) => Ok(Value::Double(-number)),
        _ => Fault::no_overload(),
    }
}
