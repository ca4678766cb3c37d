//! What the user gets: one generated item a file.

mod apply;
mod definition;
mod object;
mod traits;

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Model;
use crate::schema;

/// Every item; `clean` is false where the struct had mistakes, and then what could fail again is
/// left out.
pub(super) fn all(model: &Model, clean: bool) -> TokenStream {
    let object = object::expand(model);
    let traits = traits::expand(model);
    let definition = definition::expand(model);
    let apply = apply::expand(model);
    let schema = (!model.own_serde).then(|| schema::implementations(&model.schema, clean));
    quote!(#schema #object #traits #definition #apply)
}
