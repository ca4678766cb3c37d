//! One annotated struct in; a kind out: the object, its apply type, its schema and its definition.

mod attr;
mod expand;
mod input;
mod model;
mod view;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::path::Flavour;
use crate::report::Report;

/// `#[derive(Resource)]`.
pub(crate) fn derive(tokens: TokenStream, flavour: Flavour) -> TokenStream {
    let item: DeriveInput = match syn::parse2(tokens) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    if view::is_meant(&item) {
        return view::derive(&item, flavour);
    }
    let mut report = Report::default();
    let input = report.read(&item.attrs);
    let model = model::Model::new(&item, input, flavour, &mut report);
    let clean = report.is_clean();
    let errors = report.into_compile_errors();
    let kind = model.map(|model| expand::all(&model, clean));
    quote::quote!(#errors #kind)
}
