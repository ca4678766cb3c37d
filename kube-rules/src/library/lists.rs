//! Functions of lists: `self.isSorted()`, `self.sum()`, `self.distinct()`, `sets.contains(..)`.
//!
//! Mirrors: apiserver pkg/cel/library/lists.go, cel-go ext/lists.go, cel-go ext/sets.go

use std::cmp::Ordering;

use crate::value::Fault;
use crate::value::List;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;
use crate::value::compare;
use crate::value::equal;

pub(super) fn call<'a>(meter: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    if let ("lists.range", [count]) = (name, args) {
        return Some(range(meter, count));
    }
    let [Value::List(list), rest @ ..] = args else { return None };
    let outcome = match (name, rest) {
        ("isSorted", []) => is_sorted(list),
        ("sum", []) if matches!(list.item(0), Some(Ok(Value::String(_) | Value::Bytes(_)))) => {
            Fault::error("no such overload: sum(list)")
        }
        ("sum", []) => sum(list),
        ("max", []) => extreme(list, "max", Ordering::Less),
        ("min", []) => extreme(list, "min", Ordering::Greater),
        ("indexOf", [item]) => Ok(place(list, item, false)),
        ("lastIndexOf", [item]) => Ok(place(list, item, true)),
        ("join", [] | [_]) => join(meter, list, rest.first()),
        ("slice", [start, end]) => slice(meter, list, start, end),
        ("flatten", [] | [_]) => flatten_all(meter, list, rest.first()),
        ("distinct", []) => distinct(meter, list),
        ("reverse", []) => meter
            .copy(list.len())
            .and_then(|()| Ok(Value::list(list.iter().rev().collect::<Result<_, _>>()?))),
        ("sort", []) => sort(meter, list, list),
        ("@sortByAssociatedKeys", [keys]) => {
            keys.as_list().and_then(|keys| sort(meter, list, keys))
        }
        ("first", []) => list.item(0).transpose().map(wrapped),
        ("last", []) => list.item(list.len().wrapping_sub(1)).transpose().map(wrapped),
        ("sets.contains", [other]) => contains(list, other),
        ("sets.intersects", [other]) => intersects(list, other),
        ("sets.equivalent", [other]) => match contains(list, other) {
            Ok(Value::Bool(true)) => other.as_list().and_then(|other| contains(other, &args[0])),
            outcome => outcome,
        },
        _ => return None,
    };
    Some(outcome)
}

fn wrapped(value: Option<Value<'_>>) -> Value<'_> {
    value.map_or(Value::Optional(None), Value::some)
}

fn range<'a>(meter: &mut Meter, count: &Value<'a>) -> Outcome<'a> {
    let count = count.int()?.max(0);
    meter.copy(usize::try_from(count).unwrap_or(usize::MAX))?;
    Ok(Value::list((0..count).map(Value::Int).collect()))
}

fn is_sorted<'a>(list: &List<'a>) -> Outcome<'a> {
    let mut before: Option<Value<'_>> = None;
    for item in list.iter() {
        let item = item?;
        if let Some(before) = &before
            && compare(before, &item)?.is_gt()
        {
            return Ok(Value::Bool(false));
        }
        before = Some(item);
    }
    Ok(Value::Bool(true))
}

fn sum<'a>(list: &List<'a>) -> Outcome<'a> {
    let mut total: Option<Value<'a>> = None;
    for item in list.iter() {
        let item = item?;
        total = Some(match &total {
            Some(total) => crate::operators::add(total, &item)?,
            None => item,
        });
    }
    // The type of an empty list's items is not known here; only `int` compares equal to all other numbers.
    Ok(total.unwrap_or(Value::Int(0)))
}

/// The item that no other exceeds; `worse`: how it compares with one that does.
fn extreme<'a>(list: &List<'a>, name: &str, worse: Ordering) -> Outcome<'a> {
    let mut best: Option<Value<'a>> = None;
    for item in list.iter() {
        let item = item?;
        best = Some(match best {
            Some(best) if compare(&best, &item)? != worse => best,
            _ => item,
        });
    }
    best.map_or_else(|| Fault::error(format!("{name} called on empty list")), Ok)
}

fn place<'a>(list: &List<'a>, item: &Value<'a>, last: bool) -> Value<'a> {
    let is = |at: &usize| {
        list.item(*at).is_some_and(|each| each.is_ok_and(|each| equal(&each, item) == Ok(true)))
    };
    let mut places = 0..list.len();
    let found = if last { places.rfind(is) } else { places.find(is) };
    found.map_or(Value::Int(-1), Value::count)
}

