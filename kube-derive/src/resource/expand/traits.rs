//! `Resource` and `HasStatus` for the object type.

use proc_macro2::Ident;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use super::versions;
use crate::path::ALIAS;
use crate::resource::model::Model;

pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { object, kind, group, version, names, .. } = model;
    let plural = &names.plural;
    let (only, allowed) = (model.verbs.constant(), model.verbs.allowed(object));
    let scope = if model.namespaced { quote!(Namespaced) } else { quote!(Cluster) };
    let without_namespaces = cluster_scoped(object, model.namespaced);
    let first_status = model.status.as_ref().map(|_| {
        quote! {
            fn first_status() -> ::core::option::Option<#ALIAS::serde_json::Value> {
                #ALIAS::first_status::<Self>()
            }
        }
    });
    let status = model.status.as_ref().map(|status| has_status(object, status));
    let versions = versions::known(model);
    quote! {
        #[automatically_derived]
        impl #ALIAS::Resource for #object {
            const RESOURCE: #ALIAS::ApiResource = #ALIAS::ApiResource::of(
                #group,
                #version,
                #kind,
                #plural,
                #ALIAS::Scope::#scope,
            );
            #only
            fn metadata(&self) -> &#ALIAS::ObjectMeta {
                &self.metadata
            }
            fn metadata_mut(&mut self) -> &mut #ALIAS::ObjectMeta {
                &mut self.metadata
            }
            fn custom_definition() -> ::core::option::Option<#ALIAS::CustomResourceDefinition> {
                ::core::option::Option::Some(<Self as #ALIAS::CustomResource>::definition())
            }
            #versions
            #first_status
        }
        #allowed
        #without_namespaces
        #status
    }
}

/// That a kind has no namespaces, where it has none.
pub(in crate::resource) fn cluster_scoped(object: &Ident, namespaced: bool) -> Option<TokenStream> {
    (!namespaced).then(|| {
        quote! {
            #[automatically_derived]
            impl #ALIAS::ClusterScoped for #object {}
        }
    })
}

/// That an object has a status.
pub(in crate::resource) fn has_status(object: &Ident, status: &Path) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #ALIAS::HasStatus for #object {
            type Status = #status;
            fn status(&self) -> ::core::option::Option<&Self::Status> {
                self.status.as_ref()
            }
            fn status_mut(&mut self) -> &mut ::core::option::Option<Self::Status> {
                &mut self.status
            }
        }
    }
}
