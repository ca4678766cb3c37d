//! `leads = false`: every replica reconciles, and not only the one that leads.

use syn::{Expr, ExprLit, Lit};

use super::Attribute;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "leads",
    usage: "leads = false",
    repeats: false,
    read: |given, input| match given.is()? {
        Expr::Lit(ExprLit { lit: Lit::Bool(leads), .. }) => {
            input.leads = Some(leads.value);
            Ok(())
        }
        other => {
            let message = "whether only the replica that leads reconciles is `true` or `false`";
            Err(syn::Error::new_spanned(other, message))
        }
    },
};
