//! What the user wrote in `#[controller(..)]`.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Token, parenthesized};

use super::attr::{ATTRIBUTES, Index, Own, Permission, Watch};
use crate::report::Report;

/// Everything that the attribute can say.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) owns: Vec<Own>,
    pub(super) watches: Vec<Watch>,
    pub(super) indices: Vec<Index>,
    pub(super) predicate: Option<Expr>,
    pub(super) labels: Option<Expr>,
    pub(super) fields: Option<Expr>,
    pub(super) permissions: Vec<Permission>,
    pub(super) cleanup: Option<Expr>,
    pub(super) workers: Option<Expr>,
    /// In milliseconds.
    pub(super) timeout: Option<u64>,
    /// In milliseconds.
    pub(super) resync: Option<u64>,
    /// What makes the limiter.
    pub(super) rate_limit: Option<TokenStream>,
}

/// One attribute, as written: its name, and what follows.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) name: Ident,
    pub(super) value: Value,
}

/// What follows a name.
#[derive(Debug)]
pub(super) enum Value {
    Nothing,
    Is(Box<Expr>),
    Has(TokenStream),
}

impl Parse for Given {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(syn::ext::IdentExt::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Value::Is(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            Value::Has(content.parse()?)
        } else {
            Value::Nothing
        };
        Ok(Self { name, value })
    }
}

impl Given {
    /// The expression after `=`.
    pub(super) fn is(self) -> syn::Result<Expr> {
        match self.value {
            Value::Is(expr) => Ok(*expr),
            _ => Err(syn::Error::new_spanned(&self.name, format!("`{}` wants a value", self.name))),
        }
    }

    /// What is in the brackets, by a parser.
    pub(super) fn has<P: Parser>(self, parser: P) -> syn::Result<P::Output> {
        match self.value {
            Value::Has(tokens) if !tokens.is_empty() => parser.parse2(tokens),
            _ => Err(syn::Error::new_spanned(&self.name, format!("`{}` wants a list", self.name))),
        }
    }
}

impl Input {
    /// Reads the attribute; what is wrong is noted and left out.
    pub(super) fn read(arguments: TokenStream, report: &mut Report) -> Self {
        let mut input = Self::default();
        let parsed = Punctuated::<Given, Token![,]>::parse_terminated.parse2(arguments);
        let mut seen = BTreeSet::new();
        for given in report.take(parsed).into_iter().flatten() {
            let name = given.name.to_string();
            let Some(attribute) = ATTRIBUTES.iter().find(|attribute| attribute.name == name) else {
                let names = ATTRIBUTES.iter().map(|attribute| attribute.name);
                report.unknown(&given.name, &name, "a controller", names);
                continue;
            };
            if !seen.insert(name.clone()) && !attribute.repeats {
                report.at(&given.name, format!("`{name}` is given twice; keep one"));
                continue;
            }
            if let Err(error) = (attribute.read)(given, &mut input) {
                let told = error.into_iter().map(|error| {
                    let text = error.to_string();
                    let remedy = match text.ends_with('?') {
                        true => String::new(),
                        false => format!("; write `{}`", attribute.usage),
                    };
                    syn::Error::new(error.span(), text + &remedy)
                });
                told.for_each(|error| report.push(error));
            }
        }
        input
    }
}
