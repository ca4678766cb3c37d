//! A checked tree and the sizes of its schema in, the most that the tree can cost out.
//!
//! Mirrors: cel-go checker/cost.go

mod call;
mod library;
mod range;

use std::collections::HashMap;

use crate::check::Checked;
use crate::schema::Declared;
use crate::syntax::Entry;
use crate::syntax::Expr;
use crate::syntax::Fold;
use crate::syntax::Literal;
use crate::syntax::Node;
use crate::syntax::Select;
use crate::types::Type;
use range::Range;

const LIST: Range = Range::fixed(10);
const MAP: Range = Range::fixed(30);
const MESSAGE: Range = Range::fixed(40);
/// The price of one character that is looked at.
const LETTER: f64 = 0.1;
/// The price of one character of a pattern.
const PATTERN: f64 = 0.25;

/// The most that an expression costs, in the API server's units; `root` is the type of `self`.
pub(crate) fn estimate(checked: &Checked, root: &Declared) -> u64 {
    let mut estimator = Estimator {
        checked,
        root,
        paths: HashMap::new(),
        locals: Vec::new(),
        sizes: HashMap::new(),
        entries: HashMap::new(),
    };
    estimator.cost(&checked.root).max
}

/// What is known of the items of a list or map.
#[derive(Debug, Clone, Copy)]
struct Entries {
    list: bool,
    key: Range,
    value: Range,
}

impl Entries {
    fn or(self, other: Self) -> Self {
        Self { list: self.list, key: self.key.or(other.key), value: self.value.or(other.value) }
    }
}

/// Where a value is in the schema: a variable, then fields, `@items`, `@keys` and `@values`.
type Path = Vec<String>;

struct Local {
    name: String,
    path: Path,
    size: Option<Range>,
    entries: Option<Entries>,
}

/// A node with what is known of it.
struct Known {
    path: Path,
    of: Type,
    size: Option<Range>,
    entries: Option<Entries>,
    /// The literal that it is.
    int: Option<i64>,
}

struct Estimator<'a> {
    checked: &'a Checked,
    root: &'a Declared,
    paths: HashMap<usize, Path>,
    /// The innermost last.
    locals: Vec<Local>,
    sizes: HashMap<usize, Range>,
    entries: HashMap<usize, Entries>,
}

