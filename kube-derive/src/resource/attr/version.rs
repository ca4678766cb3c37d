//! `version = "v1"`: one version of the kind.

use syn::LitStr;

use super::is_label;
use crate::report::Report;

/// The version, checked as the API server checks it.
pub(crate) fn version(version: Option<&LitStr>, report: &mut Report) -> String {
    let Some(version) = version else {
        report.push(syn::Error::new(
            proc_macro2::Span::call_site(),
            "the kind has no version; add `#[resource(version = \"v1\")]`",
        ));
        return "v1".to_owned();
    };
    let text = version.value();
    if !is_label(&text) || !text.starts_with(|first: char| first.is_ascii_lowercase()) {
        report.at(
            version,
            format!(
                "`{text}` is not a version: write `v1`, `v1beta1` or `v1alpha1`, without the group"
            ),
        );
    }
    text
}
