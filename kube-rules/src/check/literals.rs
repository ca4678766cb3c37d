//! What is wrong with literals that the type checker lets pass: durations, timestamps, patterns, lists of mixed types.
//!
//! Mirrors: cel-go cel/validator.go

use super::Checked;
use super::format;
use crate::issue::Issue;
use crate::issue::Place;
use crate::pattern::pattern;
use crate::syntax::Call;
use crate::syntax::Entry;
use crate::syntax::Expr;
use crate::syntax::Literal;
use crate::syntax::Node;
use crate::time;
use crate::time::Moment;
use crate::types::Type;

pub(super) fn mistakes(checked: &Checked, places: &[Place]) -> Vec<Issue> {
    let mut validator = Validator { checked, places, issues: Vec::new() };
    validator.node(&checked.root, false);
    validator.issues
}

struct Validator<'a> {
    checked: &'a Checked,
    places: &'a [Place],
    issues: Vec<Issue>,
}

impl Validator<'_> {
    fn mistake(&mut self, node: &Node, text: String) {
        self.issues.push(Issue { place: self.places[node.id], text, meant: None });
    }

    /// `formatted`: below a call of `format`, whose list may mix types.
    fn node(&mut self, node: &Node, formatted: bool) {
        match &node.expr {
            Expr::Literal(_) | Expr::Ident(_) => {}
            Expr::Select(select) => self.node(&select.of, formatted),
            Expr::Call(call) => {
                self.call(node, call);
                let formatted = formatted || call.function == "format";
                for below in call.target.as_deref().into_iter().chain(&call.args) {
                    self.node(below, formatted);
                }
            }
            Expr::List { items, optional } => {
                if !formatted {
                    self.list(items, optional);
                }
                items.iter().for_each(|item| self.node(item, formatted));
            }
            Expr::Map(entries) => {
                if !formatted {
                    self.map(entries);
                }
                for entry in entries {
                    self.node(&entry.key, formatted);
                    self.node(&entry.value, formatted);
                }
            }
            Expr::Struct { fields, .. } => {
                fields.iter().for_each(|(_, value)| self.node(value, formatted));
            }
            Expr::Fold(fold) => {
                for below in [&fold.range, &fold.init, &fold.condition, &fold.step, &fold.result] {
                    self.node(below, formatted);
                }
            }
        }
    }

    fn call(&mut self, node: &Node, call: &Call) {
        if let ("format", Some(target)) = (call.function.as_str(), &call.target)
            && let Some((at, text)) = format::mistake(self.checked, target, &call.args)
        {
            self.issues.push(Issue {
                place: self.places[at.unwrap_or(node.id)],
                text,
                meant: None,
            });
        }
        let Some(first) = call.args.first() else { return };
        let Expr::Literal(literal) = &first.expr else { return };
        let valid = match (call.function.as_str(), literal) {
            ("duration", Literal::String(text)) => time::go_duration(text).is_some(),
            ("duration", Literal::Int(_)) => false,
            ("timestamp", Literal::String(text)) => time::timestamp(text).is_some(),
            ("timestamp", Literal::Int(seconds)) => Moment::from_seconds(*seconds).is_some(),
            ("matches", Literal::String(text)) => pattern(text).is_ok(),
            _ => true,
        };
        if !valid {
            self.mistake(first, format!("invalid {} argument", call.function));
        }
    }

    /// The type of an item, of what it holds if it may be absent.
    fn of(&self, node: &Node, optional: bool) -> Type {
        let of = self.checked.of(node);
        match of.within_optional() {
            Some(within) if optional => within.clone(),
            _ => of.clone(),
        }
    }

    fn list(&mut self, items: &[Node], optional: &[usize]) {
        let mut first: Option<Type> = None;
        for (at, item) in items.iter().enumerate() {
            let of = self.of(item, optional.contains(&at));
            match &first {
                None => first = Some(of),
                Some(first) if *first != of => {
                    self.mistake(item, format!("expected type '{first}' but found '{of}'"));
                    break;
                }
                Some(_) => {}
            }
        }
    }

    fn map(&mut self, entries: &[Entry]) {
        let mut first: Option<(Type, Type)> = None;
        for entry in entries {
            let (key, value) = (self.of(&entry.key, false), self.of(&entry.value, entry.optional));
            let Some((first_key, first_value)) = &first else {
                first = Some((key, value));
                continue;
            };
            if *first_key != key {
                self.mistake(&entry.key, format!("expected type '{first_key}' but found '{key}'"));
            }
            if *first_value != value {
                let text = format!("expected type '{first_value}' but found '{value}'");
                self.mistake(&entry.value, text);
            }
        }
    }
}
