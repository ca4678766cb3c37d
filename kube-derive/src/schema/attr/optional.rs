//! `Option` fields and `nullable`: an absent value is left out of what is written; `nullable`
//! writes and allows null.

use quote::quote;
use syn::parse_quote;

use super::Target;
use crate::report::Report;
use crate::ty;

pub(super) fn amend(nullable: bool, target: &mut Target<'_>, report: &mut Report) {
    let optional = ty::inner(&target.field.ty, "Option").is_some();
    match (optional, nullable) {
        (true, true) => target.extensions.push(quote!("nullable" = true)),
        (false, true) => {
            report.at(&target.field.ty, "only an `Option` can be null; write `Option<..>`");
        }
        (true, false)
            if !target.serde.has_any(&[
                "skip_serializing_if",
                "skip",
                "skip_serializing",
                "flatten",
            ]) =>
        {
            // The API server drops a null that the schema does not allow.
            target.field.attrs.push(
                parse_quote!(#[serde(skip_serializing_if = "::core::option::Option::is_none")]),
            );
            if target.serde.has_any(&["with", "deserialize_with"]) && !target.serde.has("default") {
                target.field.attrs.push(parse_quote!(#[serde(default)]));
            }
        }
        _ => {}
    }
}
