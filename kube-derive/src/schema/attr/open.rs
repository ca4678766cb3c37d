//! `preserve_unknown_fields`: the server keeps what the schema does not name.

use quote::quote;

use super::Target;

pub(super) fn amend(preserve: bool, target: &mut Target<'_>) {
    if preserve {
        target.extensions.push(quote!("x-kubernetes-preserve-unknown-fields" = true));
    }
}
