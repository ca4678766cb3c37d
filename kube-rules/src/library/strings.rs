//! Functions of texts: `self.trim()`, `self.split(',')`; places are counted in characters.
//!
//! Mirrors: cel-go ext/strings.go

use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Text;
use crate::value::Value;

pub(super) fn call<'a>(meter: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    let [Value::String(text), rest @ ..] = args else { return None };
    let int = |at: usize| rest.get(at).map_or_else(Fault::no_overload, Value::int);
    let outcome = match (name, rest) {
        ("startsWith", [other]) => other.str().map(|other| Value::Bool(text.starts_with(&**other))),
        ("endsWith", [other]) => other.str().map(|other| Value::Bool(text.ends_with(&**other))),
        ("contains", [other]) => other.str().map(|other| Value::Bool(text.contains(&**other))),
        ("charAt", [_]) => int(0).and_then(|at| char_at(text, at)),
        ("lowerAscii", []) => Ok(Value::text(text.to_ascii_lowercase())),
        ("upperAscii", []) => Ok(Value::text(text.to_ascii_uppercase())),
        ("trim", []) => Ok(Value::text(text.trim_matches(is_space))),
        ("reverse", []) => Ok(Value::text(text.chars().rev().collect::<String>())),
        ("substring", [_]) => int(0).and_then(|start| substring(text, start, None)),
        ("substring", [_, _]) => int(0).and_then(|start| substring(text, start, Some(int(1)?))),
        ("indexOf", [other, ..]) => index_of(text, other, rest.get(1)),
        ("lastIndexOf", [other, ..]) => last_index_of(text, other, rest.get(1)),
        ("replace", [old, new, ..]) => replace(meter, text, old, new, rest.get(2)),
        ("split", [separator, ..]) => split(meter, text, separator, rest.get(1)),
        ("strings.quote", []) => meter.text(text.len() * 2).map(|()| Value::text(quote(text))),
        _ => return None,
    };
    Some(outcome)
}

/// What Go's `strings.TrimSpace` takes off.
fn is_space(letter: char) -> bool {
    letter.is_whitespace()
}

fn out_of_range<T>(at: i64) -> Result<T, Fault> {
    Fault::error(format!("index out of range: {at}"))
}

fn char_at<'a>(text: &str, at: i64) -> Outcome<'a> {
    let letters = text.chars().count();
    match usize::try_from(at) {
        Ok(place) if place <= letters => {
            Ok(Value::text(text.chars().nth(place).map(String::from).unwrap_or_default()))
        }
        _ => out_of_range(at),
    }
}

/// The byte at which a character starts.
fn byte_at(text: &str, at: usize) -> Option<usize> {
    text.char_indices().map(|(byte, _)| byte).chain([text.len()]).nth(at)
}

fn substring<'a>(text: &str, start: i64, end: Option<i64>) -> Outcome<'a> {
    if let Some(end) = end
        && start > end
    {
        return Fault::error(format!("invalid substring range. start: {start}, end: {end}"));
    }
    let place = |at: i64| usize::try_from(at).ok().and_then(|at| byte_at(text, at));
    let Some(from) = place(start) else { return out_of_range(start) };
    let to = match end {
        None => text.len(),
        Some(end) => match place(end) {
            Some(to) => to,
            None => return out_of_range(end),
        },
    };
    Ok(Value::text(&text[from..to]))
}

fn index_of<'a>(text: &Text<'a>, other: &Value<'a>, offset: Option<&Value<'a>>) -> Outcome<'a> {
    let (other, offset) = (other.str()?, offset.map_or(Ok(0), Value::int)?);
    if other.is_empty() {
        return Ok(Value::Int(offset));
    }
    let Ok(start) = usize::try_from(offset) else { return out_of_range(offset) };
    let Some(start) = byte_at(text, start) else { return Ok(Value::Int(-1)) };
    Ok(match text[start..].find(&**other) {
        Some(at) => Value::count(text[..start + at].chars().count()),
        None => Value::Int(-1),
    })
}

fn last_index_of<'a>(
    text: &Text<'a>,
    other: &Value<'a>,
    offset: Option<&Value<'a>>,
) -> Outcome<'a> {
    let other = other.str()?;
    let letters = text.chars().count();
    let offset = match offset {
        None if other.is_empty() => return Ok(Value::count(letters)),
        None => None,
        Some(offset) => Some(offset.int()?),
    };
    if other.is_empty() {
        return Ok(Value::Int(offset.unwrap_or_default()));
    }
    let last = match offset {
        None => letters,
        Some(offset) => match usize::try_from(offset) {
            Ok(last) if last >= letters => return Ok(Value::Int(-1)),
            Ok(last) => last,
            Err(_) => return out_of_range(offset),
        },
    };
    // The last place at which it starts at or before `last`.
    let end = byte_at(text, last + other.chars().count()).unwrap_or(text.len());
    Ok(match text[..end].rfind(&**other) {
        Some(at) => Value::count(text[..at].chars().count()),
        None => Value::Int(-1),
    })
}

fn replace<'a>(
    meter: &mut Meter,
    text: &Text<'a>,
    old: &Value<'a>,
    new: &Value<'a>,
    most: Option<&Value<'a>>,
) -> Outcome<'a> {
    let (old, new, most) = (old.str()?, new.str()?, most.map_or(Ok(-1), Value::int)?);
    let places =
        if old.is_empty() { text.chars().count() + 1 } else { text.matches(&**old).count() };
    let count = usize::try_from(most).map_or(places, |most| most.min(places));
    meter.text(text.len().saturating_add(count.saturating_mul(new.len())))?;
    Ok(Value::text(text.replacen(&**old, new, count)))
}

fn split<'a>(
    meter: &mut Meter,
    text: &Text<'a>,
    separator: &Value<'a>,
    most: Option<&Value<'a>>,
) -> Outcome<'a> {
    let (separator, most) = (separator.str()?, most.map_or(Ok(-1), Value::int)?);
    if most == 0 {
        return Ok(Value::list(Vec::new()));
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let parts: Vec<&str> = if separator.is_empty() {
        letters(text, most)
    } else {
        text.splitn(most, &**separator).collect()
    };
    meter.copy(parts.len())?;
    Ok(Value::texts(parts))
}

/// Every character, the last part being the rest.
fn letters(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if parts.len() + 1 == most {
            parts.push(rest);
            break;
        }
        let (first, after) = rest.split_at(letter.len_utf8());
        parts.push(first);
        rest = after;
    }
    parts
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
