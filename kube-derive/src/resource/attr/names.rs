//! `plural`, `singular`, `short_name`, `category`: the names that `kubectl` takes.

use syn::LitStr;

use super::is_label;
use crate::report::Report;

/// The names of a kind in paths and on the command line.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) list_kind: Option<String>,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
}

/// The names, inferred from the kind where they are not given.
pub(crate) fn names(
    kind: &str,
    plural: Option<&LitStr>,
    singular: Option<&LitStr>,
    list_kind: Option<&LitStr>,
    short_names: &[LitStr],
    categories: &[LitStr],
    report: &mut Report,
) -> Names {
    let lower = kind.to_lowercase();
    let list_kind = list_kind.map(|text| {
        let value = text.value();
        let letters = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !letters || !value.starts_with(|first: char| first.is_ascii_uppercase()) {
            report.at(
                text,
                format!(
                    "`{value}` is not the kind of a list: write it in CamelCase, as `{kind}List`"
                ),
            );
        } else if value == kind {
            report
                .at(text, format!("a list is of another kind than its items; write `{kind}List`"));
        }
        value
    });
    let mut name = |what: &str, text: &LitStr| {
        let value = text.value();
        if !is_label(&value) {
            report.at(
                text,
                format!("`{value}` is not a {what}: use lower-case letters, digits and dashes"),
            );
        }
        value
    };
    let names = Names {
        list_kind,
        singular: singular.map_or_else(|| lower.clone(), |text| name("singular name", text)),
        plural: plural.map_or_else(|| pluralised(&lower), |text| name("plural name", text)),
        short_names: short_names.iter().map(|text| name("short name", text)).collect(),
        categories: categories.iter().map(|text| name("category", text)).collect(),
    };
    for (position, text) in short_names.iter().enumerate() {
        if names.short_names[..position].contains(&text.value()) {
            report.at(text, "this short name is given twice; remove one");
        }
    }
    names
}

/// English enough for the kinds that people write; `plural` is there for the others.
pub(crate) fn pluralised(singular: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| singular.ends_with(ending));
    if ends(&["s", "x", "z", "ch", "sh"]) {
        format!("{singular}es")
    } else if ends(&["ay", "ey", "iy", "oy", "uy"]) {
        format!("{singular}s")
    } else if let Some(stem) = singular.strip_suffix('y') {
        format!("{stem}ies")
    } else {
        format!("{singular}s")
    }
}

#[cfg(test)]
mod tests {
    use super::pluralised;

    #[test]
    fn plurals_are_those_of_english() {
        for (one, many) in [
            ("shop", "shops"),
            ("policy", "policies"),
            ("gateway", "gateways"),
            ("ingress", "ingresses"),
            ("box", "boxes"),
            ("batch", "batches"),
        ] {
            assert_eq!(pluralised(one), many);
        }
    }
}
