//! An async function and what its attribute says in; a function of the same name that returns the webhook out.

pub(crate) mod attr;
mod expand;
mod model;

use proc_macro2::TokenStream;
use syn::ItemFn;

use crate::report::Report;
use crate::said;

/// `#[webhook(validate)]`, `#[webhook(mutate)]`.
pub(crate) fn webhook(arguments: TokenStream, tokens: &TokenStream) -> TokenStream {
    let item: ItemFn = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => {
            let error = syn::Error::new(
                error.span(),
                format!("`#[webhook]` stands on an async function: {error}"),
            )
            .into_compile_error();
            return quote::quote!(#error #tokens);
        }
    };
    let mut report = Report::default();
    let input = said::read(arguments, &attr::ATTRIBUTES, "a webhook", &mut report);
    let model = model::Model::new(&item, input, &mut report);
    let clean = report.is_clean();
    let errors = report.into_compile_errors();
    let expanded = match model {
        Some(model) if clean => expand::webhook(&model),
        Some(model) => expand::fallback(&model),
        None => quote::quote!(#item),
    };
    quote::quote!(#errors #expanded)
}
