//! What a template is made of, once it is read.

/// One step: the values of before in, others out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Text as it is, outside of braces or quoted inside.
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// `range`, `end`, or a word that means nothing.
    Word(String),
    /// `.name`; an empty name is of nothing, as kubectl has it.
    Field(String),
    /// `[1]`, `[1:3]`, `[::2]`.
    Slice(Slice),
    /// `.*`
    Wildcard,
    /// `..`
    Recursive,
    /// `[a,b]`
    Union(Vec<Vec<Self>>),
    /// `[?(left operator right)]`; without an operator, whether there is anything on the left.
    Filter {
        left: Vec<Self>,
        compare: Option<(String, Vec<Self>)>,
    },
}

/// One part of a template: what is between two braces, or text.
pub(super) type Action = Vec<Node>;

/// Which of a list's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
    pub(super) step: Option<i64>,
    /// Only `from` was said: it is one item.
    pub(super) single: bool,
}
