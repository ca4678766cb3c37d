//! A whole answer that is no success in (code, headers, body), a [`Status`] out.
//!
//! Mirrors: client-go rest/request.go (transformResponse, newUnstructuredResponseError)
//! Differs: the excerpt of a foreign body is 256 bytes, printable, and says what kind of body it was.

use super::Status;
use super::StatusCause;
use super::excerpt;

/// An answer other than 2xx (or a 2xx that holds a failure), as it came.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// The HTTP status code.
    pub code: u16,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The `Retry-After` header.
    pub retry_after: Option<&'a str>,
    /// Whether it answers a POST: a bare 409 then means that the object exists.
    pub to_post: bool,
    /// The body, or its beginning.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// An answer with this code and body; the other members are set by hand.
    #[must_use]
    pub fn new(code: u16, body: &'a [u8]) -> Self {
        Self { code, body, ..Self::default() }
    }

    /// The `Content-Type` header.
    #[must_use]
    pub fn content_type(mut self, value: Option<&'a str>) -> Self {
        self.content_type = value;
        self
    }

    /// The `Retry-After` header.
    #[must_use]
    pub fn retry_after(mut self, value: Option<&'a str>) -> Self {
        self.retry_after = value;
        self
    }

    /// Whether it answers a POST.
    #[must_use]
    pub fn to_post(mut self, to_post: bool) -> Self {
        self.to_post = to_post;
        self
    }

    /// What the server said; if it said nothing that we can read, what its code means.
    #[must_use]
    pub fn into_status(self) -> Status {
        let mut status = match Status::from_json(self.body) {
            Some(status) if status.is_failure() => status,
            _ => self.by_code(),
        };
        if status.code == 0 {
            status.code = self.code;
        }
        let asked = self.retry_after.and_then(|seconds| seconds.trim().parse().ok());
        if let (0, Some(seconds)) = (status.details.retry_after_seconds, asked) {
            status.details.retry_after_seconds = seconds;
        }
        status
    }

    fn by_code(self) -> Status {
        let (reason, meaning) = match self.code {
            300..=399 => ("", "the server redirects the request, which is never followed"),
            400 => ("BadRequest", "the server rejected the request as malformed"),
            401 => ("Unauthorized", "the server asks for other credentials"),
            403 => ("Forbidden", "the server does not allow this request"),
            404 => ("NotFound", "the server could not find the requested resource"),
            405 => ("MethodNotAllowed", "the server does not allow this method here"),
            406 => ("NotAcceptable", "the server cannot answer in a format that we accept"),
            407 => ("", "a proxy asks for credentials"),
            409 if self.to_post => ("AlreadyExists", "the object already exists"),
            409 => ("Conflict", "the server reported a conflict"),
            410 => ("Gone", "what was asked for is gone"),
            413 => ("RequestEntityTooLarge", "the request is too large"),
            415 => ("UnsupportedMediaType", "the server does not read this content type"),
            422 => ("Invalid", "the server rejected the content of the request"),
            429 => ("TooManyRequests", "the server has too many requests to serve"),
            503 => ("ServiceUnavailable", "the server is unable to serve the request now"),
            504 => ("Timeout", "the server or a proxy gave up waiting"),
            500..=599 => ("InternalError", "an error on the server"),
            200..=299 => ("", "the server accepted the request, but reports no success"),
            _ => ("", "the server gave an answer that is not understood"),
        };
        let mut status = Status::failure(
            self.code,
            reason,
            format!("{meaning} (HTTP {}, {})", self.code, self.described()),
        );
        status.details.causes.push(StatusCause {
            reason: "UnexpectedServerResponse".to_owned(),
            message: self.quotable().unwrap_or_default(),
            field: String::new(),
        });
        status
    }

    fn described(self) -> String {
        let kind = match self.content_type {
            Some(given) => excerpt(given.as_bytes(), 64),
            None => "a body of no stated type".to_owned(),
        };
        match self.quotable() {
            None => format!("{kind} that is no Status"),
            Some(quoted) if quoted.is_empty() => "with an empty body".to_owned(),
            Some(quoted) => format!("{kind}: {quoted}"),
        }
    }

    /// The beginning of the body; none if it may be an object, whole or cut off: that may hold secrets.
    fn quotable(self) -> Option<String> {
        let body = self.body.trim_ascii();
        match body.first() {
            Some(b'{' | b'[' | b'"') => None,
            _ => Some(excerpt(body, 256)),
        }
    }
}

impl std::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("code", &self.code)
            .field("content_type", &self.content_type)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
