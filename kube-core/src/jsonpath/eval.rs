//! The parts of a template and an object in, what each part finds out.
//!
//! Mirrors: client-go util/jsonpath/jsonpath.go, third_party/forked/golang/template/funcs.go (comparisons)

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::node::Action;
use super::node::Node;
use super::node::Slice;

/// How many ranges may stand in each other.
const DEEPEST: usize = 64;

type Values<'a> = Vec<Cow<'a, Value>>;
type Found<T> = Result<T, String>;

/// One use of a template.
pub(super) struct Evaluation<'t> {
    actions: &'t [Action],
    missing_keys: bool,
    /// How many values one step may lead to, and how often parts may be used.
    most: usize,
    /// In how many ranges it is.
    depth: usize,
    /// Which `{end}` came last.
    last_end: Option<usize>,
    /// Which `{end}` is that of each range.
    ends: Vec<Option<usize>>,
    /// How often parts have been used.
    used: usize,
}

impl<'t> Evaluation<'t> {
    pub(super) fn new(actions: &'t [Action], missing_keys: bool, most: usize) -> Self {
        let mut ends = vec![None; actions.len()];
        let mut open = Vec::new();
        for (at, action) in actions.iter().enumerate() {
            if is_word(action, "range") {
                open.push(at);
            } else if is_word(action, "end")
                && let Some(range) = open.pop()
            {
                ends[range] = Some(at);
            }
        }
        Self { actions, missing_keys, most, depth: 0, last_end: None, ends, used: 0 }
    }

    /// What each part finds, in order.
    pub(super) fn run(mut self, object: &Value) -> Found<Vec<Values<'_>>> {
        let mut results = Vec::new();
        self.block(0, &[Cow::Borrowed(object)], &mut results)?;
        Ok(results)
    }

    /// From this part to the end of the range that it is in.
    fn block<'a>(
        &mut self,
        from: usize,
        object: &[Cow<'a, Value>],
        results: &mut Vec<Values<'a>>,
    ) -> Found<()> {
        let actions = self.actions;
        let mut at = from;
        while let Some(action) = actions.get(at) {
            if is_word(action, "end") {
                if self.depth == 0 {
                    return Err("`{end}` ends no range: write `{range ..}` before it".to_owned());
                }
                self.last_end = Some(at);
                return Ok(());
            }
            self.used += 1;
            if self.used > self.most {
                let most = self.most;
                return Err(format!("its parts are used more than {most} times: end its ranges"));
            }
            let found = self.walk(object.to_vec(), action)?;
            if !is_word(action, "range") {
                results.push(found);
                at += 1;
                continue;
            }
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(format!("ranges stand in each other more than {DEEPEST} deep"));
            }
            if found.is_empty() {
                self.last_end = self.ends[at].or(self.last_end);
            }
            for item in found {
                self.block(at + 1, std::slice::from_ref(&item), results)?;
            }
            self.depth -= 1;
            // Without an end, what follows is used once more for the object around, as kubectl does.
            at = self.last_end.filter(|end| *end > at).unwrap_or(at) + 1;
        }
        Ok(())
    }

    fn walk<'a>(&self, mut values: Values<'a>, action: &[Node]) -> Found<Values<'a>> {
        for node in action {
            values = self.step(values, node)?;
            if values.len() > self.most {
                return Err(too_many(self.most));
            }
        }
        Ok(values)
    }

    fn step<'a>(&self, values: Values<'a>, node: &Node) -> Found<Values<'a>> {
        let each = |value: Value| values.iter().map(|_| Cow::Owned(value.clone())).collect();
        match node {
            Node::Text(text) => Ok(vec![Cow::Owned(Value::String(text.clone()))]),
            Node::Int(int) => Ok(each((*int).into())),
            Node::Float(float) => Ok(each((*float).into())),
            Node::Bool(bool) => Ok(each((*bool).into())),
            Node::Word(word) if word == "range" => Ok(values),
            Node::Word(word) => {
                Err(format!("`{word}` means nothing here: write `.{word}` for a member"))
            }
            Node::Field(name) => self.field(values, name),
            Node::Slice(slice) => sliced(values, *slice),
            Node::Wildcard => Ok(values.into_iter().flat_map(children).collect()),
            Node::Recursive => recursive(values, self.most),
            Node::Union(parts) => {
                let mut found = Values::new();
                for part in parts {
                    found.extend(self.walk(values.clone(), part)?);
                }
                Ok(found)
            }
            Node::Filter { left, compare } => self.filter(values, left, compare.as_ref()),
        }
    }

    fn field<'a>(&self, values: Values<'a>, name: &str) -> Found<Values<'a>> {
        if values.is_empty() {
            return Ok(values);
        }
        let member = |value| match value {
            Cow::Borrowed(Value::Object(members)) => members.get(name).map(Cow::Borrowed),
            _ => None,
        };
        let found: Values<'a> = values.into_iter().filter_map(member).collect();
        if found.is_empty() && !self.missing_keys {
            return Err(format!("there is no `{name}`"));
        }
        Ok(found)
    }

    fn filter<'a>(
        &self,
        values: Values<'a>,
        left: &[Node],
        compare: Option<&(String, Vec<Node>)>,
    ) -> Found<Values<'a>> {
        let mut found = Values::new();
        for value in values {
            let Cow::Borrowed(Value::Array(items)) = value else {
                let what = name_of(&value);
                return Err(format!("{what} is no list, so nothing can be chosen from it"));
            };
            for item in items {
                let of = |path: &[Node]| self.walk(vec![Cow::Borrowed(item)], path);
                let lefts = of(left);
                let Some((operator, right)) = compare else {
                    // What cannot be asked of an item is not there.
                    if lefts.is_ok_and(|lefts| !lefts.is_empty()) {
                        found.push(Cow::Borrowed(item));
                    }
                    continue;
                };
                let Some(left) = one(lefts?)? else { continue };
                let Some(right) = one(of(right)?)? else { continue };
                if holds(&left, operator, &right)? {
                    found.push(Cow::Borrowed(item));
                }
            }
        }
        Ok(found)
    }
}

