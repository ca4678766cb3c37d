//! `owns(Deployment, Service)`: the kinds that the controller makes for its object.

use syn::parse::ParseStream;
use syn::{Expr, Type};

use super::{Attribute, Named};
use crate::ty;

/// A kind, and which of its changes matter.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) kind: Type,
    pub(crate) predicate: Option<Expr>,
}

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "owns",
    usage: "owns(Deployment, Service)",
    repeats: true,
    read: |given, input| {
        let (kinds, named) = given.has(|tokens: ParseStream<'_>| {
            let kinds = super::kinds(tokens)?;
            Ok((kinds, Named::all(tokens, "owns", &["predicate"])?))
        })?;
        let [predicate] = named;
        if let (Some(predicate), true) = (&predicate, kinds.len() > 1) {
            return Err(syn::Error::new_spanned(
                predicate,
                "a predicate is about one kind; give that an `owns(..)` of its own",
            ));
        }
        for kind in kinds {
            let text = ty::text(&kind);
            if input.owns.iter().any(|known| ty::text(&known.kind) == text) {
                return Err(syn::Error::new_spanned(&kind, format!("`{text}` is owned twice")));
            }
            input.owns.push(Own { kind, predicate: predicate.clone() });
        }
        Ok(())
    },
};
