//! Why a call has no answer, with the texts that client-go has for it.

use crate::json;
use std::fmt;

/// Why a webhook has not answered with JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundError(Cause);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    Failed(String),
    Status { code: u16, body: String },
    Unreadable(String),
}

impl OutboundError {
    /// There was no HTTP answer, or none that can be used; `why` is lower case, without a full stop.
    #[must_use]
    pub fn failed(why: impl Into<String>) -> Self {
        Self(Cause::Failed(why.into()))
    }

    /// The answer has a status other than 2xx; `body` is its text, `unknown` if it is none.
    #[must_use]
    pub fn status(code: u16, body: impl Into<String>) -> Self {
        Self(Cause::Status { code, body: body.into() })
    }

    /// The answer is no JSON; `why` is what the parser says.
    #[must_use]
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self(Cause::Unreadable(why.into()))
    }

    /// As client-go tells it of a POST to `url`.
    pub(super) fn told(&self, url: &str) -> String {
        match &self.0 {
            Cause::Failed(why) => format!("Post {}: {why}", json::quoted(url)),
            Cause::Status { code, body } => status_text(*code, body),
            Cause::Unreadable(why) => {
                format!("couldn't get version/kind; json parse error: {why}")
            }
        }
    }
}

fn status_text(code: u16, body: &str) -> String {
    let text = match code {
        400 => "the server rejected our request for an unknown reason",
        401 => "the server has asked for the client to provide credentials",
        403 | 415 => body,
        404 => "the server could not find the requested resource",
        405 => "the server does not allow this method on the requested resource",
        406 if !body.is_empty() => body,
        406 => "the server was unable to respond with a content type that the client supports",
        409 => "the server reported a conflict",
        422 => "the server rejected our request due to an error in our request",
        429 => "the server has received too many requests and has asked us to try again later",
        503 => "the server is currently unable to handle the request",
        504 => {
            "the server was unable to return a response in the time allotted, but may still be \
             processing the request"
        }
        500.. => {
            let body = json::quoted(body);
            return format!(
                "an error on the server ({body}) has prevented the request from succeeding"
            );
        }
        _ => {
            return format!(
                "the server responded with the status code {code} but did not return more \
                 information"
            );
        }
    };
    text.to_owned()
}

impl fmt::Display for OutboundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Failed(why) => write!(f, "failed to call the webhook: {why}"),
            Cause::Status { code, body } => {
                let text = status_text(*code, body);
                write!(f, "failed to call the webhook: it answered with status {code}: {text}")
            }
            Cause::Unreadable(why) => {
                write!(f, "failed to call the webhook: its answer is no JSON: {why}")
            }
        }
    }
}

impl std::error::Error for OutboundError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_the_words_of_client_go() {
        let rows = [
            (OutboundError::failed("EOF"), "Post \"https://h\": EOF"),
            (
                OutboundError::status(500, "err"),
                "an error on the server (\"err\") has prevented the request from succeeding",
            ),
            (OutboundError::status(404, "x"), "the server could not find the requested resource"),
            (
                OutboundError::status(302, ""),
                "the server responded with the status code 302 but did not return more information",
            ),
        ];
        for (error, text) in rows {
            assert_eq!(error.told("https://h"), text);
        }
    }
}
