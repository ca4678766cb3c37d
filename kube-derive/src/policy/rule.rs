//! `rule(cel = "..", message = "..")` and `variable(name = "..", cel = "..")`: what is asked, and what it names.

use std::collections::BTreeMap;

use syn::parse::ParseStream;
use syn::{Expr, Ident, Lit, LitStr, Token};

use crate::cel::is_identifier;
use crate::report::nearest;
use crate::said::Given;

const REASONS: [&str; 3] = ["Invalid", "Forbidden", "RequestEntityTooLarge"];

/// A rule, as written.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) cel: LitStr,
    pub(super) message: Option<LitStr>,
    pub(super) message_expression: Option<LitStr>,
    pub(super) reason: Option<Ident>,
}

/// A variable, as written.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: LitStr,
    pub(super) cel: LitStr,
}

impl Rule {
    pub(super) fn read(given: Given) -> syn::Result<Self> {
        let whole = given.name.clone();
        let known = ["cel", "message", "message_expression", "reason"];
        let mut parts = Parts::read(given, &known)?;
        let message = parts.text("message");
        if let Some(message) = message.as_ref().filter(|text| text.value().contains('\n')) {
            parts.wrong(message, "the message of a rule is one line");
        }
        let reason = parts.reason();
        let message_expression = parts.text("message_expression");
        let cel = parts.text("cel");
        if cel.is_none() && parts.error.is_none() {
            parts.wrong(&whole, "a rule has an expression");
        }
        parts.done(cel.map(|cel| Self { cel, message, message_expression, reason }))
    }
}

impl Variable {
    pub(super) fn read(given: Given) -> syn::Result<Self> {
        let whole = given.name.clone();
        let mut parts = Parts::read(given, &["name", "cel"])?;
        let (name, cel) = (parts.text("name"), parts.text("cel"));
        if let Some(text) = name.as_ref().filter(|text| !is_identifier(&text.value())) {
            let told = format!("`{}` is no name that an expression can use", text.value());
            parts.wrong(text, &told);
        }
        if (name.is_none() || cel.is_none()) && parts.error.is_none() {
            parts.wrong(&whole, "it has a `name` and a `cel`");
        }
        parts.done(name.zip(cel).map(|(name, cel)| Self { name, cel }))
    }
}

/// What stands in the brackets by name, and what is wrong with it.
struct Parts {
    values: BTreeMap<String, Expr>,
    error: Option<syn::Error>,
}

impl Parts {
    fn read(given: Given, known: &[&str]) -> syn::Result<Self> {
        let pairs = given.has(|tokens: ParseStream<'_>| {
            let mut pairs = Vec::new();
            while !tokens.is_empty() {
                let name: Ident = tokens.parse()?;
                tokens.parse::<Token![=]>()?;
                pairs.push((name, tokens.parse::<Expr>()?));
                if !tokens.is_empty() {
                    tokens.parse::<Token![,]>()?;
                }
            }
            Ok(pairs)
        })?;
        let mut parts = Self { values: BTreeMap::new(), error: None };
        for (name, value) in pairs {
            let text = name.to_string();
            if !known.contains(&text.as_str()) {
                let told = match nearest(&text, known.iter().copied()) {
                    Some(near) => format!("`{text}` is not known here; did you mean `{near}`?"),
                    None => format!("`{text}` is not known here; there are {}", known.join(", ")),
                };
                parts.wrong(&name, &told);
            } else if parts.values.insert(text, value).is_some() {
                parts.wrong(&name, "it is given twice");
            }
        }
        Ok(parts)
    }

    fn wrong(&mut self, tokens: impl quote::ToTokens, told: &str) {
        let error = syn::Error::new_spanned(tokens, told);
        match &mut self.error {
            Some(first) => first.combine(error),
            None => self.error = Some(error),
        }
    }

    fn text(&mut self, name: &str) -> Option<LitStr> {
        let value = self.values.remove(name)?;
        match &value {
            Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. })
                if !text.value().trim().is_empty() =>
            {
                return Some(text.clone());
            }
            Expr::Lit(syn::ExprLit { lit: Lit::Str(_), .. }) => {
                self.wrong(&value, &format!("`{name}` says nothing; the API server refuses it"));
            }
            _ => self.wrong(&value, &format!("`{name}` is a text")),
        }
        None
    }

    fn reason(&mut self) -> Option<Ident> {
        let value = self.values.remove("reason")?;
        let name = match &value {
            Expr::Path(path) => path.path.get_ident().cloned(),
            _ => None,
        };
        let text = name.as_ref().map(ToString::to_string).unwrap_or_default();
        if REASONS.contains(&text.as_str()) {
            return name;
        }
        let told = match nearest(&text, REASONS.into_iter()) {
            Some(near) => format!("`{text}` is not the reason of a policy; did you mean `{near}`?"),
            None => format!("a policy refuses with one of {}", REASONS.join(", ")),
        };
        self.wrong(&value, &told);
        None
    }

    fn done<T>(self, made: Option<T>) -> syn::Result<T> {
        match (self.error, made) {
            (None, Some(made)) => Ok(made),
            (Some(error), _) => Err(error),
            (None, None) => Err(syn::Error::new(proc_macro2::Span::call_site(), "it says nothing")),
        }
    }
}
