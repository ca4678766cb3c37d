//! `enum("small", "big")`: the values that there are, where a Rust enum would be too much.

use darling::FromMeta;
use darling::ast::NestedMeta;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Lit;

use super::limits::Limited;
use crate::report::Report;
use crate::ty::Shape;

/// The values, as written.
#[derive(Debug)]
pub(crate) struct Values(Vec<Lit>);

impl FromMeta for Values {
    fn from_list(items: &[NestedMeta]) -> darling::Result<Self> {
        let mut values = Vec::new();
        for item in items {
            match item {
                NestedMeta::Lit(value) => values.push(value.clone()),
                other => {
                    return Err(
                        darling::Error::custom("a value is a text or a number").with_span(other)
                    );
                }
            }
        }
        if values.is_empty() { Err(darling::Error::too_few_items(1)) } else { Ok(Self(values)) }
    }
}

impl Values {
    /// The keyword, or what is wrong is noted.
    pub(super) fn keyword(
        &self,
        of: Limited<'_>,
        shape: Shape,
        report: &mut Report,
    ) -> Option<TokenStream> {
        let whose = of.what;
        for (position, value) in self.0.iter().enumerate() {
            let fits = matches!(
                (shape, value),
                (Shape::Other, _)
                    | (Shape::Text, Lit::Str(_))
                    | (Shape::Integer | Shape::Float, Lit::Int(_))
                    | (Shape::Float, Lit::Float(_))
                    | (Shape::Boolean, Lit::Bool(_))
            );
            let text = value.to_token_stream().to_string();
            if !fits {
                report.at(value, format!("`{text}` is no value of {whose}"));
            }
            if self.0[..position]
                .iter()
                .any(|earlier| earlier.to_token_stream().to_string() == text)
            {
                report.at(value, "this value is given twice; remove one");
            }
        }
        let values = &self.0;
        Some(quote!("enum" = [#(#values),*]))
    }
}
