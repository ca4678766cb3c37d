//! The apply type: every field optional, a setter each, and only what is set is written.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::path::ALIAS;
use crate::resource::model::Model;
use crate::schema::Parts;

/// The apply types of the object and of its spec, with their setters.
pub(super) fn items(model: &Model) -> TokenStream {
    let Model { private, visibility, object, spec, renaming, .. } = model;
    let (apply, spec_apply) = (model.apply(), model.spec_apply());
    let serde_path = private.text("serde");
    let Parts { fields, setters, helpers, names, .. } =
        Parts::read_too((spec, &model.schema.generics), &model.fields, &quote!(self.spec), private);
    let (status, status_setter) = status(model, &names);
    let about = format!(" What to apply to a {object}: a field that is not set stays as it is.");
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
            #status
        }

        #[doc = #about_spec]
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::default::Default,
            #private::serde::Deserialize,
            #private::serde::Serialize
        )]
        #[serde(crate = #serde_path, default, #renaming)]
        #visibility struct #spec_apply { #(#fields,)* }

        #[automatically_derived]
        impl #apply { #(#setters)* #status_setter }

        #(#helpers)*
    }
}

/// The field of the status and its setter; where a field of the spec is called so, its setter has the name.
fn status(model: &Model, names: &[Ident]) -> (Option<TokenStream>, Option<TokenStream>) {
    let private = &model.private;
    let Some(status) = &model.status else { return (None, None) };
    let about =
        " What was observed; heeded only where the status is applied: `api.status().apply(..)`.";
    let field = quote! {
        #[doc = #about]
        pub status: ::core::option::Option<#private::Wanted<#status>>,
    };
    let setter = quote! {
        #[doc = #about]
        pub fn status(
            mut self,
            status: impl #private::PartOf<#status>,
        ) -> Self {
            self.status = ::core::option::Option::Some(#private::PartOf::wanted(status));
            self
        }
    };
    (Some(field), (!names.iter().any(|name| name == "status")).then_some(setter))
}

/// What makes the apply type one.
pub(super) fn traits(model: &Model) -> TokenStream {
    let object = &model.object;
    let (status, read) = match &model.status {
        Some(_) => (quote!(self.status.as_ref()), Some(quote!(, status))),
        None => (quote!(#ALIAS::NO_STATUS), None),
    };
    let written =
        quote!(#ALIAS::seal::<#object, _, _, _>(&self.metadata, &self.spec, #status, serializer));
    let of = model
        .status
        .is_none()
        .then(|| quote!(let _: ::core::option::Option<#ALIAS::NoStatus> = status;));
    let read = quote! {
        let (metadata, spec, status) = #ALIAS::open_applied(owned)?;
        #of
        ::core::result::Result::Ok(Self { metadata, spec #read })
    };
    traits_of(object, &model.apply(), &written, &read)
}

/// What makes `apply` the apply type of `kind`, when it is written and read so.
pub(in crate::resource) fn traits_of(
    kind: &Ident,
    apply: &Ident,
    written: &TokenStream,
    read: &TokenStream,
) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #ALIAS::serde::Serialize for #apply {
            fn serialize<S: #ALIAS::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #written
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
        impl #ALIAS::Extract for #apply {
            fn of_json(
                owned: #ALIAS::serde_json::Value,
            ) -> ::core::result::Result<Self, #ALIAS::serde_json::Error> {
                #read
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
