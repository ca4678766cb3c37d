//! `condition(name = "not-by-us", cel = "..")`: one of the conditions that all must be true for a change to be asked about.

use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token};

use super::Input;
use crate::said::Attribute;

pub(super) const ATTRIBUTE: Attribute<Input> = Attribute {
    name: "condition",
    usage: "condition(name = \"not-by-us\", cel = \"request.userInfo.username != 'me'\")",
    repeats: true,
    read: |given, input| {
        let whole = given.name.clone();
        let (name, cel) = given.has(|tokens: ParseStream<'_>| {
            let (mut name, mut cel) = (None, None);
            while !tokens.is_empty() {
                let key: Ident = tokens.parse()?;
                tokens.parse::<Token![=]>()?;
                let value: LitStr = tokens.parse()?;
                match key.to_string().as_str() {
                    "name" => name = Some(value),
                    "cel" => cel = Some(value),
                    _ => return Err(syn::Error::new_spanned(key, "it has a `name` and a `cel`")),
                }
                tokens.parse::<Option<Token![,]>>()?;
            }
            Ok((name, cel))
        })?;
        match (name, cel) {
            (Some(name), Some(cel)) => input.conditions.push((name, cel)),
            _ => return Err(syn::Error::new_spanned(whole, "it has a `name` and a `cel`")),
        }
        Ok(())
    },
};
