//! `items(max_length = 63)`: what the server refuses of each item of a list, or of each value of a map.

use quote::quote;

use super::Target;
use super::limits::{Limited, Limits};
use crate::report::Report;
use crate::ty;

pub(super) fn amend(items: Option<&Limits>, target: &mut Target<'_>, report: &mut Report) {
    let Some(items) = items else { return };
    let Some(item) = ty::item(&target.field.ty) else {
        report.at(
            &target.field.ty,
            "`items` is about the items of a list or the values of a map, and this is neither; use `Vec<..>`",
        );
        return;
    };
    let keywords = items.keywords(Limited { what: "an item", ty: item, default: None }, report);
    let pairs = keywords.iter().map(pair);
    target.extensions.push(quote!("x-kube-items" = { #(#pairs),* }));
}

/// `"keyword" = value` as a pair of JSON.
fn pair(keyword: &proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let mut tokens = keyword.clone().into_iter();
    let name = tokens.next();
    let value: proc_macro2::TokenStream = tokens.skip(1).collect();
    quote!(#name: #value)
}
