//! The object type: metadata, spec and status, and how it is written and read.

use proc_macro2::TokenStream;
use quote::quote;

use crate::path::ALIAS;
use crate::resource::model::Model;

/// The type and its constructors.
pub(super) fn item(model: &Model) -> TokenStream {
    let Model { private, visibility, object, kind, spec, derives, documentation, .. } = model;
    let status = model.status.as_ref().map(|status| {
        quote! {
            #[doc = " What was observed; absent until somebody reports it."]
            pub status: ::core::option::Option<#status>,
        }
    });
    let documentation = if documentation.is_empty() {
        let text = format!(" An object of kind {kind}.");
        quote!(#[doc = #text])
    } else {
        quote!(#(#documentation)*)
    };
    let no_status = model.status.as_ref().map(|_| quote!(status: ::core::option::Option::None,));
    let apply = model.apply();
    quote! {
        #documentation
        #[derive(::core::clone::Clone, ::core::fmt::Debug, #(#derives),*)]
        #visibility struct #object {
            #[doc = " Name, labels, owners and all else that every object has."]
            pub metadata: #private::ObjectMeta,
            #[doc = " What is wanted."]
            pub spec: #spec,
            #status
        }

        #[automatically_derived]
        impl #object {
            #[doc = " An object of this name; the namespace is the one that it is created in."]
            #[must_use]
            pub fn new(name: impl ::core::convert::Into<::std::string::String>, spec: #spec) -> Self {
                Self { metadata: #private::named(name), spec, #no_status }
            }

            #[doc = " What to apply to the object of this name: only what is set is ours."]
            pub fn named(name: impl ::core::convert::Into<::std::string::String>) -> #apply {
                #apply { metadata: #private::named(name), spec: ::core::default::Default::default(), #no_status }
            }
        }
    }
}

/// How the object is written and read.
pub(super) fn wire(model: &Model) -> TokenStream {
    let Model { object, spec, .. } = model;
    let (reported, observed, status) = match &model.status {
        Some(status) => {
            (quote!(self.status.as_ref()), Some(quote!(status: envelope.status,)), quote!(#status))
        }
        None => (quote!(#ALIAS::NO_STATUS), None, quote!(#ALIAS::NoStatus)),
    };
    quote! {
        #[automatically_derived]
        impl #ALIAS::serde::Serialize for #object {
            fn serialize<S: #ALIAS::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #ALIAS::seal::<Self, _, _, _>(&self.metadata, &self.spec, #reported, serializer)
            }
        }

        #[automatically_derived]
        impl<'de> #ALIAS::serde::Deserialize<'de> for #object {
            fn deserialize<D: #ALIAS::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let envelope = #ALIAS::open::<Self, #spec, #status, _>(deserializer)?;
                ::core::result::Result::Ok(Self {
                    metadata: envelope.metadata,
                    spec: envelope.spec,
                    #observed
                })
            }
        }
    }
}
