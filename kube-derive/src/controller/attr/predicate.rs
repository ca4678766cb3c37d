//! `predicate = generation_changed`: which changes of its objects matter to the controller.

use syn::Expr;

use super::Attribute;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "predicate",
    usage: "predicate = generation_changed",
    repeats: false,
    read: |given, input| {
        let predicate = given.is()?;
        if let Expr::Lit(literal) = &predicate {
            return Err(syn::Error::new_spanned(literal, "a predicate is a function"));
        }
        input.predicate = Some(predicate);
        Ok(())
    },
};
