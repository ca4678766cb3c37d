//! `group = "demo.example.com"`: a domain, so that no two authors use the same kind.

use syn::LitStr;

use super::is_label;
use crate::report::Report;

/// The group, checked as the API server checks it.
pub(crate) fn group(group: Option<&LitStr>, report: &mut Report) -> String {
    let Some(group) = group else {
        report.push(syn::Error::new(
            proc_macro2::Span::call_site(),
            "the kind has no group; add `#[resource(group = \"demo.example.com\")]`, with a domain that is yours",
        ));
        return String::new();
    };
    let text = group.value();
    if !text.split('.').all(is_label) || text.len() > 253 {
        report.at(
            group,
            format!("`{text}` is not a group: a group is a domain in lower-case letters, digits, dashes and dots, as `demo.example.com`"),
        );
    } else if !text.contains('.') {
        report.at(
            group,
            format!("the API server wants a domain with a dot as the group; write `{text}.example.com`, with a domain that is yours"),
        );
    }
    text
}
