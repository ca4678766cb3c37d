//! The attributes of a controller: one file each, which reads it and says what it does.

mod cleanup;
mod fields;
mod index;
mod labels;
mod leads;
mod namespaces;
mod owns;
mod permissions;
mod predicate;
mod rate_limit;
mod resync;
mod timeout;
mod watches;
mod workers;

use syn::parse::ParseStream;
use syn::{Expr, Ident, Token, Type};

use super::input::Input;
use crate::report::nearest;

pub(super) use index::Index;
pub(super) use owns::Own;
pub(super) use watches::Watch;

/// An attribute that a controller knows.
pub(super) type Attribute = crate::said::Attribute<Input>;

/// All of them.
pub(super) const ATTRIBUTES: [Attribute; 14] = [
    owns::ATTRIBUTE,
    watches::ATTRIBUTE,
    index::ATTRIBUTE,
    predicate::ATTRIBUTE,
    labels::ATTRIBUTE,
    fields::ATTRIBUTE,
    namespaces::ATTRIBUTE,
    permissions::ATTRIBUTE,
    cleanup::ATTRIBUTE,
    workers::ATTRIBUTE,
    leads::ATTRIBUTE,
    timeout::ATTRIBUTE,
    resync::ATTRIBUTE,
    rate_limit::ATTRIBUTE,
];

/// The kinds up to what has a name.
fn kinds(tokens: ParseStream<'_>) -> syn::Result<Vec<Type>> {
    let mut kinds = Vec::new();
    while !tokens.is_empty() && !tokens.peek2(Token![=]) {
        kinds.push(tokens.parse()?);
        if !tokens.is_empty() {
            tokens.parse::<Token![,]>()?;
        }
    }
    match kinds.is_empty() {
        true => Err(tokens.error("of which kind is not said")),
        false => Ok(kinds),
    }
}

/// One `name = value` behind a kind.
struct Named;

impl Named {
    /// All that are left, each in the place of its name among `names`.
    fn all<const N: usize>(
        tokens: ParseStream<'_>,
        attribute: &str,
        names: &[&str; N],
    ) -> syn::Result<[Option<Expr>; N]> {
        let mut values = [const { None }; N];
        while !tokens.is_empty() {
            if !tokens.peek2(Token![=]) {
                let message = format!(
                    "`{attribute}` is about one kind; write another `{attribute}` for the next"
                );
                return Err(tokens.error(message));
            }
            let name: Ident = tokens.parse()?;
            let text = name.to_string();
            let Some(place) = names.iter().position(|known| text == *known) else {
                let mut message = format!("unknown attribute `{text}` on `{attribute}`");
                if let Some(near) = nearest(&text, names.iter().copied()) {
                    message += &format!("; did you mean `{near}`?");
                }
                return Err(syn::Error::new_spanned(name, message));
            };
            tokens.parse::<Token![=]>()?;
            if values[place].replace(tokens.parse()?).is_some() {
                let message = format!("`{text}` is given twice; keep one");
                return Err(syn::Error::new_spanned(name, message));
            }
            tokens.parse::<Option<Token![,]>>()?;
        }
        Ok(values)
    }
}
