//! The attributes of a field: one file each, which checks it and amends the hidden copy.

pub(super) mod about;
mod conditions;
mod default;
mod format;
mod granularity;
mod immutable;
mod items;
mod limits;
mod list_type;
mod open;
mod optional;
mod values;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Field, Generics, parse_quote};

use super::Serde;
use super::input::FieldAttributes;
use crate::report::Report;

pub(crate) use about::ExternalDocs;
pub(crate) use granularity::Granularity;
pub(crate) use limits::Limits;
pub(crate) use list_type::ListType;

use limits::Limited;
use open::Open;

/// A field of the hidden copy, while attributes amend it.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) field: &'a mut Field,
    /// Its name among the helpers' names.
    pub(super) name: String,
    /// Its name in JSON, if it is a field of a struct and has one of its own.
    pub(super) wire_name: Option<String>,
    /// What serde was told by the user.
    pub(super) serde: Serde,
    pub(super) generics: &'a Generics,
    /// `"keyword" = value` for the schema.
    pub(super) extensions: Vec<TokenStream>,
    /// What the server checks of the field, beside what its type says.
    pub(super) rules: Vec<TokenStream>,
    /// Functions beside the copy.
    pub(super) helpers: &'a mut Vec<TokenStream>,
}

/// Hands every attribute to its file, and gives back the rule that the field asks of its struct. The pattern has no
/// `..`: the compiler asks for the new one.
pub(super) fn amend(
    attributes: FieldAttributes,
    mut target: Target<'_>,
    report: &mut Report,
) -> Option<TokenStream> {
    let FieldAttributes {
        default,
        example,
        limits,
        items,
        nullable,
        immutable,
        preserve_unknown_fields,
        embedded_resource,
        int_or_string,
        list_type,
        unique,
        map_type,
        struct_type,
        rules,
        title,
        external_docs,
        print_column,
        selectable,
    } = attributes;
    optional::amend(nullable, &mut target, report);
    let limited = Limited { what: "this field", ty: &target.field.ty, default: default.as_ref() };
    target.extensions.extend(limits.keywords(limited, report));
    items::amend(items.as_ref(), &mut target, report);
    let list_type = list_type::unique(list_type, unique, &target, report);
    let list_type = if default.is_some() {
        list_type
    } else {
        conditions::amend(list_type, limits.asks_for_items(), &mut target)
    };
    list_type::amend(list_type.as_ref(), &mut target, report);
    granularity::amend(map_type, struct_type, &mut target, report);
    let open = Open { preserve_unknown_fields, embedded_resource, int_or_string };
    open::amend(open, &mut target, report);
    default::amend(default.as_ref(), &mut target, report);
    target.extensions.extend(about::keywords(title.as_ref(), external_docs.as_ref()));
    target.extensions.extend(example.map(|example| quote!("example" = #example)));
    target.extensions.extend(
        print_column.map(|column| column.on_field(report)).map(|c| quote!("x-kube-column" = #c)),
    );
    target.extensions.extend(selectable.then(|| quote!("x-kube-selectable" = true)));
    target.rules.extend(rules.iter().map(|rule| rule.json(report)));
    let of_struct = immutable::amend(immutable, &mut target, report);
    let rules = &target.rules;
    if !rules.is_empty() {
        target.extensions.push(quote!("x-kube-rules" = [#(#rules),*]));
    }
    let extensions = &target.extensions;
    if !extensions.is_empty() {
        target.field.attrs.push(parse_quote!(#[schemars(extend(#(#extensions),*))]));
    }
    of_struct
}

/// An expression as it stands: darling would read the text of a string as code.
pub(super) fn expression(meta: &syn::Meta) -> darling::Result<Option<Expr>> {
    darling::util::parse_expr::preserve_str_literal(meta).map(Some)
}
