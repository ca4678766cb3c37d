//! `deprecated`, `deprecated = "use v1"`: whoever uses this version is warned by the server.

use darling::FromMeta;
use syn::LitStr;

use crate::report::Report;

/// How it was said.
#[derive(Debug)]
pub(crate) enum Deprecated {
    /// In the server's words.
    Plainly,
    /// In these.
    Saying(LitStr),
}

impl FromMeta for Deprecated {
    fn from_word() -> darling::Result<Self> {
        Ok(Self::Plainly)
    }

    fn from_value(value: &syn::Lit) -> darling::Result<Self> {
        LitStr::from_value(value).map(Self::Saying)
    }
}

/// Checks the warning as the API server does.
pub(crate) fn deprecated(deprecated: &Deprecated, report: &mut Report) {
    let Deprecated::Saying(warning) = deprecated else { return };
    let text = warning.value();
    if text.is_empty() || text.len() > 256 || text.contains(char::is_control) {
        report.at(warning, "a warning is one line of 1 to 256 bytes");
    }
}
