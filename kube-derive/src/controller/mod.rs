//! An async function, or an `impl` block with its methods, and what its attribute says in; a function of the same name that returns the
//! controller, or how the type becomes one, out.

mod attr;
mod block;
mod expand;
mod input;
mod model;

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::{Item, ItemFn};

use self::input::Input;
use self::model::{FUNCTION, Model, check_parameters};
use crate::report::Report;
use crate::said::{self, Function};

/// `#[controller(..)]`.
pub(crate) fn controller(arguments: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut report = Report::default();
    let expanded = match syn::parse2(tokens.clone()) {
        Ok(Item::Fn(item)) => {
            let input = read(arguments, &mut report);
            function(&item, input, &mut report)
        }
        Ok(Item::Impl(item)) => {
            let input = read(arguments, &mut report);
            block::controller(&item, input, &mut report)
        }
        Ok(other) => {
            report.at(
                &other,
                "`#[controller]` stands on an async function, or on the `impl` block of a type with the method `reconcile`",
            );
            tokens.clone()
        }
        Err(error) => {
            report.push(error);
            tokens.clone()
        }
    };
    let errors = report.into_compile_errors();
    quote::quote!(#errors #expanded)
}

fn read(arguments: TokenStream, report: &mut Report) -> Input {
    said::read(arguments, &attr::ATTRIBUTES, "a controller", report)
}

fn function(item: &ItemFn, input: Input, report: &mut Report) -> TokenStream {
    let name = item.sig.ident.unraw().to_string();
    let generics = &item.sig.generics;
    let model = Model::new(name, generics, item, &FUNCTION, input, report);
    check_parameters(generics, &model, report);
    let function = Function::new(item);
    match report.is_clean() {
        true => expand::function(&function, &model),
        false => expand::fallback(&function, &model),
    }
}
