//! What the user gets: a function that returns the controller, and one assertion for each argument.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::attr::{Index, Own, Watch};
use super::model::Model;
use crate::said::{Function, Permission};

/// The controller. The assertions come first, so that theirs is the first error.
pub(super) fn controller(model: &Model) -> TokenStream {
    let Model { function, kind, input, .. } = model;
    let Function { name, conditions, item, .. } = function;
    let text = name.to_string();
    let cleanup = input.cleanup.as_ref().map(|cleanup| quote!(.cleanup(#cleanup)));
    let predicate = input.predicate.as_ref().map(predicate);
    let wired = wiring(model);
    let wired = (!wired.is_empty()).then(|| quote!(.wired(|wiring| { #(#wired)* })));
    let outer = outer(
        model,
        &quote! {
            #[allow(clippy::unused_async, reason = "a reconcile function is async")]
            #item
            ::kube_runtime::__private::Controller::<#kind>::of(#text, #name)
                .version(::core::option_env!("CARGO_PKG_VERSION")) #cleanup #predicate #wired
        },
    );
    let arguments = model.arguments.iter().map(|argument| {
        let span = argument.span();
        quote_spanned!(span=> ::kube_runtime::__private::argument::<#kind, #argument>();)
    });
    quote! {
        #(#conditions)*
        const _: fn() = || { #(#arguments)* };
        #outer
    }
}

/// The function of the same name without what could fail again.
pub(super) fn fallback(model: &Model) -> TokenStream {
    let function = &model.function.item;
    outer(
        model,
        &quote! {
            #[allow(clippy::unused_async, dead_code, reason = "it stands for itself until it is right")]
            #function
            ::core::unreachable!()
        },
    )
}

fn outer(model: &Model, body: &TokenStream) -> TokenStream {
    let kind = &model.kind;
    let made = quote!(::kube_runtime::__private::Controller<#kind>);
    model.function.around("controller", &made, body)
}

/// One call of `Wiring` for each thing said.
fn wiring(model: &Model) -> Vec<TokenStream> {
    let Model { kind: primary, input, .. } = model;
    let mut calls = Vec::new();
    for Own { kind, predicate: condition } in &input.owns {
        let predicate = condition.as_ref().map(predicate);
        calls.push(quote_spanned!(kind.span()=> wiring.owns::<#kind>() #predicate;));
    }
    for Watch { kind, by, predicate: condition } in &input.watches {
        let predicate = condition.as_ref().map(predicate);
        calls.push(quote_spanned! {kind.span()=>
            wiring.watches::<#kind, #primary, _>(#by) #predicate;
        });
    }
    for Index { kind, functions, labels } in &input.indices {
        for label in labels {
            calls.push(quote_spanned!(kind.span()=> wiring.index_label::<#kind>(#label);));
        }
        for function in functions {
            calls.push(quote_spanned! {kind.span()=>
                wiring.index::<#kind, _, _, _>(#function);
            });
        }
    }
    for Permission { kind, subresource, verbs } in &input.permissions {
        let verbs = quote!(&[#(::kube_runtime::__private::Verb::#verbs),*]);
        calls.push(match subresource {
            Some(name) => quote_spanned! {kind.span()=>
                wiring.subresource_permissions::<#kind>(#name, #verbs);
            },
            None => quote_spanned!(kind.span()=> wiring.permissions::<#kind>(#verbs);),
        });
    }
    if let Some(labels) = &input.labels {
        calls.push(quote_spanned!(labels.span()=> wiring.labels(#labels);));
    }
    if let Some(fields) = &input.fields {
        calls.push(quote_spanned!(fields.span()=> wiring.fields(#fields);));
    }
    if let Some(workers) = &input.workers {
        calls.push(quote!(wiring.workers(#workers);));
    }
    if let Some(milliseconds) = input.timeout {
        calls.push(quote!(wiring.timeout(::core::time::Duration::from_millis(#milliseconds));));
    }
    if let Some(milliseconds) = input.resync {
        calls.push(quote!(wiring.resync(::core::time::Duration::from_millis(#milliseconds));));
    }
    if let Some(limiter) = &input.rate_limit {
        calls.push(quote!(wiring.rate_limit(#limiter);));
    }
    calls
}

fn predicate(condition: &Expr) -> TokenStream {
    quote_spanned!(condition.span()=> .predicate(#condition))
}
