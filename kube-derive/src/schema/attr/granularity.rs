//! `map_type = atomic`, `struct_type = atomic`: whether server-side apply merges the fields of a value, or has it owned as a whole.

use darling::FromMeta;
use quote::quote;
use syn::Expr;

use super::Target;
use crate::report::Report;
use crate::ty::{self, Shape};

/// How a map or a struct is merged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Granularity {
    Atomic,
    Granular,
}

impl FromMeta for Granularity {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        match expr {
            Expr::Path(path) if path.path.is_ident("atomic") => Ok(Self::Atomic),
            Expr::Path(path) if path.path.is_ident("granular") => Ok(Self::Granular),
            other => Err(darling::Error::custom("it is `atomic` or `granular`").with_span(other)),
        }
    }
}

impl Granularity {
    /// As a keyword of the schema.
    pub(crate) fn keyword(self) -> proc_macro2::TokenStream {
        let text = match self {
            Self::Atomic => "atomic",
            Self::Granular => "granular",
        };
        quote!("x-kubernetes-map-type" = #text)
    }
}

pub(super) fn amend(
    map: Option<Granularity>,
    structure: Option<Granularity>,
    target: &mut Target<'_>,
    report: &mut Report,
) {
    let shape = ty::shape(&target.field.ty);
    if map.is_some() && shape != Shape::Map && shape != Shape::Other {
        report.at(&target.field.ty, "`map_type` is of a map; use `BTreeMap<String, ..>`");
    }
    if structure.is_some() && shape != Shape::Other {
        let remedy = if shape == Shape::Map { "; of a map it is `map_type`" } else { "" };
        report.at(&target.field.ty, format!("`struct_type` is of a struct{remedy}"));
    }
    target.extensions.extend(map.or(structure).map(Granularity::keyword));
}
