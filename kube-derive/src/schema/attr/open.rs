//! `preserve_unknown_fields`, `embedded_resource`, `int_or_string`: values that are more than their type says.

use quote::quote;

use super::Target;
use crate::report::Report;
use crate::ty::{self, Shape};

/// What of it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) preserve_unknown_fields: bool,
    pub(super) embedded_resource: bool,
    pub(super) int_or_string: bool,
}

pub(super) fn amend(open: Open, target: &mut Target<'_>, report: &mut Report) {
    let shape = ty::shape(&target.field.ty);
    if open.preserve_unknown_fields {
        target.extensions.push(quote!("x-kubernetes-preserve-unknown-fields" = true));
    }
    if open.embedded_resource {
        if shape != Shape::Other {
            report.at(
                &target.field.ty,
                "an embedded resource is a whole object; use its type, `DynamicObject` or `serde_json::Value`",
            );
        }
        target.extensions.push(quote!("x-kubernetes-embedded-resource" = true));
    }
    if open.int_or_string {
        if shape != Shape::Other {
            report.at(
                &target.field.ty,
                "this type is never both a number and a text; use `IntOrString`",
            );
        }
        target.extensions.push(quote!("x-kubernetes-int-or-string" = true));
    }
}
