//! One attribute as it is written, `name`, `name = value` or `name(..)`, in; what stands there out, or how it should be written.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, Token, parenthesized};

/// One attribute, as written: its name, and what follows.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

/// What follows a name.
#[derive(Debug)]
pub(crate) enum Value {
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
    /// The name, which stands alone.
    pub(crate) fn word(self) -> syn::Result<Ident> {
        match self.value {
            Value::Nothing => Ok(self.name),
            _ => Err(syn::Error::new_spanned(&self.name, format!("`{}` stands alone", self.name))),
        }
    }

    /// The expression after `=`.
    pub(crate) fn is(self) -> syn::Result<Expr> {
        match self.value {
            Value::Is(expr) => Ok(*expr),
            _ => Err(syn::Error::new_spanned(&self.name, format!("`{}` wants a value", self.name))),
        }
    }

    /// What is in the brackets, by a parser.
    pub(crate) fn has<P: Parser>(self, parser: P) -> syn::Result<P::Output> {
        match self.value {
            Value::Has(tokens) if !tokens.is_empty() => parser.parse2(tokens),
            _ => Err(syn::Error::new_spanned(&self.name, format!("`{}` wants a list", self.name))),
        }
    }
}
