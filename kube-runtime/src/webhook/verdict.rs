//! What a webhook says: let through, perhaps with warnings, or denied with a reason.

use std::fmt;

use serde_json::Value;
use serde_json::json;

use crate::error::Error;
use crate::error::Result;

/// What the API server says when no status code is given: 403.
const FORBIDDEN: u16 = 403;
/// The API server cuts longer warnings (pkg/registry, `k8s.io/apiserver/pkg/warning`).
const LONGEST_WARNING: usize = 256;

/// Why a change is not let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    message: String,
    code: u16,
}

impl Denied {
    /// Denied for this reason, which whoever asked for the change is told: what is wrong, and what to write.
    #[must_use]
    pub fn because(reason: impl Into<String>) -> Self {
        Self { message: reason.into(), code: FORBIDDEN }
    }

    /// The HTTP status code that whoever asked is told: 403 without this, 422 says that the object is invalid. Codes below 400 and above 599
    /// are none of a denial, and stay 403.
    #[must_use]
    pub fn code(mut self, code: u16) -> Self {
        self.code = if (400..=599).contains(&code) { code } else { FORBIDDEN };
        self
    }

    /// As `metav1.Status` in an answer.
    pub(super) fn status(&self) -> Value {
        json!({ "code": self.code, "message": self.message })
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Denied {}

impl From<&str> for Denied {
    fn from(reason: &str) -> Self {
        Self::because(reason)
    }
}

impl From<String> for Denied {
    fn from(reason: String) -> Self {
        Self::because(reason)
    }
}

/// The answer of a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a verdict is what the function returns"]
pub struct Verdict {
    denied: Option<Denied>,
    warnings: Vec<String>,
}

impl Verdict {
    /// Let through.
    pub fn allow() -> Self {
        Self::default()
    }

    /// Not let through, for this reason.
    pub fn deny(reason: impl Into<Denied>) -> Self {
        Self { denied: Some(reason.into()), warnings: Vec::new() }
    }

    /// Whoever asked is warned, whatever the verdict is; `kubectl` prints it. Control characters become spaces, and what is longer than 256 bytes
    /// is cut, as the API server would drop it.
    pub fn warn(mut self, warning: impl Into<String>) -> Self {
        let warning: String = warning.into();
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let mut warning: String = warning.chars().map(plain).collect();
        let end = (0..=LONGEST_WARNING).rev().find(|end| warning.is_char_boundary(*end));
        warning.truncate(end.unwrap_or_default());
        self.warnings.push(warning);
        self
    }

    /// Why not, if it is not let through.
    #[must_use]
    pub fn denied(&self) -> Option<&Denied> {
        self.denied.as_ref()
    }

    /// What whoever asked is warned of.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl From<Denied> for Verdict {
    fn from(denied: Denied) -> Self {
        Self::deny(denied)
    }
}

/// What a webhook function can return: a [`Verdict`], `Result<(), Denied>`, or `Result<Verdict, E>`, where an error is a failure of the webhook
/// itself and the configuration's failure policy decides.
#[diagnostic::on_unimplemented(
    message = "a webhook function cannot return `{Self}`",
    note = "it returns `Verdict`, `Result<(), Denied>`, or `Result<Verdict>` where an error means that it cannot tell"
)]
pub trait IntoVerdict {
    /// The verdict.
    ///
    /// # Errors
    /// The webhook cannot tell.
    fn into_verdict(self) -> Result<Verdict>;
}

impl IntoVerdict for Verdict {
    fn into_verdict(self) -> Result<Verdict> {
        Ok(self)
    }
}

impl IntoVerdict for Result<(), Denied> {
    fn into_verdict(self) -> Result<Verdict> {
        Ok(self.map_or_else(Verdict::deny, |()| Verdict::allow()))
    }
}

impl<E: Into<Error>> IntoVerdict for Result<Verdict, E> {
    fn into_verdict(self) -> Result<Verdict> {
        self.map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_one_line_that_the_api_server_takes() {
        let warned = Verdict::allow().warn("a\nb").warn("ä".repeat(200));
        assert_eq!(warned.warnings()[0], "a b");
        assert_eq!(warned.warnings()[1].len(), 256);
    }

    #[test]
    fn a_denial_has_the_status_code_of_one() {
        for (asked, given) in [(422, 422), (200, 403), (0, 403), (599, 599), (600, 403)] {
            assert_eq!(Denied::because("no").code(asked).status()["code"], given);
        }
    }
}
