//! What the struct means: a policy with a name, about a kind, with at least one rule.

use heck::ToSnakeCase as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Fields, Ident, ItemStruct, Type};

use super::attr::Input;
use crate::report::Report;

/// A policy, ready to be expanded.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) ident: Ident,
    /// `OneMast` is `one_mast`.
    pub(super) name: String,
    /// `cfg`s, for everything.
    pub(super) conditions: Vec<Attribute>,
    pub(super) kind: Type,
    pub(super) input: Input,
}

impl Model {
    /// Builds the model; nothing where the kind is not said.
    pub(super) fn new(item: &ItemStruct, input: Input, report: &mut Report) -> Option<Self> {
        if !matches!(item.fields, Fields::Unit) {
            report.at(&item.fields, "a policy has no fields: the API server knows nothing of the program; write `struct OneMast;`");
        }
        if !item.generics.params.is_empty() {
            report.at(&item.generics, "a policy is about one kind, so it has no parameters");
        }
        if input.rules.is_empty() && report.is_clean() {
            report.at(
                &item.ident,
                "a policy without rules is refused by the API server; add `rule(cel = \"..\", message = \"..\")`",
            );
        }
        for (position, variable) in input.variables.iter().enumerate() {
            let name = variable.name.value();
            if input.variables[..position].iter().any(|other| other.name.value() == name) {
                report.at(&variable.name, format!("there are two variables `{name}`; keep one"));
            }
        }
        let Some(kind) = input.kind.clone() else {
            if report.is_clean() {
                report.at(&item.ident, "which kind it is about is not said; add `kind = Kind`");
            }
            return None;
        };
        let conditions = item.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        Some(Self {
            ident: item.ident.clone(),
            name: item.ident.unraw().to_string().to_snake_case(),
            conditions: conditions.cloned().collect(),
            kind,
            input,
        })
    }
}
