//! The tests that the user gets: that a cluster takes the definition, and that it breaks nothing that is stored.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::resource::model::Model;

/// They stand beside the type, as one within a function can be named from there only; the harness does not see it then.
pub(super) fn expand(model: &Model) -> Option<TokenStream> {
    let Model { private, object, names, compatible_with, untested, .. } = model;
    if *untested {
        return None;
    }
    let mut singular = names.singular.replace('-', "_");
    if model.versions.several {
        singular = format!("{singular}_{}", model.version);
    }
    let taken = format_ident!("a_cluster_takes_the_definition_of_{}", singular);
    let compatible = compatible_with.as_ref().map(|path| {
        let name = format_ident!("stored_objects_outlive_the_definition_of_{}", singular);
        quote! {
            #[cfg(test)]
            #[allow(unnameable_test_items, reason = "a kind may be made within a function")]
            #[test]
            fn #name() {
                #private::check_compatible::<#object>(::core::include_str!(::core::concat!(
                    ::core::env!("CARGO_MANIFEST_DIR"), "/", #path
                )));
            }
        }
    });
    Some(quote! {
        #[cfg(test)]
        #[allow(unnameable_test_items, reason = "a kind may be made within a function")]
        #[test]
        fn #taken() {
            #private::check::<#object>();
        }
        #compatible
    })
}
