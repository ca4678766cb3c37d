//! Functions of whatever has a size, and of maps: `size(self)`, the steps of `transformMap`.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::value::Fault;
use crate::value::Key;
use crate::value::Map;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

pub(super) fn call<'a>(meter: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    match (name, args) {
        (
            "size",
            [value @ (Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_))],
        ) => Some(Ok(Value::Int(i64::try_from(value.size()).unwrap_or(i64::MAX)))),
        ("size", [_]) => Some(Fault::no_overload()),
        ("cel.@mapInsert", [Value::Map(map), key, value]) => {
            Some(insert(meter, map, vec![(key.clone(), value.clone())]))
        }
        ("cel.@mapInsert", [Value::Map(map), Value::Map(more)]) => {
            let entry = |key: Value<'a>| {
                let value = more.find(&key).unwrap_or_else(Fault::no_overload)?;
                Ok((key, value))
            };
            let entries: Result<Vec<_>, Fault> = more.keys().into_iter().map(entry).collect();
            Some(entries.and_then(|entries| insert(meter, map, entries)))
        }
        _ => None,
    }
}

fn insert<'a>(
    meter: &mut Meter,
    map: &Map<'a>,
    entries: Vec<(Value<'a>, Value<'a>)>,
) -> Outcome<'a> {
    meter.copy(map.len() + entries.len())?;
    let mut all: BTreeMap<Key, (Value<'a>, Value<'a>)> = match map {
        Map::Made(entries) => (**entries).clone(),
        Map::There(..) => BTreeMap::new(),
    };
    for (key, value) in entries {
        let Some(place) = Key::of(&key) else { return Fault::no_overload() };
        if all.insert(place, (key.clone(), value)).is_some() {
            return Fault::error(format!("insert failed: key {key} already exists"));
        }
    }
    Ok(Value::Map(Map::Made(Rc::new(all))))
}
