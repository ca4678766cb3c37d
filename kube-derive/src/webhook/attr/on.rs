//! `on(create, update, delete)`: which changes are asked about.

use proc_macro2::Ident;
use syn::Token;
use syn::punctuated::Punctuated;

use super::Input;
use crate::report::nearest;
use crate::said::Attribute;

const OPERATIONS: [(&str, &str); 4] =
    [("create", "Create"), ("update", "Update"), ("delete", "Delete"), ("connect", "Connect")];

pub(super) const ATTRIBUTE: Attribute<Input> = Attribute {
    name: "on",
    usage: "on(create, update)",
    repeats: false,
    read: |given, input| {
        let names = given.has(Punctuated::<Ident, Token![,]>::parse_terminated)?;
        for name in names {
            let text = name.to_string();
            let Some((_, variant)) = OPERATIONS.iter().find(|(known, _)| *known == text) else {
                let names = OPERATIONS.iter().map(|(known, _)| *known);
                let meant = match nearest(&text, names.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
                };
                let message = format!("`{text}` is no operation that is admitted; {meant}");
                return Err(syn::Error::new_spanned(name, message));
            };
            input.on.push(Ident::new(variant, name.span()));
        }
        Ok(())
    },
};
