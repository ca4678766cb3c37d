//! `fields = "metadata.name=x"`: only objects with these fields are followed.

use syn::{Expr, ExprLit, Lit};

use super::Attribute;
use crate::controller::selector;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "fields",
    usage: "fields = \"metadata.name=web\"",
    repeats: false,
    read: |given, input| {
        let value = given.is()?;
        if let Expr::Lit(ExprLit { lit, .. }) = &value {
            let Lit::Str(text) = lit else {
                return Err(syn::Error::new_spanned(&value, "a selector is a text"));
            };
            selector::fields(&text.value()).map_err(|why| {
                let message = format!("`{}` is not a selector of fields: {why}", text.value());
                syn::Error::new_spanned(&value, message)
            })?;
        }
        input.fields = Some(value);
        Ok(())
    },
};
