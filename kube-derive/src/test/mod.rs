//! An async function of a cluster in, a test out that runs it on one of its own.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ItemFn, Visibility};

use crate::report::Report;

/// `#[kube_testing::test]`.
pub(crate) fn test(arguments: &TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut function: ItemFn = match syn::parse2(tokens.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#error #tokens);
        }
    };
    let mut report = Report::default();
    if !arguments.is_empty() {
        report.at(arguments, "the test takes no arguments; write `#[kube_testing::test]`");
    }
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        report.at(signature.fn_token, "a test with a cluster is async; write `async fn`");
    }
    if signature.inputs.len() != 1 {
        report.at(
            &signature.ident,
            format!(
                "a test with a cluster takes the cluster; write `async fn {}(cluster: Cluster)`",
                signature.ident
            ),
        );
    }
    if !report.is_clean() {
        let errors = report.into_compile_errors();
        return quote!(#errors #[allow(dead_code, reason = "it is a test once it is right")] #function);
    }
    let name = function.sig.ident.clone();
    let text = name.to_string();
    let output = function.sig.output.clone();
    let (inner, outer): (Vec<_>, Vec<_>) =
        std::mem::take(&mut function.attrs).into_iter().partition(|attribute| {
            ["allow", "expect", "warn"].iter().any(|n| attribute.path().is_ident(n))
        });
    function.attrs = inner;
    function.vis = Visibility::Inherited;
    quote! {
        #[::core::prelude::v1::test]
        #(#outer)*
        fn #name() #output {
            #function
            ::kube_testing::__private::run(#text, #name)
        }
    }
}
