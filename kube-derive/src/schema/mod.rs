//! One struct or enum in; how it is written, read and described out: serde and schemars
//! implementations, by way of a hidden copy that carries the attributes that ours mean.

mod apply;
mod attr;
mod check;
mod column;
mod expand;
mod groups;
mod input;
mod model;
mod name;
mod rule;
mod serde;
mod storable;
mod stored;
mod whole;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::path::{Flavour, Private};
use crate::report::Report;

pub(crate) use apply::Parts;
pub(crate) use column::PrintColumn;
pub(crate) use input::{Owner, TypeAttributes};
pub(crate) use model::Model;
pub(crate) use rule::Rule;
pub(crate) use serde::Serde;
pub(crate) use whole::Whole;

/// The hidden copy with serde's traits alone, for a type that needs no schema.
pub(crate) fn copy_without_schema(model: &Model) -> TokenStream {
    expand::copy_without_schema(model)
}

/// serde's traits without a body, for such a type with mistakes.
pub(crate) fn traits_alone(model: &Model) -> TokenStream {
    expand::fallback(model)
}

/// `#[derive(Schema)]`.
pub(crate) fn derive(tokens: TokenStream, flavour: Flavour) -> TokenStream {
    let item: DeriveInput = match syn::parse2(tokens) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let mut report = Report::default();
    let attributes: TypeAttributes = report.read(&item.attrs);
    let private = Private::of(flavour, attributes.crates.as_ref());
    if attributes.serde == Some(Owner::Own) {
        report.at(
            &item.ident,
            "with `serde = own` there is nothing left to derive: remove `derive(Schema)`, and derive `Serialize`, \
             `Deserialize` and `JsonSchema` yourself",
        );
    }
    let model = Model::new(&item, &attributes.whole, &private, &mut report);
    let clean = report.is_clean();
    let errors = report.into_compile_errors();
    let implementations = implementations(&model, clean);
    let apply = apply::items(&model);
    quote::quote!(#errors #implementations #apply)
}

/// The implementations of a model, or bare ones where `clean` says that it had mistakes.
pub(crate) fn implementations(model: &Model, clean: bool) -> TokenStream {
    if clean { expand::implementations(model) } else { expand::fallback(model) }
}
