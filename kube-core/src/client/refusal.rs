//! An answer that is no success in, an error out that says what to do about it.

use crate::error::Error;
use crate::request::Method;
use crate::status::Answer;
use crate::transport::Response;

/// The most bytes of such an answer that are read.
const LIMIT: usize = 1 << 20;

/// Reads what the server says about a request that it did not do.
pub(super) async fn error(
    response: Response,
    method: Method,
    failed: String,
    server: &str,
) -> Error {
    let code = response.status;
    let body = response.body.beginning(LIMIT).await;
    let status = Answer::new(code, &body)
        .content_type(response.headers.get("content-type"))
        .retry_after(response.headers.get("retry-after"))
        .to_post(method == Method::Post)
        .into_status();
    let remedy = match code {
        401 => Some(format!("{server}; check that the token or certificate is valid there")),
        // Admission refuses with 403 as well, and says itself what is wrong.
        403 if status.message.contains(" cannot ") => {
            Some("have the missing permission granted, for example by a Role".to_owned())
        }
        // A missing object has a name; a missing kind has none.
        404 if status.details.name.is_empty() => Some(format!(
            "{server} serves no such thing; check group, version and kind, and that its CRD is installed"
        )),
        404 if method == Method::Post && status.details.kind == "namespaces" => {
            Some("create the namespace first".to_owned())
        }
        409 if status.has_cause("FieldManagerConflict") => {
            Some("leave these fields out, or force the apply to take them over".to_owned())
        }
        300..=399 => Some("use the address that the server itself has".to_owned()),
        _ => None,
    };
    let tried = match remedy {
        Some(remedy) => format!("{failed} ({remedy})"),
        None => failed,
    };
    Error::from_status(status, tried)
}
