//! A struct without fields and what its attribute says in; the same struct out, which is a policy: rules that the API server asks by itself.

mod attr;
mod expand;
mod model;
mod rule;

use proc_macro2::TokenStream;
use syn::ItemStruct;

use crate::report::Report;
use crate::said;

/// `#[policy(kind = Ship, rule(cel = "..", message = ".."))]`.
pub(crate) fn policy(arguments: TokenStream, tokens: &TokenStream) -> TokenStream {
    let item: ItemStruct = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => {
            let told = "`#[policy]` stands on a struct without fields; write `struct OneMast;`";
            let error = syn::Error::new(error.span(), told).into_compile_error();
            return quote::quote!(#error #tokens);
        }
    };
    let mut report = Report::default();
    let input = said::read(arguments, &attr::ATTRIBUTES, "a policy", &mut report);
    let model = model::Model::new(&item, input, &mut report);
    let clean = report.is_clean();
    let errors = report.into_compile_errors();
    let expanded = match model {
        Some(model) if clean => expand::policy(&model),
        model => expand::fallback(&item, model.map(|model| model.kind).as_ref()),
    };
    quote::quote!(#errors #item #expanded)
}
