//! `index(Pod, by_node, "app")`: a kind, and the functions and labels by whose values its objects are looked up.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Token, Type};

use super::Attribute;
use crate::said::selector;

/// A kind, its functions and its labels.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) kind: Type,
    pub(crate) functions: Vec<Expr>,
    pub(crate) labels: Vec<LitStr>,
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
        let nothing = "by which function or label its objects are looked up is not said";
        if input.is_empty() {
            return Err(syn::Error::new_spanned(kind, nothing));
        }
        input.parse::<Token![,]>()?;
        let given = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
        let (mut functions, mut labels) = (Vec::new(), Vec::new());
        let mut mistakes: Option<syn::Error> = None;
        for one in given {
            match (by(one), &mut mistakes) {
                (Ok(By::Function(function)), _) => functions.push(function),
                (Ok(By::Label(label)), _) => labels.push(label),
                (Err(error), Some(mistakes)) => mistakes.combine(error),
                (Err(error), None) => mistakes = Some(error),
            }
        }
        match mistakes {
            Some(mistakes) => Err(mistakes),
            None if functions.is_empty() && labels.is_empty() => {
                Err(syn::Error::new_spanned(kind, nothing))
            }
            None => Ok(Self { kind, functions, labels }),
        }
    }
}

/// By what objects are looked up.
enum By {
    Function(Expr),
    Label(LitStr),
}

fn by(given: Expr) -> syn::Result<By> {
    let wrong = match &given {
        Expr::Path(_) => return Ok(By::Function(given)),
        Expr::Lit(ExprLit { lit: Lit::Str(label), .. }) => match selector::is_key(&label.value()) {
            Ok(()) => return Ok(By::Label(label.clone())),
            Err(wrong) => wrong,
        },
        // `Lister::by` finds an index by its function, and a closure is a new one wherever it stands.
        Expr::Closure(_) => {
            "nobody could ask for an index by a closure; write a function and name it".to_owned()
        }
        _ => "an index is named by its function, or is that of a label".to_owned(),
    };
    Err(syn::Error::new_spanned(&given, wrong))
}
