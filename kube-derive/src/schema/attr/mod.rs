//! The attributes of a field: one file each, which checks it and amends the hidden copy.

mod conditions;
mod default;
mod limits;
mod list_type;
mod open;
mod optional;

use proc_macro2::TokenStream;
use syn::{Field, Generics, parse_quote};

use super::Serde;
use super::input::FieldAttributes;
use crate::report::Report;

pub(crate) use list_type::ListType;

/// A field of the hidden copy, while attributes amend it.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) field: &'a mut Field,
    /// Its name among the helpers' names.
    pub(super) name: String,
    /// What serde was told by the user.
    pub(super) serde: Serde,
    pub(super) generics: &'a Generics,
    /// `"keyword" = value` for the schema.
    pub(super) extensions: Vec<TokenStream>,
    /// Functions beside the copy.
    pub(super) helpers: &'a mut Vec<TokenStream>,
}

/// Hands every attribute to its file. The pattern has no `..`: the compiler asks for the new one.
pub(super) fn amend(attributes: FieldAttributes, mut target: Target<'_>, report: &mut Report) {
    let FieldAttributes {
        default,
        minimum,
        maximum,
        min_length,
        max_length,
        min_items,
        max_items,
        pattern,
        nullable,
        preserve_unknown_fields,
        list_type,
    } = attributes;
    optional::amend(nullable, &mut target, report);
    limits::number(minimum.as_ref(), maximum.as_ref(), default.as_ref(), &mut target, report);
    limits::length(min_length.as_ref(), max_length.as_ref(), &mut target, report);
    limits::items(min_items.as_ref(), max_items.as_ref(), &mut target, report);
    limits::pattern(pattern.as_ref(), &mut target, report);
    let list_type =
        if default.is_some() { list_type } else { conditions::amend(list_type, &mut target) };
    list_type::amend(list_type.as_ref(), &mut target, report);
    open::amend(preserve_unknown_fields, &mut target);
    default::amend(default.as_ref(), &mut target, report);
    let extensions = &target.extensions;
    if !extensions.is_empty() {
        target.field.attrs.push(parse_quote!(#[schemars(extend(#(#extensions),*))]));
    }
}
