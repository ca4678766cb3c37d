//! A field as Rust has it in, its name in JSON out, as serde will write it.

use darling::ast::NestedMeta;
use syn::ext::IdentExt as _;
use syn::{Expr, Field, Lit, Meta};

use super::Serde;

/// The name in JSON of a field of a struct that is told `container`; nothing for one without a name of its own.
pub(super) fn on_the_wire(field: &Field, container: &Serde) -> Option<String> {
    let serde = Serde::read(&field.attrs);
    if serde.has_any(&["flatten", "skip"]) {
        return None;
    }
    let name = field.ident.as_ref()?.unraw().to_string();
    if serde.has("rename") {
        return serde.meta("rename").and_then(text);
    }
    let rule = if container.has("rename_all") {
        container.meta("rename_all").and_then(text)?
    } else {
        "camelCase".to_owned()
    };
    Some(renamed(&name, &rule))
}

/// The text in `name = "text"`.
fn text(meta: &NestedMeta) -> Option<String> {
    let NestedMeta::Meta(Meta::NameValue(pair)) = meta else { return None };
    match &pair.value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// serde's rules for fields, which are in snake_case in Rust.
fn renamed(name: &str, rule: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let pascal: String = words.map(capital).collect();
    match rule {
        "lowercase" | "snake_case" => name.to_owned(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_uppercase(),
        "PascalCase" => pascal,
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.to_uppercase().replace('_', "-"),
        _ => {
            let mut letters = pascal.chars();
            let first = letters.next().map(|letter| letter.to_lowercase().to_string());
            first.unwrap_or_default() + letters.as_str()
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser as _;

    use super::on_the_wire;
    use crate::schema::Serde;

    #[test]
    fn a_name_is_the_one_that_serde_writes() {
        let named = |field: &str, container: &str| {
            let field = syn::Field::parse_named.parse_str(field).expect("a field");
            let item: syn::DeriveInput =
                syn::parse_str(&format!("{container} struct Site;")).expect("a struct");
            on_the_wire(&field, &Serde::read(&item.attrs))
        };
        for (field, container, expected) in [
            ("max_replicas: u8", "", Some("maxReplicas")),
            ("r#type: u8", "", Some("type")),
            ("a1_b2: u8", "", Some("a1B2")),
            ("#[serde(rename = \"IP\")] address: u8", "", Some("IP")),
            ("max_replicas: u8", "#[serde(rename_all = \"kebab-case\")]", Some("max-replicas")),
            ("max_replicas: u8", "#[serde(rename_all = \"PascalCase\")]", Some("MaxReplicas")),
            ("max_replicas: u8", "#[serde(rename_all = \"snake_case\")]", Some("max_replicas")),
            ("#[serde(flatten)] rest: Rest", "", None),
        ] {
            assert_eq!(named(field, container).as_deref(), expected, "{field}");
        }
    }
}
