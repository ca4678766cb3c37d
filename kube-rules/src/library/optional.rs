//! Functions of values that may be absent: `self.?name.orValue('')`.

use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

pub(super) fn call<'a>(_: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    Some(match (name, args) {
        ("optional.none", []) => Ok(Value::Optional(None)),
        ("optional.of", [value]) => Ok(Value::some(value.clone())),
        ("optional.ofNonZeroValue", [value]) if is_zero(value) => Ok(Value::Optional(None)),
        ("optional.ofNonZeroValue", [value]) => Ok(Value::some(value.clone())),
        ("hasValue", [Value::Optional(value)]) => Ok(Value::Bool(value.is_some())),
        ("value", [Value::Optional(Some(value))]) => Ok((**value).clone()),
        ("value", [Value::Optional(None)]) => Fault::error("optional.none() dereference"),
        ("optional.unwrap" | "unwrapOpt", [Value::List(list)]) => list.values().map(|items| {
            let present = items.into_iter().filter_map(|item| match item {
                Value::Optional(value) => value.map(|value| (*value).clone()),
                other => Some(other),
            });
            Value::list(present.collect())
        }),
        ("hasValue" | "value", _) => Fault::no_overload(),
        _ => return None,
    })
}

fn is_zero(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(number) => *number == 0,
        Value::Uint(number) => *number == 0,
        Value::Double(number) => *number == 0.0,
        Value::Duration(nanoseconds) => *nanoseconds == 0,
        Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => value.size() == 0,
        Value::Optional(value) => value.is_none(),
        _ => false,
    }
}