fn too_many(most: usize) -> String {
    format!("it finds more than {most} values: say more of the path")
}

fn is_word(action: &[Node], word: &str) -> bool {
    action.iter().any(|node| matches!(node, Node::Word(known) if known == word))
}

fn one(mut values: Values<'_>) -> Found<Option<Cow<'_, Value>>> {
    match values.len() {
        0 | 1 => Ok(values.pop()),
        _ => Err("a filter compares one value with another, and here are several".to_owned()),
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Members, items, or a text's bytes, as kubectl has it.
fn children(value: Cow<'_, Value>) -> Values<'_> {
    match value {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(members)) => members.values().map(Cow::Borrowed).collect(),
        value => match &*value {
            Value::String(text) => text.bytes().map(|byte| Cow::Owned(byte.into())).collect(),
            _ => Values::new(),
        },
    }
}

/// Everything below that is made of something, beginning with the values themselves.
fn recursive(values: Values<'_>, most: usize) -> Found<Values<'_>> {
    let mut found = Values::new();
    let mut open: Values<'_> = values.into_iter().rev().collect();
    while let Some(value) = open.pop() {
        let below = match &*value {
            // Its bytes are made of nothing.
            Value::String(text) if !text.is_empty() => Values::new(),
            Value::Array(items) if !items.is_empty() => children(value.clone()),
            Value::Object(members) if !members.is_empty() => children(value.clone()),
            _ => continue,
        };
        found.push(value);
        open.extend(below.into_iter().rev());
        if found.len() > most {
            return Err(too_many(most));
        }
    }
    Ok(found)
}

fn sliced(values: Values<'_>, slice: Slice) -> Found<Values<'_>> {
    let mut found = Values::new();
    for value in values {
        let items = match value {
            Cow::Borrowed(Value::Array(items)) => items,
            value if value.is_null() => continue,
            value => return Err(format!("{} is no list, so it has no index", name_of(&value))),
        };
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let from_end = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
        let from = from_end(slice.from.unwrap_or(0));
        let to = match (slice.single, slice.to) {
            (true, _) => match slice.from.unwrap_or(0).saturating_add(1) {
                // The end of the last one of the list.
                0 => length,
                to => from_end(to),
            },
            (false, None) => length,
            (false, Some(to)) => from_end(to),
        };
        if from == to {
            // client-go gives back what it has so far, and looks at no other list.
            return Ok(found);
        }
        let outside = |index| format!("there is no index {index} in a list of {length}");
        if from >= length || from < 0 {
            return Err(outside(from));
        }
        if to > length || to < 0 {
            return Err(outside(to - 1));
        }
        if from > to {
            return Err(format!("a slice from {from} to {to} ends before it begins"));
        }
        let step = slice.step.unwrap_or(1);
        let step = usize::try_from(step).ok().filter(|step| *step > 0);
        let step = step.ok_or("the step of a slice is 1 or more")?;
        let range = usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0);
        found.extend(items[range].iter().step_by(step).map(Cow::Borrowed));
    }
    Ok(found)
}

fn holds(left: &Value, operator: &str, right: &Value) -> Found<bool> {
    let wrong = |value: &Value| format!("{} cannot be compared", name_of(value));
    for value in [left, right] {
        if matches!(value, Value::Null | Value::Array(_) | Value::Object(_)) {
            return Err(wrong(value));
        }
    }
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left.cmp(&right),
            (None, None) => left
                .as_f64()
                .zip(right.as_f64())
                .and_then(|(left, right)| left.partial_cmp(&right))
                .unwrap_or(Ordering::Equal),
            _ => {
                return Err(
                    "a whole number is not compared with one that has a fraction".to_owned()
                );
            }
        },
        (Value::Bool(left), Value::Bool(right)) => match operator {
            "==" | "!=" => left.cmp(right),
            _ => return Err("a boolean is no more and no less than another".to_owned()),
        },
        _ => return Err(format!("{} is not compared with {}", name_of(left), name_of(right))),
    };
    match operator {
        "==" => Ok(order.is_eq()),
        "!=" => Ok(order.is_ne()),
        "<" => Ok(order.is_lt()),
        "<=" => Ok(order.is_le()),
        ">" => Ok(order.is_gt()),
        ">=" => Ok(order.is_ge()),
        other => Err(format!("`{other}` compares nothing: use one of == != < <= > >=")),
    }
}
