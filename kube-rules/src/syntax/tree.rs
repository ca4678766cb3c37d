//! An expression as a tree: what the checker, the estimator and the evaluator walk.

use crate::issue::Place;

/// One node. Its number is its place in tables about the tree.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) id: usize,
    pub(crate) expr: Expr,
}

#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Literal(Literal),
    Ident(String),
    Select(Select),
    Call(Call),
    List {
        items: Vec<Node>,
        optional: Vec<usize>,
    },
    Map(Vec<Entry>),
    /// A message by its name: none of Kubernetes' kinds can be built in a rule.
    Struct {
        name: String,
        fields: Vec<(String, Node)>,
    },
    Fold(Box<Fold>),
}

#[derive(Debug, Clone)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(String),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone)]
pub(crate) struct Select {
    pub(crate) of: Box<Node>,
    pub(crate) field: String,
    /// Only whether it is there: `has(of.field)`.
    pub(crate) test: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) target: Option<Box<Node>>,
    pub(crate) args: Vec<Node>,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Node,
    pub(crate) value: Node,
    pub(crate) optional: bool,
}

/// A loop: what the macros make.
#[derive(Debug, Clone)]
pub(crate) struct Fold {
    pub(crate) range: Node,
    pub(crate) item: String,
    /// The value, where `item` is the key or the index.
    pub(crate) second: Option<String>,
    pub(crate) sum: String,
    pub(crate) init: Node,
    pub(crate) condition: Node,
    pub(crate) step: Node,
    pub(crate) result: Node,
}

/// The variable that macros gather their result in; no rule can name it.
pub(crate) const RESULT: &str = "@result";

impl Fold {
    /// It only gives a value a name.
    pub(crate) fn is_binding(&self) -> bool {
        let never = matches!(self.condition.expr, Expr::Literal(Literal::Bool(false)));
        let nothing = matches!(&self.range.expr, Expr::List { items, .. } if items.is_empty());
        never && nothing && self.sum != "__result__"
    }
}

/// A parsed expression: its tree and where each node is in the source.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    pub(crate) root: Node,
    pub(crate) places: Vec<Place>,
    /// Its levels.
    pub(crate) depth: usize,
}
