//! `failure_policy = ignore`: what happens to a change of which the webhook cannot tell; without it, it is denied.

use syn::Expr;

use super::Input;
use crate::said::Attribute;

pub(super) const ATTRIBUTE: Attribute<Input> = Attribute {
    name: "failure_policy",
    usage: "failure_policy = ignore",
    repeats: false,
    read: |given, input| {
        let value = given.is()?;
        match &value {
            Expr::Path(path) if path.path.is_ident("ignore") => input.ignores_failure = true,
            Expr::Path(path) if path.path.is_ident("fail") => input.ignores_failure = false,
            other => return Err(syn::Error::new_spanned(other, "it is `fail` or `ignore`")),
        }
        Ok(())
    },
};
