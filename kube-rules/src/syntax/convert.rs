//! The parser's tree made ours: numbered anew, with the place of each node.

use cel::common::ast::CallExpr;
use cel::common::ast::ComprehensionExpr;
use cel::common::ast::EntryExpr;
use cel::common::ast::Expr as Theirs;
use cel::common::ast::IdedEntryExpr;
use cel::common::ast::IdedExpr;
use cel::common::ast::LiteralValue;
use cel::common::ast::SourceInfo;

use super::tree::Call;
use super::tree::Entry;
use super::tree::Expr;
use super::tree::Fold;
use super::tree::Literal;
use super::tree::Node;
use super::tree::Parsed;
use super::tree::Select;
use crate::issue::Place;

/// The most levels of a tree: macros make up to four of one.
pub(super) const DEEPEST_TREE: usize = 4 * crate::depth::DEEPEST;

/// The levels of a tree, counted without descending into it on the stack.
pub(super) fn depth(root: &IdedExpr) -> usize {
    let (mut deepest, mut rest) = (0, vec![(root, 1)]);
    while let Some((node, depth)) = rest.pop() {
        deepest = deepest.max(depth);
        let below: Vec<&IdedExpr> = match &node.expr {
            Theirs::Unspecified | Theirs::Literal(_) | Theirs::Ident(_) => Vec::new(),
            Theirs::Select(select) => vec![&select.operand],
            Theirs::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
            Theirs::List(list) => list.elements.iter().collect(),
            Theirs::Map(map) => map.entries.iter().flat_map(of_entry).collect(),
            Theirs::Struct(message) => message.entries.iter().flat_map(of_entry).collect(),
            Theirs::Comprehension(fold) => vec![
                &fold.iter_range,
                &fold.accu_init,
                &fold.loop_cond,
                &fold.loop_step,
                &fold.result,
            ],
        };
        rest.extend(below.into_iter().map(|node| (node, depth + 1)));
    }
    deepest
}

fn of_entry(entry: &IdedEntryExpr) -> Vec<&IdedExpr> {
    match &entry.expr {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

pub(super) fn convert(root: &IdedExpr, depth: usize, source: &str, info: &SourceInfo) -> Parsed {
    let mut lines = vec![0];
    let letters = source.chars().enumerate();
    lines.extend(letters.filter(|(_, letter)| *letter == '\n').map(|(at, _)| at + 1));
    let mut conversion = Conversion { info, lines, places: Vec::new() };
    let root = conversion.node(root);
    Parsed { root, places: conversion.places, depth }
}

struct Conversion<'a> {
    info: &'a SourceInfo,
    /// Where each line starts, in characters.
    lines: Vec<usize>,
    places: Vec<Place>,
}

impl Conversion<'_> {
    fn place(&self, id: u64) -> Place {
        let Some((start, _)) = self.info.offset_for(id) else { return Place::default() };
        let start = start as usize;
        let line = self.lines.partition_point(|first| *first <= start);
        Place { line, column: start - self.lines[line.saturating_sub(1)] }
    }

    fn node(&mut self, node: &IdedExpr) -> Node {
        let id = self.places.len();
        self.places.push(self.place(node.id));
        Node { id, expr: self.expr(&node.expr) }
    }

    fn expr(&mut self, expr: &Theirs) -> Expr {
        match expr {
            Theirs::Unspecified => Expr::Literal(Literal::Null),
            Theirs::Literal(literal) => Expr::Literal(of_literal(literal)),
            Theirs::Ident(name) => Expr::Ident(name.clone()),
            Theirs::Select(select) => Expr::Select(Select {
                of: Box::new(self.node(&select.operand)),
                field: select.field.clone(),
                test: select.test,
            }),
            Theirs::Call(call) => Expr::Call(self.call(call)),
            Theirs::List(list) => Expr::List {
                items: list.elements.iter().map(|item| self.node(item)).collect(),
                optional: list.optional_indices.clone(),
            },
            Theirs::Map(map) => {
                Expr::Map(map.entries.iter().filter_map(|entry| self.entry(entry)).collect())
            }
            Theirs::Struct(message) => Expr::Struct {
                name: message.type_name.clone(),
                fields: message.entries.iter().filter_map(|entry| self.field(entry)).collect(),
            },
            Theirs::Comprehension(fold) => Expr::Fold(Box::new(self.fold(fold))),
        }
    }

    fn call(&mut self, call: &CallExpr) -> Call {
        Call {
            function: call.func_name.clone(),
            target: call.target.as_ref().map(|target| Box::new(self.node(target))),
            args: call.args.iter().map(|arg| self.node(arg)).collect(),
        }
    }

    fn entry(&mut self, entry: &IdedEntryExpr) -> Option<Entry> {
        let EntryExpr::MapEntry(entry) = &entry.expr else { return None };
        let (key, value) = (self.node(&entry.key), self.node(&entry.value));
        Some(Entry { key, value, optional: entry.optional })
    }

    fn field(&mut self, entry: &IdedEntryExpr) -> Option<(String, Node)> {
        let EntryExpr::StructField(field) = &entry.expr else { return None };
        Some((field.field.clone(), self.node(&field.value)))
    }

    fn fold(&mut self, fold: &ComprehensionExpr) -> Fold {
        Fold {
            range: self.node(&fold.iter_range),
            item: fold.iter_var.clone(),
            second: fold.iter_var2.clone(),
            sum: fold.accu_var.clone(),
            init: self.node(&fold.accu_init),
            condition: self.node(&fold.loop_cond),
            step: self.node(&fold.loop_step),
            result: self.node(&fold.result),
        }
    }
}

fn of_literal(literal: &LiteralValue) -> Literal {
    match literal {
        LiteralValue::Null => Literal::Null,
        LiteralValue::Boolean(value) => Literal::Bool(*value.inner()),
        LiteralValue::Int(value) => Literal::Int(*value.inner()),
        LiteralValue::UInt(value) => Literal::Uint(*value.inner()),
        LiteralValue::Double(value) => Literal::Double(*value.inner()),
        LiteralValue::String(value) => Literal::String(value.inner().to_owned()),
        LiteralValue::Bytes(value) => Literal::Bytes(value.inner().to_vec()),
    }
}
