//! What an attribute of a function says, name by name: its tokens in, what was read of them out, and every mistake noted with the remedy.

mod function;
mod given;
pub(crate) mod permission;
pub(crate) mod selector;
pub(crate) mod time;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::Token;
use syn::parse::Parser;
use syn::punctuated::Punctuated;

use crate::report::Report;

pub(crate) use function::{Function, Sort};
pub(crate) use given::Given;
pub(crate) use permission::Permission;

/// An attribute that is known in one place, which fills in `I`.
pub(crate) struct Attribute<I> {
    pub(crate) name: &'static str,
    /// How it is written, for messages.
    pub(crate) usage: &'static str,
    /// Whether it may be given more than once.
    pub(crate) repeats: bool,
    pub(crate) read: fn(Given, &mut I) -> syn::Result<()>,
}

/// Reads all that is said of `place`; what is wrong is noted and left out.
pub(crate) fn read<I: Default>(
    arguments: TokenStream,
    known: &[Attribute<I>],
    place: &str,
    report: &mut Report,
) -> I {
    let mut input = I::default();
    let parsed = Punctuated::<Given, Token![,]>::parse_terminated.parse2(arguments);
    let mut seen = BTreeSet::new();
    for given in report.take(parsed).into_iter().flatten() {
        let name = given.name.to_string();
        let Some(attribute) = known.iter().find(|attribute| attribute.name == name) else {
            let names = known.iter().map(|attribute| attribute.name);
            report.unknown(&given.name, &name, place, names);
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
