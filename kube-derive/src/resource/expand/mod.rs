//! What the user gets: one generated item a file.

pub(super) mod apply;
mod definition;
pub(super) mod methods;
mod object;
mod test;
pub(super) mod traits;
mod versions;

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Model;
use crate::schema;

/// Every item; `clean` is false where the struct had mistakes, and then what could fail again is
/// left out.
pub(super) fn all(model: &Model, clean: bool) -> TokenStream {
    let schema = (!model.own_serde).then(|| schema::implementations(&model.schema, clean));
    let object = object::item(model);
    let apply = apply::items(model);
    let methods = methods::items(&model.private, &model.visibility, &model.object, &model.methods);
    let parts = [
        object::wire(model),
        traits::expand(model),
        definition::expand(model),
        apply::traits(model),
        versions::checks(model, clean),
    ];
    let tests = clean.then(|| test::expand(model)).flatten();
    let implementations = model.private.block(&quote!(#(#parts)*));
    quote!(#schema #object #apply #methods #implementations #tests)
}
