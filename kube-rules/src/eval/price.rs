//! The price of a call that was made: its arguments and its result in, units out.
//!
//! Mirrors: cel-go interpreter/runtimecost.go, apiserver pkg/cel/library/cost.go

use crate::value::Value;

/// The price of a new list.
pub(super) const LIST: u64 = 10;
/// The price of a new map.
pub(super) const MAP: u64 = 30;
/// The price of a new message.
const MESSAGE: u64 = 40;
/// The price of asking what somebody may do: at most two such questions fit into one expression.
const AUTHORIZATION: u64 = 350_000;
/// The price of one character that is looked at.
const LETTER: f64 = 0.1;
/// The price of one character of a pattern.
const PATTERN: f64 = 0.25;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
#[expect(clippy::cast_precision_loss, reason = "so does cel-go")]
fn times(size: u64, factor: f64) -> u64 {
    (size as f64 * factor).ceil() as u64
}

/// The price of a call.
pub(super) fn of_call(function: &str, args: &[Value<'_>], result: &Value<'_>) -> u64 {
    let size = |at: usize| args.get(at).map_or(1, Value::size);
    match function {
        "check" => AUTHORIZATION,
        // A list, the text that is read, and of every other letter a requirement: a list and a message.
        "fieldSelector" | "labelSelector" => {
            LIST + times(size(1), LETTER) + times(size(1), 0.5) * (LIST + MESSAGE)
        }
        "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" => {
            args.first().map_or(0, traversal)
        }
        "url" | "lowerAscii" | "upperAscii" | "substring" | "trim" => times(size(0), LETTER),
        "replace" | "split" => times(size(0), 2.0 * LETTER),
        "join" => times(result.size(), 2.0 * LETTER),
        "find" | "findAll" | "matches" => {
            times(size(0) + 1, LETTER).saturating_mul(times(size(1), PATTERN))
        }
        "ip" if matches!(args.first(), Some(Value::Cidr(_))) => 1,
        "cidr" | "isIP" | "isCIDR" | "ip" | "quantity" | "isQuantity" | "semver" | "isSemver" => {
            times(size(0), LETTER)
        }
        "ip.isCanonical" => times(size(0), 2.0 * LETTER),
        "containsIP" | "containsCIDR" => {
            let mut price = times(size(0) * 2, LETTER);
            if function == "containsCIDR" {
                price += times(size(0), LETTER) + 1;
            }
            if matches!(args.get(1), Some(Value::String(_))) {
                price += times(size(1), LETTER);
            }
            price
        }
        "validate" => match args.first() {
            Some(Value::Format(format)) => {
                times(size(1) + 1, LETTER).saturating_mul(times(format.pattern, PATTERN))
            }
            _ => 1,
        },
        "_==_" | "_!=_" => match args.first() {
            Some(
                Value::Quantity(_)
                | Value::Ip(_)
                | Value::Cidr(_)
                | Value::Format(_)
                | Value::Url(_)
                | Value::Semver(_)
                | Value::Asking(_),
            ) => 1,
            _ => times(size(0).min(size(1)), LETTER),
        },
        "_<_" | "_<=_" | "_>_" | "_>=_" => match args.first() {
            Some(Value::String(_) | Value::Bytes(_)) => times(size(0).min(size(1)), LETTER),
            _ => 1,
        },
        "_+_" => match args.first() {
            Some(Value::String(_) | Value::Bytes(_)) => times(size(0) + size(1), LETTER),
            _ => 1,
        },
        "startsWith" | "endsWith" | "strings.quote" | "format" => times(size(0), LETTER),
        "bytes" | "string" if matches!(args.first(), Some(Value::String(_) | Value::Bytes(_))) => {
            times(size(0), LETTER)
        }
        "contains" => times(size(0), LETTER).saturating_mul(times(size(1), LETTER)),
        "@in" => match args.get(1) {
            Some(Value::List(list)) => list.len() as u64,
            _ => 1,
        },
        "sets.contains" | "sets.intersects" => 1 + size(0).saturating_mul(size(1)),
        "sets.equivalent" => 1 + size(0).saturating_mul(size(1)).saturating_mul(2),
        "slice" | "lists.range" | "reverse" => result.size() + 1 + LIST,
        "flatten" => {
            let depth = match args.get(1) {
                Some(Value::Int(depth)) => u64::try_from(*depth).unwrap_or(0),
                _ => 1,
            };
            size(0).saturating_mul(depth) + 1 + LIST
        }
        "distinct" | "sort" => self_comparison(args.first()),
        "@sortByAssociatedKeys" => self_comparison(args.get(1)),
        _ => 1,
    }
}

fn self_comparison(list: Option<&Value<'_>>) -> u64 {
    let Some(Value::List(list)) = list else { return 1 };
    let size = list.len() as u64;
    let texts = matches!(list.item(0), Some(Ok(Value::String(_) | Value::Bytes(_))));
    let factor = if texts { 2.0 + LETTER } else { 2.0 };
    times(size.saturating_mul(size), factor) + 1 + LIST
}

/// The price of looking at a value and all within.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
#[expect(clippy::cast_precision_loss, reason = "so does the API server")]
fn traversal(value: &Value<'_>) -> u64 {
    match value {
        Value::String(text) => (text.len() as f64 * LETTER) as u64,
        Value::Bytes(bytes) => (bytes.len() as f64 * LETTER) as u64,
        Value::List(list) => list.iter().flatten().map(|item| traversal(&item)).sum(),
        Value::Map(map) => {
            let below = |key: &Value<'_>| match map.find(key) {
                Some(Ok(value)) => traversal(&value),
                _ => 0,
            };
            map.keys().iter().map(|key| traversal(key) + below(key)).sum()
        }
        _ => 1,
    }
}
