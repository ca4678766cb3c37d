//! What a version knows of others: how it is converted, and that they fit.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::path::ALIAS;
use crate::resource::model::Model;

/// `Resource::CONVERTS`, for a kind with several.
pub(super) fn known(model: &Model) -> Option<TokenStream> {
    let name = if model.status.is_some() { "neighbours_with_status" } else { "neighbours" };
    // All of it on the tokens of the other version: that is where a conversion that is missing is told.
    let neighbours = model.versions.converts_from.iter().map(|other| {
        let (kube, function) = (spanned(other, "__kube"), spanned(other, name));
        let own = spanned(other, &model.object.to_string());
        quote_spanned!(other.span()=> #kube::#function::<#own, #other>)
    });
    model.versions.several.then(|| {
        quote! {
            const CONVERTS: ::core::option::Option<fn() -> #ALIAS::Versions> =
                ::core::option::Option::Some(|| #ALIAS::versions::<Self>(&[#(#neighbours),*]));
        }
    })
}

fn spanned(at: &Path, name: &str) -> Ident {
    Ident::new(name, at.span())
}

/// What of `CustomResource` is not as for a kind with one version.
pub(super) fn constants(model: &Model) -> TokenStream {
    let stored = (!model.versions.stored).then(|| {
        quote!(
            const STORED: bool = false;
        )
    });
    let others = &model.versions.converts_from;
    let counts = others.iter().map(|other| quote!(<#other as #ALIAS::CustomResource>::VERSIONS));
    // Versions that convert from each other in a circle are an error of the compiler here.
    let versions = others
        .first()
        .map(|first| quote_spanned!(first.span()=> const VERSIONS: usize = 1 #(+ #counts)*;));
    quote!(#stored #versions)
}

/// Assertions about each of the others, on its tokens.
pub(super) fn checks(model: &Model, clean: bool) -> TokenStream {
    let others = model.versions.converts_from.iter().filter(|_| clean);
    others.map(|other| check(model, other)).collect()
}

fn check(model: &Model, other: &Path) -> TokenStream {
    let (object, kind) = (&model.object, &model.kind);
    let shown = quote!(#other).to_string().replace(' ', "");
    let stored = match model.versions.stored {
        true => format!(
            "objects are stored in one version, and both `{object}` and `{shown}` are that one; add `served` to the older, without `storage`"
        ),
        false => format!(
            "`{shown}` is the version that is stored, so it says how they are converted; move this there, as `converts_from({object})`"
        ),
    };
    let of_kind = format!(
        "`{shown}` is no version of {kind} in {}: group, kind, plural and scope are the same in all of them",
        model.group
    );
    let another = format!("`{shown}` is version {} too; another has another name", model.version);
    quote_spanned! {other.span()=>
        const _: () = {
            const OWN: &#ALIAS::ApiResource = &<#object as #ALIAS::Resource>::RESOURCE;
            const OTHER: &#ALIAS::ApiResource = &<#other as #ALIAS::Resource>::RESOURCE;
            ::core::assert!(!<#other as #ALIAS::CustomResource>::STORED, #stored);
            ::core::assert!(#ALIAS::same_kind(OWN, OTHER), #of_kind);
            ::core::assert!(!#ALIAS::same_version(OWN, OTHER), #another);
        };
    }
}
