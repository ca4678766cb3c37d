//! A checked tree and the values of its variables in, its value and its price out.
//!
//! Mirrors: cel-go interpreter/interpretable.go, interpreter/runtimecost.go
//! Differs: the tree is walked, not planned; copies of values that cel-go does not price are bounded as well.

mod call;
mod fold;
mod price;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::check::Checked;
use crate::depth::with_room;
use crate::syntax::Entry;
use crate::syntax::Expr;
use crate::syntax::Literal;
use crate::syntax::Node;
use crate::syntax::Select;
use crate::value::Fault;
use crate::value::Key;
use crate::value::Map;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Text;
use crate::value::Value;

/// A tree of so many levels is evaluated on any stack.
const SHALLOW: usize = 40;
/// The stack that a level needs, in bytes.
const ROOM_OF_LEVEL: usize = 64 << 10;

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// True or false.
    Bool(bool),
    /// A text.
    Text(String),
    /// Neither.
    Other,
}

impl Answer {
    pub(crate) fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::String(text) => Self::Text(text.to_string()),
            _ => Self::Other,
        }
    }
}

/// Evaluates a tree; what it cost is in the meter, also if it failed.
pub(crate) fn evaluate<'a>(
    checked: &'a Checked,
    variables: impl FnOnce() -> Result<Vec<(&'a str, Value<'a>)>, Fault> + Send,
    meter: &mut Meter,
) -> Result<Answer, Fault> {
    let run = || Ok(Answer::of(&value_of(checked, variables()?, meter)?));
    roomy(checked.depth, run)
        .unwrap_or_else(|| Fault::error("no room on the stack for the expression"))
}

/// Runs something that evaluates trees of so many levels; none: there is no room for it.
pub(crate) fn roomy<T: Send>(depth: usize, run: impl FnOnce() -> T + Send) -> Option<T> {
    if depth <= SHALLOW { Some(run()) } else { with_room(depth * ROOM_OF_LEVEL, run) }
}

/// The value of a tree, where there is room for it.
pub(crate) fn value_of<'a>(
    checked: &'a Checked,
    variables: Vec<(&'a str, Value<'a>)>,
    meter: &mut Meter,
) -> Outcome<'a> {
    Machine { checked, variables, meter }.value(&checked.root)
}

/// Converts a literal by a function of the library.
pub(crate) fn convert<'a>(function: &str, literal: &'a Literal) -> Outcome<'a> {
    crate::library::call(&mut Meter::new(u64::MAX), function, &[of_literal(literal)])
}

struct Machine<'a, 'm> {
    checked: &'a Checked,
    /// The innermost last.
    variables: Vec<(&'a str, Value<'a>)>,
    meter: &'m mut Meter,
}

impl<'a> Machine<'a, '_> {
    fn value(&mut self, node: &'a Node) -> Outcome<'a> {
        match &node.expr {
            Expr::Literal(literal) => Ok(of_literal(literal)),
            Expr::Ident(name) => self.named(name),
            Expr::Select(select) => self.select(select),
            Expr::Call(call) => self.call(node, call),
            Expr::List { items, optional } => self.list(items, optional),
            Expr::Map(entries) => self.map(entries),
            Expr::Struct { name, .. } => Fault::error(format!("unknown type '{name}'")),
            Expr::Fold(fold) => self.fold(fold),
        }
    }

    fn named(&mut self, name: &'a str) -> Outcome<'a> {
        self.meter.charge(1)?;
        let bare = name.strip_prefix('.').unwrap_or(name);
        let variable = self.variables.iter().rev().find(|(own, _)| *own == bare);
        match variable {
            Some((_, value)) => Ok(value.clone()),
            // What the checker let pass and is no variable is a type.
            None if bare == "oldSelf" || bare == "self" => {
                Fault::error(format!("no such attribute(s): {bare}"))
            }
            None => Ok(Value::Type(Text::There(bare))),
        }
    }

    fn select(&mut self, select: &'a Select) -> Outcome<'a> {
        let of = self.value(&select.of)?;
        if !select.test {
            self.meter.charge(1)?;
        }
        let field = Value::String(Text::There(&select.field));
        match (of, select.test) {
            (Value::Optional(of), false) => optional_field(of.as_deref(), &field),
            (Value::Optional(Some(of)), true) => optional_field(Some(&of), &field)
                .map(|found| Value::Bool(matches!(found, Value::Optional(Some(_))))),
            (Value::Optional(None), true) => Ok(Value::Bool(false)),
            (of, true) => match found(&of, &field)? {
                Some(Err(fault)) => Err(fault),
                there => Ok(Value::Bool(there.is_some())),
            },
            (of, false) => self::field(&of, &field),
        }
    }

    fn list(&mut self, items: &'a [Node], optional: &[usize]) -> Outcome<'a> {
        let mut values = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            match self.value(item)? {
                Value::Optional(value) if optional.contains(&at) => {
                    values.extend(value.map(|value| (*value).clone()));
                }
                value => values.push(value),
            }
        }
        self.meter.charge(price::LIST)?;
        Ok(Value::list(values))
    }

    fn map(&mut self, entries: &'a [Entry]) -> Outcome<'a> {
        let mut made = BTreeMap::new();
        for entry in entries {
            let key = self.value(&entry.key)?;
            let value = match self.value(&entry.value)? {
                Value::Optional(None) if entry.optional => continue,
                Value::Optional(Some(value)) if entry.optional => (*value).clone(),
                value => value,
            };
            let Some(place) = Key::of(&key) else {
                return Fault::error(format!("unsupported key type: {}", key.type_name()));
            };
            made.insert(place, (key, value));
        }
        self.meter.charge(price::MAP)?;
        Ok(Value::Map(Map::Made(Rc::new(made))))
    }
}

fn of_literal(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(number) => Value::Int(*number),
        Literal::Uint(number) => Value::Uint(*number),
        Literal::Double(number) => Value::Double(*number),
        Literal::String(text) => Value::String(Text::There(text)),
        Literal::Bytes(bytes) => Value::Bytes(Rc::from(bytes.as_slice())),
    }
}

/// What a key or an index holds, if anything.
fn found<'a>(of: &Value<'a>, key: &Value<'a>) -> Result<Option<Outcome<'a>>, Fault> {
    match of {
        Value::Map(map) => Ok(map.find(key)),
        Value::Deferred(fields) => Ok(key.str().ok().and_then(|name| fields.find(name))),
        Value::List(list) => {
            let at = match key {
                Value::Int(at) => usize::try_from(*at).ok(),
                Value::Uint(at) => usize::try_from(*at).ok(),
                Value::Double(at) if at.fract() == 0.0 && *at >= 0.0 => at.to_string().parse().ok(),
                _ => {
                    return Fault::error(format!(
                        "unsupported index type '{}' in list",
                        key.type_name()
                    ));
                }
            };
            Ok(at.and_then(|at| list.item(at)))
        }
        _ => Ok(None),
    }
}

/// What a key or an index holds.
fn field<'a>(of: &Value<'a>, key: &Value<'a>) -> Outcome<'a> {
    match found(of, key)? {
        Some(outcome) => outcome,
        None if matches!(of, Value::List(_)) => Fault::error(format!("index out of bounds: {key}")),
        None => Fault::error(format!("no such key: {key}")),
    }
}

/// What a key or an index of what may be absent holds.
fn optional_field<'a>(of: Option<&Value<'a>>, key: &Value<'a>) -> Outcome<'a> {
    let Some(of) = of else { return Ok(Value::Optional(None)) };
    match found(of, key)? {
        Some(value) => value.map(Value::some),
        None => Ok(Value::Optional(None)),
    }
}
