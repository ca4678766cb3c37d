//! `kind = "Shop"`: the name of the object type; without it, the struct's name without `Spec`.

use proc_macro2::Ident;
use syn::LitStr;

use crate::report::Report;

/// The kind as an identifier; nothing where no object type can be made.
pub(crate) fn kind(kind: Option<&LitStr>, spec: &Ident, report: &mut Report) -> Option<Ident> {
    let Some(kind) = kind else {
        let name = spec.to_string();
        return match name.strip_suffix("Spec").filter(|kind| !kind.is_empty()) {
            Some(kind) => Some(Ident::new(kind, spec.span())),
            None => {
                report.at(
                    spec,
                    format!("the kind cannot be read off `{name}`; name the struct `{name}Spec`, or add `#[resource(kind = \"..\")]`"),
                );
                None
            }
        };
    };
    let text = kind.value();
    let upper = text.starts_with(|first: char| first.is_ascii_uppercase());
    if !upper || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) || text.len() > 63 {
        report
            .at(kind, format!("`{text}` is not a kind: a kind is a name in CamelCase, as `Shop`"));
        return None;
    }
    if *spec == text {
        report.at(
            kind,
            format!("the object type will be called `{text}`, as this struct is; name the struct `{text}Spec`"),
        );
        return None;
    }
    Some(Ident::new(&text, kind.span()))
}
