//! What the user wrote in `#[resource(..)]` on the struct.

use darling::FromMeta;
use darling::util::PathList;
use syn::{LitStr, Path};

use super::attr::PrintColumn;
use crate::path::Crates;
use crate::report::Known;
use crate::schema::Owner;

/// The attributes of a kind.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct Input {
    pub(crate) group: Option<LitStr>,
    pub(crate) version: Option<LitStr>,
    pub(crate) kind: Option<LitStr>,
    pub(crate) namespaced: bool,
    pub(crate) status: Option<Path>,
    pub(crate) plural: Option<LitStr>,
    pub(crate) singular: Option<LitStr>,
    #[darling(multiple, rename = "short_name")]
    pub(crate) short_names: Vec<LitStr>,
    #[darling(multiple, rename = "category")]
    pub(crate) categories: Vec<LitStr>,
    #[darling(multiple, rename = "print_column")]
    pub(crate) print_columns: Vec<PrintColumn>,
    pub(crate) derive: PathList,
    pub(crate) serde: Option<Owner>,
    pub(crate) crates: Option<Crates>,
}

impl Known for Input {
    const PLACE: &'static str = "a kind";
    const USAGE: &'static [(&'static str, &'static str)] = &[
        ("group", "group = \"demo.example.com\""),
        ("version", "version = \"v1\""),
        ("kind", "kind = \"Shop\""),
        ("namespaced", "namespaced"),
        ("status", "status = ShopStatus"),
        ("plural", "plural = \"shops\""),
        ("singular", "singular = \"shop\""),
        ("short_name", "short_name = \"ws\""),
        ("category", "category = \"all\""),
        ("print_column", "print_column(name = \"Ready\", path = \".status.ready\")"),
        ("derive", "derive(PartialEq)"),
        ("serde", "serde = own"),
        ("crates", "crates(core = \"::path::to::kube_core\")"),
    ];
}
