//! `read_only`, `only_verbs(get, patch)`: what a program may do to the objects of its type, as the compiler sees it.

use darling::util::PathList;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::path::ALIAS;
use crate::report::{Report, nearest};
use crate::said::permission::VERBS;

const READING: [&str; 3] = ["get", "list", "watch"];

/// The verbs that a type allows.
#[derive(Debug)]
pub(crate) struct Verbs {
    /// Those that were named, if any were.
    only: Option<Vec<String>>,
    /// A view names a part of its objects, so it never replaces one.
    view: bool,
}

/// The verbs, each one that the API has; what is wrong is noted.
pub(crate) fn verbs(
    read_only: bool,
    only: Option<&PathList>,
    view: bool,
    report: &mut Report,
) -> Verbs {
    let Some(only) = only else {
        let only = read_only.then(|| READING.map(str::to_owned).to_vec());
        return Verbs { only, view };
    };
    let mut named: Vec<String> = Vec::new();
    for path in only.iter() {
        let name = path.get_ident().map(ToString::to_string).unwrap_or_default();
        if !VERBS.iter().any(|(verb, _)| *verb == name) {
            let meant = nearest(&name, VERBS.iter().map(|(verb, _)| *verb)).map_or_else(
                || format!("there are {}", VERBS.map(|(verb, _)| verb).join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            report.at(path, format!("`{name}` is not a verb of the API; {meant}"));
        } else if named.contains(&name) {
            report.at(path, format!("`{name}` is named twice; remove one"));
        } else if view && name == "update" {
            report.at(
                path,
                "a view is never replaced, as what it does not name would be lost; write `patch`, which `apply` is too",
            );
        } else if read_only && !READING.contains(&name.as_str()) {
            report.at(path, format!("`{name}` changes something, and `read_only` allows nothing that does; remove one of both"));
        }
        named.push(name);
    }
    if let (true, Some(first)) = (only.is_empty(), VERBS.first()) {
        report.push(syn::Error::new(
            proc_macro2::Span::call_site(),
            format!("`only_verbs()` names none, and then nothing could be done to the objects; write `only_verbs({})`", first.0),
        ));
    }
    Verbs { only: Some(named), view }
}

impl Verbs {
    /// The verbs as a constant of `Resource`, where not all of them are allowed.
    pub(crate) fn constant(&self) -> Option<TokenStream> {
        let only = self.only.as_ref()?;
        Some(quote! {
            const ONLY_VERBS: ::core::option::Option<&'static [&'static str]> =
                ::core::option::Option::Some(&[#(#only),*]);
        })
    }

    /// What tells the compiler which of them a program may use.
    pub(crate) fn allowed(&self, kind: &Ident) -> TokenStream {
        let writing = VERBS.iter().filter(|(verb, _)| !READING.contains(verb));
        let left_out = |verb: &str| {
            self.view && verb == "update"
                || self.only.as_ref().is_some_and(|only| !only.iter().any(|name| name == verb))
        };
        if !writing.clone().any(|(verb, _)| left_out(verb)) {
            return quote! {
                #[automatically_derived]
                impl<Verb> #ALIAS::Allows<Verb> for #kind {}
            };
        }
        let allowed = writing.filter(|(verb, _)| !left_out(verb)).map(|(_, name)| {
            let name = format_ident!("{name}");
            quote! {
                #[automatically_derived]
                impl #ALIAS::Allows<#ALIAS::verb::#name> for #kind {}
            }
        });
        allowed.collect()
    }
}
