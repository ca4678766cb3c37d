//! `owns(Deployment, Service)`: the kinds that the controller makes for its object.

use syn::punctuated::Punctuated;
use syn::{Token, Type};

use super::Attribute;
use crate::ty;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "owns",
    usage: "owns(Deployment, Service)",
    repeats: true,
    read: |given, input| {
        let kinds = given.has(Punctuated::<Type, Token![,]>::parse_terminated)?;
        for kind in kinds {
            let text = ty::text(&kind);
            if input.owns.iter().any(|known| ty::text(known) == text) {
                return Err(syn::Error::new_spanned(&kind, format!("`{text}` is owned twice")));
            }
            input.owns.push(kind);
        }
        Ok(())
    },
};
