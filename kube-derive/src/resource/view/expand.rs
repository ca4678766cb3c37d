//! What the user gets for a view: how it is written and read, its apply type, and what makes it a kind.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Model;
use crate::path::ALIAS;
use crate::resource::expand::apply;
use crate::resource::expand::methods;
use crate::resource::expand::traits::cluster_scoped;
use crate::resource::expand::traits::has_status;
use crate::schema::{self, Parts};

/// Every item; `clean` is false where the struct had mistakes, and then what could fail again is left out.
pub(super) fn all(model: &Model, clean: bool) -> TokenStream {
    if !model.schema.generics.params.is_empty() {
        return TokenStream::new();
    }
    let wire = if clean { wire(model) } else { schema::traits_alone(&model.schema) };
    let types = apply_types(model);
    let (kind, apply) = (&model.ident, model.apply());
    let written =
        quote!(#ALIAS::seal_fields::<#kind, _, _>(&self.metadata, &self.fields, serializer));
    let read = quote! {
        let (metadata, fields) = #ALIAS::open_fields(owned)?;
        ::core::result::Result::Ok(Self { metadata, fields })
    };
    let methods = methods::items(&model.private, &model.visibility, kind, &model.methods);
    let parts = [wire, traits(model, clean), apply::traits_of(kind, &apply, &written, &read)];
    let implementations = model.private.block(&quote!(#(#parts)*));
    quote!(#types #methods #implementations)
}

/// By way of the copy, with `apiVersion` and `kind` around it.
fn wire(model: &Model) -> TokenStream {
    let (kind, hidden) = (&model.ident, &model.schema.copy.ident);
    let copy = schema::copy_without_schema(&model.schema);
    quote! {
        #copy

        #[automatically_derived]
        impl #ALIAS::View for #kind {
            fn write_fields<S: #ALIAS::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #hidden::serialize(self, serializer)
            }
        }

        #[automatically_derived]
        impl #ALIAS::serde::Serialize for #kind {
            fn serialize<S: #ALIAS::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #ALIAS::seal_view(self, serializer)
            }
        }

        #[automatically_derived]
        impl<'de> #ALIAS::serde::Deserialize<'de> for #kind {
            fn deserialize<D: #ALIAS::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                #hidden::deserialize(#ALIAS::Opening::<Self, D>::new(deserializer))
            }
        }
    }
}

fn apply_types(model: &Model) -> TokenStream {
    let Model { private, visibility, ident, renaming, .. } = model;
    let (apply, fields_apply) = (model.apply(), model.fields_apply());
    let serde_path = private.text("serde");
    let Parts { fields, setters, helpers, .. } = Parts::read_too(
        (ident, &model.schema.generics),
        &model.fields,
        &quote!(self.fields),
        private,
    );
    let what = &model.existing.kind;
    let about = format!(" What to apply to a {what}: a field that is not set stays as it is.");
    let about_fields = format!(" A [`{ident}`] of which every field may be left out.");
    quote! {
        #[automatically_derived]
        impl #ident {
            #[doc = " What to apply to the object of this name: only what is set is ours."]
            pub fn named(name: impl ::core::convert::Into<::std::string::String>) -> #apply {
                #apply { metadata: #private::named(name), fields: ::core::default::Default::default() }
            }
        }

        #[doc = #about]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #[must_use = "it changes nothing until it is applied"]
        #visibility struct #apply {
            #[doc = " Whose name, labels and annotations are applied."]
            pub metadata: #private::ObjectMeta,
            #[doc = " What is wanted."]
            pub fields: #fields_apply,
        }

        #[doc = #about_fields]
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::default::Default,
            #private::serde::Deserialize,
            #private::serde::Serialize
        )]
        #[serde(crate = #serde_path, default, #renaming)]
        #visibility struct #fields_apply { #(#fields,)* }

        #[automatically_derived]
        impl #apply { #(#setters)* }

        #(#helpers)*
    }
}

/// What makes it a kind.
fn traits(model: &Model, clean: bool) -> TokenStream {
    let unreachable = quote!(::core::unreachable!());
    let (metadata, metadata_mut) = if clean {
        (quote!(&self.metadata), quote!(&mut self.metadata))
    } else {
        (unreachable.clone(), unreachable)
    };
    let Model { ident, existing, verbs, .. } = model;
    let super::existing::Existing { group, version, kind, plural, namespaced } = existing;
    let scope = if *namespaced { quote!(Namespaced) } else { quote!(Cluster) };
    let (only, allowed) = (verbs.constant(), verbs.allowed(ident));
    let without_namespaces = cluster_scoped(ident, *namespaced);
    let status = model.status.as_ref().filter(|_| clean).map(|status| has_status(ident, status));
    quote! {
        #[automatically_derived]
        impl #ALIAS::Resource for #ident {
            const RESOURCE: #ALIAS::ApiResource = #ALIAS::ApiResource::of(
                #group,
                #version,
                #kind,
                #plural,
                #ALIAS::Scope::#scope,
            );
            #only
            fn metadata(&self) -> &#ALIAS::ObjectMeta {
                #metadata
            }
            fn metadata_mut(&mut self) -> &mut #ALIAS::ObjectMeta {
                #metadata_mut
            }
        }
        #allowed
        #without_namespaces
        #status
    }
}