fn join<'a>(meter: &mut Meter, list: &List<'a>, separator: Option<&Value<'a>>) -> Outcome<'a> {
    let separator = match separator {
        Some(separator) => separator.str()?.to_string(),
        None => String::new(),
    };
    let mut joined = String::new();
    for (at, item) in list.iter().enumerate() {
        let item = item?;
        let Value::String(text) = &item else {
            return Fault::error(format!("join: invalid input: {item}"));
        };
        if at > 0 {
            joined.push_str(&separator);
        }
        meter.text(joined.len() + text.len())?;
        joined.push_str(text);
    }
    Ok(Value::text(joined))
}

fn slice<'a>(
    meter: &mut Meter,
    list: &List<'a>,
    start: &Value<'a>,
    end: &Value<'a>,
) -> Outcome<'a> {
    let (start, end) = (start.int()?, end.int()?);
    let fail = |why: String| Fault::error(format!("cannot slice({start}, {end}), {why}"));
    let (Ok(from), Ok(to)) = (usize::try_from(start), usize::try_from(end)) else {
        return fail("negative indexes not supported".to_owned());
    };
    if from > to {
        return fail("start index must be less than or equal to end index".to_owned());
    }
    if list.len() < to {
        return fail(format!("list is length {}", list.len()));
    }
    meter.copy(to - from)?;
    Ok(Value::list(list.iter().skip(from).take(to - from).collect::<Result<_, _>>()?))
}

fn flatten_all<'a>(meter: &mut Meter, list: &List<'a>, depth: Option<&Value<'a>>) -> Outcome<'a> {
    let depth = depth.map_or(Ok(1), Value::int)?;
    if depth < 0 {
        return Fault::error("level must be non-negative");
    }
    let mut items = Vec::new();
    flatten(meter, list, depth, &mut items)?;
    Ok(Value::list(items))
}

fn flatten<'a>(
    meter: &mut Meter,
    list: &List<'a>,
    depth: i64,
    items: &mut Vec<Value<'a>>,
) -> Result<(), Fault> {
    for item in list.iter() {
        match item? {
            Value::List(inner) if depth > 0 => flatten(meter, &inner, depth - 1, items)?,
            item => {
                meter.copy(1)?;
                items.push(item);
            }
        }
    }
    Ok(())
}

fn distinct<'a>(meter: &mut Meter, list: &List<'a>) -> Outcome<'a> {
    let mut unique: Vec<Value<'a>> = Vec::new();
    for item in list.iter() {
        let item = item?;
        meter.copy(1 + unique.len() / 64)?;
        if !unique.iter().any(|other| equal(&item, other) == Ok(true)) {
            unique.push(item);
        }
    }
    Ok(Value::list(unique))
}

fn sort<'a>(meter: &mut Meter, list: &List<'a>, keys: &List<'a>) -> Outcome<'a> {
    meter.copy(list.len() * 2)?;
    let (items, keys) = (list.values()?, keys.values()?);
    if items.len() != keys.len() {
        return Fault::error(format!(
            "@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but \
             got {} and {} elements respectively",
            items.len(),
            keys.len()
        ));
    }
    let Some(first) = keys.first() else { return Ok(Value::List(list.clone())) };
    if compare(first, first).is_err() {
        return Fault::error("list elements must be comparable");
    }
    if keys.iter().any(|key| key.type_name() != first.type_name()) {
        return Fault::error("list elements must have the same type");
    }
    let mut pairs: Vec<(Value<'a>, Value<'a>)> = keys.into_iter().zip(items).collect();
    pairs.sort_by(|(one, _), (other, _)| compare(one, other).unwrap_or(Ordering::Equal));
    Ok(Value::list(pairs.into_iter().map(|(_, item)| item).collect()))
}

/// Whether a list has an item; an error only if none is found.
pub(crate) fn has_item(list: &List<'_>, item: &Value<'_>) -> Result<bool, Fault> {
    let mut fault = None;
    for each in list.iter() {
        match each.and_then(|each| equal(&each, item)) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => fault = Some(error),
        }
    }
    fault.map_or(Ok(false), Err)
}

fn contains<'a>(list: &List<'a>, other: &Value<'a>) -> Outcome<'a> {
    for item in other.as_list()?.iter() {
        if !has_item(list, &item?)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn intersects<'a>(list: &List<'a>, other: &Value<'a>) -> Outcome<'a> {
    let other = other.as_list()?;
    for item in list.iter() {
        if has_item(other, &item?) == Ok(true) {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}
