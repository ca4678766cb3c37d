//! The attributes of a webhook: those that need more than a line have a file of their own.

mod condition;
mod failure_policy;
mod on;
mod timeout;

use proc_macro2::Ident;
use syn::{Expr, LitStr};

use crate::said::{Attribute, Given, Permission, selector};

/// Everything that the attribute can say.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// On the word itself.
    pub(super) validate: Option<Ident>,
    pub(super) mutate: Option<Ident>,
    /// Variants of `On`.
    pub(crate) on: Vec<Ident>,
    pub(crate) subresource: Option<LitStr>,
    pub(crate) ignores_failure: bool,
    /// In seconds.
    pub(super) timeout: Option<u64>,
    pub(crate) labels: Option<Expr>,
    pub(crate) namespaces: Option<Expr>,
    pub(crate) conditions: Vec<(LitStr, LitStr)>,
    pub(super) reinvoked: bool,
    pub(super) side_effects: bool,
    pub(super) permissions: Vec<Permission>,
}

/// All of them.
pub(crate) const ATTRIBUTES: [Attribute<Input>; 12] = [
    Attribute {
        name: "validate",
        usage: "validate",
        repeats: false,
        read: |given, input| given.word().map(|word| input.validate = Some(word)),
    },
    Attribute {
        name: "mutate",
        usage: "mutate",
        repeats: false,
        read: |given, input| given.word().map(|word| input.mutate = Some(word)),
    },
    on::ATTRIBUTE,
    Attribute {
        name: "subresource",
        usage: "subresource = \"status\"",
        repeats: false,
        read: |given, input| text(given).map(|text| input.subresource = Some(text)),
    },
    failure_policy::ATTRIBUTE,
    timeout::ATTRIBUTE,
    Attribute {
        name: "labels",
        usage: "labels = \"app=web\"",
        repeats: false,
        read: |given, input| {
            let labels = selector::checked(given.is()?, "labels", selector::labels)?;
            input.labels = Some(labels);
            Ok(())
        },
    },
    Attribute {
        name: "namespaces",
        usage: "namespaces = \"team=web\"",
        repeats: false,
        read: |given, input| {
            let labels = selector::checked(given.is()?, "labels of namespaces", selector::labels)?;
            input.namespaces = Some(labels);
            Ok(())
        },
    },
    condition::ATTRIBUTE,
    Attribute {
        name: "reinvoked",
        usage: "reinvoked",
        repeats: false,
        read: |given, input| given.word().map(|_| input.reinvoked = true),
    },
    Attribute {
        name: "side_effects",
        usage: "side_effects",
        repeats: false,
        read: |given, input| given.word().map(|_| input.side_effects = true),
    },
    Attribute {
        name: "permissions",
        usage: "permissions(Secret: get, list, Deployment/scale: patch)",
        repeats: true,
        read: |given, input| Permission::all(given).map(|more| input.permissions.extend(more)),
    },
];

/// The text after `=`.
fn text(given: Given) -> syn::Result<LitStr> {
    let value = given.is()?;
    match &value {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Ok(text.clone()),
        _ => Err(syn::Error::new_spanned(&value, "it is a text")),
    }
}
