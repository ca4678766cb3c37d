//! A tree and the types of its variables in, the type of every node and the functions that it calls out, or mistakes.
//!
//! Mirrors: cel-go checker/checker.go

mod call;
mod format;
mod literals;
mod unify;

use crate::declarations::Overload;
use crate::declarations::type_named;
use crate::issue::Issue;
use crate::issue::nearest;
use crate::schema::Objects;
use crate::schema::is_reserved;
use crate::syntax::Entry;
use crate::syntax::Expr;
use crate::syntax::Fold;
use crate::syntax::Literal;
use crate::syntax::Node;
use crate::syntax::Parsed;
use crate::syntax::Select;
use crate::types::Type;
use unify::Found;
use unify::most_general;

/// A tree that was checked.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// Names with dots in them are one identifier, or one function, each.
    pub(crate) root: Node,
    /// By the node's number.
    pub(crate) types: Vec<Type>,
    /// The functions that a call may be of, by the node's number.
    pub(crate) overloads: Vec<Vec<&'static Overload>>,
    /// The state before the change is asked for.
    pub(crate) uses_old: bool,
    /// The levels of the tree.
    pub(crate) depth: usize,
}

impl Checked {
    /// The type of a node.
    pub(crate) fn of(&self, node: &Node) -> &Type {
        &self.types[node.id]
    }
}

/// Checks a tree; `variables` are what it may name, `objects` what their types hold.
pub(crate) fn check(
    parsed: Parsed,
    variables: Vec<(String, Type)>,
    objects: &Objects,
) -> Result<Checked, Vec<Issue>> {
    let count = parsed.places.len();
    let mut checker = Checker {
        objects,
        places: &parsed.places,
        variables,
        found: Found::default(),
        fresh: 0,
        issues: Vec::new(),
        types: vec![Type::Error; count],
        overloads: vec![Vec::new(); count],
        uses_old: false,
    };
    let (mut root, depth) = (parsed.root, parsed.depth);
    checker.node(&mut root);
    let found = checker.found;
    let types: Vec<Type> = checker.types.iter().map(|of| found.replace(of, true)).collect();
    let (mut issues, overloads) = (checker.issues, checker.overloads);
    let checked = Checked { root, types, overloads, uses_old: checker.uses_old, depth };
    if issues.is_empty() {
        issues = literals::mistakes(&checked, &parsed.places);
    }
    if issues.is_empty() { Ok(checked) } else { Err(issues) }
}

struct Checker<'a> {
    objects: &'a Objects,
    places: &'a [crate::issue::Place],
    /// The innermost last.
    variables: Vec<(String, Type)>,
    found: Found,
    fresh: usize,
    issues: Vec<Issue>,
    types: Vec<Type>,
    overloads: Vec<Vec<&'static Overload>>,
    uses_old: bool,
}

