//! The apply type: every field optional, a setter each, and only what is set is written.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Field, parse_quote};

use crate::path::ALIAS;
use crate::resource::model::Model;
use crate::schema::Serde;
use crate::ty;

/// serde's attributes that mean the same on an optional field.
const SHARED: [&str; 2] = ["rename", "flatten"];

/// The apply types of the object and of its spec, with their setters.
pub(super) fn items(model: &Model) -> TokenStream {
    let Model { private, visibility, kind, spec, renaming, .. } = model;
    let (apply, spec_apply) = (model.apply(), model.spec_apply());
    let serde_path = private.text("serde");
    let parts: Vec<_> = model.fields.iter().filter_map(|field| part(field, private)).collect();
    let fields = parts.iter().map(|part| &part.field);
    let setters = parts.iter().map(|part| &part.setter);
    let helpers = parts.iter().filter_map(|part| part.helper.as_ref());
    let about = format!(" What to apply to a {kind}: a field that is not set stays as it is.");
    let about_spec = format!(" A [`{spec}`] of which every field may be left out.");
    quote! {
        #[doc = #about]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #[must_use = "it changes nothing until it is applied"]
        #visibility struct #apply {
            #[doc = " Whose name, labels and annotations are applied."]
            pub metadata: #private::ObjectMeta,
            #[doc = " What is wanted."]
            pub spec: #spec_apply,
        }

        #[doc = #about_spec]
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::default::Default,
            #private::serde::Serialize
        )]
        #[serde(crate = #serde_path, #renaming)]
        #visibility struct #spec_apply { #(#fields,)* }

        #[automatically_derived]
        impl #apply { #(#setters)* }

        #(#helpers)*
    }
}

/// What makes the apply type one.
pub(super) fn traits(model: &Model) -> TokenStream {
    let Model { kind, .. } = model;
    let apply = model.apply();
    quote! {
        #[automatically_derived]
        impl #ALIAS::serde::Serialize for #apply {
            fn serialize<S: #ALIAS::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let status = #ALIAS::NO_STATUS;
                #ALIAS::seal::<#kind, _, _, _>(&self.metadata, &self.spec, status, serializer)
            }
        }

        #[automatically_derived]
        impl #ALIAS::Apply for #apply {
            type Kind = #kind;
            fn metadata(&self) -> &#ALIAS::ObjectMeta {
                &self.metadata
            }
            fn metadata_mut(&mut self) -> &mut #ALIAS::ObjectMeta {
                &mut self.metadata
            }
        }

        #[automatically_derived]
        impl #ALIAS::HasMetadata for #apply {
            fn object_meta(&self) -> &#ALIAS::ObjectMeta {
                &self.metadata
            }
            fn object_meta_mut(&mut self) -> &mut #ALIAS::ObjectMeta {
                &mut self.metadata
            }
        }
    }
}

struct Part {
    field: TokenStream,
    setter: TokenStream,
    helper: Option<TokenStream>,
}

/// One field of the spec; nothing for a field that is never written.
fn part(field: &Field, private: &crate::path::Private) -> Option<Part> {
    let serde = Serde::read(&field.attrs);
    if serde.has_any(&["skip", "skip_serializing"]) {
        return None;
    }
    let name = field.ident.as_ref()?;
    let ty = ty::present(&field.ty);
    let documentation = documentation(field);
    let renamed = field.attrs.iter().filter(|attribute| is_shared(attribute));
    let (written, helper) = written(field, &serde, private);
    let skip = (!serde.has("flatten"))
        .then(|| quote!(#[serde(skip_serializing_if = "::core::option::Option::is_none")]));
    let (parameter, value) = parameter(ty, name);
    Some(Part {
        field: quote! {
            #(#documentation)*
            #(#renamed)*
            #written
            #skip
            pub #name: ::core::option::Option<#ty>
        },
        setter: quote! {
            #(#documentation)*
            pub fn #name(mut self, #name: #parameter) -> Self {
                self.spec.#name = ::core::option::Option::Some(#value);
                self
            }
        },
        helper,
    })
}

/// The type that a setter takes, and the field's value from it: text is taken as it comes,
/// numbers as they are, since a bare `3` would otherwise be an `i32`.
fn parameter(ty: &syn::Type, name: &syn::Ident) -> (TokenStream, TokenStream) {
    let text = |ty: &syn::Type| ty::name(ty).as_deref() == Some("String");
    if text(ty) {
        (quote!(impl ::core::convert::Into<#ty>), quote!(#name.into()))
    } else if let Some(item) = ty::inner(ty, "Vec").filter(|item| text(item)) {
        (
            quote!(impl ::core::iter::IntoIterator<Item: ::core::convert::Into<#item>>),
            quote!(#name.into_iter().map(::core::convert::Into::into).collect()),
        )
    } else {
        (quote!(#ty), quote!(#name))
    }
}

/// How a field with a `serialize_with` of its own is written where it is optional.
fn written(
    field: &Field,
    serde: &Serde,
    private: &crate::path::Private,
) -> (Option<Attribute>, Option<TokenStream>) {
    let function = match (serde.path("serialize_with"), serde.path("with")) {
        (Some(path), _) => quote!(#path),
        (None, Some(module)) => quote!(#module::serialize),
        (None, None) => return (None, None),
    };
    let Some(name) = &field.ident else { return (None, None) };
    let ty = ty::present(&field.ty);
    let optional = ty::inner(&field.ty, "Option").is_some();
    let helper = format_ident!("__apply_{}", name);
    let value = if optional { quote!(value) } else { quote!(present) };
    let text = helper.to_string();
    (
        Some(parse_quote!(#[serde(serialize_with = #text)])),
        Some(quote! {
            #[doc(hidden)]
            fn #helper<S: #private::serde::Serializer>(
                value: &::core::option::Option<#ty>,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                match value {
                    ::core::option::Option::Some(present) => {
                        let _ = present;
                        #function(#value, serializer)
                    }
                    ::core::option::Option::None => serializer.serialize_none(),
                }
            }
        }),
    )
}

/// The field's doc comment, or one that names it: users may deny missing documentation.
fn documentation(field: &Field) -> Vec<Attribute> {
    let written: Vec<_> =
        field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect();
    if !written.is_empty() {
        return written;
    }
    let text = format!(
        " The field `{}`.",
        field.ident.as_ref().map(ToString::to_string).unwrap_or_default()
    );
    vec![parse_quote!(#[doc = #text])]
}

fn is_shared(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde")
        && Serde::read(std::slice::from_ref(attribute)).has_any(&SHARED)
}
