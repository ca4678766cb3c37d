//! `namespaces = ["a", "b"]`: the controller keeps to these.

use syn::{Expr, ExprLit, Lit};

use super::Attribute;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "namespaces",
    usage: "namespaces = [\"prod\", \"staging\"]",
    repeats: false,
    read: |given, input| {
        let names = given.is()?;
        match &names {
            Expr::Array(list) if list.elems.is_empty() => {
                let message = "without a namespace nothing would be reconciled";
                return Err(syn::Error::new_spanned(&names, message));
            }
            Expr::Array(list) => all(list.elems.iter())?,
            Expr::Lit(_) => {
                return Err(syn::Error::new_spanned(&names, "namespaces are a list"));
            }
            // What else makes a list is known when the program runs.
            _ => {}
        }
        input.namespaces = Some(names);
        Ok(())
    },
};

/// What is wrong with any of them.
fn all<'list>(names: impl Iterator<Item = &'list Expr>) -> syn::Result<()> {
    let mut mistakes: Option<syn::Error> = None;
    let mut seen = Vec::new();
    for name in names {
        let Expr::Lit(ExprLit { lit, .. }) = name else { continue };
        let wrong = match lit {
            Lit::Str(text) if !is_name(&text.value()) => format!(
                "`{}` is not the name of a namespace: it has 1 to 63 lower case letters, digits and `-`, and ends as it begins with one of the former",
                text.value()
            ),
            Lit::Str(text) if seen.contains(&text.value()) => {
                format!("`{}` is named twice; keep one", text.value())
            }
            Lit::Str(text) => {
                seen.push(text.value());
                continue;
            }
            _ => "the name of a namespace is a text".to_owned(),
        };
        let error = syn::Error::new_spanned(name, wrong);
        match &mut mistakes {
            Some(mistakes) => mistakes.combine(error),
            None => mistakes = Some(error),
        }
    }
    mistakes.map_or(Ok(()), Err)
}

/// A label of DNS (RFC 1123).
fn is_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
