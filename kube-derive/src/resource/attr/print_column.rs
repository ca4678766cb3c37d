//! `print_column(name = "Ready", path = ".status.ready")`: a column of `kubectl get`.

use darling::FromMeta;
use syn::LitStr;

use crate::report::{Report, nearest};

const TYPES: [&str; 5] = ["integer", "number", "string", "boolean", "date"];

/// A column, as written; without `type` it is what the schema says at the path.
#[derive(Debug, FromMeta)]
pub(crate) struct PrintColumn {
    pub(crate) name: LitStr,
    pub(crate) path: LitStr,
    #[darling(default, rename = "type")]
    pub(crate) kind: Option<LitStr>,
    #[darling(default)]
    pub(crate) description: Option<LitStr>,
    #[darling(default)]
    pub(crate) format: Option<LitStr>,
    #[darling(default)]
    pub(crate) priority: Option<syn::LitInt>,
}

/// Checks one column.
pub(crate) fn print_column(column: &PrintColumn, report: &mut Report) {
    if column.name.value().is_empty() {
        report.at(&column.name, "a column has a title; write `name = \"Ready\"`");
    }
    let path = column.path.value();
    if !path.starts_with('.') || path.contains(char::is_whitespace) {
        report.at(
            &column.path,
            format!(
                "the path starts at the object with a dot; write `.{}`",
                path.trim_start_matches(['$', '.', '{'])
            ),
        );
    }
    if let Some(kind) = &column.kind
        && !TYPES.contains(&kind.value().as_str())
    {
        let meant = nearest(&kind.value(), TYPES.into_iter())
            .map(|near| format!("did you mean `{near}`?"))
            .unwrap_or_else(|| format!("a column is one of {}", TYPES.join(", ")));
        report.at(kind, format!("`{}` is not the type of a column; {meant}", kind.value()));
    }
}
