//! One change of a YAML text: a text, a path and a value in, the text with nothing else changed out.
//!
//! Promises:
//! - Comments, order, quotes and everything else beside the path stay as they are.
//! - What cannot be changed in place (an anchor, an entry in a flow) is changed all the same: the text is written anew
//!   then, and only its meaning stays.

use granit_parser::{Event, Parser, StructureStyle};
use serde_json::Value;

use crate::yaml;

use super::kubeconfig::{MAX_DEPTH, MAX_NODES};

/// One step from a node to one in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// The value of a key.
    Key(String),
    /// The item of a list whose `name` is this.
    Named(String),
}

/// A text that is no YAML, or has something else where the path leads.
#[derive(Debug, PartialEq)]
pub(super) struct Unfit;

struct Node {
    start: usize,
    end: usize,
    kind: Kind,
}

enum Kind {
    Scalar(String),
    Map { flow: bool, entries: Vec<(Node, Node)> },
    List { flow: bool, items: Vec<Node> },
    Other,
}

/// The text in which the path leads to this value; none takes away what is there.
pub(super) fn set(text: &str, path: &[Step], value: Option<&Value>) -> Result<String, Unfit> {
    let before = parse(text)?;
    let mut wanted = before.clone();
    change(&mut wanted, path, value)?;
    if wanted == before {
        return Ok(text.to_owned());
    }
    let in_place = tree(text).and_then(|root| match value {
        Some(value) => put(text, root.as_ref(), path, value),
        None => take(text, root.as_ref(), path),
    });
    match in_place {
        Some(edited) if parse(&edited).as_ref() == Ok(&wanted) => Ok(edited),
        _ => serde_saphyr::to_string(&wanted).map_err(|_| Unfit),
    }
}

/// The meaning of a text.
pub(super) fn parse(text: &str) -> Result<Value, Unfit> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    yaml::read(text, MAX_DEPTH, MAX_NODES).map_err(|_| Unfit)
}

fn is_named(item: &Value, name: &str) -> bool {
    item.get("name").and_then(Value::as_str) == Some(name)
}

fn change(node: &mut Value, path: &[Step], value: Option<&Value>) -> Result<(), Unfit> {
    let Some((step, rest)) = path.split_first() else {
        *node = value.cloned().unwrap_or_default();
        return Ok(());
    };
    let last = rest.is_empty() && value.is_none();
    match (step, node) {
        (_, Value::Null) if value.is_none() => Ok(()),
        (_, node @ Value::Null) => {
            *node = nested(path, value.unwrap_or(&Value::Null));
            Ok(())
        }
        (Step::Key(key), Value::Object(entries)) if last => {
            entries.remove(key);
            Ok(())
        }
        (Step::Key(key), Value::Object(entries)) => {
            if value.is_none() && !entries.contains_key(key) {
                return Ok(());
            }
            change(entries.entry(key.clone()).or_insert(Value::Null), rest, value)
        }
        (Step::Named(name), Value::Array(items)) if last => {
            items.retain(|item| !is_named(item, name));
            Ok(())
        }
        (Step::Named(name), Value::Array(items)) => {
            match (items.iter_mut().find(|item| is_named(item, name)), value) {
                (Some(item), _) => change(item, rest, value),
                (None, None) => Ok(()),
                (None, Some(value)) => {
                    items.push(item(name, rest, value));
                    Ok(())
                }
            }
        }
        _ => Err(Unfit),
    }
}

/// What stands where nothing is yet, so that the path leads to the value.
fn nested(path: &[Step], value: &Value) -> Value {
    match path.split_first() {
        None => value.clone(),
        Some((Step::Key(key), rest)) => {
            Value::Object([(key.clone(), nested(rest, value))].into_iter().collect())
        }
        Some((Step::Named(name), rest)) => Value::Array(vec![item(name, rest, value)]),
    }
}

fn item(name: &str, rest: &[Step], value: &Value) -> Value {
    let mut item = nested(rest, value);
    if let Value::Object(entries) = &mut item {
        entries.insert("name".to_owned(), Value::from(name));
    }
    item
}

