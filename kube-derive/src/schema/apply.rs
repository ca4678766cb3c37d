//! The fields of a type in; those of its apply type out: every one optional, a setter each, and only what is set is written.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Field, parse_quote};

use super::Serde;
use crate::path::Private;
use crate::ty;

/// serde's attributes that mean the same on an optional field.
const SHARED: [&str; 2] = ["rename", "flatten"];

/// What an apply type is made of.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) fields: Vec<TokenStream>,
    pub(crate) setters: Vec<TokenStream>,
    /// Functions that the fields' attributes name.
    pub(crate) helpers: Vec<TokenStream>,
}

impl Parts {
    /// The parts of the apply type of `owner`, which has these fields; a setter finds them in `place`, as `self.spec`.
    pub(crate) fn of(
        owner: &Ident,
        fields: &[Field],
        place: &TokenStream,
        private: &Private,
    ) -> Self {
        let mut parts = Self::default();
        for field in fields {
            parts.add(owner, field, place, private);
        }
        parts
    }

    /// One field; a field that is never written has no part.
    fn add(&mut self, owner: &Ident, field: &Field, place: &TokenStream, private: &Private) {
        let serde = Serde::read(&field.attrs);
        let Some(name) = &field.ident else { return };
        if serde.has_any(&["skip", "skip_serializing"]) {
            return;
        }
        let ty = ty::present(&field.ty);
        let documentation = documentation(field);
        let renamed = field.attrs.iter().filter(|attribute| is_shared(attribute));
        let (written, helper) = written(owner, field, &serde, private);
        let skip = (!serde.has("flatten"))
            .then(|| quote!(#[serde(skip_serializing_if = "::core::option::Option::is_none")]));
        let (parameter, value) = parameter(ty, name);
        self.fields.push(quote! {
            #(#documentation)*
            #(#renamed)*
            #written
            #skip
            pub #name: ::core::option::Option<#ty>
        });
        self.setters.push(quote! {
            #(#documentation)*
            pub fn #name(mut self, #name: #parameter) -> Self {
                #place.#name = ::core::option::Option::Some(#value);
                self
            }
        });
        self.helpers.extend(helper);
    }
}

/// The type that a setter takes, and the field's value from it: text is taken as it comes,
/// numbers as they are, since a bare `3` would otherwise be an `i32`.
fn parameter(ty: &syn::Type, name: &Ident) -> (TokenStream, TokenStream) {
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
    owner: &Ident,
    field: &Field,
    serde: &Serde,
    private: &Private,
) -> (Option<Attribute>, Option<TokenStream>) {
    let function = match (serde.path("serialize_with"), serde.path("with")) {
        (Some(path), _) => quote!(#path),
        (None, Some(module)) => quote!(#module::serialize),
        (None, None) => return (None, None),
    };
    let Some(name) = &field.ident else { return (None, None) };
    let ty = ty::present(&field.ty);
    let optional = ty::inner(&field.ty, "Option").is_some();
    let helper = format_ident!("__apply_{}_{}", owner.to_string().to_lowercase(), name);
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
