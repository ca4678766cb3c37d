//! Where an expansion finds what it calls: `::kube_core::__private`, or the crate that was named.

use darling::FromMeta;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Which entry was used: a user depends on one crate only, so it decides what an expansion names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Re-exported by kube-core.
    Core,
    /// Re-exported by kube-runtime.
    Runtime,
}

/// `crates(core = "..", runtime = "..")`: where the crates are when they are not at their names.
#[derive(Clone, Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct Crates {
    pub(crate) core: Option<syn::Path>,
    pub(crate) runtime: Option<syn::Path>,
}

/// The path of a `__private` module, as tokens and as the text that serde and schemars ask for.
#[derive(Clone, Debug)]
pub(crate) struct Private(TokenStream);

impl Private {
    pub(crate) fn of(flavour: Flavour, crates: Option<&Crates>) -> Self {
        let named = crates.and_then(|crates| match flavour {
            Flavour::Core => crates.core.as_ref(),
            Flavour::Runtime => crates.runtime.as_ref().or(crates.core.as_ref()),
        });
        Self(match (named, flavour) {
            (Some(path), _) => quote!(#path::__private),
            (None, Flavour::Core) => quote!(::kube_core::__private),
            (None, Flavour::Runtime) => quote!(::kube_runtime::__private),
        })
    }

    /// `items` where nothing outside sees them, and where [`ALIAS`] is the module's name.
    pub(crate) fn block(&self, items: &TokenStream) -> TokenStream {
        quote! {
            const _: () = {
                use #self as __kube;
                #items
            };
        }
    }

    /// `PRIVATE::name` as a string literal, for `#[serde(crate = "..")]`.
    pub(crate) fn text(&self, name: &str) -> String {
        format!("{}::{name}", self.0.to_string().replace(' ', ""))
    }
}

/// What [`Private::block`] calls the module.
pub(crate) const ALIAS: Alias = Alias;

/// The module, in short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alias;

impl ToTokens for Alias {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(quote!(__kube));
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
