//! Every mistake at once: collects them, each on its tokens, and turns them into compile errors.

mod nearest;

use darling::FromMeta;
use darling::ast::NestedMeta;
use proc_macro2::TokenStream;
use quote::ToTokens;

pub(crate) use nearest::nearest;

/// The attributes that one place knows, each with how it is written.
pub(crate) trait Known: FromMeta + Default {
    /// Where they stand, for messages: "a kind", "a field".
    const PLACE: &'static str;
    /// In groups.
    const USAGE: &'static [&'static [Usage]];

    /// All of them.
    fn usage() -> impl Iterator<Item = &'static Usage> + Clone {
        Self::USAGE.iter().copied().flatten()
    }
}

/// The name of an attribute, and an example of its use.
pub(crate) type Usage = (&'static str, &'static str);

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    errors: Vec<syn::Error>,
}

impl Report {
    /// A mistake on `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.errors.push(syn::Error::new_spanned(tokens, message));
    }

    /// A mistake that already knows its tokens.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// The value, or the mistake is noted.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Whether nothing was wrong.
    pub(crate) fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    /// One `compile_error!` a mistake.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }

    /// Says that `name` is not known here, and which name was probably meant.
    pub(crate) fn unknown<'a>(
        &mut self,
        tokens: impl ToTokens,
        name: &str,
        place: &str,
        names: impl Iterator<Item = &'a str> + Clone,
    ) {
        let meant = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
                format!("known here: {}", names.join(", "))
            }
        };
        self.at(tokens, format!("unknown attribute `{name}` on {place}; {meant}"));
    }

    /// Reads every `#[resource(..)]` among `attributes`; what is wrong is noted and left out.
    pub(crate) fn read<T: Known>(&mut self, attributes: &[syn::Attribute]) -> T {
        let mut good = Vec::new();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("resource"))
        {
            let parsed = attribute
                .meta
                .require_list()
                .and_then(|list| NestedMeta::parse_meta_list(list.tokens.clone()));
            for meta in self.take(parsed).unwrap_or_default() {
                if self.readable::<T>(&meta) {
                    good.push(meta);
                }
            }
        }
        T::from_list(&good).unwrap_or_else(|errors| {
            self.refuse(errors, None);
            let mut seen = std::collections::HashSet::new();
            good.retain(|meta| seen.insert(name_of(meta)));
            T::from_list(&good).unwrap_or_default()
        })
    }

    /// Whether one attribute can be read on its own; if not, why is noted.
    fn readable<T: Known>(&mut self, meta: &NestedMeta) -> bool {
        let name = name_of(meta);
        let Some((_, usage)) = T::usage().find(|(known, _)| *known == name) else {
            self.unknown(path_of(meta), &name, T::PLACE, T::usage().map(|(name, _)| *name));
            return false;
        };
        match T::from_list(std::slice::from_ref(meta)) {
            Ok(_) => true,
            Err(errors) => {
                self.refuse(errors, Some(usage));
                false
            }
        }
    }

    fn refuse(&mut self, errors: darling::Error, usage: Option<&str>) {
        for error in errors.flatten() {
            let span = error.span();
            let message = lower_first(&without_location(&error));
            if let Some(name) = message.strip_prefix("duplicate field ") {
                self.errors.push(syn::Error::new(span, format!("{name} is given twice; keep one")));
                continue;
            }
            let remedy = usage.map(|usage| format!("; write `{usage}`")).unwrap_or_default();
            self.errors.push(syn::Error::new(span, format!("{message}{remedy}")));
        }
    }
}

/// darling appends the path inside the attribute, which the tokens already show.
fn without_location(error: &darling::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect::<String>()
    })
}

fn path_of(meta: &NestedMeta) -> TokenStream {
    match meta {
        NestedMeta::Meta(meta) => meta.path().to_token_stream(),
        NestedMeta::NameValueInvalidExpr(meta) => meta.path.to_token_stream(),
        NestedMeta::Lit(literal) => literal.to_token_stream(),
    }
}

fn name_of(meta: &NestedMeta) -> String {
    path_of(meta).to_string().replace(' ', "")
}

#[cfg(test)]
mod tests;
