//! What the user wrote in `#[resource(..)]` on a type and on its fields.

use darling::FromMeta;
use syn::{Expr, LitStr};

use super::attr::{ExternalDocs, Granularity, Limits, ListType, expression};
use super::column::PrintColumn;
use super::rule::Rule;
use super::whole::Whole;
use crate::path::Crates;
use crate::report::{Known, Usage};

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
    #[darling(flatten)]
    pub(crate) whole: Whole,
}

impl Known for TypeAttributes {
    const PLACE: &'static str = "a schema type";
    const USAGE: &'static [&'static [Usage]] = &[
        &Whole::USAGE,
        &[("serde", "serde = own"), ("crates", "crates(core = \"::path::to::kube_core\")")],
    ];
}

/// On a field.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct FieldAttributes {
    #[darling(with = expression)]
    pub(crate) default: Option<Expr>,
    #[darling(with = expression)]
    pub(crate) example: Option<Expr>,
    #[darling(flatten)]
    pub(crate) limits: Limits,
    pub(crate) items: Option<Limits>,
    pub(crate) nullable: bool,
    pub(crate) immutable: bool,
    pub(crate) preserve_unknown_fields: bool,
    pub(crate) embedded_resource: bool,
    pub(crate) int_or_string: bool,
    pub(crate) list_type: Option<ListType>,
    pub(crate) unique: bool,
    pub(crate) map_type: Option<Granularity>,
    pub(crate) struct_type: Option<Granularity>,
    #[darling(multiple, rename = "rule")]
    pub(crate) rules: Vec<Rule>,
    pub(crate) title: Option<LitStr>,
    pub(crate) external_docs: Option<ExternalDocs>,
    pub(crate) print_column: Option<PrintColumn>,
    pub(crate) selectable: bool,
}

impl Known for FieldAttributes {
    const PLACE: &'static str = "a field";
    const USAGE: &'static [&'static [Usage]] = &[&[
        ("default", "default = 1"),
        ("example", "example = 1"),
        ("minimum", "minimum = 0"),
        ("maximum", "maximum = 10"),
        ("exclusive_minimum", "exclusive_minimum = 0"),
        ("exclusive_maximum", "exclusive_maximum = 10"),
        ("multiple_of", "multiple_of = 2"),
        ("min_length", "min_length = 1"),
        ("max_length", "max_length = 63"),
        ("min_items", "min_items = 1"),
        ("max_items", "max_items = 16"),
        ("min_properties", "min_properties = 1"),
        ("max_properties", "max_properties = 16"),
        ("pattern", "pattern = \"^[a-z]+$\""),
        ("format", "format = \"email\""),
        ("enum", "enum(\"small\", \"big\")"),
        ("items", "items(max_length = 63)"),
        ("nullable", "nullable"),
        ("immutable", "immutable"),
        ("preserve_unknown_fields", "preserve_unknown_fields"),
        ("embedded_resource", "embedded_resource"),
        ("int_or_string", "int_or_string"),
        ("list_type", "list_type = set` or `list_type(map = \"name\")"),
        ("unique", "unique"),
        ("map_type", "map_type = atomic"),
        ("struct_type", "struct_type = atomic"),
        ("rule", "rule(cel = \"self.startsWith('a')\", message = \"it begins with an a\")"),
        ("title", "title = \"A shop\""),
        ("external_docs", "external_docs(url = \"https://example.com\")"),
        ("print_column", "print_column(name = \"Ready\")"),
        ("selectable", "selectable"),
    ]];
}