impl Estimator<'_> {
    fn cost(&mut self, node: &Node) -> Range {
        match &node.expr {
            Expr::Literal(_) => Range::NOTHING,
            Expr::Ident(name) => {
                let path = match self.local(name) {
                    Some(local) => local.path.clone(),
                    None => vec![name.clone()],
                };
                self.paths.insert(node.id, path);
                Range::fixed(1)
            }
            Expr::Select(select) => self.select(node, select),
            Expr::Call(call) => self.call(node, call),
            Expr::List { items, .. } => self.list(node, items),
            Expr::Map(entries) => self.map(node, entries),
            Expr::Struct { fields, .. } => {
                let sum = fields
                    .iter()
                    .fold(Range::NOTHING, |sum, (_, value)| sum.plus(self.cost(value)));
                sum.plus(MESSAGE)
            }
            Expr::Fold(fold) if fold.is_binding() => self.binding(node, fold),
            Expr::Fold(fold) => self.fold(node, fold),
        }
    }

    fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().rev().find(|local| local.name == name)
    }

    fn path(&self, node: &Node) -> Path {
        if let Expr::Ident(name) = &node.expr
            && let Some(local) = self.local(name)
        {
            return local.path.clone();
        }
        self.paths.get(&node.id).cloned().unwrap_or_default()
    }

    fn below(&self, node: &Node, step: &str) -> Path {
        let mut path = self.path(node);
        path.push(step.to_owned());
        path
    }

    fn known(&mut self, node: &Node) -> Known {
        let int = match &node.expr {
            Expr::Literal(Literal::Int(number)) => Some(*number),
            _ => None,
        };
        Known {
            path: self.path(node),
            of: self.checked.of(node).clone(),
            size: self.size(node),
            entries: self.entries_of(node),
            int,
        }
    }

    fn select(&mut self, node: &Node, select: &Select) -> Range {
        let mut sum = self.cost(&select.of);
        if select.test {
            return sum;
        }
        if matches!(self.checked.of(&select.of), Type::Map(..) | Type::Object(_) | Type::Param(_)) {
            sum = sum.plus(Range::fixed(1));
        }
        let path = self.below(&select.of, &select.field);
        self.paths.insert(node.id, path);
        sum
    }

    fn list(&mut self, node: &Node, items: &[Node]) -> Range {
        let (mut sum, mut size) = (Range::NOTHING, nothing_yet(items.is_empty()));
        for item in items {
            sum = sum.plus(self.cost(item));
            size = size.or(self.size_or_unknown(item));
        }
        self.entries.insert(node.id, Entries { list: true, key: Range::fixed(1), value: size });
        sum.plus(LIST)
    }

    fn map(&mut self, node: &Node, entries: &[Entry]) -> Range {
        let mut sum = Range::NOTHING;
        let (mut key, mut value) =
            (nothing_yet(entries.is_empty()), nothing_yet(entries.is_empty()));
        for entry in entries {
            sum = sum.plus(self.cost(&entry.key));
            sum = sum.plus(self.cost(&entry.value));
            key = key.or(self.size_or_unknown(&entry.key));
            value = value.or(self.size_or_unknown(&entry.value));
        }
        self.entries.insert(node.id, Entries { list: false, key, value });
        sum.plus(MAP)
    }

    fn binding(&mut self, node: &Node, fold: &Fold) -> Range {
        let mut sum = self.cost(&fold.range);
        sum = sum.plus(self.cost(&fold.init));
        self.push_sum(fold);
        sum = sum.plus(self.cost(&fold.result));
        self.copy_sizes(node, &fold.result);
        self.locals.pop();
        sum
    }

    fn push_sum(&mut self, fold: &Fold) {
        let local = Local {
            name: fold.sum.clone(),
            path: self.path(&fold.init),
            size: self.size(&fold.init),
            entries: self.entries_of(&fold.init),
        };
        self.locals.push(local);
    }

    fn fold(&mut self, node: &Node, fold: &Fold) -> Range {
        let mut sum = self.cost(&fold.range);
        sum = sum.plus(self.cost(&fold.init));
        self.push_sum(fold);
        let outside = self.locals.len();
        self.push_items(fold);
        let condition = self.cost(&fold.condition);
        let step = self.cost(&fold.step);
        let steps = self.entries_of(&fold.step);
        self.locals.truncate(outside);
        sum = sum.plus(self.cost(&fold.result));
        self.locals.pop();
        let count = self.size_or_unknown(&fold.range);
        sum = sum.plus(count.times(step.plus(condition)));
        match &fold.init.expr {
            Expr::Literal(_) => {
                if let Some(size) = self.size(&fold.init) {
                    self.sizes.insert(node.id, size);
                }
            }
            Expr::List { .. } | Expr::Map(_) => {
                self.sizes.insert(node.id, count);
                if let Some(steps) = steps {
                    self.entries.insert(node.id, steps);
                }
            }
            _ => {}
        }
        sum
    }

    /// The variables of a loop: of one variable, a list's item or a map's key.
    fn push_items(&mut self, fold: &Fold) {
        let entries = self.entries_of(&fold.range);
        let list = match entries {
            Some(entries) => entries.list,
            None => matches!(self.checked.of(&fold.range), Type::List(_)),
        };
        let key = entries.map(|entries| entries.key);
        let value = entries.map(|entries| entries.value);
        let rows: Vec<(&str, &str, Option<Range>)> = match (&fold.second, list) {
            (Some(second), true) => vec![(&fold.item, "@indices", key), (second, "@items", value)],
            (Some(second), false) => vec![(&fold.item, "@keys", key), (second, "@values", value)],
            (None, true) => vec![(&fold.item, "@items", value)],
            (None, false) => vec![(&fold.item, "@keys", key)],
        };
        for (name, step, size) in rows {
            let path = self.below(&fold.range, step);
            self.locals.push(Local { name: name.to_owned(), path, size, entries: None });
        }
    }

    fn copy_sizes(&mut self, to: &Node, from: &Node) {
        if let Some(size) = self.size(from) {
            self.sizes.insert(to.id, size);
        }
        if let Some(entries) = self.entries_of(from) {
            self.entries.insert(to.id, entries);
        }
    }

    fn size_or_unknown(&mut self, node: &Node) -> Range {
        self.size(node).unwrap_or(Range::UNKNOWN)
    }

    fn size(&mut self, node: &Node) -> Option<Range> {
        if let Some(size) = self.sizes.get(&node.id) {
            return Some(*size);
        }
        if let Some(size) = size_of_literal(node) {
            return Some(size);
        }
        if let Some(size) = self.declared_size(&self.path(node)) {
            self.sizes.insert(node.id, size);
            return Some(size);
        }
        if self.checked.of(node).is_scalar() {
            return Some(Range::fixed(1));
        }
        match &node.expr {
            Expr::Ident(name) => self.local(name).and_then(|local| local.size),
            _ => None,
        }
    }

    fn entries_of(&self, node: &Node) -> Option<Entries> {
        if let Some(entries) = self.entries.get(&node.id) {
            return Some(*entries);
        }
        match &node.expr {
            Expr::Ident(name) => self.local(name).and_then(|local| local.entries),
            _ => None,
        }
    }

    /// What the schema says of the size of a value.
    fn declared_size(&self, path: &[String]) -> Option<Range> {
        let (_, steps) = path.split_first()?;
        let mut at = self.root;
        for step in steps {
            at = match step.as_str() {
                "@items" | "@values" => at.element.as_deref()?,
                // The length of a map's keys is nowhere declared.
                "@keys" if matches!(at.of, Type::Map(..)) => return Some(Range::fixed(0)),
                field => at.fields.get(field)?,
            };
        }
        Some(Range { min: 0, max: at.most })
    }
}

fn nothing_yet(empty: bool) -> Range {
    Range { min: if empty { 0 } else { u64::MAX }, max: 0 }
}

fn size_of_literal(node: &Node) -> Option<Range> {
    let size = match &node.expr {
        Expr::Literal(Literal::String(text)) => text.chars().count(),
        Expr::Literal(Literal::Bytes(bytes)) => bytes.len(),
        Expr::Literal(_) => 1,
        Expr::List { items, .. } => items.len(),
        Expr::Map(entries) => entries.len(),
        _ => return None,
    };
    Some(Range::fixed(size as u64))
}
