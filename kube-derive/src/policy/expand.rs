//! What the user gets: the struct as a policy, and a test that an API server takes its expressions.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ItemStruct, Type};

use super::model::Model;
use super::rule::Rule;
use super::rule::Variable;

pub(super) fn policy(model: &Model) -> TokenStream {
    let Model { ident, name, conditions, kind, input } = model;
    let said = said(model);
    let made = quote_spanned!(kind.span()=> ::kube_runtime::__private::Policy::of::<#kind>(#name));
    let test = (!input.untested).then(|| {
        let test = format_ident!("an_api_server_takes_the_policy_{}", name);
        quote! {
            #(#conditions)*
            #[cfg(test)]
            #[allow(unnameable_test_items, reason = "a policy may be made within a function")]
            #[test]
            fn #test() {
                ::kube_runtime::__private::check_policy(#ident);
            }
        }
    });
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl ::kube_runtime::__private::IntoPolicy for #ident {
            fn into_policy(self) -> ::kube_runtime::__private::Policy {
                #made #(#said)*
            }
        }
        #test
    }
}

/// What stands for it until it is right: the kind is named, so that its import is not said to be of no use.
pub(super) fn fallback(item: &ItemStruct, kind: Option<&Type>) -> TokenStream {
    let named = kind.map(|kind| quote!(const _: fn(&#kind) = |_| {};));
    let (ident, generics) = (&item.ident, &item.generics);
    let (parameters, arguments, bounds) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters ::kube_runtime::__private::IntoPolicy for #ident #arguments #bounds {
            fn into_policy(self) -> ::kube_runtime::__private::Policy {
                ::core::unreachable!()
            }
        }
        #named
    }
}

/// One call of `Policy` for each thing said.
fn said(model: &Model) -> Vec<TokenStream> {
    let (input, asked) = (&model.input, &model.input.asked);
    let mut calls = Vec::new();
    if !asked.on.is_empty() {
        let on = &asked.on;
        calls.push(quote!(.on([#(::kube_runtime::__private::On::#on),*])));
    }
    calls.extend(asked.subresource.as_ref().map(|name| quote!(.subresource(#name))));
    calls.extend(asked.ignores_failure.then(|| quote!(.ignores_failure())));
    calls.extend(asked.labels.as_ref().map(|text| quote!(.labels(#text))));
    calls.extend(asked.namespaces.as_ref().map(|text| quote!(.namespaces(#text))));
    for (name, cel) in &asked.conditions {
        calls.push(quote!(.condition(#name, #cel)));
    }
    for Variable { name, cel } in &input.variables {
        calls.push(quote!(.variable(#name, #cel)));
    }
    for Rule { cel, message, message_expression, reason } in &input.rules {
        let message = message.as_ref().map(|text| quote!(.message(#text)));
        let expression = message_expression.as_ref().map(|text| quote!(.message_expression(#text)));
        let reason = reason.as_ref().map(ToString::to_string);
        let reason = reason.map(|text| quote!(.reason(#text)));
        calls.push(quote! {
            .rule(::kube_runtime::__private::PolicyRule::new(#cel) #message #expression #reason)
        });
    }
    calls.extend(input.warns.then(|| quote!(.warns())));
    calls
}
