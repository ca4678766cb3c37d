//! `selectable = ".spec.tier"`: a field that a field selector may name.

use syn::LitStr;

use super::path;
use crate::report::Report;

/// Checks each path as the API server does.
pub(crate) fn selectable(fields: &[LitStr], report: &mut Report) {
    for (position, field) in fields.iter().enumerate() {
        path(field, &[".spec.", ".status."], report);
        if fields[..position].iter().any(|earlier| earlier.value() == field.value()) {
            report.at(field, "this field is given twice; remove one");
        }
    }
}
