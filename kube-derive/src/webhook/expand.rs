//! What the user gets: a function that returns the webhook, and one assertion for each argument.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned;

use super::model::Model;
use crate::said::{Function, Permission};

/// The webhook. The assertions come first, so that theirs is the first error.
pub(super) fn webhook(model: &Model) -> TokenStream {
    let Model { function, kind, .. } = model;
    let Function { conditions, item, .. } = function;
    let made = if model.mutates { mutates(model) } else { validates(model) };
    let said = said(model);
    let wired = wired(model);
    let outer = outer(
        model,
        &quote! {
            #[allow(clippy::unused_async, reason = "a webhook function is async")]
            #item
            #made #(#said)* #wired
        },
    );
    let arguments = model.arguments.iter().map(|argument| {
        let span = argument.span();
        quote_spanned!(span=> ::kube_runtime::__private::webhook_argument::<#kind, #argument>();)
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
    let made = quote!(::kube_runtime::__private::Webhook<#kind>);
    model.function.around("webhook", &made, body)
}

/// What keeps its answer from being sent between threads is told with the reason.
fn validates(model: &Model) -> TokenStream {
    let Model { function, kind, arguments, .. } = model;
    let name = &function.name;
    let text = name.unraw().to_string();
    let values: Vec<_> =
        (0..arguments.len()).map(|number| format_ident!("value_{number}")).collect();
    quote_spanned! {name.span()=>
        let _ = |#(#values: #arguments),*| {
            ::kube_runtime::__private::is_send(#name(#(#values),*));
        };
        ::kube_runtime::__private::Webhook::<#kind>::validate(#text, #name)
    }
}

/// A function that borrows the object while it awaits: closures cannot promise that it is `Send` there.
fn mutates(model: &Model) -> TokenStream {
    let Model { function, kind, arguments, .. } = model;
    let name = &function.name;
    let text = name.unraw().to_string();
    let values: Vec<_> =
        (0..arguments.len()).map(|number| format_ident!("value_{number}")).collect();
    quote! {
        fn __mutate<'a>(
            object: &'a mut #kind,
            call: &'a ::kube_runtime::__private::Call<#kind>,
        ) -> ::kube_runtime::__private::BoxFuture<'a, ::kube_runtime::Result<::kube_runtime::__private::Verdict>> {
            ::std::boxed::Box::pin(async move {
                let _ = call;
                #(let #values =
                    <#arguments as ::kube_runtime::__private::WebhookArgument<#kind>>::extract(call)?;)*
                ::kube_runtime::__private::IntoVerdict::into_verdict(#name(object, #(#values),*).await)
            })
        }
        ::kube_runtime::__private::Webhook::<#kind>::mutate(#text, __mutate)
    }
}

/// One call of `Webhook` for each thing said.
fn said(model: &Model) -> Vec<TokenStream> {
    let input = &model.input;
    let mut calls = Vec::new();
    if !input.on.is_empty() {
        let on = &input.on;
        calls.push(quote!(.on([#(::kube_runtime::__private::On::#on),*])));
    }
    calls.extend(input.subresource.as_ref().map(|name| quote!(.subresource(#name))));
    calls.extend(input.ignores_failure.then(|| quote!(.ignores_failure())));
    calls.extend(
        input.timeout.map(|seconds| quote!(.timeout(::core::time::Duration::from_secs(#seconds)))),
    );
    calls.extend(input.labels.as_ref().map(|text| quote!(.labels(#text))));
    calls.extend(input.namespaces.as_ref().map(|text| quote!(.namespaces(#text))));
    for (name, cel) in &input.conditions {
        calls.push(quote!(.condition(#name, #cel)));
    }
    calls.extend(input.reinvoked.then(|| quote!(.reinvoked())));
    calls.extend(input.side_effects.then(|| quote!(.side_effects())));
    calls
}

/// What is needed beside what a validator's own arguments say.
fn wired(model: &Model) -> Option<TokenStream> {
    let Model { kind, arguments, input, .. } = model;
    let mut calls = Vec::new();
    if model.mutates {
        calls.extend(arguments.iter().map(|argument| {
            quote!(<#argument as ::kube_runtime::__private::WebhookArgument<#kind>>::wire(needs);)
        }));
    }
    for Permission { kind, subresource, verbs } in &input.permissions {
        let verbs = quote!(&[#(::kube_runtime::__private::Verb::#verbs),*]);
        calls.push(match subresource {
            Some(name) => quote_spanned! {kind.span()=>
                needs.subresource_permissions::<#kind>(#name, #verbs);
            },
            None => quote_spanned!(kind.span()=> needs.permissions::<#kind>(#verbs);),
        });
    }
    (!calls.is_empty()).then(|| quote!(.wired(|needs| { #(#calls)* })))
}
