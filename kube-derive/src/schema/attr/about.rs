//! `title`, `example`, `external_docs(url = "..")`: what a reader of the schema is told beside the doc comment.

use darling::FromMeta;
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

/// Where more is written.
#[derive(Debug, FromMeta)]
pub(crate) struct ExternalDocs {
    url: LitStr,
    #[darling(default)]
    description: Option<LitStr>,
}

/// As keywords of the schema.
pub(crate) fn keywords(
    title: Option<&LitStr>,
    external_docs: Option<&ExternalDocs>,
) -> Vec<TokenStream> {
    let title = title.map(|title| quote!("title" = #title));
    let external_docs = external_docs.map(|ExternalDocs { url, description }| {
        let description = description.as_ref().map(|text| quote!("description": #text,));
        quote!("externalDocs" = { #description "url": #url })
    });
    title.into_iter().chain(external_docs).collect()
}
