//! The fields of a type in; an assertion for each type in them whose traits nobody knows yet, on its own tokens, out.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Data, Field, Fields, Type};

use super::{Model, Serde, storable};
use crate::path::ALIAS;
use crate::ty::{self, Shape};

/// Stands before what serde and schemars derive, so that one sentence comes before their twenty. What is generic is asked for where it is used.
pub(super) fn assertions(model: &Model) -> Option<TokenStream> {
    if !model.generics.params.is_empty() {
        return None;
    }
    let mut types: Vec<&Type> = Vec::new();
    for field in fields(&model.copy.data) {
        if !storable::is_written_in_its_own_way(field, &Serde::read(&field.attrs)) {
            parts(&field.ty, &mut types);
        }
    }
    let mut seen = Vec::new();
    types.retain(|ty| {
        let text = ty::text(ty);
        let is_new = !seen.contains(&text);
        seen.push(text);
        is_new
    });
    let assertions = types.iter().map(|ty| quote_spanned!(ty.span()=> #ALIAS::stored::<#ty>();));
    (!types.is_empty()).then(|| quote::quote!(const _: fn() = || { #(#assertions)* };))
}

fn fields(data: &Data) -> Vec<&Field> {
    let all: Vec<&Fields> = match data {
        Data::Struct(data) => vec![&data.fields],
        Data::Enum(data) => data.variants.iter().map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    all.into_iter().flatten().collect()
}

/// The types that a type is made of and whose names say nothing to us.
fn parts<'ty>(ty: &'ty Type, found: &mut Vec<&'ty Type>) {
    if let Some(inner) = ty::inner(ty, "Option").or_else(|| ty::inner(ty, "Box")) {
        return parts(inner, found);
    }
    if let Some(item) = ty::item(ty) {
        return parts(item, found);
    }
    match ty {
        Type::Array(array) => parts(&array.elem, found),
        Type::Path(_) if ty::shape(ty) == Shape::Other => found.push(ty),
        _ => {}
    }
}
