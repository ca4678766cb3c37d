//! The object type: metadata, spec and status, and how it is written and read.

use proc_macro2::TokenStream;
use quote::quote;

use crate::resource::model::Model;

pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { private, visibility, kind, spec, derives, documentation, .. } = model;
    let serde = quote!(#private::serde);
    let status = model.status.as_ref().map(|status| {
        quote! {
            #[doc = "What was observed; absent until somebody reports it."]
            pub status: ::core::option::Option<#status>,
        }
    });
    let documentation = if documentation.is_empty() {
        let text = format!("An object of kind {kind}.");
        quote!(#[doc = #text])
    } else {
        quote!(#(#documentation)*)
    };
    let (reported, no_status, observed) = if model.status.is_some() {
        (
            quote!(self.status.as_ref()),
            quote!(status: ::core::option::Option::None,),
            quote!(status: envelope.status,),
        )
    } else {
        (quote!(::core::option::Option::None::<&#private::NoStatus>), quote!(), quote!())
    };
    let status_type =
        model.status.as_ref().map_or_else(|| quote!(#private::NoStatus), |s| quote!(#s));
    let apply = model.apply();
    quote! {
        #documentation
        #[derive(::core::clone::Clone, ::core::fmt::Debug, #(#derives),*)]
        #visibility struct #kind {
            #[doc = "Name, labels, owners and all else that every object has."]
            pub metadata: #private::ObjectMeta,
            #[doc = "What is wanted."]
            pub spec: #spec,
            #status
        }

        #[automatically_derived]
        impl #kind {
            #[doc = "An object of this name; the namespace is the one that it is created in."]
            #[must_use]
            pub fn new(name: impl ::core::convert::Into<::std::string::String>, spec: #spec) -> Self {
                Self { metadata: #private::named(name), spec, #no_status }
            }

            #[doc = "What to apply to the object of this name: only what is set is ours."]
            #[must_use]
            pub fn named(name: impl ::core::convert::Into<::std::string::String>) -> #apply {
                #apply { metadata: #private::named(name), spec: ::core::default::Default::default() }
            }
        }

        #[automatically_derived]
        impl #serde::Serialize for #kind {
            fn serialize<S: #serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #private::seal::<Self, _, _, _>(&self.metadata, &self.spec, #reported, serializer)
            }
        }

        #[automatically_derived]
        impl<'de> #serde::Deserialize<'de> for #kind {
            fn deserialize<D: #serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let envelope = #private::open::<Self, #spec, #status_type, _>(deserializer)?;
                ::core::result::Result::Ok(Self {
                    metadata: envelope.metadata,
                    spec: envelope.spec,
                    #observed
                })
            }
        }
    }
}
