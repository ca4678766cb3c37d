//! The attributes of a kind: one file each, which checks what was written.

mod group;
mod kind;
mod names;
mod print_column;
mod version;

pub(super) use group::group;
pub(super) use kind::kind;
pub(super) use names::{Names, names};
pub(super) use print_column::{PrintColumn, print_column};
pub(super) use version::version;

/// Whether the text is a DNS label: lower-case letters, digits and inner dashes.
fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
