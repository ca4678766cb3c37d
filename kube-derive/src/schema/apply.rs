//! The fields of a type in; those of its apply type out: every one optional, a setter each, and only what is set is written.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Data, Field, Fields, Generics, Type, parse_quote};

use super::{Model, Serde};
use crate::path::{ALIAS, Private};
use crate::ty::{self, Shape};

/// serde's attributes that mean the same on an optional field.
const SHARED: [&str; 2] = ["rename", "flatten"];

/// What an apply type is made of.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) fields: Vec<TokenStream>,
    pub(crate) setters: Vec<TokenStream>,
    /// Functions that the fields' attributes name.
    pub(crate) helpers: Vec<TokenStream>,
    /// The fields' names.
    pub(crate) names: Vec<Ident>,
    /// Whether the apply type is read too, as what was applied.
    read: bool,
    /// Whether there was a field that is written into its owner.
    flattened: bool,
}

impl Parts {
    /// The parts of the apply type of `owner`, which has these fields; a setter finds them in `place`, as `self.spec`.
    pub(crate) fn of(
        (owner, generics): (&Ident, &Generics),
        fields: &[Field],
        place: &TokenStream,
        private: &Private,
    ) -> Self {
        Self::default().with((owner, generics), fields, place, private)
    }

    /// The same of an apply type that is read too.
    pub(crate) fn read_too(
        owner: (&Ident, &Generics),
        fields: &[Field],
        place: &TokenStream,
        private: &Private,
    ) -> Self {
        Self { read: true, ..Self::default() }.with(owner, fields, place, private)
    }

    fn with(
        mut self,
        owner: (&Ident, &Generics),
        fields: &[Field],
        place: &TokenStream,
        private: &Private,
    ) -> Self {
        for field in fields {
            self.add(owner, field, place, private);
        }
        self
    }

