//! `immutable`: what was set once stays as it is; the server refuses another value, and that it is taken away.

use proc_macro2::TokenStream;
use quote::quote;

use super::Target;
use crate::report::Report;
use crate::schema::rule::escaped;
use crate::ty;

/// Adds the rule of the field; gives back that of its struct, where the field may be absent.
pub(super) fn amend(
    immutable: bool,
    target: &mut Target<'_>,
    report: &mut Report,
) -> Option<TokenStream> {
    if !immutable {
        return None;
    }
    let Some(name) = &target.wire_name else {
        report.at(
            &target.field.ty,
            "`immutable` is of a field with a name of its own; write a `rule(cel = \"..\")` on the type",
        );
        return None;
    };
    let message = format!("{name} is immutable");
    target.rules.push(quote!({ "rule": "self == oldSelf", "message": #message }));
    let absent = ty::inner(&target.field.ty, "Option").is_some() || target.serde.has("default");
    absent.then(|| {
        let name = escaped(name);
        let cel = format!("!has(oldSelf.{name}) || has(self.{name})");
        quote!({ "rule": #cel, "message": #message })
    })
}
