//! A field `conditions: Vec<Condition>`: merged by the types of its items unless it says otherwise, and empty where it is absent.

use syn::parse_quote;

use super::{ListType, Target};
use crate::schema::Serde;
use crate::ty;

/// How the list is merged when its field does not say. An object from before the field was there is read all the same, but
/// where there must be `some` conditions.
pub(super) fn amend(
    list: Option<ListType>,
    some: bool,
    target: &mut Target<'_>,
) -> Option<ListType> {
    let own = Serde::of_schemars(&target.field.attrs).has_any(&["extend", "with", "schema_with"]);
    let items = ty::inner(ty::present(&target.field.ty), "Vec").and_then(ty::name);
    let called = target.field.ident.as_ref().is_some_and(|ident| *ident == "conditions");
    if own || !called || items.as_deref() != Some("Condition") {
        return list;
    }
    let missing = ty::inner(&target.field.ty, "Vec").is_some() && !some;
    if missing && !target.serde.has_any(&["default", "skip"]) {
        target.field.attrs.push(parse_quote!(#[serde(default)]));
    }
    let key = syn::LitStr::new("type", proc_macro2::Span::call_site());
    Some(list.unwrap_or_else(|| ListType::Map(vec![key])))
}
