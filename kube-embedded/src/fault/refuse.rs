//! A request that is refused with a code, as an overloaded or a broken server does.

use super::{Effect, Step};
use crate::status::Failure;

/// Refuses with `code`.
#[derive(Debug)]
pub(super) struct Refuse {
    pub(super) code: u16,
    pub(super) retry_after: Option<u64>,
    pub(super) message: Option<String>,
}

impl Effect for Refuse {
    fn name(&self) -> &'static str {
        "refuse"
    }

    fn before(&self, _random: &mut fastrand::Rng) -> Step {
        let (reason, message) = match self.code {
            400 => ("BadRequest", "the request was refused on purpose"),
            401 => ("Unauthorized", "Unauthorized"),
            403 => ("Forbidden", "the request was forbidden on purpose"),
            404 => ("NotFound", "the server could not find the requested resource"),
            409 => (
                "Conflict",
                "the object has been modified; please apply your changes to the latest version \
                 and try again",
            ),
            410 => ("Expired", "too old resource version: the history was forgotten on purpose"),
            422 => ("Invalid", "the object was found invalid on purpose"),
            429 => (
                "TooManyRequests",
                "the server has received too many requests and has asked us to try again later",
            ),
            500 => ("InternalError", "Internal error occurred: a fault on purpose"),
            503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
            504 => ("Timeout", "Timeout: request did not complete within the allotted timeout"),
            _ => ("", "the request was refused on purpose"),
        };
        let message = self.message.as_deref().unwrap_or(message);
        let failure = Failure::new(self.code, reason, message);
        Step::Refuse(match self.retry_after {
            Some(seconds) => failure.with_retry_after(seconds),
            None => failure,
        })
    }
}
