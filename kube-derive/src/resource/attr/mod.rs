//! The attributes of a kind: one file each, which checks what was written.

mod deprecated;
mod group;
mod kind;
mod metadata;
mod method;
mod names;
mod scale;
mod selectable;
mod verbs;
mod version;
mod versions;

use syn::LitStr;

use crate::report::Report;

pub(super) use deprecated::{Deprecated, deprecated};
pub(super) use group::group;
pub(super) use kind::kind;
pub(super) use metadata::{annotations, labels};
pub(super) use method::{Method, MethodVerb, Whose, Written, methods};
pub(super) use names::{Names, names, pluralised};
pub(super) use scale::{Scale, scale};
pub(super) use selectable::selectable;
pub(super) use verbs::{Verbs, verbs};
pub(super) use version::version;
pub(super) use versions::{Versions, object, said_once, versions};

/// A path of plain fields, below one of these.
fn path(path: &LitStr, below: &[&str], report: &mut Report) {
    let text = path.value();
    let plain =
        !text.contains(['[', '{', '*', ' ']) && !text.ends_with('.') && !text.contains("..");
    if !plain || !below.iter().any(|start| text.starts_with(start)) {
        let places: Vec<_> = below.iter().map(|start| format!("`{start}`")).collect();
        report.at(
            path,
            format!("`{text}` is no path of fields that begins with {}", places.join(" or ")),
        );
    }
}

/// Whether the text is a DNS label: lower-case letters, digits and inner dashes.
pub(super) fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
