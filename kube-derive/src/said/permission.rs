//! `Secret: get, list`: what may be done to a kind, as a function's attribute says it.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, Token, Type};

use super::Given;
use crate::report::nearest;

/// RBAC's verbs, and how kube-core calls them.
pub(crate) const VERBS: [(&str, &str); 8] = [
    ("get", "Get"),
    ("list", "List"),
    ("watch", "Watch"),
    ("create", "Create"),
    ("update", "Update"),
    ("patch", "Patch"),
    ("delete", "Delete"),
    ("deletecollection", "DeleteCollection"),
];

/// What may be done to one kind, or to a subresource of it.
#[derive(Debug)]
pub(crate) struct Permission {
    pub(crate) kind: Type,
    pub(crate) subresource: Option<String>,
    /// Variants of `Verb`.
    pub(crate) verbs: Vec<Ident>,
}

impl Permission {
    /// All of a list of kinds with their verbs.
    pub(crate) fn all(given: Given) -> syn::Result<Vec<Self>> {
        given.has(|tokens: ParseStream<'_>| {
            let mut permissions = Vec::new();
            while !tokens.is_empty() {
                permissions.push(Self::parse(tokens)?);
            }
            Ok(permissions)
        })
    }
}

impl Parse for Permission {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind: Type = input.parse()?;
        let subresource = if input.peek(Token![/]) {
            input.parse::<Token![/]>()?;
            Some(input.call(Ident::parse_any)?.to_string())
        } else {
            None
        };
        if !input.peek(Token![:]) {
            return Err(syn::Error::new_spanned(kind, "which verbs are permitted is not said"));
        }
        input.parse::<Token![:]>()?;
        let mut verbs = vec![verb(&input.call(Ident::parse_any)?)?];
        while input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            // Another verb stands alone, another kind has a colon or a path behind it.
            let ahead = input.fork();
            let alone =
                ahead.call(Ident::parse_any).is_ok() && (ahead.is_empty() || ahead.peek(Token![,]));
            if !alone {
                break;
            }
            verbs.push(verb(&input.call(Ident::parse_any)?)?);
        }
        Ok(Self { kind, subresource, verbs })
    }
}

fn verb(name: &Ident) -> syn::Result<Ident> {
    let text = name.to_string();
    if let Some((_, variant)) = VERBS.iter().find(|(verb, _)| *verb == text) {
        return Ok(Ident::new(variant, name.span()));
    }
    let names = VERBS.iter().map(|(verb, _)| *verb);
    let meant = match nearest(&text, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
    };
    Err(syn::Error::new_spanned(name, format!("`{text}` is not a verb of the API; {meant}")))
}