fn put(text: &str, root: Option<&Node>, path: &[Step], value: &Value) -> Option<String> {
    let Some(mut node) = root else {
        return Some(format!("{text}{}\n", block(&nested(path, value), 0)));
    };
    for (index, step) in path.iter().enumerate() {
        let rest = path.get(index + 1..)?;
        let next = match (step, &node.kind) {
            (Step::Key(key), Kind::Map { entries, .. }) => {
                match entries.iter().find(|(known, _)| known.is(key)) {
                    Some((key, found)) if found.is_nothing(text) => {
                        let colon = key.end + text.get(key.end..)?.find(':')? + 1;
                        let value = within(column(text, key.start) + 2, &nested(rest, value));
                        let end = found.end.max(colon);
                        return Some(splice(text, colon, end, &value));
                    }
                    found => found.map(|(_, value)| value),
                }
            }
            (Step::Named(name), Kind::List { items, .. }) => {
                items.iter().find(|item| item.child("name").is_some_and(|found| found.is(name)))
            }
            _ => return None,
        };
        match next {
            Some(next) => node = next,
            None => return add(text, node, step, rest, value),
        }
    }
    let rendered = match (&node.kind, value) {
        (Kind::Map { flow: false, .. } | Kind::List { flow: false, .. }, Value::Object(_)) => {
            block(value, column(text, node.start))
        }
        _ => value.to_string(),
    };
    Some(splice(text, node.start, node.end, &rendered))
}

/// Adds what is not there yet to a map or a list.
fn add(text: &str, node: &Node, step: &Step, rest: &[Step], value: &Value) -> Option<String> {
    let after = |position: usize| {
        text.get(position..)
            .and_then(|rest| rest.find('\n'))
            .map_or(text.len(), |end| position + end)
    };
    match (step, &node.kind) {
        (Step::Key(key), Kind::Map { flow: true, entries }) => {
            let comma = if entries.is_empty() { "" } else { ", " };
            let entry = format!("{}: {}{comma}", Value::from(key.as_str()), nested(rest, value));
            Some(splice(text, node.start + 1, node.start + 1, &entry))
        }
        (Step::Key(key), Kind::Map { flow: false, entries }) => {
            let column = column(text, entries.first()?.0.start);
            let entry = Value::Object([(key.clone(), nested(rest, value))].into_iter().collect());
            let line = format!("\n{}{}", " ".repeat(column), block(&entry, column));
            Some(splice(text, after(node.end), after(node.end), &line))
        }
        (Step::Named(name), Kind::List { flow: true, items }) => {
            let comma = if items.is_empty() { "" } else { ", " };
            let entry = format!("{}{comma}", item(name, rest, value));
            Some(splice(text, node.start + 1, node.start + 1, &entry))
        }
        (Step::Named(name), Kind::List { flow: false, items }) => {
            let dash = text.get(..items.first()?.start)?.rfind('-')?;
            let column = column(text, dash);
            let entry = block(&item(name, rest, value), column + 2);
            let line = format!("\n{}- {entry}", " ".repeat(column));
            Some(splice(text, after(node.end), after(node.end), &line))
        }
        _ => None,
    }
}

/// Takes away the lines of an entry; none if it has no lines of its own.
fn take(text: &str, root: Option<&Node>, path: &[Step]) -> Option<String> {
    let (last, before) = path.split_last()?;
    let mut node = root?;
    for step in before {
        node = match step {
            Step::Key(key) => node.child(key)?,
            Step::Named(name) => node.named(name)?,
        };
    }
    let (start, end) = match (last, &node.kind) {
        (Step::Key(key), Kind::Map { flow: false, entries }) => {
            let (key, value) = entries.iter().find(|(known, _)| known.is(key))?;
            (key.start, value.end.max(key.end))
        }
        (Step::Named(name), Kind::List { flow: false, .. }) => {
            let item = node.named(name)?;
            (text.get(..item.start)?.rfind('-')?, item.end)
        }
        _ => return None,
    };
    let line = text.get(..start)?.rfind('\n').map_or(0, |before| before + 1);
    let next = text.get(end..)?.find('\n').map_or(text.len(), |after| end + after + 1);
    text.get(line..start)?.trim().is_empty().then(|| splice(text, line, next, ""))
}

impl Node {
    fn is(&self, text: &str) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar == text)
    }

    /// Whether a key has no value.
    fn is_nothing(&self, text: &str) -> bool {
        let written = text.get(self.start..self.end).unwrap_or_default();
        matches!(self.kind, Kind::Scalar(_)) && matches!(written, "" | "~" | "null")
    }

    fn child(&self, key: &str) -> Option<&Self> {
        let Kind::Map { entries, .. } = &self.kind else { return None };
        entries.iter().find(|(known, _)| known.is(key)).map(|(_, value)| value)
    }

    fn named(&self, name: &str) -> Option<&Self> {
        let Kind::List { items, .. } = &self.kind else { return None };
        items.iter().find(|item| item.child("name").is_some_and(|found| found.is(name)))
    }
}

