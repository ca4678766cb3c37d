//! `watches(ConfigMap, by = sites_using_config)`: other objects that matter, and to whom.

use syn::parse::{Parse, ParseStream};
use syn::{Expr, Token, Type};

use super::{Attribute, Named};

/// A kind, the function from its objects to the keys that they matter to, and which of its changes matter.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) kind: Type,
    pub(crate) by: Expr,
    pub(crate) predicate: Option<Expr>,
}

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "watches",
    usage: "watches(ConfigMap, by = sites_using_config)",
    repeats: true,
    read: |given, input| {
        input.watches.push(given.has(Watch::parse)?);
        Ok(())
    },
};

impl Parse for Watch {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind: Type = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        let [by, predicate] = Named::all(input, "watches", &["by", "predicate"])?;
        let Some(by) = by else {
            return Err(syn::Error::new_spanned(
                kind,
                "which of the controller's objects a change of this one matters to is not said",
            ));
        };
        Ok(Self { kind, by, predicate })
    }
}
