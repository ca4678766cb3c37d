//! A type in, what a structural schema cannot say about it out.

use syn::{Data, DataEnum, DeriveInput, Fields, GenericParam};

use super::{Serde, storable};
use crate::report::Report;

const OURS: &[&str] = &["crate", "remote"];
const CONVERSIONS: &[&str] = &["from", "try_from", "into"];

/// Notes every mistake in the shape of `item`.
pub(super) fn shape(item: &DeriveInput, serde: &Serde, report: &mut Report) {
    for (name, meta) in serde.given(OURS) {
        report.at(
            meta,
            format!("`serde({name})` is set by this derive; leave it out, or write `#[resource(serde = own)]` and derive serde's traits yourself"),
        );
    }
    for (name, meta) in serde.given(CONVERSIONS) {
        report.at(
            meta,
            format!("`serde({name})` hides what is stored from the schema; write `#[resource(serde = own)]` and implement the traits yourself"),
        );
    }
    for parameter in &item.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            report.at(
                lifetime,
                "a stored type owns its data; use `String` or `Cow<'static, str>` in place of a borrowed field",
            );
        }
    }
    match &item.data {
        Data::Struct(data) => fields(&data.fields, &item.ident, "struct", report),
        Data::Enum(data) => variants(data, item, serde, report),
        Data::Union(data) => {
            report.at(data.union_token, "a union has no schema; use an enum");
        }
    }
}

/// Ours are on types and on fields, so one on a variant would be lost.
pub(super) fn variants_without_attributes(item: &DeriveInput, report: &mut Report) {
    let Data::Enum(data) = &item.data else { return };
    for attribute in data.variants.iter().flat_map(|variant| &variant.attrs) {
        if attribute.path().is_ident("resource") {
            report.at(
                attribute,
                "a variant has no attributes of `resource`; put it on a field of the variant, or use `serde(..)`",
            );
        }
    }
}

/// With serde and schemars in the user's hands, what a field says to us would be lost.
pub(super) fn fields_without_attributes(item: &DeriveInput, report: &mut Report) {
    let Data::Struct(data) = &item.data else { return };
    for attribute in data.fields.iter().flat_map(|field| &field.attrs) {
        if attribute.path().is_ident("resource") {
            report.at(
                attribute,
                "with `serde = own` nothing of this is derived; say it with `serde(..)` and `schemars(..)`",
            );
        }
    }
}

/// How a field is written is known to its `with` only, so the schema has to be told.
pub(super) fn written_elsewhere(field: &syn::Field, serde: &Serde, report: &mut Report) {
    if Serde::of_schemars(&field.attrs).has_any(&["with", "schema_with", "skip"]) {
        return;
    }
    for (_, meta) in serde.given(&["with"]) {
        report.at(
            meta,
            "what is written in a way of its own is not known to the schema; add `#[schemars(with = \"String\")]`, with the type that is written",
        );
    }
}

fn fields(fields: &Fields, owner: &syn::Ident, what: &str, report: &mut Report) {
    match fields {
        Fields::Named(_) => {}
        Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 => {}
        Fields::Unnamed(unnamed) => report.at(
            unnamed,
            format!("a {what} of unnamed fields would be stored as a list of mixed types, which a structural schema cannot describe; name the fields"),
        ),
        Fields::Unit => report.at(
            owner,
            format!("a {what} without fields would be stored as null; write `{owner} {{}}`"),
        ),
    }
}

fn variants(data: &DataEnum, item: &DeriveInput, serde: &Serde, report: &mut Report) {
    if data.variants.is_empty() {
        report.at(&item.ident, "an enum without variants has no value; give it at least one");
    }
    let units = data.variants.iter().filter(|variant| matches!(variant.fields, Fields::Unit));
    if serde.has("untagged") {
        storable::untagged(data, report);
    }
    let tagged = serde.has_any(&["tag", "untagged"]);
    if !tagged && units.clone().count() < data.variants.len() {
        for unit in units {
            report.at(
                unit,
                format!(
                    "`{0}` would be stored as a string and its neighbours as objects, which a structural schema cannot describe; \
                     write `{0} {{}}`, or `#[serde(tag = \"type\")]` on the enum",
                    unit.ident
                ),
            );
        }
    }
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            fields(&variant.fields, &variant.ident, "variant", report);
        }
    }
}