/// The nodes of a text with their places; no root if the text is empty. None if it is no plain YAML.
fn tree(text: &str) -> Option<Option<Node>> {
    let mut events = Parser::new_from_str(text).filter(|event| {
        // Comments are no nodes.
        !matches!(event, Ok((event, _)) if !event.is_node() && !matches!(event, Event::SequenceEnd | Event::MappingEnd | Event::DocumentEnd | Event::StreamEnd))
    });
    let (event, span) = events.next()?.ok()?;
    match event {
        Event::StreamEnd | Event::DocumentEnd => Some(None),
        event => node(text, event, span.byte_range()?, &mut events).map(Some),
    }
}

fn node<'a>(
    text: &str,
    event: Event<'a>,
    range: std::ops::Range<usize>,
    events: &mut impl Iterator<
        Item = Result<(Event<'a>, granit_parser::Span), granit_parser::ScanError>,
    >,
) -> Option<Node> {
    let (start, mut end) = (range.start, range.end);
    let kind = match event {
        Event::Scalar(scalar, ..) => {
            // The last line of a block is the next one's beginning.
            end = start + text.get(start..end)?.trim_end().len();
            Kind::Scalar(scalar.into_owned())
        }
        Event::MappingStart(style, ..) => {
            let (flow, mut entries) = (style == StructureStyle::Flow, Vec::new());
            loop {
                let (event, span) = events.next()?.ok()?;
                if event == Event::MappingEnd {
                    end = if flow { span.byte_range()?.end } else { end };
                    break Kind::Map { flow, entries };
                }
                let key = node(text, event, span.byte_range()?, events)?;
                let (event, span) = events.next()?.ok()?;
                let value = node(text, event, span.byte_range()?, events)?;
                end = if value.end > value.start { value.end } else { key.end + 1 };
                entries.push((key, value));
            }
        }
        Event::SequenceStart(style, ..) => {
            let (flow, mut items) = (style == StructureStyle::Flow, Vec::new());
            loop {
                let (event, span) = events.next()?.ok()?;
                if event == Event::SequenceEnd {
                    end = if flow { span.byte_range()?.end } else { end };
                    break Kind::List { flow, items };
                }
                let item = node(text, event, span.byte_range()?, events)?;
                end = item.end;
                items.push(item);
            }
        }
        Event::Alias(_) => Kind::Other,
        _ => return None,
    };
    Some(Node { start, end, kind })
}

fn splice(text: &str, start: usize, end: usize, by: &str) -> String {
    let (before, after) =
        (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    format!("{before}{by}{after}")
}

fn column(text: &str, position: usize) -> usize {
    let before = text.get(..position).unwrap_or_default();
    before.len() - before.rfind('\n').map_or(0, |line| line + 1)
}

/// What stands behind a key and its colon.
fn within(column: usize, value: &Value) -> String {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            format!("\n{}{}", " ".repeat(column), block(value, column))
        }
        Value::Array(items) if !items.is_empty() => {
            let column = column.saturating_sub(2);
            format!("\n{}{}", " ".repeat(column), block(value, column))
        }
        value => format!(" {}", block(value, column)),
    }
}

/// A value in lines of its own, of which the first is indented already.
fn block(value: &Value, column: usize) -> String {
    let between = format!("\n{}", " ".repeat(column));
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            let mut lines: Vec<_> = entries.iter().collect();
            // As people write it.
            lines.sort_by_key(|(key, _)| key.as_str() != "name");
            let line = |(key, value): (&String, &Value)| {
                format!("{}:{}", plain(key), within(column + 2, value))
            };
            lines.into_iter().map(line).collect::<Vec<_>>().join(&between)
        }
        Value::Array(items) if !items.is_empty() => {
            let line = |item: &Value| format!("- {}", block(item, column + 2));
            items.iter().map(line).collect::<Vec<_>>().join(&between)
        }
        Value::String(text) => plain(text),
        value => value.to_string(),
    }
}

/// A text without quotes if everybody takes it for one. JSON's quotes are YAML's.
fn plain(text: &str) -> String {
    const OTHERS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let mut letters = text.chars();
    let is_plain = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "_-./@".contains(letter))
        && !OTHERS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests;
