//! `index(Pod, by_node)`: a kind, and the functions by whose values its objects are looked up.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Token, Type};

use super::Attribute;

/// A kind and its functions.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) kind: Type,
    pub(crate) functions: Vec<Expr>,
}

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "index",
    usage: "index(Pod, by_node)",
    repeats: true,
    read: |given, input| {
        input.indices.push(given.has(Index::parse)?);
        Ok(())
    },
};

impl Parse for Index {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind: Type = input.parse()?;
        let nothing = "by which function its objects are looked up is not said";
        if input.is_empty() {
            return Err(syn::Error::new_spanned(kind, nothing));
        }
        input.parse::<Token![,]>()?;
        let functions = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
        let mut mistakes: Option<syn::Error> = None;
        for function in &functions {
            // `Lister::by` finds an index by its function, and a closure is a new one wherever it stands.
            let message = match function {
                Expr::Path(_) => continue,
                Expr::Closure(_) => {
                    "nobody could ask for an index by a closure; write a function and name it"
                }
                _ => "an index is named by its function",
            };
            let error = syn::Error::new_spanned(function, message);
            match &mut mistakes {
                Some(mistakes) => mistakes.combine(error),
                None => mistakes = Some(error),
            }
        }
        match mistakes {
            Some(mistakes) => Err(mistakes),
            None if functions.is_empty() => Err(syn::Error::new_spanned(kind, nothing)),
            None => Ok(Self { kind, functions: functions.into_iter().collect() }),
        }
    }
}
