//! `labels = "app=web"`: only objects with these labels are followed.

use syn::{Expr, ExprLit, Lit};

use super::Attribute;
use crate::controller::selector;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "labels",
    usage: "labels = \"app=web\"",
    repeats: false,
    read: |given, input| {
        let value = given.is()?;
        if let Expr::Lit(ExprLit { lit, .. }) = &value {
            let Lit::Str(text) = lit else {
                return Err(syn::Error::new_spanned(&value, "a selector is a text"));
            };
            selector::labels(&text.value()).map_err(|why| {
                let message = format!("`{}` is not a selector of labels: {why}", text.value());
                syn::Error::new_spanned(&value, message)
            })?;
        }
        input.labels = Some(value);
        Ok(())
    },
};
