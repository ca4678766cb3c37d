//! Acting as another user: a claim in, `Impersonate-*` headers out.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::Impersonate;

use super::error::AuthError;

/// What a key of an attribute may hold unescaped: the characters of a header name but `%`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'*')
    .remove(b'+')
    .remove(b'^')
    .remove(b'`')
    .remove(b'|');

/// The headers that ask the server to treat us as somebody else.
pub(super) fn headers(other: &Impersonate, owner: &str) -> Result<HeaderMap, AuthError> {
    let failed =
        |claim: &str| AuthError::Impersonate { owner: owner.to_owned(), claim: claim.to_owned() };
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| failed(text));
    let mut headers = HeaderMap::new();
    headers.insert("impersonate-user", value(&other.user)?);
    if let Some(uid) = &other.uid {
        headers.insert("impersonate-uid", value(uid)?);
    }
    for group in &other.groups {
        headers.append("impersonate-group", value(group)?);
    }
    for (key, values) in &other.extra {
        let escaped = utf8_percent_encode(&key.to_lowercase(), KEPT).to_string();
        let name = HeaderName::try_from(format!("impersonate-extra-{escaped}"))
            .map_err(|_| failed(key))?;
        for text in values {
            headers.append(name.clone(), value(text)?);
        }
    }
    Ok(headers)
}
