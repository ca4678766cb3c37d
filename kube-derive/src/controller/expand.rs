//! What the user gets: what makes the controller, in a function that returns it, and one assertion for each argument.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use super::attr::{Index, Own, Watch};
use super::model::Model;
use crate::said::{Function, Permission};

/// The function of the same name. The assertions come first, so that theirs is the first error.
pub(super) fn function(function: &Function, model: &Model) -> TokenStream {
    let Function { name, conditions, item, .. } = function;
    let cleanup = model.input.cleanup.as_ref().map(|cleanup| quote!(.cleanup(#cleanup)));
    let (_, arguments, _) = item.sig.generics.split_for_impl();
    let turbofish = arguments.as_turbofish();
    let made = made(model, &quote!(#name #turbofish), cleanup.as_ref());
    let assertions = assertions(&model.kind, &model.arguments);
    let ends = ends(&model.arguments, None, &quote!(#name #turbofish));
    // What is generic can be told only where its parameters are.
    let (inside, outside) = match model.of_any_kind {
        true => (Some(assertions), None),
        false => (None, Some(quote!(#(#conditions)* const _: fn() = || { #assertions };))),
    };
    let outer = outer(
        function,
        model,
        &quote! {
            #[allow(clippy::unused_async, reason = "a reconcile function is async")]
            #item
            #inside
            #ends
            #made
        },
    );
    quote!(#outside #outer)
}

/// The function of the same name without what could fail again.
pub(super) fn fallback(function: &Function, model: &Model) -> TokenStream {
    let item = &function.item;
    outer(
        function,
        model,
        &quote! {
            #[allow(clippy::unused_async, dead_code, reason = "it stands for itself until it is right")]
            #item
            ::core::unreachable!()
        },
    )
}

fn outer(function: &Function, model: &Model, body: &TokenStream) -> TokenStream {
    let kind = &model.kind;
    let made = quote!(::kube_runtime::__private::Controller<#kind>);
    function.around("controller", &made, body)
}

/// Each argument is one that can be, told on its own tokens.
pub(super) fn assertions<'model>(
    kind: &Type,
    arguments: impl IntoIterator<Item = &'model Type>,
) -> TokenStream {
    let assertion = |argument: &Type| {
        let span = argument.span();
        quote_spanned!(span=> ::kube_runtime::__private::argument::<#kind, #argument>();)
    };
    arguments.into_iter().map(assertion).collect()
}

/// What the function gives back is what a reconcile gives back, told on its name and with the reason.
pub(super) fn ends(
    arguments: &[Type],
    state: Option<&Type>,
    function: &TokenStream,
) -> TokenStream {
    let place = |place| Ident::new(&format!("argument_{place}"), Span::mixed_site());
    let names: Vec<Ident> = (0..arguments.len()).map(place).collect();
    let own = Ident::new("state", Span::mixed_site());
    let (taken, given) = match state {
        Some(state) => (Some(quote!(#own: &#state,)), Some(quote!(#own,))),
        None => (None, None),
    };
    quote_spanned! {function.span()=>
        let _ = |#taken #(#names: #arguments),*| {
            ::kube_runtime::__private::reconciles(#function(#given #(#names),*));
        };
    }
}

/// The controller that calls `reconcile`, with all that was said of it.
pub(super) fn made(
    model: &Model,
    reconcile: &TokenStream,
    cleanup: Option<&TokenStream>,
) -> TokenStream {
    let Model { name, kind, input, .. } = model;
    let name = match model.of_any_kind {
        true => quote!(::kube_runtime::__private::name_of::<#kind>(#name)),
        false => quote!(#name),
    };
    let predicate = input.predicate.as_ref().map(predicate);
    let wired = wiring(model);
    let wired = (!wired.is_empty()).then(|| quote!(.wired(|wiring| { #(#wired)* })));
    quote! {
        ::kube_runtime::__private::Controller::<#kind>::of(#name, #reconcile)
            .version(::core::option_env!("CARGO_PKG_VERSION")) #cleanup #predicate #wired
    }
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
    if let Some(names) = &input.namespaces {
        calls.push(quote_spanned!(names.span()=> wiring.namespaces(#names);));
    }
    if let Some(workers) = &input.workers {
        calls.push(quote!(wiring.workers(#workers);));
    }
    if let Some(leads) = input.leads {
        calls.push(quote!(wiring.leads(#leads);));
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
