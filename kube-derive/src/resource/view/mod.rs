//! One struct with `existing = "v1/ConfigMap"` in; a view of that kind out: the struct itself is the object, and names what of it is read
//! and written.
//!
//! It teaches a cluster nothing. Since it knows only a part of its objects it never replaces one: it is written by server-side apply and by patch.

mod existing;
mod expand;
mod input;
mod model;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Meta};

use crate::path::Flavour;
use crate::report::Report;

/// Whether it is a view that is asked for.
pub(super) fn is_meant(item: &DeriveInput) -> bool {
    let lists = item
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("resource"))
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .filter_map(|list| darling::ast::NestedMeta::parse_meta_list(list.tokens.clone()).ok());
    let mut metas = lists.flatten();
    metas.any(|meta| {
        matches!(&meta, darling::ast::NestedMeta::Meta(Meta::NameValue(pair)) if pair.path.is_ident("existing"))
    })
}

/// `#[derive(Resource)]` of a view.
pub(super) fn derive(item: &DeriveInput, flavour: Flavour) -> TokenStream {
    let mut report = Report::default();
    let input: input::Input = report.read(&item.attrs);
    let model = model::Model::new(item, input, flavour, &mut report);
    let clean = report.is_clean();
    let errors = report.into_compile_errors();
    let view = expand::all(&model, clean);
    quote::quote!(#errors #view)
}
