//! The implementations that the user's type gets: each hands over to the hidden copy.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, parse_quote};

use super::{Model, stored};
use crate::path::ALIAS;

/// serde's and schemars' traits, by way of the copy.
pub(super) fn implementations(model: &Model) -> TokenStream {
    let Model { private, copy, helpers, generics, .. } = model;
    let hidden = &copy.ident;
    let (_, arguments, _) = generics.split_for_impl();
    let fish = arguments.as_turbofish();
    let traits = traits(
        model,
        &quote!(#hidden #fish::serialize(self, serializer)),
        &quote!(#hidden #fish::deserialize(deserializer)),
        &quote!(<#hidden #arguments as #ALIAS::schemars::JsonSchema>),
    );
    let stored = stored::assertions(model);
    private.block(&quote! {
        #stored
        #[derive(
            #ALIAS::serde::Serialize, #ALIAS::serde::Deserialize, #ALIAS::schemars::JsonSchema
        )]
        #[allow(dead_code, reason = "only what is derived from the copy is used")]
        #copy
        #(#helpers)*
        #traits
    })
}

/// The copy with serde's traits alone.
pub(super) fn copy_without_schema(model: &Model) -> TokenStream {
    let Model { copy, helpers, .. } = model;
    let mut copy = copy.clone();
    let of_serde = |attribute: &syn::Attribute| !attribute.path().is_ident("schemars");
    copy.attrs.retain(of_serde);
    if let syn::Data::Struct(data) = &mut copy.data {
        data.fields.iter_mut().for_each(|field| field.attrs.retain(of_serde));
    }
    quote! {
        #[derive(#ALIAS::serde::Serialize, #ALIAS::serde::Deserialize)]
        #[allow(dead_code, reason = "only what is derived from the copy is used")]
        #copy
        #(#helpers)*
    }
}

/// The same traits without a body, so that one mistake does not become twenty elsewhere.
pub(super) fn fallback(model: &Model) -> TokenStream {
    let unreachable = quote!(::core::unreachable!());
    let traits = traits(
        model,
        &quote!({ let _ = serializer; #unreachable }),
        &quote!({ let _ = deserializer; #unreachable }),
        &quote!(<::std::string::String as #ALIAS::schemars::JsonSchema>),
    );
    model.private.block(&traits)
}

fn traits(
    model: &Model,
    serialize: &TokenStream,
    deserialize: &TokenStream,
    describe: &TokenStream,
) -> TokenStream {
    let Model { ident, generics, .. } = model;
    let (_, arguments, _) = generics.split_for_impl();
    let serde = quote!(#ALIAS::serde);
    let schemars = quote!(#ALIAS::schemars);
    let written = bounded(generics, &parse_quote!(#serde::Serialize));
    let (write_generics, _, write_bounds) = written.split_for_impl();
    let mut read = bounded(generics, &parse_quote!(#serde::Deserialize<'de>));
    read.params.insert(0, parse_quote!('de));
    let (read_generics, _, read_bounds) = read.split_for_impl();
    let described = bounded(generics, &parse_quote!(#schemars::JsonSchema));
    let (describe_generics, _, describe_bounds) = described.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #write_generics #serde::Serialize for #ident #arguments #write_bounds {
            fn serialize<S: #serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #serialize
            }
        }
        #[automatically_derived]
        impl #read_generics #serde::Deserialize<'de> for #ident #arguments #read_bounds {
            fn deserialize<D: #serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                #deserialize
            }
        }
        #[automatically_derived]
        impl #describe_generics #schemars::JsonSchema for #ident #arguments #describe_bounds {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                #describe::schema_name()
            }
            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                #describe::schema_id()
            }
            fn json_schema(generator: &mut #schemars::SchemaGenerator) -> #schemars::Schema {
                #describe::json_schema(generator)
            }
        }
    }
}

/// The generics with `bound` on every type parameter.
pub(super) fn bounded(generics: &Generics, bound: &syn::TypeParamBound) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(bound.clone());
    }
    generics
}
