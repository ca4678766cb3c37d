//! What the user wrote in `#[resource(..)]` on a type and on its fields.

use darling::FromMeta;
use syn::{Expr, LitStr};

use super::attr::ListType;
use crate::path::Crates;
use crate::report::Known;

/// `serde = own`: the user derives serde's and schemars' traits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Own,
}

impl FromMeta for Owner {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        match expr {
            Expr::Path(path) if path.path.is_ident("own") => Ok(Self::Own),
            other => Err(darling::Error::custom("expected `own`").with_span(other)),
        }
    }
}

/// On a type that `#[derive(Schema)]` is on.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct TypeAttributes {
    pub(crate) serde: Option<Owner>,
    pub(crate) crates: Option<Crates>,
}

impl Known for TypeAttributes {
    const PLACE: &'static str = "a schema type";
    const USAGE: &'static [(&'static str, &'static str)] =
        &[("serde", "serde = own"), ("crates", "crates(core = \"::path::to::kube_core\")")];
}

/// On a field.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct FieldAttributes {
    #[darling(with = expression)]
    pub(crate) default: Option<Expr>,
    #[darling(with = expression)]
    pub(crate) minimum: Option<Expr>,
    #[darling(with = expression)]
    pub(crate) maximum: Option<Expr>,
    #[darling(with = expression)]
    pub(crate) min_length: Option<Expr>,
    #[darling(with = expression)]
    pub(crate) max_length: Option<Expr>,
    #[darling(with = expression)]
    pub(crate) min_items: Option<Expr>,
    #[darling(with = expression)]
    pub(crate) max_items: Option<Expr>,
    pub(crate) pattern: Option<LitStr>,
    pub(crate) nullable: bool,
    pub(crate) preserve_unknown_fields: bool,
    pub(crate) list_type: Option<ListType>,
}

impl Known for FieldAttributes {
    const PLACE: &'static str = "a field";
    const USAGE: &'static [(&'static str, &'static str)] = &[
        ("default", "default = 1"),
        ("minimum", "minimum = 0"),
        ("maximum", "maximum = 10"),
        ("min_length", "min_length = 1"),
        ("max_length", "max_length = 63"),
        ("min_items", "min_items = 1"),
        ("max_items", "max_items = 16"),
        ("pattern", "pattern = \"^[a-z]+$\""),
        ("nullable", "nullable"),
        ("preserve_unknown_fields", "preserve_unknown_fields"),
        ("list_type", "list_type = set` or `list_type(map = \"name\")"),
    ];
}

/// An expression as it stands: darling would read the text of a string as code.
fn expression(meta: &syn::Meta) -> darling::Result<Option<Expr>> {
    darling::util::parse_expr::preserve_str_literal(meta).map(Some)
}
