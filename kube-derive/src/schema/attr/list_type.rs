//! `list_type = set`, `list_type(map = "name")`, `unique`: how server-side apply merges a list.

use darling::FromMeta;
use quote::quote;
use syn::{Expr, LitStr};

use super::Target;
use crate::report::Report;
use crate::ty::{self, Shape};

/// How a list is merged.
#[derive(Debug)]
pub(crate) enum ListType {
    Atomic,
    Set,
    /// By these fields of an item.
    Map(Vec<LitStr>),
}

impl FromMeta for ListType {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        match expr {
            Expr::Path(path) if path.path.is_ident("atomic") => Ok(Self::Atomic),
            Expr::Path(path) if path.path.is_ident("set") => Ok(Self::Set),
            other => {
                Err(darling::Error::custom("a list is `atomic`, a `set` or a `map`")
                    .with_span(other))
            }
        }
    }

    fn from_list(items: &[darling::ast::NestedMeta]) -> darling::Result<Self> {
        #[derive(FromMeta)]
        struct Keys {
            #[darling(multiple)]
            map: Vec<LitStr>,
        }
        let Keys { map } = Keys::from_list(items)?;
        if map.is_empty() { Err(darling::Error::too_few_items(1)) } else { Ok(Self::Map(map)) }
    }
}

/// `unique`: a set, which the server keeps free of what is there twice.
pub(super) fn unique(
    list: Option<ListType>,
    unique: bool,
    target: &Target<'_>,
    report: &mut Report,
) -> Option<ListType> {
    if unique && list.is_some() {
        report.at(
            &target.field.ty,
            "`unique` is `list_type = set`, and this field says another; the items of a `map` are unique by their keys",
        );
    }
    list.or(unique.then_some(ListType::Set))
}

pub(super) fn amend(list: Option<&ListType>, target: &mut Target<'_>, report: &mut Report) {
    let Some(list) = list else { return };
    if matches!(
        ty::shape(&target.field.ty),
        Shape::Integer | Shape::Float | Shape::Boolean | Shape::Text | Shape::Map
    ) {
        report.at(
            &target.field.ty,
            "`list_type` says how a list is merged, and this is none; use `Vec<..>`",
        );
    }
    target.extensions.push(match list {
        ListType::Atomic => quote!("x-kubernetes-list-type" = "atomic"),
        ListType::Set => quote!("x-kubernetes-list-type" = "set"),
        ListType::Map(keys) => {
            quote!("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = [#(#keys),*])
        }
    });
}
