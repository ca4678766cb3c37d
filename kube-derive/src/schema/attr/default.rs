//! `default = EXPRESSION`: what an absent field means, in decoding, in the schema and for the
//! server alike.

use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, parse_quote};

use super::Target;
use crate::report::Report;
use crate::ty;

pub(super) fn amend(default: Option<&Expr>, target: &mut Target<'_>, report: &mut Report) {
    let Some(default) = default else { return };
    if target.serde.has("default") {
        report.at(default, "the default is given twice: here and by `serde(default)`; keep one");
    }
    if target.serde.has("flatten") {
        report.at(default, "a flattened field has no name of its own that could be absent; put the default on the fields of its type");
        return;
    }
    let name = format_ident!("default_{}", target.name.to_lowercase());
    let value = value(default, &target.field.ty);
    let ty = &target.field.ty;
    let (generics, _, bounds) = target.generics.split_for_impl();
    target.helpers.push(quote!(fn #name #generics() -> #ty #bounds { #value }));
    let path = name.to_string();
    target.field.attrs.push(parse_quote!(#[serde(default = #path)]));
}

/// The expression as the field's type: text becomes owned, a value of an `Option` becomes `Some`.
fn value(default: &Expr, ty: &syn::Type) -> proc_macro2::TokenStream {
    let text = matches!(default, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }));
    let span = default.span();
    let owned = if text {
        quote_spanned!(span=> ::core::convert::From::from(#default))
    } else {
        quote!(#default)
    };
    if ty::inner(ty, "Option").is_some() && !is_option(default) {
        quote_spanned!(span=> ::core::option::Option::Some(#owned))
    } else {
        owned
    }
}

/// Whether the expression is an `Option` by its spelling.
fn is_option(expr: &Expr) -> bool {
    let path = match expr {
        Expr::Path(path) => &path.path,
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => &path.path,
            _ => return false,
        },
        _ => return false,
    };
    path.segments.last().is_some_and(|segment| segment.ident == "None" || segment.ident == "Some")
}
