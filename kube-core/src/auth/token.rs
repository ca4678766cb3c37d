//! A bearer token that stands in the configuration.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::HeaderValue;
use secrecy::SecretString;

use crate::config::User;

use super::error::AuthError;
use super::{Source, secret_header};

/// Sends the same token for ever.
struct Token {
    header: HeaderValue,
}

pub(super) fn from_user(user: &User) -> Result<Option<Box<dyn Source>>, AuthError> {
    let Some(token) = &user.token else { return Ok(None) };
    Ok(Some(Box::new(Token { header: bearer(token, &user.origin)? })))
}

/// The header for a token.
pub(super) fn bearer(token: &SecretString, owner: &str) -> Result<HeaderValue, AuthError> {
    secret_header("Bearer", token, owner)
}

impl Source for Token {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, AuthError>> {
        async { Ok(self.header.clone()) }.boxed()
    }
}
