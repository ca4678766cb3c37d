//! Which objects are meant: text or terms in, a checked selector out, which prints as the server reads it.
//!
//! Mirrors: client-go apimachinery pkg/labels/selector.go, pkg/fields/selector.go

mod field;
mod label;
mod parse;
mod requirement;

pub use field::FieldSelector;
pub use label::LabelSelector;
pub use requirement::Requirement;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::status::excerpt;

/// Says what is wrong with the labels of an object, if the server would refuse one.
pub(crate) fn check_labels<'a>(
    labels: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> Result<()> {
    for (key, value) in labels {
        requirement::check_label(key, value).map_err(|why| {
            let text = excerpt(format!("{key}={value}").as_bytes(), 128);
            Error::new(ErrorKind::Input, format!("`{text}` cannot be a label: {why}"))
        })?;
    }
    Ok(())
}

fn refused(text: &str, why: &str) -> Error {
    let text = excerpt(text.as_bytes(), 128);
    Error::new(ErrorKind::Input, format!("`{text}` is not a selector: {why}"))
}

#[cfg(test)]
mod tests;