    /// One field; a field that is never written has no part.
    fn add(
        &mut self,
        owner: (&Ident, &Generics),
        field: &Field,
        place: &TokenStream,
        private: &Private,
    ) {
        let serde = Serde::read(&field.attrs);
        let Some(name) = &field.ident else { return };
        if serde.has_any(&["skip", "skip_serializing"]) {
            return;
        }
        let ty = ty::present(&field.ty);
        let documentation = documentation(field);
        let shared: Vec<_> = serde.given(&SHARED).map(|(_, meta)| meta).collect();
        let shared = (!shared.is_empty()).then(|| quote!(#[serde(#(#shared),*)]));
        let (written, helper) = written(owner, field, &serde, private);
        let read = self.read.then(|| self.reading(owner.0, field, &serde, private)).flatten();
        let skip = (!serde.has("flatten"))
            .then(|| quote!(#[serde(skip_serializing_if = "::core::option::Option::is_none")]));
        let form = if written.is_some() { Form::Plain(ty) } else { Form::of(ty) };
        let (stored, parameter) = (form.stored(private), form.parameter(private));
        let value = form.value(&quote!(#name), private);
        self.fields.push(quote! {
            #(#documentation)*
            #shared
            #written
            #read
            #skip
            pub #name: ::core::option::Option<#stored>
        });
        self.setters.push(quote! {
            #(#documentation)*
            pub fn #name(mut self, #name: #parameter) -> Self {
                #place.#name = ::core::option::Option::Some(#value);
                self
            }
        });
        self.helpers.extend(helper);
        self.names.push(name.clone());
    }
}

impl Parts {
    /// How a field is read that is not read as its type is.
    fn reading(
        &mut self,
        owner: &Ident,
        field: &Field,
        serde: &Serde,
        private: &Private,
    ) -> Option<TokenStream> {
        // All that is left is the first one's.
        let taken = serde.has("flatten") && std::mem::replace(&mut self.flattened, true);
        if taken || serde.has("skip_deserializing") {
            return Some(quote!(#[serde(skip_deserializing)]));
        }
        let function = match (serde.path("deserialize_with"), serde.path("with")) {
            (Some(path), _) => quote!(#path),
            (None, Some(module)) => quote!(#module::deserialize),
            (None, None) => return None,
        };
        let name = field.ident.as_ref()?;
        let ty = ty::present(&field.ty);
        let helper = format_ident!("__applied_{}_{}", owner.to_string().to_lowercase(), name);
        let text = helper.to_string();
        let present = ty::inner(&field.ty, "Option")
            .is_none()
            .then(|| quote!(.map(::core::option::Option::Some)));
        self.helpers.push(quote! {
            #[doc(hidden)]
            fn #helper<'de, D: #private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<::core::option::Option<#ty>, D::Error> {
                #function(deserializer)#present
            }
        });
        Some(quote!(#[serde(deserialize_with = #text)]))
    }
}

/// How a value is given to a setter and kept: what may have an apply type of its own is taken as that too, at whatever depth.
#[derive(Debug)]
enum Form<'a> {
    /// As it is; a bare `3` would otherwise be an `i32`.
    Plain(&'a Type),
    Text(&'a Type),
    Part(&'a Type),
    List(Box<Self>),
    Map(&'a Type, Box<Self>),
}

impl<'a> Form<'a> {
    fn of(ty: &'a Type) -> Self {
        if let Some(inner) = ty::inner(ty, "Box") {
            return Self::of(inner);
        }
        if ty::inner(ty, "Option").is_some() {
            return Self::Plain(ty);
        }
        let name = ty::name(ty);
        match ty::shape(ty) {
            Shape::Text => Self::Text(ty),
            Shape::Other if name.as_deref().is_some_and(|name| name != "char") => Self::Part(ty),
            Shape::List => match ty::item(ty).map(Self::of) {
                Some(Self::Text(_)) if name.as_deref() != Some("Vec") => Self::Plain(ty),
                Some(Self::Plain(_)) | None => Self::Plain(ty),
                Some(item) => Self::List(Box::new(item)),
            },
            Shape::Map => match (ty::key(ty), ty::item(ty).map(Self::of)) {
                (_, Some(Self::Plain(_) | Self::Text(_)) | None) | (None, _) => Self::Plain(ty),
                (Some(key), Some(item)) => Self::Map(key, Box::new(item)),
            },
            _ => Self::Plain(ty),
        }
    }

    fn stored(&self, private: &Private) -> TokenStream {
        match self {
            Self::Plain(ty) | Self::Text(ty) => quote!(#ty),
            Self::Part(ty) => quote!(#private::Wanted<#ty>),
            Self::List(item) => {
                let item = item.stored(private);
                quote!(::std::vec::Vec<#item>)
            }
            Self::Map(key, item) => {
                let item = item.stored(private);
                quote!(::std::collections::BTreeMap<#key, #item>)
            }
        }
    }

    fn parameter(&self, private: &Private) -> TokenStream {
        let bounds = match self {
            Self::Plain(ty) => return quote!(#ty),
            _ => self.bounds(private),
        };
        quote!(impl #bounds)
    }

    fn bounds(&self, private: &Private) -> TokenStream {
        match self {
            Self::Plain(ty) | Self::Text(ty) => quote!(::core::convert::Into<#ty>),
            Self::Part(ty) => quote!(#private::PartOf<#ty>),
            Self::List(item) => {
                let item = item.bounds(private);
                quote!(::core::iter::IntoIterator<Item: #item>)
            }
            Self::Map(key, item) => {
                let item = item.parameter(private);
                quote!(::core::iter::IntoIterator<Item = (#key, #item)>)
            }
        }
    }

    fn value(&self, given: &TokenStream, private: &Private) -> TokenStream {
        match self {
            Self::Plain(_) => given.clone(),
            Self::Text(_) => quote!(#given.into()),
            Self::Part(_) => quote!(#private::PartOf::wanted(#given)),
            Self::List(item) => {
                let mapped = item.function(private);
                quote!(#given.into_iter().map(#mapped).collect())
            }
            Self::Map(_, item) => {
                let value = item.value(&quote!(value), private);
                quote!(#given.into_iter().map(|(key, value)| (key, #value)).collect())
            }
        }
    }

    fn function(&self, private: &Private) -> TokenStream {
        match self {
            Self::Text(_) => quote!(::core::convert::Into::into),
            Self::Part(_) => quote!(#private::PartOf::wanted),
            _ => {
                let value = self.value(&quote!(item), private);
                quote!(|item| #value)
            }
        }
    }
}

/// The apply type of a struct with named fields; nothing for other types.
pub(super) fn items(model: &Model) -> TokenStream {
    let Model { private, ident, generics, visibility, copy, .. } = model;
    let Data::Struct(data) = &copy.data else { return TokenStream::new() };
    let Fields::Named(named) = &data.fields else { return TokenStream::new() };
    if named.named.is_empty() {
        return TokenStream::new();
    }
    let apply = format_ident!("{ident}Apply");
    let own: Vec<_> = named.named.iter().cloned().collect();
    let Parts { fields, setters, helpers, names, .. } =
        Parts::of((ident, generics), &own, &quote!(self), private);
    let serde_path = private.text("serde");
    let renaming = Serde::read(&copy.attrs).meta("rename_all").cloned();
    let (implemented, arguments, bounds) = generics.split_for_impl();
    let taken = taken(model, &apply);
    let about = format!(" A [`{ident}`] to apply: a field that is not set stays as it is.");
    let nothing = (!names.iter().any(|name| name == "new")).then(|| {
        quote! {
            #[doc = " Nothing is set yet."]
            pub fn new() -> Self {
                ::core::default::Default::default()
            }
        }
    });
    quote! {
        #[doc = #about]
        #[derive(::core::clone::Clone, ::core::fmt::Debug, #private::serde::Serialize)]
        #[serde(crate = #serde_path, #renaming)]
        #[must_use = "it changes nothing until it is applied"]
        #[allow(dead_code, private_interfaces, reason = "it is there for whoever applies a part")]
        #visibility struct #apply #generics #bounds { #(#fields,)* }

        #[automatically_derived]
        #[allow(dead_code, private_interfaces, reason = "it is there for whoever applies a part")]
        impl #implemented #apply #arguments #bounds { #nothing #(#setters)* }

        #[automatically_derived]
        impl #implemented ::core::default::Default for #apply #arguments #bounds {
            fn default() -> Self {
                Self { #(#names: ::core::option::Option::None,)* }
            }
        }

        #(#helpers)*
        #taken
    }
}

/// What has it taken where the struct is.
fn taken(model: &Model, apply: &Ident) -> TokenStream {
    let Model { private, ident, generics, .. } = model;
    let generics = super::expand::bounded(generics, &parse_quote!(#ALIAS::serde::Serialize));
    let (implemented, arguments, bounds) = generics.split_for_impl();
    private.block(&quote! {
        #[automatically_derived]
        impl #implemented #ALIAS::PartOf<#ident #arguments> for #apply #arguments #bounds {
            fn wanted(self) -> #ALIAS::Wanted<#ident #arguments> {
                #ALIAS::Wanted::of(&self)
            }
        }
    })
}

/// How a field with a `serialize_with` of its own is written where it is optional.
fn written(
    (owner, generics): (&Ident, &Generics),
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
    let bounds = &generics.where_clause;
    let parameters = generics.params.iter().map(|parameter| quote!(#parameter,));
    let parameters: TokenStream = parameters.collect();
    (
        Some(parse_quote!(#[serde(serialize_with = #text)])),
        Some(quote! {
            #[doc(hidden)]
            fn #helper<#parameters S: #private::serde::Serializer>(
                value: &::core::option::Option<#ty>,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> #bounds {
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
