//! `workers = 4`: how many reconciles run at the same time; never two of one object.

use syn::{Expr, ExprLit, Lit};

use super::Attribute;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "workers",
    usage: "workers = 4",
    repeats: false,
    read: |given, input| {
        let workers = given.is()?;
        match &workers {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.base10_digits() == "0" => {
                return Err(syn::Error::new_spanned(&workers, "no worker would reconcile nothing"));
            }
            Expr::Lit(ExprLit { lit, .. }) if !matches!(lit, Lit::Int(_)) => {
                return Err(syn::Error::new_spanned(&workers, "workers are counted"));
            }
            _ => input.workers = Some(workers),
        }
        Ok(())
    },
};
