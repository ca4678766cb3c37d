//! Columns of custom kinds: a JSONPath in; the first value that it finds, as its type prints it, out.

use super::duration;
use crate::kind::Column;
use jiff::Timestamp;
use serde_json::Value;

/// One cell.
pub(super) fn cell(object: &Value, column: &Column, now: Timestamp) -> Value {
    let Some(found) = find(object, &column.path) else { return Value::Null };
    if found.is_null() {
        return Value::Null;
    }
    match column.type_.as_str() {
        "integer" => found.as_i64().map_or(Value::Null, Value::from),
        "number" if found.is_number() => found.clone(),
        "boolean" if found.is_boolean() => found.clone(),
        "date" if found.is_string() => match duration::age(found, now) {
            Value::String(text) if text == "<unknown>" => "<invalid>".into(),
            age => age,
        },
        "string" => match found {
            Value::String(text) => text.as_str().into(),
            other => other.to_string().into(),
        },
        _ => Value::Null,
    }
}

/// A step of a path.
enum Step {
    Member(String),
    Index(i64),
    All,
    /// `?(@.member=="value")`
    Where(String, String),
}

/// The first value that `path` (as `.spec.a[0].b`) leads to.
pub(super) fn find<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('$');
    let mut place = object;
    for step in steps(path) {
        place = match step {
            Step::Member(name) => place.get(&name)?,
            Step::Index(index) => {
                let list = place.as_array()?;
                let length = i64::try_from(list.len()).ok()?;
                let index = if index < 0 { length + index } else { index };
                list.get(usize::try_from(index).ok()?)?
            }
            Step::All => match place {
                Value::Array(list) => list.first()?,
                Value::Object(members) => members.values().next()?,
                _ => return None,
            },
            Step::Where(member, value) => {
                let fits = |item: &&Value| match &item[&member] {
                    Value::String(text) => *text == value,
                    Value::Bool(flag) => value == if *flag { "true" } else { "false" },
                    other => other.to_string().as_str() == value,
                };
                place.as_array()?.iter().find(fits)?
            }
        };
    }
    Some(place)
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut name = String::new();
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => name.extend(characters.next()),
            '.' | '[' => {
                if !name.is_empty() {
                    steps.push(Step::Member(std::mem::take(&mut name)));
                }
                if character == '[' {
                    steps.push(bracket(&mut characters));
                }
            }
            other => name.push(other),
        }
    }
    if !name.is_empty() {
        steps.push(Step::Member(name));
    }
    steps
}

fn bracket(characters: &mut std::str::Chars<'_>) -> Step {
    let text: String = characters.take_while(|character| *character != ']').collect();
    let text = text.trim();
    if text == "*" {
        return Step::All;
    }
    if let Ok(index) = text.parse() {
        return Step::Index(index);
    }
    let quoted = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let filter = text.strip_prefix("?(@.").and_then(|text| text.strip_suffix(')'));
    match filter.and_then(|filter| filter.split_once("==")) {
        Some((member, value)) => Step::Where(member.trim().to_owned(), quoted(value)),
        None => Step::Member(quoted(text)),
    }
}
