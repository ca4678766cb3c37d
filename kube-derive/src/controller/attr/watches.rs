//! `watches(ConfigMap, by = sites_using_config)`: other objects that matter, and to whom.

use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, Token, Type};

use super::Attribute;

/// A kind, and the function from its objects to the keys that they matter to.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) kind: Type,
    pub(crate) by: Expr,
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
        if input.is_empty() {
            return Err(syn::Error::new_spanned(
                kind,
                "which of the controller's objects a change of this one matters to is not said",
            ));
        }
        input.parse::<Token![,]>()?;
        let name: Ident = input.parse()?;
        if name != "by" {
            return Err(syn::Error::new_spanned(
                &name,
                format!("unknown attribute `{name}` on `watches`"),
            ));
        }
        input.parse::<Token![=]>()?;
        let by = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(
                input.error("`watches` is about one kind; write another `watches` for the next")
            );
        }
        Ok(Self { kind, by })
    }
}