impl Checker<'_> {
    fn mistake(&mut self, id: usize, text: String) {
        self.note(id, text, None);
    }

    fn note(&mut self, id: usize, text: String, meant: Option<String>) {
        self.issues.push(Issue { place: self.places[id], text, meant });
    }

    fn mismatch(&mut self, id: usize, expected: &Type, found: &Type) {
        self.mistake(id, format!("expected type '{expected}' but found '{found}'"));
    }

    fn undeclared(&mut self, id: usize, name: &str) {
        let meant = nearest(name, self.variables.iter().map(|(known, _)| known.as_str()));
        self.note(id, format!("undeclared reference to '{name}' (in container '')"), meant);
    }

    fn unknown(&mut self) -> Type {
        self.fresh += 1;
        Type::Param(format!("_var{}", self.fresh - 1).into())
    }

    fn node(&mut self, node: &mut Node) -> Type {
        let id = node.id;
        let of = match &mut node.expr {
            Expr::Literal(literal) => of_literal(literal),
            Expr::Ident(name) => match self.named(name) {
                Some(of) => of,
                None => {
                    let name = name.clone();
                    self.undeclared(id, &name);
                    Type::Error
                }
            },
            Expr::Select(select) => {
                match qualified(select).and_then(|name| Some((self.named(&name)?, name))) {
                    Some((of, name)) => {
                        node.expr = Expr::Ident(name);
                        of
                    }
                    None => self.select(id, select),
                }
            }
            Expr::Call(call) => self.call(id, call),
            Expr::List { items, optional } => self.list(items, optional),
            Expr::Map(entries) => self.map(entries),
            Expr::Struct { name, fields } => {
                let name = name.clone();
                for (_, value) in fields {
                    self.node(value);
                }
                self.message(id, &name)
            }
            Expr::Fold(fold) => self.fold(fold),
        };
        self.types[id] = of.clone();
        of
    }

    /// What an identifier stands for: a variable, or a type.
    fn named(&mut self, name: &str) -> Option<Type> {
        let bare = name.strip_prefix('.').unwrap_or(name);
        let variable = self.variables.iter().enumerate().rev().find(|(_, (own, _))| own == bare);
        match variable {
            Some((_, (_, of))) => {
                self.uses_old |= bare == "oldSelf";
                Some(of.clone())
            }
            None => type_named(bare),
        }
    }

    fn message(&mut self, id: usize, name: &str) -> Type {
        match self.named(name) {
            None => self.undeclared(id, name),
            Some(Type::Class(Some(of))) => {
                self.mistake(id, format!("'{of}' is not a message type"));
            }
            Some(of) => self.mistake(id, format!("'{of}' is not a type")),
        }
        Type::Error
    }

    fn select(&mut self, id: usize, select: &mut Select) -> Type {
        let of = self.field(id, &mut select.of, &select.field, false);
        if select.test { Type::Bool } else { self.found.replace(&of, false) }
    }

    fn field(&mut self, id: usize, of: &mut Node, field: &str, optional: bool) -> Type {
        let of = self.node(of);
        let of = self.found.replace(&of, false);
        let (target, wrapped) = match of.within_optional() {
            Some(within) => (within.clone(), true),
            None => (of, optional),
        };
        let result = match &target {
            Type::Map(_, value) => (**value).clone(),
            Type::Object(name) => self.object_field(id, name, field),
            Type::Param(_) => {
                self.found.assign(&Type::Dyn, &target);
                Type::Dyn
            }
            open if open.is_open() => Type::Dyn,
            other => {
                self.mistake(id, format!("type '{other}' does not support field selection"));
                Type::Dyn
            }
        };
        if wrapped { Type::optional(result) } else { result }
    }

    fn object_field(&mut self, id: usize, name: &str, field: &str) -> Type {
        let Some(object) = self.objects.named(name) else {
            self.mistake(id, format!("unexpected failed resolution of '{name}'"));
            return Type::Error;
        };
        let declared = object.fields.get(field).or_else(|| {
            // A reserved word needs no escaping where the grammar does not want it.
            is_reserved(field).then(|| object.fields.get(&format!("__{field}__"))).flatten()
        });
        match declared {
            Some(declared) => declared.of.clone(),
            None => {
                let meant = nearest(field, object.fields.keys().map(String::as_str));
                self.note(id, format!("undefined field '{field}'"), meant);
                Type::Error
            }
        }
    }

    fn list(&mut self, items: &mut [Node], optional: &[usize]) -> Type {
        let mut joined: Option<Type> = None;
        for (at, item) in items.iter_mut().enumerate() {
            let mut of = self.node(item);
            if optional.contains(&at) {
                of = self.unwrapped(item.id, of);
            }
            joined = Some(self.join(joined, of));
        }
        Type::list(joined.unwrap_or_else(|| self.unknown()))
    }

    fn map(&mut self, entries: &mut [Entry]) -> Type {
        let (mut keys, mut values): (Option<Type>, Option<Type>) = (None, None);
        for entry in entries {
            let key = self.node(&mut entry.key);
            keys = Some(self.join(keys, key));
            let mut value = self.node(&mut entry.value);
            if entry.optional {
                value = self.unwrapped(entry.value.id, value);
            }
            values = Some(self.join(values, value));
        }
        let keys = keys.unwrap_or_else(|| self.unknown());
        Type::map(keys, values.unwrap_or_else(|| self.unknown()))
    }

    fn unwrapped(&mut self, id: usize, of: Type) -> Type {
        match of.within_optional() {
            Some(within) => within.clone(),
            None => {
                if of != Type::Dyn {
                    self.mismatch(id, &Type::optional(of.clone()), &of);
                }
                of
            }
        }
    }

    /// The common type of the items so far and one more; of types that do not agree, anything: what mixes them and may
    /// not is told of once the whole expression is known.
    fn join(&mut self, so_far: Option<Type>, of: Type) -> Type {
        match so_far {
            None => of,
            Some(so_far) if self.found.assign(&so_far, &of) => most_general(&so_far, &of),
            Some(_) => Type::Dyn,
        }
    }

    fn fold(&mut self, fold: &mut Fold) -> Type {
        let range = self.node(&mut fold.range);
        let sum = self.node(&mut fold.init);
        let range = self.found.replace(&range, false);
        let (item, second) = match &range {
            Type::List(of) if fold.second.is_some() => (Type::Int, (**of).clone()),
            Type::List(of) => ((**of).clone(), Type::Error),
            Type::Map(key, value) => ((**key).clone(), (**value).clone()),
            Type::Dyn | Type::Error | Type::Param(_) => {
                self.found.assign(&Type::Dyn, &range);
                (Type::Dyn, Type::Dyn)
            }
            other => {
                let text = format!(
                    "expression of type '{other}' cannot be range of a comprehension (must be \
                     list, map, or dynamic)"
                );
                self.mistake(fold.range.id, text);
                (Type::Error, Type::Error)
            }
        };
        let outside = self.variables.len();
        self.variables.push((fold.sum.clone(), sum.clone()));
        self.variables.push((fold.item.clone(), item));
        if let Some(name) = &fold.second {
            self.variables.push((name.clone(), second));
        }
        let condition = self.node(&mut fold.condition);
        self.expect(fold.condition.id, &Type::Bool, &condition);
        let step = self.node(&mut fold.step);
        self.expect(fold.step.id, &sum, &step);
        self.variables.truncate(outside + 1);
        let result = self.node(&mut fold.result);
        self.variables.truncate(outside);
        self.found.replace(&result, false)
    }

    fn expect(&mut self, id: usize, expected: &Type, found: &Type) {
        if !self.found.assign(expected, found) {
            self.mismatch(id, expected, found);
        }
    }
}

fn of_literal(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Uint(_) => Type::Uint,
        Literal::Double(_) => Type::Double,
        Literal::String(_) => Type::String,
        Literal::Bytes(_) => Type::Bytes,
    }
}

/// `a.b.c` as one name.
fn qualified(select: &Select) -> Option<String> {
    if select.test {
        return None;
    }
    Some(format!("{}.{}", qualified_name(&select.of)?, select.field))
}

fn qualified_name(node: &Node) -> Option<String> {
    match &node.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => qualified(select),
        _ => None,
    }
}
