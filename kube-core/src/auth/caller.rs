//! Saying who somebody is: a caller in, `Impersonate-*` or `X-Remote-*` headers out.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::Caller;

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
pub(super) fn impersonate(other: &Caller, owner: &str) -> Result<HeaderMap, AuthError> {
    headers("impersonate", other, owner)
}

/// The headers by which a proxy that the server trusts says who called it.
pub(super) fn proxied(caller: &Caller, owner: &str) -> Result<HeaderMap, AuthError> {
    headers(PROXIED, caller, owner)
}

/// How the names of such headers begin.
pub(super) const PROXIED: &str = "x-remote";

fn headers(prefix: &str, caller: &Caller, owner: &str) -> Result<HeaderMap, AuthError> {
    let failed =
        |claim: &str| AuthError::Caller { owner: owner.to_owned(), claim: claim.to_owned() };
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| failed(text));
    let name = |end: &str| HeaderName::try_from(format!("{prefix}-{end}")).map_err(|_| failed(end));
    let mut headers = HeaderMap::new();
    headers.insert(name("user")?, value(&caller.user)?);
    if let Some(uid) = &caller.uid {
        headers.insert(name("uid")?, value(uid)?);
    }
    for group in &caller.groups {
        headers.append(name("group")?, value(group)?);
    }
    for (key, values) in &caller.extra {
        let escaped = utf8_percent_encode(&key.to_lowercase(), KEPT).to_string();
        let name = name(&format!("extra-{escaped}"))?;
        for text in values {
            headers.append(name.clone(), value(text)?);
        }
    }
    Ok(headers)
}
